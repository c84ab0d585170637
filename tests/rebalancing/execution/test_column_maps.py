"""Column maps: what is read, what is refused with which line, and what is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.execution import column_maps, filled_files, order_files, order_layouts, orders
from rebalancing.execution.column_maps import BadMap, OrderRow
from rebalancing.execution.order_layouts import Terms
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Order
from rebalancing.proposals import bindings
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories import released
from tests.factories.trading import a_floor

ROW = OrderRow(
    order_id="BA1-1",
    block_id="RL1-B1",
    account="11110001",
    side="sell",
    symbol="BRK.B",
    cusip="084670702",
    quantity=Decimal("10.5678"),
    order_type="limit",
    limit=Decimal("481.25"),
    trade_on=date(2026, 11, 23),
    settles_on=date(2026, 11, 24),
)
PLAIN = "account\nsymbol\nquantity"


def line(text: str, *, custodian: str = "fidelity", delimiter: str = ",") -> str:
    columns = column_maps.read(text)
    return column_maps.written(
        columns, [ROW], custodian=custodian, has_captions=False, delimiter=delimiter
    ).strip()


@pytest.mark.parametrize(
    ("columns", "written"),
    [
        (PLAIN, "11110001,BRKB,10.567"),
        ('A = account\nT = ""\nS = side (B, S)\ncusip\nQ = quantity', "11110001,,S,084670702,10.567"),
        (f"{PLAIN}\ntype (2, 1)\nlimit\ntif (0)", "11110001,BRKB,10.567,1,481.25,0"),
        (f"{PLAIN}\ntrade_day\nsettlement_day (%Y%m%d)", "11110001,BRKB,10.567,11/23/2026,20261124"),
        (f'{PLAIN}\norder_id\nblock_id\nX = "ours"', "11110001,BRKB,10.567,BA1-1,RL1-B1,ours"),
    ],
)
def test_a_map_writes_what_it_says(columns: str, written: str) -> None:
    assert line(columns) == written


def test_each_custodian_has_its_own_spelling_and_decimals() -> None:
    assert line(PLAIN, custodian="schwab") == "11110001,BRK/B,10.5678"
    assert line(PLAIN, custodian="ibkr", delimiter="\t") == "11110001\tBRK B\t10.5678"


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ("", "at least one column"),
        ("account\nsymbol", "No column holds the quantity"),
        ("symbol\nquantity", "No column holds the account"),
        ("account\nquantity", "its symbol or its CUSIP"),
        (f"{PLAIN}\nPrice Type = type (?, ?)", "Line 4 holds a question mark"),
        (f"{PLAIN}\nshares", "Line 4: there is no field shares"),
        (f"{PLAIN}\nside (B)", "side takes 2 words"),
        (f"{PLAIN}\n= = =", "Line 4 is not"),
        ("\n".join([PLAIN, *["cusip"] * 60]), "at most 60"),
    ],
)
def test_a_map_that_cannot_be_used_says_why(columns: str, why: str) -> None:
    with pytest.raises(BadMap, match=why):
        column_maps.read(columns)


def test_what_is_published_is_offered_and_what_is_not_has_to_be_asked() -> None:
    for start in order_layouts.STARTS:
        assert order_layouts.fault(start.terms) is not None
        filled_in = Terms(**{**{name: getattr(start.terms, name) for name in Terms.__dataclass_fields__},
                             "columns": start.terms.columns.replace("?", "X")})  # fmt: skip
        assert order_layouts.fault(filled_in) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("it_is_sunday_noon")
def test_a_layout_is_made_changed_and_retired_and_files_follow_it() -> None:
    floor = a_floor(1)
    by, at = Actor.person(cast.tom()), SUNDAY_NOON
    custodian = floor.proposals[0].household.accounts.first().custodian  # type: ignore[union-attr]
    terms = Terms("Ours", f"Number = account\n{PLAIN}", True, ";", "Its desk, by telephone.")
    made = order_layouts.make(custodian, "orders", terms, user_id=floor.tom.pk, by=by, at=at)
    with pytest.raises(Conflict):
        order_layouts.make(custodian, "orders", terms, user_id=floor.tom.pk, by=by, at=at)
    with pytest.raises(BadInput, match="Nothing is changed"):
        order_layouts.change(made, terms, user_id=floor.tom.pk, by=by, at=at)
    other = Terms("Ours", PLAIN, True, ";", "Its desk, by letter.")
    changed = order_layouts.change(made, other, user_id=floor.tom.pk, by=by, at=at)
    made.refresh_from_db()
    assert (made.retired_at, changed.replaces) == (at, made)

    release = floor.release()
    text = release.files.get(kind="custodian").content
    assert text.splitlines()[0] == "account;symbol;quantity"
    assert len(text.splitlines()) == 1 + Order.objects.count()
    assert "•••" in order_layouts.preview(
        custodian, other, among=order_layouts.orders_at(custodian, among=Order.objects.all())
    )
    order_layouts.retire(changed, reason="They changed it.", user_id=floor.tom.pk, by=by, at=at)
    assert order_layouts.in_force(custodian, "orders") is None
    with pytest.raises(Conflict):
        order_layouts.retire(changed, reason="Again.", user_id=floor.tom.pk, by=by, at=at)
    assert audit.verify().is_intact


SIX = (
    'Trading account = "U1"\nAllocation account = account\nSymbol = symbol\nSide = side (B, S)\n'
    'Executing broker = "IB"\nQuantity = quantity'
)


@pytest.mark.django_db
@pytest.mark.usefixtures("it_is_sunday_noon")
def test_what_was_filled_is_written_once_the_day_is_over_and_anew_after_a_correction() -> None:
    floor = a_floor(2)
    custodian = floor.proposals[0].household.accounts.first().custodian  # type: ignore[union-attr]
    terms = Terms("After the trade", SIX, False, ",", "An older page.")
    order_layouts.make(
        custodian, "filled", terms, user_id=floor.tom.pk, by=Actor.person(floor.tom), at=SUNDAY_NOON
    )
    release = floor.release()
    desk = Actor.system("orders")
    assert not release.files.filter(kind="custodian_filled").exists(), (
        "nothing of it is known with the orders"
    )
    orders.mark_exported(release.files.get(kind="orders"), by=Actor.person(floor.tom), at=MONDAY_NOON)
    sale, purchase = release.blocks.get(side="sell"), release.blocks.get(side="buy")

    half = (sale.quantity / 2).quantize(Decimal(1))
    fills.take(released.told(sale, Kind.FILL, "X1", str(half), "99.50"), at=MONDAY_NOON)
    fills.take(released.told(sale, Kind.DONE_FOR_DAY, "X2", minute=5), at=MONDAY_NOON)
    assert filled_files.write_due(by=desk, at=MONDAY_NOON) == 0, "the purchase may still trade"
    fills.take(released.told(purchase, Kind.EXPIRED, "X3", minute=6), at=MONDAY_NOON)
    assert filled_files.write_due(by=desk, at=MONDAY_NOON) == 1
    assert filled_files.write_due(by=desk, at=MONDAY_NOON) == 0

    first = release.files.get(kind="custodian_filled")
    rows = [one.split(",") for one in first.content.splitlines()]
    assert [(one[0], one[3], one[4]) for one in rows] == [("U1", "S", "IB")] * 2
    assert sum(Decimal(one[5]) for one in rows) == half, "the shares that traded, not those ordered"
    assert order_files.is_newest(release.files.get(kind="orders")), "the orders' files are what they were"

    later = MONDAY_NOON + timedelta(minutes=10)
    fills.take(
        released.told(sale, Kind.CORRECTED, "X4", str(half - 2), "99.50", minute=8, corrects="X1"), at=later
    )
    assert filled_files.write_due(by=desk, at=later) == 1
    second = release.files.get(kind="custodian_filled", version=2)
    assert sum(Decimal(one.split(",")[5]) for one in second.content.splitlines()) == half - 2
    assert (order_files.is_newest(first), order_files.is_newest(second)) == (False, True)
    orders.mark_exported(second, by=Actor.person(floor.tom), at=later)
    assert audit.verify().is_intact
    assert list(bindings.faults()) == []


def test_a_map_of_what_was_filled_can_say_at_which_price() -> None:
    row = replace(ROW, price=Decimal("481.2000"), amount=Decimal("5085.23"))
    text = column_maps.written(
        column_maps.read(f"{PLAIN}\nprice\namount"),
        [row],
        custodian="ibkr",
        has_captions=False,
        delimiter=",",
    )
    assert text.strip() == "11110001,BRK B,10.5678,481.2,5085.23"
    assert line(f"{PLAIN}\nprice\namount") == "11110001,BRKB,10.567,,"
