"""PTC-17: a complex product is bought only for a client for whom compliance approved it.

Source: firm policy; Advisers Act section 206 (duty of care; SEC and FINRA guidance on leveraged and inverse products).
Compliance marks a security as plain or complex. Where nobody has, its name decides whether it has to be asked.
"""

from __future__ import annotations

import re

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity

PLAIN = "plain"
PRODUCT = Fact(Subject.SECURITY, "product", str, example=None)

RULE = Rule(
    id="PTC-17",
    title="Complex product",
    levels=(Severity.OVERRIDE,),
    source="Firm policy; Advisers Act section 206",
    example="2x leveraged ETF, no approval: OVERRIDE refused without compliance role",
    override_roles=frozenset({"compliance"}),
    facts=(PRODUCT,),
    engine=InEngine(how="A complex product that is not approved for the client is not bought."),
)

SOUNDS_COMPLEX = re.compile(
    r"(?<![\w.])(-?[1-9](\.\d+)?x|leveraged|inverse|ultrapro|ultrashort|bear|covered call|buy-?write|premium income"
    r"|buffer(ed)?|interval fund|structured)(?!\w)",
    re.IGNORECASE,
)
"""Names that a plain product does not have. "Ultra-short bond" is one; "UltraShort" of an index is not."""


def is_complex(product: str | None, *, name: str) -> bool | None:
    """Whether a security is a complex product; None where its name sounds like one and nobody has said."""
    if product:
        return product != PLAIN
    return None if SOUNDS_COMPLEX.search(name) else False


def product_severity(*, complex_product: bool, approved: bool) -> Severity:
    """OVERRIDE, for compliance alone, for a complex product without approval."""
    return Severity.OVERRIDE if complex_product and not approved else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report((examine(trade, case) for trade in case.buys), nothing="This proposal buys nothing.")


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    security = case.security(trade.security)
    product = PRODUCT.of(security)
    found = None if security is None else is_complex(product, name=security.name)
    if found is None:
        return RULE.missing(f"whether {name} is a complex product", about=about)
    inputs = {"product": product or "plain by its name"}
    if not found:
        return RULE.finding(Severity.PASS, f"{name} is no complex product.", about=about, inputs=inputs)
    if case.surroundings.approvals is None:
        return RULE.missing("which complex products are approved for the client", about=about)
    approved = any(
        one.product == product and one.security in {None, trade.security}
        for one in case.surroundings.approvals
    )
    severity = product_severity(complex_product=True, approved=approved)
    inputs["approved"] = "yes" if approved else "no"
    if severity is Severity.PASS:
        return RULE.finding(severity, f"{name} is approved for this client.", about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"{name} is a complex product ({product}), and it is not approved for this client.",
        fix="Have compliance approve it on the household's page, or drop the trade.",
        about=about,
        inputs=inputs,
    )
