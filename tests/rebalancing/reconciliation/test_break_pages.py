"""Breaks, broker reports, trade errors and best execution on their pages and at their doors."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from clients.models import Account
from compliance.audit_trail import audit
from rebalancing.execution.reports import Kind
from rebalancing.fills import breaks, fills
from rebalancing.models import Break, OrderBatch, TradeError
from rebalancing.pages import after_trade
from rebalancing.pages.lists import executions
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.at_doors import acted
from tests.factories.released import IN_SESSION, blocks, told
from tests.pages import as_, words_of
from tests.spec import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
RECORD = "orders at the custodian"


def a_break(**more: Any) -> Break:
    account = Account.objects.get(number_last4="0001")
    found = breaks.Found(
        **{
            "queue": "cash", "cause": "cash", "about": account.public_id, "sentence": "Cash differs.",
            "account": account, "ours": D(100), "theirs": D(90), **more,
        }
    )  # fmt: skip
    with transaction.atomic():
        (row,) = breaks.settle([found], among=(), on=LAST_FRIDAY, at=SUNDAY_NOON)
    return row


def opened(who: Any, name: str, *args: str) -> str:
    answer = as_(who).get(reverse(f"rebalancing:{name}", args=args))
    assert answer.status_code == 200, answer.content
    return words_of(answer)


def test_a_break_is_seen_assigned_and_explained() -> None:
    row, tom = a_break(), cast.tom()
    assert "1 break is open" in opened(tom, "break_list")
    assert "Explain the break" in opened(tom, "break", row.public_id)

    acted(tom, f"/breaks/{row.public_id}/assign/", owner=str(tom.pk))
    acted(tom, f"/breaks/{row.public_id}/explain/", reason="A fee")

    row.refresh_from_db()
    assert (row.owner, row.ending, row.ended_by, row.end_reason) == (tom, "explained", tom, "A fee")
    assert "No break is open" in opened(tom, "break_list")


def test_a_break_is_split_at_its_door() -> None:
    row = a_break()
    acted(cast.tom(), f"/breaks/{row.public_id}/split/", part="-4", reason="Two fees")
    assert [breaks.difference(one) for one in row.parts.order_by("pk")] == [D(-4), D(-6)]


def test_a_parked_report_is_matched_and_a_fill_reversed_at_their_doors() -> None:
    sale, tom = blocks()["sell"], cast.tom()
    fills.take(told(sale, Kind.FILL, "f1", "100", "99.50", reference="B1"), at=IN_SESSION)
    row = Break.objects.get(cause="unknown_order")
    assert "Match the report" in opened(tom, "break", row.public_id)
    acted(tom, f"/breaks/{row.public_id}/match/", reference=sale.reference)
    sale.refresh_from_db()
    assert sale.filled_quantity == 100

    fills.take(told(sale, Kind.FILL, "f2", str(sale.quantity), "99.50"), at=IN_SESSION)
    over = Break.objects.get(cause="over_filled")
    Break.objects.filter(pk=over.pk)
    assert "Broker reports" in opened(tom, "fill_list")


def test_an_error_is_corrected_at_no_cost_to_the_client_and_approved_by_another() -> None:
    account, tom, nina = Account.objects.get(number_last4="0001"), cast.tom(), cast.nina()
    acted(
        tom,
        f"/accounts/{account.public_id}/trade-errors/record/",
        cause="twice",
        happened_on=LAST_FRIDAY.isoformat(),
        description="Entered twice",
    )
    row = TradeError.objects.get()
    door = f"/trade-errors/{row.public_id}"
    refused = acted(
        tom, f"{door}/correct/", correction="Sold", corrected_on=LAST_FRIDAY.isoformat(), effect="-12"
    )
    assert refused.status_code != 302 or TradeError.objects.get().corrected_at is None
    for day in ("2020-01-02", "2030-01-02"):
        # Nobody is made whole before the error, nor on a day to come.
        early = {
            "correction": "Sold",
            "corrected_on": LAST_FRIDAY.isoformat(),
            "effect": "-12",
            "paid_on": day,
        }
        acted(tom, f"{door}/correct/", **early)
        assert TradeError.objects.get().corrected_at is None
    acted(
        tom,
        f"{door}/correct/",
        correction="Sold",
        corrected_on=LAST_FRIDAY.isoformat(),
        effect="-12",
        paid_on=LAST_FRIDAY.isoformat(),
    )
    assert as_(tom).get(f"{door}/approve/").status_code == 403
    assert TradeError.objects.get().approved_at is None

    acted(nina, f"{door}/approve/")

    row.refresh_from_db()
    assert (row.paid, row.approved_by) == (D(12), nina)
    assert "Settled" in opened(nina, "trade_error", row.public_id)


def test_shares_of_an_error_go_to_the_error_account_and_no_more_come_back_than_went() -> None:
    account, tom = Account.objects.get(number_last4="0001"), cast.tom()
    day = LAST_FRIDAY.isoformat()
    acted(
        tom,
        f"/accounts/{account.public_id}/trade-errors/record/",
        cause="twice",
        happened_on=day,
        description="Twice",
    )
    row = TradeError.objects.get()
    door = f"/trade-errors/{row.public_id}/error-account/"
    went = {"error_account": "Firm errors", "symbol": "zus", "price": "100.10", "moved_on": day}

    assert acted(tom, door, **went, way="out", shares="50").status_code == 302
    assert (
        "50 shares of ZUS are in the error account"
        in acted(tom, door, **went, way="back", shares="51").content.decode()
    )
    assert acted(tom, door, **went, way="back", shares="20").status_code == 302
    assert (
        "no security of this symbol"
        in acted(tom, door, **went | {"symbol": "NOPE"}, way="out", shares="1").content.decode()
    )

    assert [(one.quantity, one.amount) for one in row.entries.all()] == [
        (D(50), D("5005.00")),
        (D(-20), D("-2002.00")),
    ]
    page = opened(tom, "trade_error", row.public_id)
    assert "Firm errors" in page
    assert "5,005.00" in page
    assert audit.verify().is_intact


COSTS = """
    side | paid  | against | cost
    buy  | 100.1 | 100     | 10.0
    buy  | 99.9  | 100     | -10.0
    sell | 100.1 | 100     | -10.0
    sell | 99.9  | 100     | 10.0
    sell | 99.9  | ?       | ?
    buy  | ?     | 100     | ?
