"""PTC-23: a sell takes no more than the shares held, less open sells and locked shares.

Source: Regulation SHO Rule 200 (owning what is sold); the firm holds long positions only. All sells of one
security in one account count together.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Side
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import shares

RULE = Rule(
    id="PTC-23",
    title="Sellable quantity",
    levels=(Severity.BLOCK,),
    source="Regulation SHO Rule 200",
    example="Hold 500, open sell 200, new sell 350: BLOCK",
    engine=InEngine(
        how="Only shares of lots on record are sold, and accounts with orders at the custodian wait."
    ),
)


def sellable(*, position: Decimal, open_sells: Decimal, locked: Decimal) -> Decimal:
    """Shares that may still be sold; never below zero."""
    return max(position - open_sells - locked, Decimal(0))


def sell_severity(*, sell: Decimal, sellable: Decimal) -> Severity:
    return Severity.BLOCK if sell > sellable else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    if case.positions is None or case.open_orders is None:
        return (RULE.missing("the positions and open orders"),)
    pairs = tuple(dict.fromkeys((trade.account, trade.security) for trade in case.sells))
    return RULE.report(
        (examine(account, security, case) for account, security in pairs),
        nothing="This proposal sells nothing.",
    )


def examine(account: str, security: str, case: Case) -> Finding:
    about = (About(account=account, security=security),)
    held = case.position(account, security)
    name, where = case.name(security), case.label(account)
    if held is not None and held.shares_locked is None:
        return RULE.missing(f"how many shares of {name} in {where} are locked", about=about)
    position = held.shares if held else Decimal(0)
    locked = held.shares_locked if held and held.shares_locked else Decimal(0)
    open_sells = sum(
        (
            order.shares
            for order in case.open_orders or ()
            if order.account == account and order.security == security and order.side is Side.SELL
        ),
        Decimal(0),
    )
    sell = sum(
        (trade.shares for trade in case.sells if (trade.account, trade.security) == (account, security)),
        Decimal(0),
    )
    limit = sellable(position=position, open_sells=open_sells, locked=locked)
    severity = sell_severity(sell=sell, sellable=limit)
    inputs = {
        "position": position,
        "open_sells": open_sells,
        "locked": locked,
        "sell": sell,
        "sellable": limit,
    }
    if severity is Severity.PASS:
        return RULE.finding(
            severity, f"{where} holds enough {name} for the sale.", about=about, inputs=inputs
        )
    return RULE.finding(
        severity,
        f"{where} can sell {shares(limit)} shares of {name}, and the proposal sells {shares(sell)}.",
        fix=f"Sell at most {shares(limit)} shares.",
        about=about,
        inputs=inputs,
    )
