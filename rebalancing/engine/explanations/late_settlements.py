"""Sales that would pay for purchases and settle too late for it: what is bought today is paid before they settle.

A plan has one trade day. What is to be bought with such a sale can be bought on the first day from which it settles no
sooner than the sale; the sentence says so, since nothing else in the plan does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.explanations.names import account_name, listing, security_name
from rebalancing.engine.explanations.order_reasons import NEGLIGIBLE, Prices, benefit
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.settlement import settlement_date


@dataclass(frozen=True, slots=True)
class Wait:
    """A security of an account that would be sold, its settlement, and what could be bought with it from when on."""

    account: str
    security: str
    settles_on: date
    paid_on: date
    wanted: tuple[str, ...]
    buys_from: date


def waits(prices: Prices) -> tuple[Wait, ...]:
    """One for each position of which more would be sold if its proceeds were there when today's purchases are paid."""
    program, situation = prices.program, prices.program.situation
    found: dict[tuple[str, str], Wait] = {}
    for column, unit in enumerate(program.sells):
        left = program.upper[column] - float(prices.solution.values[column])
        if left > 1.0 and unit.position not in found:
            wait = _wait(prices, situation, unit)
            if wait is not None:
                found[unit.position] = wait
    return tuple(found.values())


def _wait(prices: Prices, situation: Situation, unit: SellUnit) -> Wait | None:
    settles_on = situation.settles_on[unit.security]
    duals = prices.solution.row_duals
    missed = [
        (day, float(duals[row]))
        for day, row in prices.program.step_rows.get(unit.account, ())
        if day < settles_on and float(duals[row]) > NEGLIGIBLE
    ]
    if not missed or benefit(prices, unit) + sum(worth for _, worth in missed) <= NEGLIGIBLE:
        return None
    wanted = [
        buy
        for column, buy in enumerate(prices.program.buys, start=prices.program.buy_from)
        if buy.account == unit.account
        and buy.security != unit.security
        and situation.settles_on[buy.security] < settles_on
        and abs(float(prices.solution.column_duals[column])) <= NEGLIGIBLE
    ]
    if not wanted:
        return None
    slowest = min(situation.securities[buy.security].settles_in_days for buy in wanted)
    return Wait(
        account=unit.account,
        security=unit.security,
        settles_on=settles_on,
        paid_on=min(situation.settles_on[buy.security] for buy in wanted),
        wanted=tuple(sorted(buy.security for buy in wanted)),
        buys_from=_first_day(situation.household.trade_on, slowest, settles_on),
    )


def _first_day(trade_on: date, cycle: int, settles_on: date) -> date:
    """The first trade day on which a purchase settles no sooner than ``settles_on``."""
    day, calendar = trade_on, new_york()
    while settlement_date(day, cycle, calendar) < settles_on:
        day = calendar.session_after(day)
    return day


def sentences(prices: Prices) -> Iterator[str]:
    """Each wait in words."""
    situation = prices.program.situation
    for wait in waits(prices):
        sold = security_name(situation, wait.security)
        yield (
            f"{account_name(situation, wait.account)}: settlement stands in the way. A sale of {sold} settles on"
            f" {_day(wait.settles_on)}, and {_wanted(situation, wait)} bought today would have to be paid on"
            f" {_day(wait.paid_on)}. Sell {sold} first; {_wanted(situation, wait)} can be bought with the proceeds from"
            f" {_day(wait.buys_from)}."
        )


def why(prices: Prices, unit: SellUnit) -> str | None:
    """Why ``unit`` is not sold, where it is its settlement; None where it is not."""
    situation = prices.program.situation
    wait = _wait(prices, situation, unit)
    if wait is None:
        return None
    return (
        f"Not sold: it settles on {_day(wait.settles_on)}, after {_wanted(situation, wait)} bought today would have to be"
        f" paid on {_day(wait.paid_on)}."
    )


def _wanted(situation: Situation, wait: Wait) -> str:
    return listing(sorted(security_name(situation, one) for one in wait.wanted))


def _day(on: date) -> str:
    return f"{on:%B} {on.day}, {on.year}"
