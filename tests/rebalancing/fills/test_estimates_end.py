"""What a sale realized takes the place of what was estimated; what did not trade counts for nothing."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import Household
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import ProposedLot
from rebalancing.portfolios import own_sales
from rebalancing.tax_ledger import ledgers
from rebalancing.tax_ledger.pieces import Source
from tests.factories.released import IN_SESSION, MONDAY, blocks, told

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"


def realized() -> D:
    return sum((one.gain or D(0) for one in own_sales.in_year(Household.objects.get(), on=MONDAY)), D(0))


def sources() -> set[Source]:
    year = ledgers.of(Household.objects.get(), 2026, on=MONDAY)
    return {one.piece.source for one in year.entries}


def test_an_estimate_counts_until_the_order_has_ended() -> None:
    planned = sum(use.gain + use.disallowed for use in ProposedLot.objects.filter(order__side="sell"))
    assert realized() == planned
    assert sources() == {Source.SENT}

    fills.take(told(blocks()["sell"], Kind.FILL, "f1", "100", "99.50"), at=IN_SESSION)

    assert realized() == planned


def test_what_was_executed_takes_its_place() -> None:
    sale = blocks()["sell"]
    use = ProposedLot.objects.filter(order__side="sell").order_by("pk")[0]
    assert use.basis is not None
    fills.take(told(sale, Kind.FILL, "f1", "100", "99.50"), at=IN_SESSION)
    fills.take(told(sale, Kind.DONE_FOR_DAY, "d", minute=9), at=IN_SESSION)

    assert realized() == D("9950.00") - (use.basis * 100 / use.quantity).quantize(D("0.01"))
    assert sources() == {Source.EXECUTED}


@pytest.mark.parametrize("kind", [Kind.REJECTED, Kind.CANCELED, Kind.EXPIRED])
def test_what_did_not_trade_counts_for_nothing(kind: Kind) -> None:
    fills.take(told(blocks()["sell"], kind, "x"), at=IN_SESSION)
    assert realized() == 0
    assert sources() == set()


def test_a_bust_after_the_end_takes_the_gain_back() -> None:
    sale = blocks()["sell"]
    fills.take(told(sale, Kind.FILL, "f1", "100", "99.50"), at=IN_SESSION)
    fills.take(told(sale, Kind.DONE_FOR_DAY, "d", minute=9), at=IN_SESSION)
    fills.take(told(sale, Kind.BUSTED, "b", corrects="f1", minute=60), at=IN_SESSION)
    assert realized() == 0
