"""Parts of one thing added in one statement, and rows read at once: the same values as Django's own way has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model

from clients.models import AssetClass
from clients.models.quickly import ReadQuickly
from compliance.statements import bulk

pytestmark = pytest.mark.django_db

NAMES = ('Größe "in quotes"', "back\\slash, tab\t, line\nand {braces}", "", "%s and NULL", "🛥")


def classes() -> list[AssetClass]:
    return [
        AssetClass(
            code=f"b{place}",
            name=name,
            position=90 - place,
            is_equity=(None, True, False)[place % 3],
            retired_on=date(2026, 11, 30) if place % 2 else None,
            volatility=Decimal("0.123456") if place % 2 else None,
            market_correlation=Decimal("-0.250000") if place % 2 else None,
        )
        for place, name in enumerate(NAMES)
    ]


def cells(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_rows_are_added_as_they_are_and_know_their_keys_in_their_order() -> None:
    given = classes()

    bulk.insert(AssetClass, given)

    stored = list(AssetClass.objects.filter(code__in=[one.code for one in given]).order_by("pk"))
    assert [cells(one) for one in stored] == [cells(one) for one in given]
    assert [one._state.adding for one in given] == [False] * len(given)


def test_nothing_is_asked_of_the_database_for_no_rows(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        bulk.insert(AssetClass, [])


def test_the_table_refuses_what_it_refuses_of_any_row() -> None:
    too_long, twice = AssetClass(code="x" * 25, name="Long"), [AssetClass(code="y", name="Twice")] * 2

    with pytest.raises(DataError, match="too long"), transaction.atomic():
        bulk.insert(AssetClass, [too_long])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(AssetClass, twice)

    assert not AssetClass.objects.filter(code__in=("y", too_long.code)).exists()


def test_a_row_that_is_read_quickly_is_the_row_that_django_reads() -> None:
    bulk.insert(AssetClass, classes())
    (quick,) = AssetClass.objects.filter(code="b1")
    values = AssetClass.objects.values_list(*cells(quick)).get(code="b1")

    slow = super(ReadQuickly, AssetClass).from_db("default", list(cells(quick)), values)

    assert (quick, cells(quick)) == (slow, cells(slow))
    assert (quick._state.db, quick._state.adding) == (slow._state.db, slow._state.adding)


def test_a_row_that_is_read_quickly_can_be_changed_and_fetches_what_was_left_out() -> None:
    bulk.insert(AssetClass, classes())
    quick = AssetClass.objects.get(code="b0")
    quick.name = "Changed"
    quick.save()

    some = AssetClass.objects.only("code").get(code="b0")

    assert some.get_deferred_fields() >= {"name", "position"}
    assert some.name == "Changed"
