"""What an owner must take, pool by pool, and what was taken of it: tables and invariants, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.distributions import pools
from rebalancing.distributions.pools import Asked, Member, Owner, Pool, Settled, Taken
from rebalancing.engine.portfolio.inherited_distributions import Beneficiary, Inheritance
from rebalancing.engine.portfolio.required_distributions import Plan
from tests.examples import many
from tests.spec.drawn import rows

NORA = Owner(key="nora", name="Nora", born_on=date(1950, 3, 1))
MONEY = st.decimals(0, 2_000_000, places=2)


def account(
    key: str, balance: str | None = "474000", plan: Plan = Plan.TRADITIONAL_IRA, **more: Any
) -> Member:
    return Member(
        key=key,
        name=key,
        plan=plan,
        balance=None if balance is None else D(balance),
        source="Statement",
        **more,
    )


def one(*members: Member, owner: Owner = NORA, year: int = 2026) -> Pool:
    (found,) = pools.of_owner(owner, members, year=year)
    return found


def settled(*takings: Taken, pools_of: dict[int, tuple[Pool, ...]]) -> list[Settled]:
    return list(pools.settle(pools_of, takings, years=sorted(pools_of)))


def paid(amount: str, on: str = "2026-05-01", account: str = "a", *, gift: bool = False) -> Taken:
    return Taken(date.fromisoformat(on), account, D(amount), gift, "file")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        born       | year | plan | required | deadline   | first
        1950-03-01 | 2026 | ira  | 20000.00 | 2026-12-31 | no
        1953-04-10 | 2025 | ira  |          |            |
        1953-04-10 | 2026 | ira  | 17886.79 | 2027-04-01 | yes
        1953-04-10 | 2027 | ira  | 18588.24 | 2027-12-31 | no
        1960-07-01 | 2034 | ira  |          |            |
        1960-07-01 | 2035 | ira  | 19268.29 | 2036-04-01 | yes
        1950-03-01 | 2026 | 401k | 20000.00 | 2026-12-31 | no
        1950-03-01 | 2026 | 457  | 20000.00 | 2026-12-31 | no
        1950-03-01 | 2026 | roth |          |            |
        """
    ),
    ids=lambda row: f"{row['born']} {row['year']} {row['plan']}",
)
def test_what_an_owner_must_take(row: dict[str, str]) -> None:
    plan = {"ira": Plan.TRADITIONAL_IRA, "401k": Plan.PLAN_401K, "457": Plan.PLAN_457, "roth": Plan.ROTH_IRA}[
        row["plan"]
    ]
    owner = replace(NORA, born_on=date.fromisoformat(row["born"]))

    found = [
        (str(one.required), str(one.deadline), "yes" if one.is_first else "no")
        for one in pools.of_owner(owner, [account("a", plan=plan)], year=int(row["year"]))
        if one.required
    ]

    assert found == ([(row["required"], row["deadline"], row["first"])] if row["required"] else [])


def test_iras_count_together_and_other_plans_do_not() -> None:
    found = pools.of_owner(
        replace(NORA, born_on=date(1946, 1, 1)),
        [
            account("a", "300000"),
            account("b", "100000"),
            account("c", "200000", Plan.PLAN_401K),
            account("d", "50000", Plan.PLAN_403B),
            account("e", "50500", Plan.PLAN_403B),
        ],
        year=2026,
    )

    assert [(each.name, sorted(each.accounts), str(each.required)) for each in found] == [
        ("c", ["c"], "9900.99"),
        ("403(b) plans", ["d", "e"], "4975.25"),
        ("IRAs", ["a", "b"], "19801.98"),
    ]


@pytest.mark.parametrize(
    ("terms", "years"),
    [
        ({"still_working": True}, []),
        ({"deferred_to": 2025}, [(2025, True), (2026, False)]),
        ({"deferred_to": 2027}, []),
        ({}, [(2025, False), (2026, False)]),
    ],
)
def test_working_on_defers_the_plan_of_that_employer(terms: dict[str, Any], years: list[Any]) -> None:
    owner = replace(NORA, born_on=date(1948, 1, 1))
    plan = account("a", plan=Plan.PLAN_401K, **terms)

    found = [
        (one.year, one.is_first) for year in (2025, 2026) for one in pools.of_owner(owner, [plan], year=year)
    ]

    assert found == years


def test_what_is_missing_is_named_and_nothing_is_made_up() -> None:
    balance = one(account("a"), account("b", None))
    birth = one(account("a"), owner=replace(NORA, born_on=None))
    heir = one(account("a"), owner=replace(NORA, died_on=date(2025, 8, 1)))

    assert [(each.required, [asked.what for asked in each.missing]) for each in (balance, birth, heir)] == [
        (None, [Asked.BALANCE]),
        (None, [Asked.BIRTH]),
        (None, [Asked.HEIR]),
    ]


