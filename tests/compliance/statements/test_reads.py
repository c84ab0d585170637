"""A page's statements: put together once, sent together, and none of them asked twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from clients.models import Account, Household, Position, TaxLot
from compliance.models import AuditEvent
from compliance.statements.reads import joined, once, prepared, together
from tests.clock import TUESDAY_NOON
from tests.factories.households import the_millers

pytestmark = pytest.mark.django_db

OPENED_ON = date(2020, 5, 4)


@pytest.fixture
def everybody(db: None) -> list[Household]:
    return [the_millers(), the_millers("others")]


@prepared
def opened(household: int, on: date) -> QuerySet[Account]:
    found = Account.objects.filter(household=household).exclude(closed_on__lt=on)
    return found.select_related("owner").annotate(of_household=F("household")).order_by("name", "pk")


@prepared
def names_of(households: list[int], code: str) -> QuerySet[Household, Any]:
    return (
        Household.objects.filter(pk__in=households)
        .exclude(code=code)
        .order_by("pk")
        .values_list("name", "pk")
    )


@prepared
def opened_lately(household: int, on: date) -> QuerySet[Account]:
    return Account.objects.filter(household=household, opened_on__gte=on - timedelta(days=30))


@prepared
def of_large_keys(key: int) -> QuerySet[Household]:
    return Household.objects.filter(pk=key) if key < 31_000 else Household.objects.filter(pk__gte=key)


@prepared
def told_before(at: datetime) -> QuerySet[AuditEvent, int]:
    return AuditEvent.objects.filter(stated_at__lt=at).values_list("seq", flat=True)


def values(rows: Any) -> list[dict[str, Any]]:
    return [{name: one for name, one in row.__dict__.items() if name != "_state"} for row in rows]


def test_it_reads_what_the_queryset_holds_for_whoever_it_is_asked(everybody: list[Household]) -> None:
    for household in (*everybody, *everybody):
        asked = (household.pk, OPENED_ON)
        assert values(opened.rows(*asked)) == values(opened(*asked))
        assert [row.owner for row in opened.rows(*asked)] == [row.owner for row in opened(*asked)]


def test_values_are_set_in_wherever_they_stand(everybody: list[Household]) -> None:
    first, second = everybody
    for code in (first.code, second.code, "nobody"):
        for keys in ([first.pk], [second.pk, first.pk], [first.pk, second.pk], []):
            assert names_of.rows(keys, code) == list(names_of(keys, code)), (keys, code)
    for at in (TUESDAY_NOON, TUESDAY_NOON - timedelta(days=9_000)):
        assert told_before.rows(at) == list(told_before(at))


def test_a_statement_whose_form_follows_from_a_value_is_put_together_each_time(
    everybody: list[Household],
) -> None:
    first, _ = everybody
    for key in (first.pk, first.pk + 1, 32_000):
        assert of_large_keys.rows(key) == list(of_large_keys(key)), key
    for on in (OPENED_ON, date(1999, 1, 1), date(2040, 1, 1)):
        assert opened_lately.rows(first.pk, on) == list(opened_lately(first.pk, on)), on


def test_many_are_sent_together_and_answered_each_by_itself(everybody: list[Household]) -> None:
    first, second = (one.pk for one in everybody)
    alone = [opened.rows(first, OPENED_ON), names_of.rows([second], "x"), [], opened.rows(second, OPENED_ON)]
    with CaptureQueriesContext(connection) as sent:
        found = together(
            opened.asked(first, OPENED_ON),
            names_of.asked([second], "x"),
            names_of.asked([], "x"),
            opened.asked(second, OPENED_ON),
        )
    assert found == alone
    assert len(sent) == 1


def test_a_text_with_signs_of_a_statement_in_it_stays_a_text(everybody: list[Household]) -> None:
    for code in ("'; SELECT 1; --", "100%s", "%", '"'):
        assert names_of.rows([everybody[0].pk], code) == [(everybody[0].name, everybody[0].pk)]


def test_a_page_asks_each_statement_once(everybody: list[Household]) -> None:
    first, _ = everybody
    with CaptureQueriesContext(connection) as sent, once():
        together(opened.asked(first.pk, OPENED_ON), names_of.asked([first.pk], "x"))
        one, other = (opened.rows(first.pk, OPENED_ON) for _ in range(2))
        plain = list(opened(first.pk, OPENED_ON))
        counted = [Household.objects.count() for _ in range(2)]
    assert values(one) == values(other) == values(plain)
    assert all(a is not b for a, b in zip(one, other, strict=True)), "rows are made anew for each who asks"
    assert counted == [2, 2]
    assert len(sent) == 2


def test_what_was_read_is_not_kept_beyond_a_page_nor_beyond_a_change(everybody: list[Household]) -> None:
    first, _ = everybody
    with once():
        assert names_of.rows([first.pk], "x") == [(first.name, first.pk)]
        Household.objects.filter(pk=first.pk).update(name="Mueller")
        assert names_of.rows([first.pk], "x") == [("Mueller", first.pk)]
        with once():  # The block inside is the block outside.
            assert Household.objects.get(pk=first.pk).name == "Mueller"
    Household.objects.filter(pk=first.pk).update(name="Moeller")
    assert names_of.rows([first.pk], "x") == [("Moeller", first.pk)]
    assert "cursor" not in vars(connection)


def test_a_page_that_fails_leaves_nothing_behind(everybody: list[Household]) -> None:
    with pytest.raises(ZeroDivisionError), once():
        1 / 0  # noqa: B018
    assert "cursor" not in vars(connection)
    assert Household.objects.count() == len(everybody)


def test_rows_that_lock_are_never_answered_by_what_was_read(everybody: list[Household]) -> None:
    first, _ = everybody
    with CaptureQueriesContext(connection) as sent, once():
        for _ in range(2):
            Household.objects.select_for_update().get(pk=first.pk)
    assert len(sent) == 2


def test_children_are_joined_as_a_prefetch_joins_them(everybody: list[Household]) -> None:
    accounts = list(Account.objects.order_by("pk"))
    joined(accounts, "positions", Position.objects.order_by("pk"), by="account")
    joined(accounts, "lots", TaxLot.objects.order_by("pk"), by="account")
    fetched = list(Account.objects.order_by("pk").prefetch_related("positions", "lots"))
    with CaptureQueriesContext(connection) as sent:
        for mine, theirs in zip(accounts, fetched, strict=True):
            assert sorted(one.pk for one in mine.positions.all()) == sorted(
                one.pk for one in theirs.positions.all()
            )
            assert {one.pk for one in mine.lots.all()} == {one.pk for one in theirs.lots.all()}
            assert all(one.account is mine for one in mine.lots.all())
    assert len(sent) == 0
