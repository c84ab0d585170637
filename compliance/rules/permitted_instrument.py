"""PTC-14: in an employer's plan only what its menu lists is bought, and no fund gets less than the plan lets it have.

Source: the plan's documents. What the Internal Revenue Code rules out by kind of account (collectibles in an IRA, short
sales) is never held or traded here at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from compliance.rules.facts.case import Account, Case, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity

RULE = Rule(
    id="PTC-14",
    title="Permitted instrument",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="The plan's documents; IRC 408(m), 529(b)",
    example="Buy in a 401(k) of a fund that is not on the plan's menu: BLOCK",
    engine=InEngine(
        how="An account of an employer's plan buys only what the plan's menu lists on the trade day."
    ),
)


def menu_severity(
    security: str, menu: Mapping[str, Decimal | None] | None, share_after: Decimal | None
) -> Severity:
    """BLOCK for a fund that is not on the menu; OVERRIDE below the plan's least share, or where it is not known."""
    if menu is None:
        return Severity.PASS
    if security not in menu:
        return Severity.BLOCK
    least = menu[security]
    if least is None:
        return Severity.PASS
    return Severity.PASS if share_after is not None and share_after >= least else Severity.OVERRIDE


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report((examine(trade, case) for trade in case.buys), nothing="This proposal buys nothing.")


def examine(trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    account = case.account(trade.account)
    if account is None or account.is_of_a_plan is None:
        return RULE.missing(f"whether {case.label(trade.account)} belongs to an employer's plan", about=about)
    name = case.name(trade.security)
    menu = account.menu if account.is_of_a_plan else None
    share = _share_after(trade, account, case)
    severity = menu_severity(trade.security, menu, share)
    least = None if menu is None else menu.get(trade.security)
    inputs = {"menu": () if menu is None else tuple(sorted(menu)), "share_after": share, "least": least}
    if severity is Severity.BLOCK:
        plan = account.plan or "an employer's plan that is not on record"
        return RULE.finding(
            severity,
            f"{name} is not on the menu of {plan}, so {account.label} cannot buy it.",
            fix="Drop the trade, or put the fund on the plan's menu if the plan lists it.",
            about=about,
            inputs=inputs,
        )
    if severity is Severity.OVERRIDE:
        held = "a share that is not known" if share is None else f"{share:.2%}"
        return RULE.finding(
            severity,
            f"{account.label} would hold {held} in {name}; the plan wants at least {least:.2%}.",
            fix="Buy more of it, or none.",
            about=about,
            inputs=inputs,
        )
    return RULE.finding(severity, f"{account.label} may buy {name}.", about=about, inputs=inputs)


def _share_after(trade: Trade, account: Account, case: Case) -> Decimal | None:
    """The fund's share of the account after the purchase, at the prices of the proposal."""
    position = case.position(trade.account, trade.security)
    price = trade.price
    if not account.value or price is None or case.positions is None:
        return None
    return (trade.shares + (position.shares if position else Decimal(0))) * price / account.value
