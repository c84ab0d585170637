"""The release desk's pages: the blotter, the check before a release, the batch and its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.models import Price
from compliance.audit_trail import audit
from rebalancing.models import BatchFile, Order, OrderBatch, Proposal
from rebalancing.pages.lists import blotter_file
from tests import cast
from tests.clock import SUNDAY_NOON, TUESDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

BLOTTER = "/blotter/"


@pytest.fixture
def desk() -> Desk:
    return a_desk()


def page_of(client: Client, address: str, **query: str) -> Any:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    return answer.context["page"]


def release_url(desk: Desk) -> str:
    return reverse("rebalancing:release", args=[desk.proposal.public_id])


def test_an_approved_proposal_waits_on_the_blotter_until_it_is_released(desk: Desk) -> None:
    tom = as_(desk.tom)
    assert page_of(tom, BLOTTER).heading == "No proposal is ready to release"

    desk.approve()

    page = page_of(tom, BLOTTER)
    assert page.heading == "1 proposal is ready to release"
    (row,) = page.waiting
    assert (row.household, row.orders, row.custodians, row.approved_by, row.has_lapsed) == (
        "Miller",
        2,
        "House format",
        "Rui",
        False,
    )
    assert row.sells > 0
    assert not page.rows


def test_the_desk_checks_releases_and_gets_a_reference(desk: Desk) -> None:
    desk.approve()
    tom = as_(desk.tom)
    check = tom.get(release_url(desk))

    answer = tom.post(release_url(desk), {"seen": check.context["page"].fingerprint})

    batch = OrderBatch.objects.get()
    assert answer.headers["Location"] == reverse("rebalancing:batch", args=[batch.public_id])
    text = tom.get(answer.headers["Location"]).content.decode()
    assert f"Reference {batch.public_id.removeprefix('ba_').upper()}" in text
    assert "2 orders released for Miller" in text
    assert page_of(tom, BLOTTER).heading == "No proposal is ready to release"
    assert tom.get(release_url(desk)).headers["Location"] == answer.headers["Location"]
    again = tom.post(release_url(desk), {"seen": desk.seen()})
    assert again.headers["Location"] == answer.headers["Location"]
    assert OrderBatch.objects.count() == 1


def test_the_check_restates_fingerprint_orders_custodians_and_lot_warnings() -> None:
    desk = a_desk(taxable_only=True, custodian="schwab")
    desk.approve()

    answer = as_(desk.tom).get(release_url(desk))

    page, text = answer.context["page"], answer.content.decode()
    assert page.fingerprint == desk.seen()
    assert f'name="seen" value="{desk.seen()}"' in text
    assert [(one.side, one.symbol, one.last4) for one in page.orders] == [
        ("sell", "ZUS", "0001"),
        ("buy", "ZBD", "0001"),
    ]
    assert page.orders[0].lots
    (delivery,) = page.deliveries
    assert (delivery.custodian, delivery.needs_lots, delivery.standing_methods) == (
        "Schwab",
        True,
        "first in, first out",
    )
    assert "This custodian takes no lots by file." in text
    assert "not by the lot sheet" in text


def test_a_release_is_refused_on_the_page_itself_with_what_moved(desk: Desk) -> None:
    desk.approve()
    seen = desk.seen()
    Price.objects.filter(security__symbol="ZUS").update(price=97)

    answer = as_(desk.tom).post(release_url(desk), {"seen": seen})

    moved = [(one.input, one.shown, one.now) for one in answer.context["page"].refused.moved]
    assert answer.status_code == 409
    assert moved == [("price of ZUS", "100.00", "97.00")]
    assert not OrderBatch.objects.exists()


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_what_was_not_seen_is_not_released(desk: Desk, seen: str) -> None:
    desk.approve()

    answer = as_(desk.tom).post(release_url(desk), {"seen": seen})

    assert answer.status_code == 409
    assert not OrderBatch.objects.exists()


def test_a_proposal_nobody_approved_has_no_release_button(desk: Desk) -> None:
    desk.propose()

    text = as_(desk.tom).get(release_url(desk)).content.decode()

    assert "only approved ones are released" in text
    assert 'name="seen"' not in text
    assert as_(desk.tom).post(release_url(desk), {"seen": desk.seen()}).status_code == 409


def test_only_the_desk_releases_and_takes_files_out(desk: Desk) -> None:
    batch = desk.release()
    file = batch.files.first()
    url = reverse("rebalancing:batch_file", args=[batch.public_id, file.name])

    for person in (desk.ana, desk.rui, cast.cora()):
        text = as_(person).get(reverse("rebalancing:batch", args=[batch.public_id])).content.decode()
        assert "Only the trading desk can download order files." in text
        assert as_(person).post(url).status_code == 403
    assert as_(desk.tom).get(url).status_code == 405
    assert Order.objects.filter(state="ready").count() == 2


def test_a_download_is_the_stored_bytes_logged_and_marks_its_orders_exported(desk: Desk) -> None:
    batch = desk.release()
    file = batch.files.get(kind=BatchFile.Kind.ORDERS)

    answer = as_(desk.tom).post(reverse("rebalancing:batch_file", args=[batch.public_id, file.name]))

    assert answer.content.decode() == file.content
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert {order.state for order in batch.orders.all()} == {"exported"}
    assert [(event.action, event.actor_label) for event in audit.trail(about=file.release)] == [
        ("release.started", "Tom"),
        ("release.closed", "Tom"),
        ("release.files", "Tom"),
        ("data.exported", "Tom"),
    ]


def test_a_file_of_another_batch_is_not_found_under_this_one(desk: Desk) -> None:
    batch = desk.release()
    url = reverse("rebalancing:batch_file", args=[batch.public_id, "ba_other-house-orders.csv"])
    assert as_(desk.tom).post(url).status_code == 404


def test_the_batch_page_holds_the_lot_sheet_and_no_whole_account_number() -> None:
    desk = a_desk(taxable_only=True, custodian="fidelity")
    batch = desk.release()

    answer = as_(desk.tom).get(reverse("rebalancing:batch", args=[batch.public_id]))

    page, text = answer.context["page"], answer.content.decode()
    sheet = batch.files.get(kind=BatchFile.Kind.LOTS).content
    assert page.lots
    assert [line.instruction for line in page.lots] == [
        row["instruction_text"] for row in csv.DictReader(io.StringIO(sheet))
    ]
    assert "Enter the lots as specific shares on the order ticket" in text
    assert "11110001" not in text
    assert "A partial fill is shared in proportion" in text


# ── The list and its file ────────────────────────────────────────────────────────────────────────


def test_every_order_carries_its_memorandum(desk: Desk) -> None:
    desk.release()

    sell = page_of(as_(desk.tom), BLOTTER).rows[0]

    assert (sell.account, sell.last4, sell.custodian, sell.side, sell.symbol, sell.terms) == (
        "IRA",
        "0002",
        "House format",
        "sell",
        "ZUS",
        "Market, day",
    )
    assert (sell.approved_by, sell.placed_by, sell.is_discretionary) == ("Rui", "Tom", True)
    assert sell.recommended_by
    assert sell.approved_at == sell.released_at == SUNDAY_NOON
    assert [lot.key for lot in sell.lots] == ["B1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 2),
        ({"state": "ready"}, 2),
        ({"state": "exported"}, 0),
        ({"custodian": "house"}, 2),
        ({"custodian": "schwab"}, 0),
        ({"day": "2026-11-22"}, 2),
        ({"day": "2026-11-23"}, 0),
    ],
    ids=str,
)
def test_the_page_and_its_file_hold_the_same_filtered_orders(
    desk: Desk, query: dict[str, str], found: int
) -> None:
    desk.release()
    tom = as_(desk.tom)

    page = page_of(tom, BLOTTER, **query)
    file = tom.get(BLOTTER, {**query, "export": "csv"})

    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert (page.listing.count, len(rows)) == (found, found)
    assert tuple(csv.reader(io.StringIO(file.content.decode())).__next__()) == blotter_file.HEADER
    exported = audit.trail(about=audit.Ref("blotter", "blotter"))
    assert [event.action for event in exported] == ["data.exported"]


def test_an_address_that_means_nothing_is_said_so_and_lists_nothing(desk: Desk) -> None:
    desk.release()

    answer = as_(desk.tom).get(BLOTTER, {"state": "nonsense", "day": "yesterday", "stat": "ready"})

    assert answer.status_code == 422
    page = answer.context["page"]
    assert (page.rows, sorted(fault.name for fault in page.listing.faults)) == ((), ["day", "stat", "state"])


def test_the_file_runs_nothing_in_a_spreadsheet_and_keeps_numbers_as_numbers(desk: Desk) -> None:
    desk.household.name = "=HYPERLINK(1)"
    desk.household.save()
    desk.household.accounts.update(name="@sum\t")
    desk.release()

    text = as_(desk.tom).get(BLOTTER, {"export": "csv"}).content.decode()

    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["household"] for row in rows} == {"'=HYPERLINK(1)"}
    assert all(row["account"].startswith("'@sum") for row in rows)
    assert all(float(row["quantity"]) > 0 and float(row["estimated_amount"]) > 0 for row in rows)
    assert rows[0]["released_at"] == "2026-11-22T12:00:00-05:00"
    assert rows[0]["lots"].startswith("B1 (2020-03-02): ")
    assert "11110001" not in text


# ── Who may what ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "on_blotter", "on_batch", "on_release"),
    [
        (lambda desk: desk.tom, 200, 200, 302),
        (lambda desk: desk.ana, 200, 200, 302),
        (lambda desk: desk.rui, 200, 200, 302),
        (lambda desk: cast.cora(), 200, 200, 302),
        (lambda desk: cast.rosa(), 200, 404, 404),
        (lambda desk: cast.ada(), 403, 404, 404),
        (lambda desk: cast.carl(), 403, 404, 404),
        (lambda desk: cast.max_(), 403, 404, 404),
    ],
    ids=[
        "trader",
        "advisor",
        "reviewer",
        "compliance",
        "another's reviewer",
        "administrator",
        "client",
        "nobody",
    ],
)
def test_orders_are_seen_by_those_whose_household_it_is(
    desk: Desk, who: Callable[[Desk], Any], on_blotter: int, on_batch: int, on_release: int
) -> None:
    batch = desk.release()
    client = as_(who(desk))

    assert client.get(BLOTTER).status_code == on_blotter
    assert client.get(BLOTTER, {"export": "csv"}).status_code == on_blotter
    assert client.get(reverse("rebalancing:batch", args=[batch.public_id])).status_code == on_batch
    assert client.get(release_url(desk)).status_code == on_release


def test_a_reviewer_of_other_households_sees_an_empty_blotter(desk: Desk) -> None:
    desk.release()
    page = page_of(as_(cast.rosa()), BLOTTER)
    assert (page.rows, page.waiting) == ((), ())


def test_nobody_else_releases(desk: Desk) -> None:
    desk.approve()
    for person in (desk.ana, desk.rui, cast.cora()):
        client = as_(person)
        assert "Only the trading desk releases orders." in client.get(release_url(desk)).content.decode()
        assert client.post(release_url(desk), {"seen": desk.seen()}).status_code == 403
    assert Proposal.objects.get().state == "approved"


def test_an_approval_whose_time_is_up_says_so(desk: Desk, set_clock: Callable[[datetime], None]) -> None:
    desk.approve()
    seen = desk.seen()
    set_clock(TUESDAY_NOON.replace(month=12, day=2))

    assert page_of(as_(desk.tom), BLOTTER).waiting[0].has_lapsed
    assert as_(desk.tom).post(release_url(desk), {"seen": seen}).status_code == 409


def test_the_blotter_costs_a_fixed_number_of_queries(desk: Desk, django_assert_max_num_queries: Any) -> None:
    desk.release()
    tom = as_(desk.tom)
    # One of them asks the product's clock; the first page asks it and the firm's settings for the zone it shows.
    with django_assert_max_num_queries(23):
        tom.get(BLOTTER)
    with django_assert_max_num_queries(14):
        tom.get(reverse("rebalancing:batch", args=[OrderBatch.objects.get().public_id]))
