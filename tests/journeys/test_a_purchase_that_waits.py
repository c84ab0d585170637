"""A sale fails at the custodian: its purchase does not go out unpaid, and both people and client can read why."""

from __future__ import annotations

import pytest

from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.people.actors import Actor
from rebalancing.execution import closing
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, OrderBatch
from tests.clock import MONDAY_NOON
from tests.factories import firm_settings, released
from tests.factories.trading import a_floor
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def test_a_purchase_waits_for_a_sale_that_fails() -> None:
    # This firm lets purchases wait on every route.
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.ALWAYS)
    floor = a_floor(1)
    floor.release()
    tom = Visitor(floor.tom)

    # The sale is ready; the purchase is held, and the blotter says for what.
    tom.opens("/blotter/").reads(
        "Held", "It waits for its accounts’ sales to be over: 1 of 1 account still to come."
    )
    tom.reads("Waits for its account’s sales")

    # The custodian rejects the sale. What settled cash does not pay for is not bought.
    sale = Block.objects.get(side="sell")
    fills.take(released.told(sale, Kind.REJECTED, "R1", text="Not tradable"), at=MONDAY_NOON)
    closing.leave_due(by=Actor.system("orders"), at=MONDAY_NOON)

    purchase = Block.objects.get(side="buy")
    batch = OrderBatch.objects.get()
    order = purchase.orders.get()
    tom.opens(f"/blocks/{purchase.public_id}/")
    if order.state == "canceled":
        tom.reads("Not bought: the account’s sales brought $0.00 of the $")
        assert batch.state == OrderBatch.State.NOT_TRADED
    else:
        tom.reads("shares could be paid for: the account’s sales brought $0.00 of the $")
        assert order.quantity < order.proposed.quantity
    tom.opens(f"/batches/{batch.public_id}/").reads("the account’s sales brought $0.00 of the $")
    assert audit.verify().is_intact