"""


@pytest.mark.parametrize("case", drawn.rows(COSTS), ids=lambda case: " ".join(case.values()))
def test_a_cost_is_worse_for_the_client(case: dict[str, str]) -> None:
    figures = {name: None if case[name] == "?" else D(case[name]) for name in ("paid", "against", "cost")}
    assert executions.cost(case["side"], figures["paid"], figures["against"]) == figures["cost"]


def test_what_traded_is_compared_with_its_arrival() -> None:
    sale = blocks()["sell"]
    fills.take(told(sale, Kind.FILL, "f1", str(sale.quantity), "99.50"), at=IN_SESSION)
    (row,) = executions.rows_of(executions.traded(cast.tom()))
    assert (row.average, row.arrival, row.to_arrival) == (D("99.5"), D(100), D("50.0"))
    assert "1 block has traded" in opened(cast.tom(), "execution_list")


def test_a_batch_after_the_trade_shows_fills_lots_and_cash() -> None:
    sale = blocks()["sell"]
    fills.take(told(sale, Kind.FILL, "f1", "100", "99.50"), at=IN_SESSION)
    fills.take(told(sale, Kind.DONE_FOR_DAY, "d", minute=9), at=IN_SESSION)
    batch = OrderBatch.objects.get()
    page = after_trade.show(cast.tom(), batch)
    sold = next(line for line in page.orders if line.side == "sell")
    assert (sold.filled, sold.amount, len(sold.fills), len(sold.lots)) == ("100", "$9,950.00", 2, 1)
    assert "What the broker reported" in opened(cast.tom(), "after_trade", batch.public_id)
