"""PTC-18: buys and costs are paid from settled cash and proceeds that settle no later than the buys.

Source: Regulation T, 12 CFR 220.8 (cash accounts); SEC Rule 15c6-1 for the settlement days. Checked at the
settlement day of every buy, so that money arriving later never pays for an earlier purchase.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Account, Case, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, dollars
from rebalancing.engine.documents.plan import Limit

RULE = Rule(
    id="PTC-18",
    title="Cash for buys",
    levels=(Severity.BLOCK,),
    source="Regulation T, 12 CFR 220.8; SEC Rule 15c6-1",
    example="Buys 50,000; settled 12,000; same-day sales 36,000 net: short 2,000, BLOCK",
    engine=InEngine(
        how="Cash never runs short on a settlement day, and money that is only expected pays for nothing.",
        by=(Limit.CASH_UNTIL_SETTLEMENT,),
    ),
)


def cash_shortfall(
    *, buys: Decimal, settled_cash: Decimal, sales_in_time: Decimal, other_open_buys: Decimal
) -> Decimal:
    """Dollars missing to pay for the buys (costs included) when they settle, zero when there is enough."""
    return max(buys + other_open_buys - settled_cash - sales_in_time, Decimal(0))


def cash_severity(short: Decimal) -> Severity:
    return Severity.BLOCK if short > 0 else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    accounts = tuple(dict.fromkeys(trade.account for trade in case.buys))
    return RULE.report((examine(key, case) for key in accounts), nothing="This proposal buys nothing.")


def examine(key: str, case: Case) -> Finding:
    account, about, trades = case.account(key), (About(account=key),), case.trades_in(key)
    if account is None or account.cash_settled is None or account.cash_for_open_buys is None:
        return RULE.missing(f"the settled cash and the open buys of {case.label(key)}", about=about)
    if account.cash_unsettled is None:
        return RULE.missing(f"the unsettled cash of {account.label}", about=about)
    if any(trade.amount is None or trade.costs is None or trade.settles_on is None for trade in trades):
        return RULE.missing(
            f"amount, costs and settlement day of every trade in {account.label}", about=about
        )
    days = sorted({trade.settles_on for trade in trades if trade.is_buy and trade.settles_on})
    ladder = [(on, *cash_on_day(account, trades, on)) for on in days]
    on, bought, in_time, short = max(ladder, key=lambda one: one[3])
    inputs = {
        "buys": bought,
        "settled_cash": account.cash_settled,
        "sales_settling_in_time": in_time,
        "other_open_buys": account.cash_for_open_buys,
        "settles_on": on,
    }
    severity = cash_severity(short)
    if severity is Severity.PASS:
        sentence = f"The purchases in {account.label} are paid for when they settle."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"The purchases in {account.label} settle on {day(on)}, and {dollars(short)} would be missing that day.",
        fix=f"Buy {dollars(short)} less, or sell that much more with settlement by {day(on)}.",
        about=about,
        inputs=inputs,
    )


def cash_on_day(account: Account, trades: tuple[Trade, ...], on: date) -> tuple[Decimal, Decimal, Decimal]:
    """Buys with their costs, sales in time and the shortfall, all counted up to the settlement day ``on``."""
    zero = Decimal(0)
    due = [trade for trade in trades if trade.settles_on and trade.settles_on <= on]
    bought = sum(((trade.amount or zero) + (trade.costs or zero) for trade in due if trade.is_buy), zero)
    sold = sum(((trade.amount or zero) - (trade.costs or zero) for trade in due if trade.is_sell), zero)
    arriving = sum((one.amount for one in account.cash_unsettled or () if one.settles_on <= on), zero)
    short = cash_shortfall(
        buys=bought,
        settled_cash=account.cash_settled or zero,
        sales_in_time=sold + arriving,
        other_open_buys=account.cash_for_open_buys or zero,
    )
    return bought, sold + arriving, short
