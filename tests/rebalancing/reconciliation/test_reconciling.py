"""The next morning's file against our book: fills read from it, breaks found, worked, and gone by themselves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D

import pytest

from clients.models import Account, TaxLot
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Refusal
from rebalancing.fills import breaks
from rebalancing.models import Block, Break, ExecutedLot, Order, Reconciled
from rebalancing.portfolios import portfolios
from rebalancing.reconciliation import lot_letters, reconciling
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.next_files import NUMBER, PRICES, instructed, next_file
from tests.factories.released import MONDAY

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"
TUESDAY = datetime.fromisoformat("2026-11-24T07:00:00-05:00")
WEDNESDAY = datetime.fromisoformat("2026-11-25T07:00:00-05:00")


def found_on(at: datetime) -> list[tuple[str, str]]:
    reconciling.run(at=at)
    return sorted((one.queue, one.cause) for one in Break.objects.filter(ended_at=None))


@pytest.fixture(autouse=True)
def _the_first_file() -> None:
    assert found_on(SUNDAY_NOON) == []
    assert Reconciled.objects.count() == 1


def test_a_file_that_shows_our_orders_fills_them_and_breaks_nothing() -> None:
    next_file("2026-11-23")

    assert found_on(TUESDAY) == []

    assert set(Block.objects.values_list("state", flat=True)) == {"filled"}
    assert set(Order.objects.values_list("state", flat=True)) == {"filled"}
    assert all(order.average_price == PRICES[order.security.symbol] for order in Order.objects.all())
    sold = Order.objects.get(side="sell")
    entries = list(ExecutedLot.objects.filter(order=sold))
    assert sum(one.quantity for one in entries) == sold.quantity
    assert sum(one.proceeds for one in entries) == sold.quantity * PRICES[sold.security.symbol]
    assert audit.verify().is_intact


def test_the_same_file_compared_again_finds_the_same() -> None:
    next_file("2026-11-23")
    reconciling.run(at=TUESDAY)
    before = Reconciled.objects.count()

    assert found_on(TUESDAY) == []
    assert Reconciled.objects.count() == before
    assert reconciling.due() == []


def test_a_file_that_shows_a_part_ends_the_day_order_with_it() -> None:
    next_file("2026-11-23", shown=D("0.5"))

    assert found_on(TUESDAY) == []
    assert set(Order.objects.values_list("state", flat=True)) == {"part_filled"}


def test_a_security_that_is_called_otherwise_is_no_break_and_still_what_was_decided() -> None:
    next_file("2026-11-23", called=("ZUS", "ZUX"))

    assert found_on(TUESDAY) == []

    sold = Order.objects.get(side="sell")
    assert (sold.security.symbol, sold.state) == ("ZUX", "filled")
    assert audit.verify().is_intact


def test_what_differed_before_a_change_of_symbol_is_the_same_difference_after_it() -> None:
    next_file("2026-11-23", more_shares=D(7))
    assert found_on(TUESDAY) == [("positions", "shares")]
    next_file("2026-11-24", more_shares=D(7), called=("ZUS", "ZUX"))

    assert found_on(WEDNESDAY) == [("positions", "shares")]
    row = Break.objects.get(ended_at=None)
    assert (row.ours, row.theirs) == (D(5000) - sold_shares(), D(5007) - sold_shares())


def sold_shares() -> D:
    return D(sum(order.quantity for order in Order.objects.filter(side="sell")))


def test_shares_from_nowhere_are_a_break_and_the_account_is_not_traded() -> None:
    next_file("2026-11-23", more_shares=D(7))

    assert found_on(TUESDAY) == [("positions", "shares")]

    row = Break.objects.get()
    assert row.ours is not None
    assert breaks.difference(row) == D(7)
    account = Account.objects.get(number_last4="0001")
    why = portfolios.refusal_to_trade(account, holds=(), on=TUESDAY.date())
    assert why is not None
    assert why.startswith("Its positions differ from our book:")
    tom = cast.tom()
    with pytest.raises(Refusal, match="not explained away"):
        breaks.explain(row, reason="x", user_id=tom.pk, by=Actor.person(tom), at=TUESDAY)


def test_a_break_stays_the_same_row_until_the_custodian_is_right_and_then_ends_by_itself() -> None:
    next_file("2026-11-23", more_shares=D(7))
    reconciling.run(at=TUESDAY)
    row = Break.objects.get()
    next_file("2026-11-24", more_shares=D(7))
    assert found_on(WEDNESDAY) == [("positions", "shares")]
    assert Break.objects.get() == row
    assert breaks.age(row, on=WEDNESDAY.date()) == 2

    next_file("2026-11-25")
    assert found_on(datetime.fromisoformat("2026-11-26T07:00:00-05:00")) == []

    row.refresh_from_db()
    assert (row.ending, row.found_on) == ("gone", MONDAY)


def test_cash_that_nobody_booked_is_a_break_until_it_is_explained() -> None:
    next_file("2026-11-23", more_cash=D("-12.50"))
    assert found_on(TUESDAY) == [("cash", "cash")]
    row, tom = Break.objects.get(), cast.tom()
    assert breaks.difference(row) == D("-12.50")
    breaks.explain(row, reason="A fee, booked later", user_id=tom.pk, by=Actor.person(tom), at=TUESDAY)

    next_file("2026-11-24", more_cash=D("-12.50"))
    assert found_on(WEDNESDAY) == []


def test_a_trade_that_we_did_not_order_is_a_break() -> None:
    next_file(
        "2026-11-23",
        more_shares=D(3),
        more_cash=D(-300),
        extra=(f"{NUMBER},buy,2026-11-23,OWN1,ZUS,3,100,-300.00",),
    )
    assert found_on(TUESDAY) == [("fills", "not_ordered")]


def test_other_lots_than_we_told_are_a_break_with_what_they_are_worth() -> None:
    told = instructed()
    assert sum(told.values()) > 0
    other = {"A1": sum(told.values())} if "A1" not in told else {"A2": sum(told.values())}
    next_file("2026-11-23", lots=other)

    assert ("lots", "other_lots") in found_on(TUESDAY)

    row = Break.objects.get(cause="other_lots")
    unit = {lot.key: D(lot.unadjusted_basis or 0) for lot in TaxLot.objects.all()}
    assert row.theirs is not None
    assert abs(row.theirs) > 0, unit
    assert "It can be corrected until Nov 24, 2026." in row.sentence

    next_file("2026-11-24", lots=told)
    assert ("lots", "other_lots") not in found_on(WEDNESDAY)


def test_a_basis_that_the_custodian_restates_is_a_break() -> None:
    next_file("2026-11-23", basis={"A3": "85010.00"})
    found = found_on(TUESDAY)
    traded = set(Order.objects.values_list("security__symbol", flat=True))
    assert found == ([] if "ZBD" in traded else [("lots", "lot_basis")])


def test_the_letter_names_the_lots_three_ways() -> None:
    told = instructed()
    other = {"A1": sum(told.values())} if "A1" not in told else {"A2": sum(told.values())}
    next_file("2026-11-23", lots=other)
    reconciling.run(at=TUESDAY)
    row = Break.objects.get(cause="other_lots")

    asked = lot_letters.of(row)

    assert asked is not None
    lines = {line.key: (line.intended, line.executed, line.relieved) for line in asked.ways.lines}
    assert lines == {
        **{f"ZUS {key}": (shares, shares, D(0)) for key, shares in told.items()},
        **{f"ZUS {key}": (D(0), D(0), shares) for key, shares in other.items()},
    }
    assert lot_letters.pdf_of(row, asked, at=TUESDAY).startswith(b"%PDF")
