"""Breaks, broker reports, trade errors, best execution and a batch after the trade, in a real browser on every screen."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import Account
from compliance.people.actors import Actor
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Break, OrderBatch
from rebalancing.reconciliation import trade_errors
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import released
from tests.factories.desk import Desk, a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def traded() -> Desk:
    """Orders of the Millers: a part of a sale with a correction, a report that nobody can place, an error."""
    desk = a_desk(taxable_only=True)
    released.hand_out(desk.release())
    sale, at = released.blocks()["sell"], released.IN_SESSION
    for report in (
        released.told(sale, Kind.ACKNOWLEDGED, "a"),
        released.told(sale, Kind.FILL, "f1", "100", "99.50", minute=1),
        released.told(sale, Kind.CORRECTED, "c1", "100", "99.40", minute=2, corrects="f1"),
        released.told(sale, Kind.FILL, "f9", "40", "99.50", reference="NOBODY", minute=3),
        released.told(sale, Kind.DONE_FOR_DAY, "d", minute=300, text="Closed"),
    ):
        fills.take(report, at=at)
    tom = Actor.person(desk.tom)
    account = Account.objects.get(number_last4="0001")
    error = trade_errors.record(
        account,
        trade_errors.Mistake("twice", LAST_FRIDAY, "Entered twice on the custodian's page."),
        user_id=desk.tom.pk,
        by=tom,
        at=SUNDAY_NOON,
    )
    terms = trade_errors.Correction("Sold again the same day.", LAST_FRIDAY, -12, LAST_FRIDAY)  # type: ignore[arg-type]
    trade_errors.correct(error, terms, user_id=desk.tom.pk, by=tom, at=SUNDAY_NOON)
    return desk


@pytest.mark.thorough
def test_the_pages_after_a_trade_are_accessible_and_fit_on_every_screen(page_of: SignedIn) -> None:
    desk = traded()
    look(
        page_of,
        desk.tom,
        {
            "breaks": reverse("rebalancing:break_list"),
            "break": reverse("rebalancing:break", args=[Break.objects.get().public_id]),
            "broker-reports": reverse("rebalancing:fill_list"),
            "trade-errors": reverse("rebalancing:trade_error_list"),
            "executions": reverse("rebalancing:execution_list"),
            "after-trade": reverse("rebalancing:after_trade", args=[OrderBatch.objects.get().public_id]),
        },
    )


def test_a_report_that_nobody_could_place_is_matched_from_the_list(page_of: SignedIn) -> None:
    desk = traded()
    sale = released.blocks()["sell"]
    page = page_of(desk.tom)

    page.goto("/breaks/")
    page.get_by_role("link", name="Report of an unknown order").click()
    page.get_by_role("link", name="Match the report").click()
    page.get_by_label("Our reference").fill(sale.reference)
    page.get_by_role("button", name="Match the report").click()

    expect(page.get_by_text("Matched").first).to_be_visible()
    assert Break.objects.get(cause="unknown_order").ending == "matched"
