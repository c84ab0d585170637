"""A file of fills twice, re-ordered, with a row more, and with ids of yesterday: each fill counts once, and what cannot be is asked about."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal as D

import pytest
from django.db import transaction

from compliance.audit_trail import audit
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import fills
from rebalancing.models import Block, Break, Fill
from tests.factories.released import IN_SESSION, blocks, told

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"
ROWS = (("f1", "100", "99.50"), ("f2", "50", "99.60"), ("f3", "30", "99.40"), ("f4", "20", "99.55"))
ONCE = (D(200), D("99.5150"), 4, [])


@pytest.fixture
def sale() -> Block:
    return blocks()["sell"]


def file_of(block: Block, rows: Iterable[tuple[str, str, str]] = ROWS) -> list[Report]:
    """A broker's file: a row for each fill."""
    return [told(block, Kind.FILL, *row, minute=int(row[0][1:])) for row in rows]


def take(reports: Iterable[Report]) -> None:
    for report in reports:
        fills.take(report, at=IN_SESSION)


def effect(block: Block) -> tuple[D, D | None, int, list[str]]:
    """Shares and average price, how many reports were kept, and what is asked about."""
    block.refresh_from_db()
    asked = Break.objects.filter(ended_at=None).order_by("pk").values_list("cause", flat=True)
    return block.filled_quantity, block.average_price, Fill.objects.count(), list(asked)


def test_a_file_that_comes_twice_counts_once(sale: Block) -> None:
    take(file_of(sale))
    assert effect(sale) == ONCE
    take(file_of(sale))
    assert effect(sale) == ONCE
    assert audit.verify().is_intact


def test_its_rows_in_any_order_count_alike(sale: Block) -> None:
    for some in itertools.permutations(file_of(sale)):
        with transaction.atomic():
            take([*some, *some[::-1]])
            assert effect(sale) == ONCE
            transaction.set_rollback(True)


def test_a_row_that_was_added_is_the_only_one_that_is_new(sale: Block) -> None:
    take(file_of(sale))
    take(file_of(sale, (ROWS[3], ("f5", "10", "99.52"), *ROWS[:3])))
    assert effect(sale) == (D(210), D("99.5152"), 5, [])


def test_the_same_id_on_the_next_day_is_another_fill_and_its_day_is_asked_about(sale: Block) -> None:
    take(file_of(sale))
    tomorrow = new_york().session_after(sale.trade_on)
    take([replace(file_of(sale)[0], trade_on=tomorrow)])
    assert effect(sale) == (D(300), D("99.5100"), 5, ["other_day"])


@pytest.mark.parametrize(
    ("rows", "more", "cause", "filled"),
    [
        ([("f1", "999999", "99.50")], {}, "over_filled", None),
        ([("f1", "-100", "99.50")], {}, "no_quantity", D(0)),
        ([("f1", "0", "99.50")], {}, "no_quantity", D(0)),
        ([("f1", "100", "-1")], {}, "no_quantity", D(0)),
        ([("f1", "100", "99.50")], {"account": "ac_of_somebody_else"}, "unknown_order", D(0)),
        ([("f1", "100", "99.50")], {"symbol": "ZBD"}, "other_security", D(0)),
        ([("f1", "100", "99.50")], {"side": "buy"}, "other_side", D(0)),
    ],
)
def test_what_cannot_be_is_a_break_and_never_a_crash_or_a_clamp(
    sale: Block, rows: list[tuple[str, str, str]], more: dict[str, object], cause: str, filled: D | None
) -> None:
    take(replace(one, **more) for one in file_of(sale, rows))  # type: ignore[arg-type]

    found, _, kept, asked = effect(sale)
    assert found == (sale.quantity if filled is None else filled)
    assert (kept, cause in asked) == (1, True), asked
    last = sale.allocations.order_by("-number").first()
    if filled is None:
        assert last is not None
        assert last.quantity == D(rows[0][1])
        assert last.excess_quantity == D(rows[0][1]) - sale.quantity
    assert audit.verify().is_intact


def test_a_fill_after_the_cancel_counts_and_is_asked_about(sale: Block) -> None:
    take([told(sale, Kind.CANCELED, "c"), told(sale, Kind.FILL, "f1", "100", "99.50", minute=1)])
    assert effect(sale) == (D(100), D("99.5000"), 2, ["after_its_end"])
