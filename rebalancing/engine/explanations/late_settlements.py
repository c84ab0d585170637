"""Sales whose proceeds would settle after the purchases they are to pay for.

A plan has one trade day. Purchases funded by such a sale must wait for the first day on which they settle no sooner than
the sale; the sentence names that day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.explanations.names import account_name, listing, security_name
from rebalancing.engine.explanations.order_reasons import NEGLIGIBLE, Optimum, benefit
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.settlement import settlement_date


@dataclass(frozen=True, slots=True)
class Wait:
    """A sale that settles too late, what its proceeds would buy, and the first day on which they can."""

    account: str
    security: str
    settles_on: date
    paid_on: date
    wanted: tuple[str, ...]
    buys_from: date


def waits(optimum: Optimum) -> tuple[Wait, ...]:
    """One for each position of which more would be sold if its proceeds settled with today's purchases."""
    program, situation = optimum.program, optimum.program.situation
    found: dict[tuple[str, str], Wait] = {}
    for column, unit in enumerate(program.sells):
        left = program.upper[column] - float(optimum.solution.values[column])
        if left > 1.0 and unit.position not in found:
            wait = _wait(optimum, situation, unit)
            if wait is not None:
                found[unit.position] = wait
    return tuple(found.values())


def _wait(optimum: Optimum, situation: Situation, unit: SellUnit) -> Wait | None:
    settles_on = situation.settles_on[unit.security]
    duals = optimum.solution.row_duals
    missed = [
        (day, float(duals[row]))
        for day, row in optimum.program.step_rows.get(unit.account, ())
        if day < settles_on and float(duals[row]) > NEGLIGIBLE
    ]
    if not missed or benefit(optimum, unit) + sum(worth for _, worth in missed) <= NEGLIGIBLE:
        return None
    wanted = [
        buy
        for column, buy in enumerate(optimum.program.buys, start=optimum.program.buy_from)
        if buy.account == unit.account
        and buy.security != unit.security
        and situation.settles_on[buy.security] < settles_on
        and abs(float(optimum.solution.column_duals[column])) <= NEGLIGIBLE
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


def sentences(optimum: Optimum) -> Iterator[str]:
    """Each wait in words."""
    situation = optimum.program.situation
    for wait in waits(optimum):
        sold = security_name(situation, wait.security)
        yield (
            f"{account_name(situation, wait.account)}: settlement timing prevents a trade. A sale of {sold} settles on"
            f" {_day(wait.settles_on)}, but {_wanted(situation, wait)} bought today must be paid for on"
            f" {_day(wait.paid_on)}. Sell {sold} first; the proceeds can buy {_wanted(situation, wait)} on or after"
            f" {_day(wait.buys_from)}."
        )


def why(optimum: Optimum, unit: SellUnit) -> str | None:
    """Why ``unit`` is not sold, where it is its settlement; None where it is not."""
    situation = optimum.program.situation
    wait = _wait(optimum, situation, unit)
    if wait is None:
        return None
    return (
        f"Not sold: it settles on {_day(wait.settles_on)}, after {_wanted(situation, wait)} bought today must be paid"
        f" for on {_day(wait.paid_on)}."
    )


def _wanted(situation: Situation, wait: Wait) -> str:
    return listing(sorted(security_name(situation, one) for one in wait.wanted))


def _day(on: date) -> str:
    return f"{on:%B} {on.day}, {on.year}"
