"""PTC-08: no purchase of what the client excludes, no sale of what the client wants to keep.

Source: the client's investment policy and instructions beside it; Advisers Act section 206 (duty to follow the client's instructions).
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.rules.facts.case import Case, Restriction, Scope, Security, Side, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-08",
    title="Client restriction",
    levels=(Severity.BLOCK,),
    source="Client's investment policy; Advisers Act section 206",
    example='"No tobacco": buy of a tobacco stock: BLOCK',
    engine=InEngine(
        how="The client's wishes are securities that may not be bought or not be sold.",
        by=(SkipReason.CLIENT_RESTRICTION,),
    ),
)


def restriction_severity(*, side: Side, restricted_sides: Iterable[Side]) -> Severity:
    """BLOCK when one of the restrictions that name this security forbids this side."""
    return Severity.BLOCK if side in set(restricted_sides) else Severity.PASS


def covers(restriction: Restriction, security: Security) -> bool | None:
    """Whether ``restriction`` names ``security``; None when the fact that would tell is not known."""
    if restriction.scope is Scope.SCREEN:
        return None if security.tags is None else restriction.value in security.tags
    fact = {
        Scope.SECURITY: security.key,
        Scope.ISSUER: security.issuer,
        Scope.SECTOR: security.sector,
        Scope.ASSET_CLASS: security.asset_class,
    }[restriction.scope]
    return None if fact is None else fact == restriction.value


def check(case: Case) -> tuple[Finding, ...]:
    if case.policy is None or case.policy.restrictions is None:
        return (RULE.missing("which restrictions the client has set"),)
    restrictions = case.policy.restrictions
    return RULE.report(
        (examine(trade, restrictions, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, restrictions: tuple[Restriction, ...], case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    own = [one for one in restrictions if one.account in (None, trade.account) and one.side is trade.side]
    security = case.security(trade.security)
    if security is None and own:
        return RULE.missing(f"what {trade.security} is", about=about)
    answers = [(one, covers(one, security)) for one in own] if security else []
    unknown = [one for one, answer in answers if answer is None]
    found = [one for one, answer in answers if answer]
    severity = restriction_severity(side=trade.side, restricted_sides=[one.side for one in found])
    inputs = {
        "side": trade.side,
        "restrictions": tuple(f"{one.scope.value} {one.value}" for one in found),
        "restrictions_on_this_side": len(own),
    }
    name = case.name(trade.security)
    if severity is Severity.BLOCK:
        wish = found[0].reason or f"no {'purchase' if trade.is_buy else 'sale'} of {found[0].value}"
        return RULE.finding(
            severity,
            f"The client has asked us not to {trade.side.value} {name}: {wish}.",
            fix="Drop the trade, or use a replacement the client allows.",
            about=about,
            inputs=inputs,
        )
    if unknown:
        return RULE.missing(f"the {unknown[0].scope.value} of {name}", about=about, inputs=inputs)
    return RULE.finding(severity, f"No client restriction applies to {name}.", about=about, inputs=inputs)
