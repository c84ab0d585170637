"""Every door in a real browser, one after another: it opens, it can be used by everybody, and it says what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from compliance.doors import registry
from compliance.doors.door import Act, FormDoor
from compliance.people.roles import Role
from tests.architecture import asking
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories import the_firm

pytestmark = [
    pytest.mark.browser,
    pytest.mark.thorough,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

FIRST = (Role.ADVISOR, Role.TRADER, Role.REVIEWER, Role.COMPLIANCE, Role.ADMINISTRATOR, Role.CLIENT)


def test_every_door_opens_and_says_what_is_missing(page_of: SignedIn) -> None:
    firm = the_firm.build()
    faults = []
    for door in registry.doors():
        if not isinstance(door, FormDoor):
            continue
        if before := asking.BEFORE.get(door.browser):
            with transaction.atomic():
                before(firm)
        person = user_for(door, firm)
        address = "/" + asking.address_of(
            asking.Route(door.path, door.browser, ("GET",)), asking.Row(door.path, "GET", "present"), firm
        )
        look(page_of, person, {door.name: address})
        page = page_of(person)
        page.goto(address)
        if page.locator("h1").inner_text() != door.title:
            faults.append(f"{door.browser}: its heading is {page.locator('h1').inner_text()!r}")
        if door.act is Act.CREATE and any(field.required for field in door.form.base_fields.values()):
            page.get_by_role("button", name=door.button or door.title, exact=True).click()
            if page.locator(".error-summary").count() != 1:
                faults.append(f"{door.browser}: nothing is said about what is missing")

    assert faults == []


def user_for(door: FormDoor, firm: Any) -> Any:
    """Somebody of the firm with a role for the door."""
    people = {
        Role.ADVISOR: firm.ana,
        Role.REVIEWER: firm.rui,
        Role.TRADER: firm.tom,
        Role.COMPLIANCE: firm.cora,
        Role.ADMINISTRATOR: firm.ada,
        Role.CLIENT: firm.hal,
    }
    return people[next(role for role in FIRST if role in door.roles)]
