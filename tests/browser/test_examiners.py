"""An examiner in a real browser: let in by compliance, reads a decision, takes the books and records, and is let go."""

from __future__ import annotations

import zipfile

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from advisory.models import User
from compliance.models import ExaminerAccess
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def test_from_the_first_day_to_the_last(page_of: SignedIn) -> None:
    desk = a_desk()
    desk.approve()
    keeper = page_of(cast.cora())

    keeper.goto(reverse("rebalancing:examinations"))
    keeper.get_by_role("link", name="Let an examiner in").click()
    keeper.get_by_label("E-mail").fill("eve@examiners.example")
    keeper.get_by_label("Name").fill("Eve Östlund")
    keeper.get_by_label("Client").select_option(label=str(desk.household))
    keeper.get_by_label("Last day of the access").fill("2026-12-31")
    keeper.get_by_label("Reason").fill("Examination 2026-114.")
    keeper.get_by_role("button", name="Let an examiner in").click()
    keeper.get_by_role("button", name="Let an examiner in").click()
    expect(keeper.get_by_role("heading", level=1)).to_have_text(
        f"{desk.household.name}, all there is on record"
    )
    eve = User.objects.get(email="eve@examiners.example")
    User.objects.filter(pk=eve.pk).update(is_active=True)
    eve.refresh_from_db()

    page = page_of(eve)
    page.goto("/")
    page.get_by_role("link", name=f"{desk.household.name}, all there is on record").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download books and records (ZIP)").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        assert {"manifest.json", "decisions.jsonl", "trail.jsonl", "verify_evenkeel.py"} <= set(
            archive.namelist()
        )
    page.get_by_role("link", name=f"{desk.household.name}, revision 1").click()
    expect(page.get_by_role("heading", name="Approved by Rui", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Work it out again")).to_have_count(0)

    keeper.get_by_role("link", name="End the access").click()
    keeper.get_by_label("Reason").fill("Closed without findings.")
    keeper.get_by_role("button", name="End the access").click()
    expect(keeper.get_by_text("The access is over.").first).to_be_visible()
    answer = page.reload()
    assert answer is not None
    assert answer.status == 404


def test_the_pages_are_accessible_and_fit_on_every_screen(page_of: SignedIn) -> None:
    from compliance import examiners
    from compliance.people.actors import Actor
    from tests.clock import SUNDAY_NOON

    desk = a_desk()
    desk.approve()
    eve = cast.eve()
    access = examiners.open_access(
        eve.pk,
        household_ref=desk.household.public_id,
        since_on=None,
        until_on=None,
        ends_on=SUNDAY_NOON.date().replace(month=12),
        reason="Examination 2026-114.",
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )
    assert ExaminerAccess.objects.of(eve.pk).exists()
    eve.forget_roles()
    pages = {
        "examinations": reverse("rebalancing:examinations"),
        "examination": reverse("rebalancing:examination", args=[access.public_id]),
    }

    look(page_of, eve, {**pages, "examiner-trail": reverse("compliance:audit_list")})
    look(page_of, cast.cora(), {f"{name}-kept": address for name, address in pages.items()})
