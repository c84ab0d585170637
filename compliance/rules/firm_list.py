"""PTC-07: the issuer is not on the firm's restricted list on the trade day; the watch list needs a person.

Source: Advisers Act section 204A (policies against misuse of material non-public information). Both sides count:
a sale can misuse what the firm knows as much as a purchase. First and last days of a listing count.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.rules.facts.case import Case, ListedIssuer, Listing, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity, highest
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-07",
    title="Firm restricted list",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="Advisers Act section 204A",
    example="Buy 100 XYZ, XYZ added to the restricted list yesterday: BLOCK",
    override_roles=frozenset({"compliance"}),
    engine=InEngine(
        how="What is on the restricted list is neither bought nor sold.", by=(SkipReason.FIRM_RESTRICTION,)
    ),
)


def listing_severity(listings: Iterable[Listing]) -> Severity:
    """BLOCK for the restricted list, OVERRIDE for the watch list; ``listings`` are those in force."""
    return highest(
        Severity.BLOCK if listing is Listing.RESTRICTED else Severity.OVERRIDE for listing in listings
    )


def applies_to(line: ListedIssuer, *, security: str, issuer: str | None) -> bool:
    return line.security == security or (issuer is not None and line.issuer == issuer)


def check(case: Case) -> tuple[Finding, ...]:
    if case.firm_list is None:
        return (RULE.missing("the firm's restricted and watch lists"),)
    lines = tuple(line for line in case.firm_list if line.in_force(case.trade_on))
    return RULE.report(
        (examine(trade, lines, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, lines: tuple[ListedIssuer, ...], case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    security = case.security(trade.security)
    issuer = security.issuer if security else None
    if issuer is None and any(line.issuer for line in lines):
        return RULE.missing(f"who issues {case.name(trade.security)}", about=about)
    found = tuple(line for line in lines if applies_to(line, security=trade.security, issuer=issuer))
    severity = listing_severity(line.listing for line in found)
    inputs = {
        "side": trade.side,
        "issuer": issuer,
        "listings": tuple(line.listing.value for line in found),
        "listed_from": tuple(line.from_on for line in found),
        "trade_on": case.trade_on,
    }
    name = case.name(trade.security)
    if severity is Severity.PASS:
        return RULE.finding(
            severity, f"{name} is not on the firm's restricted or watch list.", about=about, inputs=inputs
        )
    if severity is Severity.OVERRIDE:
        return RULE.finding(
            severity,
            f"{name} is on the firm's watch list, so compliance has to agree to this trade.",
            fix="Ask the compliance officer, or drop the trade.",
            about=about,
            inputs=inputs,
        )
    return RULE.finding(
        severity,
        f"{name} is on the firm's restricted list, so the firm may not trade it for any client.",
        fix="Drop the trade.",
        about=about,
        inputs=inputs,
    )
