"""What a person may see of the record, on the day that it is in New York."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from clients import access
from clients.households import books, households
from clients.models import BookEntry, Person
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, the_millers

pytestmark = pytest.mark.django_db

LATE_ON_SUNDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Nine in the evening in New York."""


def test_a_book_changes_hands_at_midnight_in_new_york(set_clock: Callable[[datetime], None]) -> None:
    household = the_millers()
    leaving, coming = cast.ana(), cast.otto()
    for user, starts_on in ((leaving, date(2020, 1, 2)), (coming, date(2026, 11, 23))):
        books.assign(
            household, user=user, part=BookEntry.Part.ADVISOR, starts_on=starts_on, by=SET_UP, at=SUNDAY_NOON
        )
    BookEntry.objects.filter(user=leaving).update(ends_on=date(2026, 11, 22))

    set_clock(LATE_ON_SUNDAY)
    seen = {user: access.households_for(user).exists() for user in (leaving, coming)}

    assert seen == {leaving: True, coming: False}


def test_who_works_on_the_desk_meets_their_own_household_there_only_by_the_book() -> None:
    household = the_millers()
    rui = cast.someone("Rui", "reviewer", "client")
    households.grant_sign_in(
        household.people.get(), user=rui, may_see=Person.MaySee.HOUSEHOLD, by=SET_UP, at=SUNDAY_NOON
    )

    assert not access.households_for(rui).exists()
