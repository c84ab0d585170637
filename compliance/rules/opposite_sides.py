"""PTC-28: one household does not buy and sell the same security on one day without a reason.

Source: firm policy (needless cost; wash sales, which PTC-29 decides; crosses, Advisers Act section 206(3)). A plan that moves a
holding between accounts says why with each of its trades; then a note tells of it. A side that was sent before, or a trade
without a reason, needs a person's.
"""

from __future__ import annotations

from compliance.rules.facts.case import Case, Side
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import listing

RULE = Rule(
    id="PTC-28",
    version=2,
    title="Opposite sides in the household",
    levels=(Severity.WARN, Severity.OVERRIDE),
    source="Firm policy; Advisers Act section 206(3)",
    example="Sell VEA in taxable, buy VEA in IRA same day: OVERRIDE, tax check PTC-29 decides",
    engine=NotInEngine(
        why="Moving a holding to an account where it costs less tax trades both sides on one day; the plan weighs that."
    ),
)


def sides_severity(*, bought: bool, sold: bool, has_reason: bool = False) -> Severity:
    """OVERRIDE for both sides of one security on one day, WARN where the reason is on record."""
    if not (bought and sold):
        return Severity.PASS
    return Severity.WARN if has_reason else Severity.OVERRIDE


def check(case: Case) -> tuple[Finding, ...]:
    if case.open_orders is None:
        return (RULE.missing("the household's open orders"),)
    securities = dict.fromkeys(trade.security for trade in case.trades)
    return RULE.report((examine(key, case) for key in securities), nothing="This proposal trades nothing.")


def examine(security: str, case: Case) -> Finding:
    planned = [trade for trade in case.trades if trade.security == security]
    sent = [(order.side, order.account) for order in case.open_orders or () if order.security == security]
    orders = [*((trade.side, trade.account) for trade in planned), *sent]
    buyers = tuple(dict.fromkeys(account for side, account in orders if side is Side.BUY))
    sellers = tuple(dict.fromkeys(account for side, account in orders if side is Side.SELL))
    severity = sides_severity(
        bought=bool(buyers),
        sold=bool(sellers),
        has_reason=not sent and all(trade.reason for trade in planned),
    )
    about = tuple(About(account=key, security=security) for key in dict.fromkeys((*sellers, *buyers)))
    inputs, name = {"bought_in": buyers, "sold_in": sellers}, case.name(security)
    if severity is Severity.PASS:
        return RULE.finding(severity, f"{name} is traded one way only.", about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"{name} is sold in {listing(map(case.label, sellers))} and bought in "
        f"{listing(map(case.label, buyers))} on the same day.",
        fix="Drop one side, or give the reason."
        if severity is Severity.OVERRIDE
        else "Each of the trades says its reason; leave one side alone if the move is not worth it.",
        about=about,
        inputs=inputs,
    )
