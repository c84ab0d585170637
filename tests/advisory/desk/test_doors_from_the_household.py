"""A household that was just opened leads to every door it has: nobody must know an address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Household
from compliance.doors import registry
from compliance.doors.door import FormDoor
from compliance.people.roles import Role
from tests import cast
from tests.factories.at_doors import acted, door
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

PEOPLE = {Role.ADVISOR: cast.ana, Role.TRADER: cast.tom, Role.REVIEWER: cast.rui, Role.COMPLIANCE: cast.cora}
TABS = ("overview", "accounts", "people", "policy", "cash", "history")


def doors_of_a_household() -> list[FormDoor]:
    return [
        one
        for one in registry.doors()
        if isinstance(one, FormDoor) and re.fullmatch(r"households/<slug:public_id>/[^<]+", one.path)
    ]


def hrefs(person: Any, household: Household) -> str:
    client, url = as_(person), reverse("clients:household", args=[household.public_id])
    return "".join(client.get(url, {"tab": tab}).content.decode() for tab in TABS)


def test_every_door_of_a_household_is_linked_from_its_page() -> None:
    people = {role: make() for role, make in PEOPLE.items()}
    opened = {
        "code": "new",
        "name": "Newcomers",
        "opened_on": "2026-11-02",
        "given_name": "Nell",
        "family_name": "Newcomer",
        "born_on": "1970-02-03",
        "filing_status": "single",
        "state": "CO",
    }
    acted(people[Role.ADVISOR], door("household_open"), **opened)
    household = Household.objects.get()
    shown = {role: hrefs(person, household) for role, person in people.items()}

    doors = doors_of_a_household()
    assert len(doors) > 10
    unlinked = [
        f"{one.noun}: {one.title} ({role})"
        for one in doors
        for role in sorted(one.roles & set(people))
        if one.refusal_to(people[role], household) is None
        if reverse(one.browser, args=[household.public_id]) not in shown[role]
    ]

    assert unlinked == []
