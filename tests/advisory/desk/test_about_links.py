"""What a line of the trail is about is a link only where its page opens, and a name instead of an id."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from advisory.desk import about_links
from advisory.models import User
from clients.models import CustodianFile, Household
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.pages import as_

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    return on_record()


def rows(user: User) -> list[Any]:
    answer = as_(user).get(reverse("compliance:audit_list"))
    return list(answer.context["page"].rows)


def test_every_link_of_the_trail_opens_for_whoever_is_shown_it(desk: Desk) -> None:
    desk.approve()

    for person in (desk.ana, desk.rui, desk.tom, cast.cora(), cast.ada()):
        client = as_(person)
        links = {url for row in rows(person) for url in (row.about_url, row.household_url) if url}
        for url in links:
            assert client.get(url, follow=True).status_code == 200, (person, url)


def test_an_administrator_reads_what_was_loaded_and_is_led_to_no_page_of_clients(desk: Desk) -> None:
    ada = cast.ada()
    file, household = CustodianFile.objects.all()[:1], Household.objects.get()
    for thing in (*file, household):
        audit.record(audit.Action.HOUSEHOLD_VIEWED, about=thing, by=Actor.person(ada), at=SUNDAY_NOON)

    found = rows(ada)

    assert found
    assert {row.about_url for row in found} == {""}
    assert found[0].about == f"Household {household.public_id}"


def test_a_thing_is_called_by_its_name(desk: Desk) -> None:
    desk.propose()

    names = {row.about for row in rows(cast.cora()) if row.about_url}

    assert {"Miller", "Proposal for Miller"} <= names


def test_the_number_of_queries_is_that_of_the_kinds_and_not_of_the_lines(desk: Desk) -> None:
    desk.propose()
    cora, household = cast.cora(), Household.objects.get()

    with CaptureQueriesContext(connection) as queries:
        about_links.places_for(cora, [("household", household.public_id)] * 40)

    assert len(queries) <= 2
