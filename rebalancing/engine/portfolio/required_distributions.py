"""Required minimum distributions: who must take how much, from where and by when.

Amounts are dollars. The figures (divisors, start ages, excise rates, charitable limits) are dated data in
``tables/distributions.json``; a year or birth date the table does not cover raises `DistributionError`.
Sources: IRC 401(a)(9), 408(a)(6), 4974; Treas. Reg. 1.401(a)(9)-9(b), (c), 1.408-8; SECURE 2.0 Act sec. 107;
T.D. 10001. A sole-beneficiary spouse more than ten years younger has another table, which is not
approximated here: give its divisor.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from rebalancing.engine.market.allocations import apportion
from rebalancing.engine.money import CENT, ZERO, cents

TEN_YEARS = 10


class Plan(StrEnum):
    """Retirement arrangements that differ in what counts together."""

    TRADITIONAL_IRA = "traditional_ira"  # With SEP and SIMPLE IRAs.
    ROTH_IRA = "roth_ira"
    PLAN_403B = "403b"
    PLAN_401K = "401k"
    PLAN_457 = "457"
    PLAN_ROTH_401K = "roth_401k"


POOLED = frozenset({Plan.TRADITIONAL_IRA, Plan.PLAN_403B})
"""Plans of one kind and owner whose distribution may be taken from any one of them (Reg. 1.408-8)."""

NO_LIFETIME_DISTRIBUTION = frozenset({Plan.ROTH_IRA, Plan.PLAN_ROTH_401K})
"""Roth accounts require nothing while the owner lives (Roth plans since 2024)."""


class DistributionError(ValueError):
    """A distribution that the tables or the facts given cannot settle."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What one owner must take from one balance in one year.

    ``amount`` is dollars to the cent, zero in a year before distributions start; ``divisor`` and
    ``deadline`` are None then.
    """

    year: int
    age: int
    divisor: Decimal | None
    amount: Decimal
    is_first: bool
    deadline: date | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """The distribution of one pool of accounts, which may be taken from any of them."""

    plan: Plan
    accounts: tuple[str, ...]
    amount: Decimal


@dataclass(frozen=True, slots=True)
class InheritedRule:
    """How an inherited account of a beneficiary under the ten-year rule must be emptied."""

    empty_by: date
    yearly_from: int | None


def applicable_age(born_on: date) -> Decimal:
    """Age at which distributions start: 73 for births of 1951-1959, 75 from 1960, 70 1/2 before July 1949.

    Raises `DistributionError` for births before 1900.
    """
    ages = [age for born_from, age in _tables().start_ages if born_from <= born_on]
    if not ages:
        raise DistributionError(f"A birth date of {born_on} is before the first of the table; is it right?")
    return ages[-1]


def first_year(born_on: date) -> int:
    """The first distribution year: the year in which the applicable age is reached."""
    years, half = divmod(applicable_age(born_on), 1)
    # The half year is reached in the next calendar year by those born in July or later.
    return born_on.year + int(years) + (1 if half and born_on.month > 6 else 0)


def required_beginning_date(born_on: date) -> date:
    """1 April of the year after the first distribution year."""
    return date(first_year(born_on) + 1, 4, 1)


def seventy_and_a_half(born_on: date) -> date:
    """The day somebody is 70 years and six months old, from which gifts of an IRA count (IRC 408(d)(8)(B)(ii))."""
    year, month = born_on.year + 70 + (born_on.month > 6), (born_on.month + 5) % 12 + 1
    return date(year, month, min(born_on.day, monthrange(year, month)[1]))


def divisor_for(age: int, year: int) -> Decimal:
    """Divisor of the Uniform Lifetime Table for the age reached in that year; 120 and over are one row.

    Raises `DistributionError` for an age or year the table does not hold.
    """
    return _row(_tables().uniform_lifetime, "Uniform Lifetime Table", age, year)


def single_life(age: int, year: int) -> Decimal:
    """Years of the Single Life Table for the age reached in that year; 120 and over are one row.

    Raises `DistributionError` for an age or year the table does not hold.
    """
    return _row(_tables().single_life, "Single Life Table", age, year)


def _row(tables: Sequence[tuple[int, Mapping[int, Decimal]]], name: str, age: int, year: int) -> Decimal:
    for from_year, factors in reversed(tables):
        if from_year <= year:
            if divisor := factors.get(min(age, max(factors))):
                return divisor
            raise DistributionError(f"The {name} of {from_year} has no row for age {age}.")
    raise DistributionError(f"There is no {name} for {year} in tables/distributions.json.")


def required(
    balance: Decimal,
    *,
    born_on: date,
    year: int,
    plan: Plan = Plan.TRADITIONAL_IRA,
    divisor: Decimal | None = None,
    deferred_to: int | None = None,
) -> Distribution:
    """The distribution of ``year`` from the balance of 31 December before it.

    ``divisor`` replaces the Uniform Lifetime Table (a spouse more than ten years younger). ``deferred_to`` is
    the year of retirement for the plan of an employer for whom the owner worked on. The first distribution
    may wait until 1 April of the next year, every other is due on 31 December.
    """
    age = year - born_on.year
    start = max(first_year(born_on), deferred_to or 0)
    if year < start or plan in NO_LIFETIME_DISTRIBUTION:
        return Distribution(year=year, age=age, divisor=None, amount=ZERO, is_first=False, deadline=None)
    divisor = divisor or divisor_for(age, year)
    return Distribution(
        year=year,
        age=age,
        divisor=divisor,
        amount=cents(balance / divisor),
        is_first=year == start,
        deadline=date(year + 1, 4, 1) if year == start else date(year, 12, 31),
    )


def requirements(
    balances: Mapping[str, tuple[Plan, Decimal]],
    *,
    age: int,
    year: int,
    divisors: Mapping[str, Decimal] | None = None,
) -> tuple[Requirement, ...]:
    """What one owner must take, pool by pool: IRAs together, 403(b)s together, each 401(k) by itself.

    ``balances`` are the prior year-end's by account, with the kind of plan; inherited accounts do not
    belong here. ``divisors`` replace the Uniform Lifetime Table for single accounts. The pool's total is
    rounded once. Roth accounts do not appear.
    """
    own = divisors or {}
    pools: dict[tuple[Plan, str], list[str]] = {}
    for account, (plan, _balance) in sorted(balances.items()):
        if plan not in NO_LIFETIME_DISTRIBUTION:
            pools.setdefault((plan, "" if plan in POOLED else account), []).append(account)
    return tuple(
        Requirement(
            plan=plan,
            accounts=tuple(accounts),
            amount=_shared(
                [(balances[each][1], own.get(each) or divisor_for(age, year)) for each in accounts]
            ),
        )
        for (plan, _), accounts in sorted(pools.items())
    )


def _shared(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The sum of balances over their divisors, one division a divisor, rounded once."""
    by_divisor: dict[Decimal, Decimal] = {}
    for balance, divisor in parts:
        by_divisor[divisor] = by_divisor.get(divisor, ZERO) + balance
    return cents(sum((balance / divisor for divisor, balance in by_divisor.items()), ZERO))


