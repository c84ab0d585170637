"""Rows of households that are read together: fetched once, handed out once, and the same as for each of them alone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from clients.models import CashFlow
from rebalancing.portfolios import own_rows, portfolios
from rebalancing.portfolios.gathered import Gathered
from rebalancing.portfolios.market import Market
from rebalancing.scans import deciding
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.households import many_managed_households


class Table:
    """A table with rows of some households, which counts how often it is read."""

    def __init__(self, rows: list[tuple[int, str]]) -> None:
        self.rows = rows
        self.asked: list[list[int]] = []

    def fetch(self, households: list[int]) -> Iterable[tuple[int, str]]:
        self.asked.append(list(households))
        return ((key, row) for key, row in self.rows if key in households)

    def of(self, household: int) -> list[str]:
        return [row for key, row in self.rows if key == household]


def test_the_first_who_asks_has_the_rows_of_all_fetched() -> None:
    table, gathered = Table([(1, "a"), (2, "b"), (1, "c")]), Gathered([1, 2, 3])

    found = [gathered.rows(key, ("table",), table.fetch) for key in (2, 1, 3)]

    assert found == [["b"], ["a", "c"], []]
    assert table.asked == [[1, 2, 3]]


def test_rows_are_handed_out_once_and_read_again_for_whoever_asks_again() -> None:
    table, gathered = Table([(1, "a"), (2, "b")]), Gathered([1, 2])
    gathered.rows(1, ("table",), table.fetch)
    table.rows = [(1, "changed"), (2, "changed")]

    assert gathered.rows(1, ("table",), table.fetch) == ["changed"]
    assert gathered.rows(2, ("table",), table.fetch) == ["b"]
    assert table.asked == [[1, 2], [1]]


@given(
    rows=st.lists(st.tuples(st.integers(1, 5), st.text(max_size=2)), max_size=12),
    together=st.sets(st.integers(1, 5)),
    asked=st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["one", "other"])), max_size=12),
)
def test_what_is_handed_out_is_what_each_household_has_alone(
    rows: list[tuple[int, str]], together: set[int], asked: list[tuple[int, str]]
) -> None:
    table, gathered = Table(rows), Gathered(together)

    for household, name in asked:
        assert gathered.rows(household, (name,), table.fetch) == table.of(household)


@pytest.mark.django_db
def test_households_read_together_are_decided_as_each_alone() -> None:
    households = many_managed_households(3, reviewer=cast.rui())
    alone = [deciding.decide_outcome(one, market=Market(LAST_FRIDAY), trade_on=MONDAY) for one in households]
    market = Market(LAST_FRIDAY)
    market.gather([one.pk for one in households])

    together = [deciding.decide_outcome(one, market=market, trade_on=MONDAY) for one in households]

    for one, other in zip(together, alone, strict=True):
        assert one.portfolio is not None
        assert other.portfolio is not None
        assert one.portfolio.household == other.portfolio.household
        assert (one.outcome, one.reason, one.plan) == (other.outcome, other.reason, other.plan)
    assert len({one.portfolio.household.id for one in together if one.portfolio}) == 3


@pytest.mark.django_db
def test_the_second_household_of_a_chunk_is_read_without_a_query() -> None:
    households = many_managed_households(3, reviewer=cast.rui())
    market = Market(LAST_FRIDAY)
    market.gather([one.pk for one in households])
    portfolios.load(households[0], as_of_on=LAST_FRIDAY, trade_on=MONDAY, market=market)

    with CaptureQueriesContext(connection) as sent:
        for one in households[1:]:
            portfolios.load(one, as_of_on=LAST_FRIDAY, trade_on=MONDAY, market=market)

    assert [query["sql"][:90] for query in sent] == []


@pytest.mark.django_db
def test_a_return_of_several_accounts_has_each_years_figures_once() -> None:
    (household,) = many_managed_households(1, reviewer=cast.rui())
    market, units = Market(LAST_FRIDAY), {one.tax_unit_id for one in household.accounts.all()}

    found = own_rows.profiles(market, household, units, year=MONDAY.year)

    assert len({one.pk for one in found}) == len(found) > 0


@pytest.mark.django_db
def test_money_due_of_one_household_is_no_other_ones() -> None:
    first, second = many_managed_households(2, reviewer=cast.rui())
    account = first.accounts.order_by("pk")[0]
    CashFlow.objects.create(account=account, kind="withdrawal", amount=-100, due_on=MONDAY)
    market = Market(LAST_FRIDAY)
    market.gather([first.pk, second.pk])

    found = {
        one.pk: own_rows.flows(market, one, {each.pk for each in one.accounts.all()}, until=MONDAY)
        for one in (second, first)
    }

    assert found[second.pk] == []
    assert [flow.account_id for flow in found[first.pk]] == [account.pk]
