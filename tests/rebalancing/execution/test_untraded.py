"""Orders that did not trade: asked about, said by a trader or timed out, and then counted nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from clients.corporate_actions import applying
from clients.models import Account, CashBalance, FormerSymbol, Security, TaxLot
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.execution import orders, untraded
from rebalancing.models import BatchFile, Block, Order, OrderBatch
from rebalancing.portfolios import open_orders, own_sales
from tests.clock import MONDAY, SUNDAY_NOON, set_clock
from tests.factories import actions
from tests.factories.at_doors import acted
from tests.factories.desk import Desk, a_desk
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

TUESDAY_EVENING = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
THE_MONDAY_AFTER = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
BY = Actor.system("orders")


@pytest.fixture
def desk() -> Desk:
    desk = a_desk(taxable_only=True, custodian="schwab")
    batch = desk.release()
    for file in batch.files.filter(kind=BatchFile.Kind.ORDERS):
        orders.mark_exported(file, by=Actor.person(desk.tom), at=SUNDAY_NOON)
    return desk


def files_of(day: date) -> None:
    """Custodian files of a day have come; what they hold is as it was."""
    Account.objects.update(reconciled_on=day)
    CashBalance.objects.update(as_of_on=day)


def asked(at: datetime) -> list[untraded.Question]:
    return untraded.questions(Block.objects.all(), at=at)


def test_an_order_is_asked_about_from_the_next_market_day(desk: Desk) -> None:
    assert asked(SUNDAY_NOON) == []
    assert len(asked(TUESDAY_EVENING)) == 2
    assert "no file of Schwab of that day" in asked(TUESDAY_EVENING)[0].sentence
    files_of(MONDAY)
    assert "no file of Schwab shows it and no fill came" in asked(TUESDAY_EVENING)[0].sentence


def test_silence_of_the_custodian_never_ends_an_order(desk: Desk) -> None:
    assert untraded.time_out(by=BY, at=THE_MONDAY_AFTER) == 0
    assert {block.state for block in Block.objects.all()} == {"exported"}


def test_what_the_files_do_not_show_times_out_and_counts_nowhere(desk: Desk) -> None:
    files_of(MONDAY)
    accounts = list(Account.objects.all())
    assert own_sales.in_year(desk.household, on=date(2026, 12, 1))

    assert untraded.time_out(by=BY, at=TUESDAY_EVENING) == 0
    assert untraded.time_out(by=BY, at=THE_MONDAY_AFTER) == 2
    assert untraded.time_out(by=BY, at=THE_MONDAY_AFTER) == 0

    assert {(one.state, one.filled_quantity) for one in Order.objects.all()} == {("expired", Decimal(0))}
    assert own_sales.in_year(desk.household, on=date(2026, 12, 1)) == []
    assert open_orders.of(accounts) == []
    assert {batch.state for batch in OrderBatch.objects.all()} == {"not_traded"}
    block = Block.objects.order_by("pk")[0]
    assert audit.trail(about=block).last().action == audit.Action.ORDER_NOT_TRADED  # type: ignore[union-attr]
    assert audit.verify().is_intact


def test_of_an_order_that_changed_the_holdings_its_price_is_asked_for(desk: Desk) -> None:
    files_of(MONDAY)
    sale = Order.objects.get(side="sell")
    for use in sale.lots.all():
        TaxLot.objects.filter(pk=use.lot_id).update(
            quantity=use.lot.quantity - use.quantity or Decimal("0.000001")
        )

    told = {one.block.side: one.sentence for one in asked(TUESDAY_EVENING)}
    assert told["buy"].endswith("no file of Schwab shows it and no fill came.")
    assert told["sell"].endswith("enter what it was filled with.")
    assert untraded.time_out(by=BY, at=THE_MONDAY_AFTER) == 1
    assert Block.objects.get(side="sell").state == "exported"


def test_a_change_of_symbol_is_no_change_of_what_is_held(desk: Desk) -> None:
    files_of(MONDAY)
    for security in Security.objects.filter(symbol__in=("ZUS", "ZBD")):
        FormerSymbol.objects.create(security=security, symbol=security.symbol, until_on=MONDAY)
        security.symbol += "X"
        security.save()

    assert len(asked(TUESDAY_EVENING)) == 2


def test_what_an_issuer_did_to_the_shares_is_no_trace_of_an_order(desk: Desk) -> None:
    files_of(MONDAY)
    bought = Order.objects.get(side="buy")
    split = actions.agreed(bought.security.symbol, shares_new=Decimal(4), shares_old=Decimal(1))
    applying.run(at=TUESDAY_EVENING)
    assert split.accounts.get(account=bought.account).state == "applied"

    assert len(asked(TUESDAY_EVENING)) == 2


def test_a_trader_says_what_happened_at_the_custodian(desk: Desk) -> None:
    set_clock(TUESDAY_EVENING)
    block = Block.objects.get(side="sell")
    url = reverse("rebalancing:block_not_traded", args=[block.public_id])
    assert as_(desk.ana).get(url).status_code == 404, "a block is of many households"

    answer = acted(desk.tom, url, how="rejected", reason="Not enough shares, says Schwab.")

    assert answer.status_code == 302, answer.content
    block.refresh_from_db()
    assert (block.state, block.end_reason) == ("rejected", "Not enough shares, says Schwab.")
    assert Order.objects.get(side="sell").state == "rejected"
    assert own_sales.in_year(desk.household, on=date(2026, 12, 1)) == []
    text = as_(desk.tom).get("/blotter/").content.decode()
    assert "Rejected" in text
    assert "What became of 1 block should be known" in text
    assert (
        "Not enough shares"
        in as_(desk.tom).get(reverse("rebalancing:block", args=[block.public_id])).content.decode()
    )