def remaining(required_amount: Decimal, *, taken: Decimal, charitable: Decimal = ZERO) -> Decimal:
    """What is still to be taken this year; qualified charitable distributions count."""
    return max(ZERO, required_amount - taken - charitable)


def installments(amount: Decimal, on_days: Sequence[date]) -> dict[date, Decimal]:
    """The amount in equal parts on those days, to the cent, the earlier days taking the odd cents.

    Raises `DistributionError` when there is no day to pay on.
    """
    if not on_days:
        raise DistributionError(f"There is no day left on which to pay {amount}.")
    parts = apportion(amount, {day.isoformat(): Decimal(1) for day in on_days}, step=CENT)
    return {date.fromisoformat(day): part for day, part in parts.items()}


def last_internal_day(year: int, *, day: int = 15) -> date:
    """The firm's own deadline, 15 December as shipped: late enough for income, early enough for mistakes."""
    return date(year, 12, day)


def excise(shortfall: Decimal, *, corrected_in_window: bool, year: int) -> Decimal:
    """Excise on an amount not taken in time: 25 percent, 10 if corrected in the window (IRC 4974(a), (e)).

    Raises `DistributionError` for years before those rates.
    """
    for from_year, rate, rate_if_corrected in reversed(_tables().excise):
        if from_year <= year:
            return cents(max(ZERO, shortfall) * (rate_if_corrected if corrected_in_window else rate))
    raise DistributionError(f"There is no excise rate for {year} in tables/distributions.json.")


def charitable_limit(year: int) -> Decimal:
    """Most that may go to charity from IRAs in a year and count (from age 70 1/2, IRC 408(d)(8))."""
    if limit := _tables().charitable_limits.get(year):
        return limit
    raise DistributionError(
        f"There is no charitable distribution limit for {year} in tables/distributions.json."
    )


def inherited(died_on: date, *, owner_required_beginning_on: date) -> InheritedRule:
    """The ten-year rule for a beneficiary who may not stretch (death after 2019).

    The account is empty by 31 December of the tenth year; if the owner died on or after the required
    beginning date, every year before takes a distribution as well. Raises `DistributionError` for a
    death before 2020.
    """
    if died_on.year < 2020:
        raise DistributionError(f"The ten-year rule covers deaths after 2019, not {died_on}.")
    return InheritedRule(
        empty_by=date(died_on.year + TEN_YEARS, 12, 31),
        yearly_from=died_on.year + 1 if died_on >= owner_required_beginning_on else None,
    )


@dataclass(frozen=True, slots=True)
class _Tables:
    uniform_lifetime: tuple[tuple[int, Mapping[int, Decimal]], ...]
    single_life: tuple[tuple[int, Mapping[int, Decimal]], ...]
    start_ages: tuple[tuple[date, Decimal], ...]
    excise: tuple[tuple[int, Decimal, Decimal], ...]
    charitable_limits: Mapping[int, Decimal]


@cache
def _tables() -> _Tables:
    table = json.loads(files("rebalancing.engine").joinpath("tables/distributions.json").read_text("utf-8"))
    return _Tables(
        uniform_lifetime=_factors(table["uniform_lifetime"]),
        single_life=_factors(table["single_life"]),
        start_ages=tuple(
            (date.fromisoformat(each["born_from"]), Decimal(each["age"])) for each in table["start_ages"]
        ),
        excise=tuple(
            (each["from_year"], Decimal(each["rate"]), Decimal(each["rate_if_corrected"]))
            for each in table["excise"]
        ),
        charitable_limits={int(year): Decimal(limit) for year, limit in table["charitable_limits"].items()},
    )


def _factors(listed: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, Mapping[int, Decimal]], ...]:
    return tuple(
        (each["from_year"], {int(age): Decimal(factor) for age, factor in each["factors"].items()})
        for each in listed
    )
