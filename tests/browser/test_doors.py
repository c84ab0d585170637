"""Every door in a real browser, one after another: it opens on a phone, named as it is declared, and can be used by everybody."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.doors import registry
from compliance.doors.door import FormDoor
from compliance.people.roles import Role
from tests.architecture import asking
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories import the_firm
from tests.pages import as_

pytestmark = [
    pytest.mark.browser,
    pytest.mark.thorough,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

FIRST = (Role.ADVISOR, Role.TRADER, Role.REVIEWER, Role.COMPLIANCE, Role.ADMINISTRATOR, Role.CLIENT)


def test_every_door_opens_under_its_name(page_of: SignedIn) -> None:
    firm = the_firm.build()
    faults, refused = [], []
    for door in registry.doors():
        # A door that makes sense only after something has happened is asked in test_routes.py, where that is undone.
        if not isinstance(door, FormDoor) or door.browser in asking.BEFORE:
            continue
        person = user_for(door, firm)
        address = "/" + asking.address_of(
            asking.Route(door.path, door.browser, ("GET",)), asking.Row(door.path, "GET", "present"), firm
        )
        if as_(person).get(address).status_code == 403:
            # What stands there does not allow it now: a class that is in use is not retired.
            refused.append(door.browser)
            continue
        look(page_of, person, {door.name: address}, screens=[(390, "light")])
        heading = as_(person).get(address).context["page"].title
        if heading != door.title:
            faults.append(f"{door.browser}: its heading is {heading!r}")
    assert faults == []
    assert len(refused) <= 12, refused


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
