"""What one owner must take in a year, pool by pool, and what was taken of it. Values and arithmetic; nothing is read.

A pool is what may be taken from any of its accounts: an owner's IRAs together, their 403(b) plans together, each other
plan by itself, each inherited account by itself. What is unknown is named and makes the requirement unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO
from rebalancing.engine.portfolio import inherited_distributions, required_distributions
from rebalancing.engine.portfolio.inherited_distributions import Inheritance
from rebalancing.engine.portfolio.required_distributions import POOLED, DistributionError, Plan

POOL_NAMES = {
    Plan.TRADITIONAL_IRA: "IRAs",
    Plan.PLAN_403B: "403(b) plans",
    Plan.PLAN_401K: "401(k)",
    Plan.PLAN_457: "457 plan",
}
MATCHED_WITHIN_DAYS = 31
"""How far apart the day of a declared payment and that of the custodian's booking may be."""


class Asked(StrEnum):
    """What is missing before a requirement can be computed."""

    BIRTH = "birth"
    BALANCE = "balance"
    TERMS = "terms"
    HEIR = "heir"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is asked for, of an account (its key) or of the owner (empty)."""

    what: Asked
    account: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    key: str
    name: str
    born_on: date | None
    died_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account of an owner, here or at another firm, as it stood on December 31 before a year.

    `divisor` replaces that of the tables. `asks` is what the account's terms lack. `deferred_to` is the year of
    retirement from the plan's employer; `still_working` defers everything.
    """

    key: str
    name: str
    plan: Plan
    balance: Decimal | None
    source: str
    divisor: Decimal | None = None
    divisor_source: str = ""
    inheritance: Inheritance | None = None
    inherited_from: str = ""
    asks: Missing | None = None
    still_working: bool = False
    deferred_to: int | None = None
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment out of an account that counts: ordinary, or a gift to charity."""

    on: date
    account: str
    amount: Decimal
    is_charitable: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What must be taken from these accounts for one year. `required` None: something is missing.

    `first_year` says in which year distributions began; `deadline` None: nothing is required of this year.
    """

    owner: Owner
    name: str
    plan: Plan
    members: tuple[Member, ...]
    year: int
    age: int | None
    divisor: Decimal | None
    required: Decimal | None
    deadline: date | None
    is_first: bool = False
    empties: bool = False
    because: str = ""
    empty_by: date | None = None
    missing: tuple[Missing, ...] = ()

    @property
    def key(self) -> str:
        """The same pool year after year."""
        of = self.plan.value if self.plan in POOLED and not self.is_inherited else self.members[0].key
        return f"{self.owner.key}:{of}"

    @property
    def is_inherited(self) -> bool:
        return any(one.inheritance is not None for one in self.members)

    @property
    def accounts(self) -> frozenset[str]:
        return frozenset(one.key for one in self.members)

    @property
    def balance(self) -> Decimal | None:
        known = [one.balance for one in self.members]
        return None if None in known else sum((one for one in known if one is not None), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A pool with what was taken of it. `remaining` None: what is required is unknown."""

    pool: Pool
    ordinary: tuple[Taken, ...]
    charitable: tuple[Taken, ...]
    charitable_counted: Decimal
    taken: Decimal
    remaining: Decimal | None


def of_owner(owner: Owner, members: Sequence[Member], *, year: int) -> tuple[Pool, ...]:
    """The pools of an owner from which something is or may be required in a year, those that are pooled first."""
    own = [one for one in members if one.inheritance is None and one.asks is None]
    pools: dict[tuple[Plan, str], list[Member]] = {}
    for one in sorted(own, key=lambda one: one.key):
        pools.setdefault((one.plan, "" if one.plan in POOLED else one.key), []).append(one)
    found = [_own(owner, plan, tuple(some), year=year) for (plan, _), some in sorted(pools.items())]
    found += [_asking(owner, one, year=year) for one in members if one.asks is not None]
    found += [_inherited(owner, one, year=year) for one in members if one.inheritance is not None]
    return tuple(one for one in found if one is not None)


def _own(owner: Owner, plan: Plan, members: tuple[Member, ...], *, year: int) -> Pool | None:
    name = POOL_NAMES.get(plan, plan.value) if plan in POOLED else members[0].name
    if owner.born_on is None:
        asked = Missing(Asked.BIRTH, "", f"The birth date of {owner.name} is not on record.")
        return Pool(
            owner=owner, name=name, plan=plan, members=members, year=year, age=None, divisor=None, required=None,
            deadline=None, missing=(asked,),
        )  # fmt: skip
    begins = required_distributions.first_year(owner.born_on)
    due = tuple(one for one in members if not one.still_working and year >= max(begins, one.deferred_to or 0))
    if not due:
        return None
    deferred_to = min((max(begins, one.deferred_to or 0) for one in due), default=begins)
    age = year - owner.born_on.year
    if owner.died_on is not None:
        if owner.died_on.year < year:
            asked = Missing(
                Asked.HEIR,
                due[0].key,
                f"{owner.name} died in {owner.died_on.year}: the accounts are to be recorded for whoever inherits them.",
            )
            return Pool(
                owner=owner, name=name, plan=plan, members=due, year=year, age=age, divisor=None, required=None,
                deadline=None, missing=(asked,),
            )  # fmt: skip
        if owner.died_on < date(deferred_to + 1, 4, 1):
            return None
    divisors = {one.key: one.divisor for one in due if one.divisor is not None}
    lacking = _balances(due, year)
    balances = {one.key: (plan, one.balance or ZERO) for one in due}
    amount = sum(
        (
            one.amount
            for one in required_distributions.requirements(balances, age=age, year=year, divisors=divisors)
        ),
        ZERO,
    )
    one = required_distributions.required(
        sum((balance for _, balance in balances.values()), ZERO),
        born_on=owner.born_on,
        year=year,
        plan=plan,
        deferred_to=deferred_to,
    )
    return Pool(
        owner=owner,
        name=name,
        plan=plan,
        members=due,
        year=year,
        age=age,
        divisor=next(iter(divisors.values())) if len(divisors) == len(due) == 1 else one.divisor,
        required=None if lacking else amount,
        deadline=one.deadline,
        is_first=one.is_first,
        because=_because(owner, is_first=one.is_first, year=year),
        missing=lacking,
    )


def _because(owner: Owner, *, is_first: bool, year: int) -> str:
    if owner.died_on is not None:
        return "Year of death: the beneficiary takes what the deceased had not taken."
    if is_first:
        return f"First year: it may wait until April 1, {year + 1}, and then two are taken in {year + 1}."
    return ""


def _balances(members: Iterable[Member], year: int) -> tuple[Missing, ...]:
    return tuple(
        Missing(
            Asked.BALANCE, one.key, f"The balance of {one.name} on December 31, {year - 1} is not on record."
        )
        for one in members
        if one.balance is None
    )


def _asking(owner: Owner, one: Member, *, year: int) -> Pool:
    assert one.asks is not None
    return Pool(
        owner=owner, name=one.name, plan=one.plan, members=(one,), year=year, age=_age(owner, year), divisor=None,
        required=None, deadline=None, missing=(one.asks,),
    )  # fmt: skip


def _inherited(owner: Owner, one: Member, *, year: int) -> Pool | None:
    assert one.inheritance is not None
    try:
        found = inherited_distributions.in_year(
            one.inheritance, one.balance or ZERO, year=year, divisor=one.divisor
        )
    except DistributionError as error:
        asked = Missing(Asked.BIRTH, "", f"{owner.name}: {error}")
        return Pool(
            owner=owner, name=one.name, plan=one.plan, members=(one,), year=year, age=None, divisor=None,
            required=None, deadline=None, missing=(asked,),
        )  # fmt: skip
    if year < one.inheritance.died_on.year:
        return None
    lacking = _balances([one], year) if found.deadline is not None else ()
    return Pool(
        owner=owner,
        name=one.name,
        plan=one.plan,
        members=(one,),
        year=year,
        age=_age(owner, year),
        divisor=found.divisor,
        required=None if lacking else found.amount,
        deadline=found.deadline,
        empties=found.empties,
        because=found.because,
        empty_by=found.empty_by,
        missing=lacking,
    )


def _age(owner: Owner, year: int) -> int | None:
    return None if owner.born_on is None else year - owner.born_on.year


def counted_once(booked: Iterable[Taken], declared: Iterable[Taken]) -> tuple[Taken, ...]:
    """The payments of the custodian's files and those that people declared, each once.

    A declared payment is the booking of the same account and amount within a month of its day; that booking is then a
    gift if it was declared as one. Only what no file shows is added.
    """
    left = sorted(booked, key=lambda one: (one.on, one.account, one.amount))
    counted: list[Taken] = []
    for one in sorted(declared, key=lambda one: (one.on, one.account, one.amount)):
        same = [
            other
            for other in left
            if (other.account, other.amount) == (one.account, one.amount)
            and abs((other.on - one.on).days) <= MATCHED_WITHIN_DAYS
        ]
        if same:
            nearest = min(same, key=lambda other: abs((other.on - one.on).days))
            left.remove(nearest)
            counted.append(
                Taken(
                    nearest.on, one.account, one.amount, one.is_charitable, f"{nearest.source}; {one.source}"
                )
            )
        else:
            counted.append(one)
    return tuple(sorted([*left, *counted], key=lambda one: (one.on, one.account, one.amount)))


def settle(
    pools: Mapping[int, Sequence[Pool]], takings: Sequence[Taken], *, years: Sequence[int]
) -> Iterator[Settled]:
    """What was taken of each pool, year by year, the years in order.

    A payment counts for its own year, but what is paid until April 1 settles an open first distribution before.
    """
    left = list(takings)
    for year in sorted(years):
        for pool in pools.get(year, ()):
            mine = [one for one in left if one.account in pool.accounts and one.on.year == year]
            for one in mine:
                left.remove(one)
            if pool.is_first and pool.deadline is not None and pool.required is not None:
                mine += _until_april(pool, mine, left)
            yield _settled(pool, mine)


def _until_april(pool: Pool, mine: Sequence[Taken], left: list[Taken]) -> list[Taken]:
    """Payments of the next year that settle an open first distribution; a part that is not needed stays there."""
    assert pool.required is not None
    assert pool.deadline is not None
    open_still = pool.required - sum((one.amount for one in mine), ZERO)
    used = []
    for one in sorted(left, key=lambda one: one.on):
        if open_still <= ZERO:
            break
        if one.account not in pool.accounts or one.on.year != pool.year + 1 or one.on > pool.deadline:
            continue
        part = min(one.amount, open_still)
        left.remove(one)
        if one.amount > part:
            left.append(Taken(one.on, one.account, one.amount - part, one.is_charitable, one.source))
        used.append(Taken(one.on, one.account, part, one.is_charitable, one.source))
        open_still -= part
    return used


def _settled(pool: Pool, mine: Sequence[Taken]) -> Settled:
    gifts = tuple(one for one in mine if one.is_charitable)
    ordinary = tuple(one for one in mine if not one.is_charitable)
    given = sum((one.amount for one in gifts), ZERO)
    try:
        counted = min(given, required_distributions.charitable_limit(pool.year))
    except DistributionError:
        counted = given
    # A gift above the limit is an ordinary, taxable distribution; it settles the requirement all the same.
    taken = sum((one.amount for one in ordinary), ZERO) + given - counted
    remaining = (
        None
        if pool.required is None
        else required_distributions.remaining(pool.required, taken=taken, charitable=counted)
    )
    return Settled(
        pool=pool,
        ordinary=ordinary,
        charitable=gifts,
        charitable_counted=counted,
        taken=taken,
        remaining=remaining,
    )