def test_the_year_of_death_asks_for_what_the_deceased_had_to_take() -> None:
    found = one(account("a"), owner=replace(NORA, died_on=date(2026, 8, 1)))

    assert (str(found.required), found.because) == (
        "20000.00",
        "Year of death: the beneficiary takes what the deceased had not taken.",
    )
    young = replace(NORA, born_on=date(1953, 4, 10), died_on=date(2026, 8, 1))
    assert pools.of_owner(young, [account("a")], year=2026) == ()


def test_a_much_younger_spouse_brings_a_divisor_for_one_account_of_the_pool() -> None:
    found = one(account("a", "500000", divisor=D("25.0")), account("b", "237000"))

    assert str(found.required) == "30000.00"


def test_an_inherited_account_is_a_pool_of_its_own() -> None:
    inheritance = Inheritance(
        decedent_born_on=date(1940, 1, 1), died_on=date(2023, 5, 1), beneficiary=Beneficiary.OTHER,
        beneficiary_born_on=date(1950, 3, 1),
    )  # fmt: skip

    found = pools.of_owner(NORA, [account("a"), account("b", "100000", inheritance=inheritance)], year=2026)

    assert [(each.name, str(each.required)) for each in found] == [("IRAs", "20000.00"), ("b", "7352.94")]


def test_the_first_distribution_is_settled_until_april_and_the_next_one_after_it() -> None:
    owner = replace(NORA, born_on=date(1953, 4, 10))
    by_year = {year: (one(account("a"), owner=owner, year=year),) for year in (2026, 2027)}

    found = settled(
        paid("10000", "2026-11-01"),
        paid("10000", "2027-03-01"),
        paid("5000", "2027-05-01"),
        pools_of=by_year,
    )

    assert [(each.pool.year, str(each.taken), str(each.remaining)) for each in found] == [
        (2026, "17886.79", "0"),
        (2027, "7113.21", "11475.03"),
    ]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        born        | booked             | declared           | counted | gifts
        a gift      | 5000 on 2026-06-03 | 5000 on 2026-06-01 | 5000    | 5000
        too late    | 5000 on 2026-08-03 | 5000 on 2026-06-01 | 10000   | 5000
        not booked  |                    | 5000 on 2026-06-01 | 5000    | 5000
        another sum | 4999 on 2026-06-03 | 5000 on 2026-06-01 | 9999    | 5000
        """
    ),
    ids=lambda row: row["born"],
)
def test_a_declared_gift_is_the_booking_of_its_amount(row: dict[str, str]) -> None:
    def read(text: str, *, gift: bool) -> list[Taken]:
        return [paid(text.split(" on ")[0], text.split(" on ")[1], gift=gift)] if text else []

    found = pools.counted_once(read(row["booked"], gift=False), read(row["declared"], gift=True))

    assert (
        str(sum(each.amount for each in found)),
        str(sum(each.amount for each in found if each.is_charitable)),
    ) == (row["counted"], row["gifts"])


def test_gifts_count_up_to_the_limit_and_what_is_above_it_is_an_ordinary_distribution() -> None:
    pool = one(account("a", "4740000"))

    (found,) = settled(paid("150000", gift=True), pools_of={2026: (pool,)})

    assert (str(found.charitable_counted), str(found.taken), str(found.remaining)) == (
        "111000",
        "39000",
        "50000.00",
    )


TAKINGS = st.lists(
    st.builds(
        Taken,
        on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        account=st.sampled_from(["a", "b"]),
        amount=st.decimals(0, 40_000, places=2),
        is_charitable=st.booleans(),
        source=st.just("file"),
    ),
    max_size=6,
)


@many
@given(balances=st.lists(MONEY, min_size=2, max_size=2), takings=TAKINGS)
def test_the_pool_is_the_sum_and_paying_from_any_account_settles_it(
    balances: list[D], takings: list[Taken]
) -> None:
    together = one(*(account(key, str(each)) for key, each in zip("ab", balances, strict=True)))
    alone = sum((one(account("a", str(each))).required or D(0) for each in balances), D(0))
    moved = [replace(each, account="a") for each in takings]

    (found,) = settled(*takings, pools_of={2026: (together,)})
    (from_one,) = settled(*moved, pools_of={2026: (together,)})

    assert together.required is not None
    assert abs(together.required - alone) <= D("0.01")
    assert found.remaining == from_one.remaining
    assert found.remaining is not None
    assert found.remaining >= 0
    paid_out = sum((each.amount for each in takings), D(0))
    assert found.remaining == max(D(0), together.required - paid_out)


@many
@given(booked=TAKINGS, declared=TAKINGS)
def test_nothing_is_counted_twice(booked: list[Taken], declared: list[Taken]) -> None:
    found = pools.counted_once(booked, declared)
    again = pools.counted_once(declared, declared)

    assert len(found) <= len(booked) + len(declared)
    assert sum(each.amount for each in found) <= sum(each.amount for each in [*booked, *declared])
    assert sum(each.amount for each in again) == sum(each.amount for each in declared)
