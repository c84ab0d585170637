"""The trail is looked through by names, never by ids, and says what changed with before and after."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.pages import as_, page_of, words_of

RECORD = "a taxable desk and the Harts"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    made.propose()
    return made


def found(person: Any, text: str) -> Any:
    """What the search on the trail's page finds, as somebody types it."""
    browser = as_(person)
    address = reverse("compliance:audit_list")
    answer = browser.post(reverse("compliance:list_search"), {"address": address, "query": "", "text": text})
    assert text not in answer["Location"], "no name stands in an address"
    return page_of(browser.get(answer["Location"]))


def test_a_household_is_found_by_its_name(desk: Desk) -> None:
    page = found(cast.cora(), "mille")

    refs = {AuditEvent.objects.get(seq=row.seq).household_ref for row in page.rows}
    assert refs == {desk.household.public_id}
    assert page.listing.search.text == "mille"
    assert "Proposal drafted" in {row.action for row in page.rows}


def test_a_household_is_found_by_the_name_of_a_person_in_it(desk: Desk) -> None:
    someone = desk.household.people.order_by("pk")[0]

    page = found(cast.cora(), f"{someone.given_name} {someone.family_name}")

    refs = {AuditEvent.objects.get(seq=row.seq).household_ref for row in page.rows}
    assert refs == {desk.household.public_id}


def test_a_colleague_is_found_by_what_they_did_and_what_was_done_to_them(desk: Desk) -> None:
    page = found(cast.cora(), "Ana")

    events = [AuditEvent.objects.get(seq=row.seq) for row in page.rows]
    ana = str(desk.ana.pk)
    assert events
    assert {
        event.person_ref == ana or (event.about_kind, event.about_id) == ("user", ana) for event in events
    } == {True}


@pytest.mark.parametrize("text", ["nobody is called so", "%", "_", "'; DROP TABLE", "王小明", "a" * 80])
def test_what_is_called_by_no_name_finds_nothing(desk: Desk, text: str) -> None:
    assert found(cast.cora(), text).rows == []


def test_a_name_finds_nothing_outside_a_book(desk: Desk) -> None:
    assert found(cast.otto(), "Miller").rows == []


def test_a_search_is_exported_as_it_stands(desk: Desk) -> None:
    browser = as_(cast.cora())
    address = reverse("compliance:audit_list")
    view = browser.post(
        reverse("compliance:list_search"), {"address": address, "query": "", "text": "Miller"}
    )["Location"]

    rows = browser.get(f"{view}&export=csv").content.decode().splitlines()[1:]

    assert len(rows) == page_of(browser.get(view)).listing.count
    assert {row.split(",")[7] for row in rows} == {desk.household.public_id}


def test_an_event_says_what_changed_in_words(desk: Desk) -> None:
    with transaction.atomic():
        event = audit.record(
            audit.Action.HOUSEHOLD_CHANGED,
            about=desk.household,
            by=Actor.person(desk.ana),
            at=SUNDAY_NOON,
            changed={
                "name": {"before": "Miler", "after": "Miller"},
                "life_events": {"before": None, "after": ["Retirement", "A move"]},
            },
            why={"told_by": "the client", "on": ["Monday"]},
        )
    assert event is not None

    answer = as_(cast.cora()).get(reverse("compliance:audit_event", args=[event.seq]))

    page = page_of(answer)
    assert [(one.name, one.before, one.after) for one in page.changes] == [
        ("Life events", "none", "Retirement; A move"),
        ("Name", "Miler", "Miller"),
    ]
    assert [(one.name, one.value) for one in page.facts] == [("why", "on: Monday; told by: the client")]
    assert "{&quot;" not in words_of(answer)


def test_a_change_without_before_and_after_stays_a_fact(desk: Desk) -> None:
    with transaction.atomic():
        event = audit.record(
            audit.Action.ACCOUNT_CHANGED,
            about=desk.household,
            by=Actor.person(desk.ana),
            at=SUNDAY_NOON,
            changed=["custodian", "name"],
        )
    assert event is not None

    page = page_of(as_(cast.cora()).get(reverse("compliance:audit_event", args=[event.seq])))

    assert page.changes == []
    assert [(one.name, one.value) for one in page.facts] == [("changed", "custodian; name")]


def test_a_view_of_the_trail_is_saved_under_a_name(desk: Desk) -> None:
    address = reverse("compliance:audit_list")

    said = words_of(as_(cast.cora()).get(f"{address}?action=proposal.drafted"))

    assert "Save this view" in said
