"""PTC-21: sells that pay for buys settle on or before the buys.

Source: SEC Rule 15c6-1; Regulation T, 12 CFR 220.8. Where PTC-18 counts the money, this rule says which sale comes
too late, so that the purchase can be moved behind it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, dollars, listing
from rebalancing.engine.documents.plan import Limit

RULE = Rule(
    id="PTC-21",
    title="Settlement sequence",
    levels=(Severity.BLOCK,),
    source="SEC Rule 15c6-1; Regulation T, 12 CFR 220.8",
    example="T+2 fund sale funding a T+1 ETF buy today: BLOCK, buy one day later",
    engine=InEngine(how="Cash never runs short on a settlement day.", by=(Limit.CASH_UNTIL_SETTLEMENT,)),
)


def sequence_severity(*, sell_settles: date, buy_settles: date, amount_needed: Decimal) -> Severity:
    """BLOCK when dollars are needed from a sell that settles after the buy it should pay for."""
    late = sell_settles > buy_settles and amount_needed > 0
    return Severity.BLOCK if late else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    accounts = tuple(dict.fromkeys(trade.account for trade in case.buys))
    return RULE.report((examine(key, case) for key in accounts), nothing="This proposal buys nothing.")


def examine(key: str, case: Case) -> Finding:
    account, about, trades = case.account(key), (About(account=key),), case.trades_in(key)
    if account is None or None in (
        account.cash_settled,
        account.cash_unsettled,
        account.cash_for_open_buys,
    ):
        return RULE.missing(f"the cash of {case.label(key)}", about=about)
    if any(None in (trade.settles_on, trade.amount, trade.costs) for trade in trades):
        return RULE.missing(
            f"amount, costs and settlement day of every trade in {account.label}", about=about
        )
    zero = Decimal(0)
    worst: tuple[Decimal, date, date] | None = None
    for buy_settles in sorted({trade.settles_on for trade in trades if trade.is_buy and trade.settles_on}):
        need = (account.cash_for_open_buys or zero) - (account.cash_settled or zero)
        need -= sum(
            (one.amount for one in account.cash_unsettled or () if one.settles_on <= buy_settles), zero
        )
        late: set[date] = set()
        for trade in trades:
            amount, costs, settles = trade.amount or zero, trade.costs or zero, trade.settles_on or date.max
            if trade.is_sell and settles > buy_settles:
                late.add(settles)
            elif settles <= buy_settles:
                need += costs + (amount if trade.is_buy else -amount)
        for sell_settles in sorted(late):
            severity = sequence_severity(
                sell_settles=sell_settles, buy_settles=buy_settles, amount_needed=need
            )
            if severity is Severity.BLOCK and (worst is None or need > worst[0]):
                worst = (need, sell_settles, buy_settles)
    if worst is None:
        return RULE.finding(
            Severity.PASS,
            f"Sales that pay for purchases in {account.label} settle in time.",
            about=about,
        )
    need, sell_settles, buy_settles = worst
    names = dict.fromkeys(case.name(one.security) for one in trades if one.settles_on == sell_settles)
    return RULE.finding(
        Severity.BLOCK,
        f"The purchases in {account.label} settle on {day(buy_settles)} and need {dollars(need)} from the sale "
        f"of {listing(names)}, which settles only on {day(sell_settles)}.",
        fix=f"Buy later, so that the purchase settles on {day(sell_settles)}.",
        about=about,
        inputs={"amount_needed": need, "sell_settles": sell_settles, "buy_settles": buy_settles},
    )
