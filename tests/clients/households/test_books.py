"""Whose book a household is in, and who covers: on which days somebody sees and works it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clients import access
from clients.households import books
from clients.models import BookEntry, Coverage, Household
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, the_millers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

ADVISOR, REVIEWER = BookEntry.Part.ADVISOR, BookEntry.Part.REVIEWER
SUNDAY, TUESDAY, WEDNESDAY = date(2026, 11, 22), date(2026, 11, 24), date(2026, 11, 25)
LONG_AGO = date(2020, 1, 2)


def assign(user: Any, part: str = ADVISOR, *, starts_on: date = LONG_AGO, household: Household) -> BookEntry:
    return books.assign(household, user=user, part=part, starts_on=starts_on, by=SET_UP, at=SUNDAY_NOON)


def cover(away: Any, covered_by: Any, part: str = ADVISOR, **changed: Any) -> Coverage:
    given = {"starts_on": MONDAY, "ends_on": TUESDAY, "reason": "Vacation.", "on": SUNDAY, **changed}
    by = Actor.person(cast.ada())
    return books.cover(away, covered_by=covered_by, part=part, **given, by=by, at=SUNDAY_NOON)


@pytest.fixture
def millers() -> Household:
    return the_millers()


def spans(household: Household) -> list[tuple[str, str, date, date | None]]:
    found = household.book_entries.order_by("part", "starts_on", "user__name")
    return [(entry.user.name, entry.part, entry.starts_on, entry.ends_on) for entry in found]


def test_who_covers_sees_and_works_the_book_only_between_the_two_days(
    millers: Household, set_clock: Callable[[datetime], None]
) -> None:
    assign(cast.ana(), household=millers)
    cover(cast.ana(), cast.otto())

    seen = {}
    for day in (22, 23, 24, 25):
        set_clock(datetime(2026, 11, day, 17, 0, tzinfo=UTC))
        otto = cast.otto()
        seen[day] = (access.households_for(otto).exists(), access.advises(otto, millers))

    assert seen == {22: (False, False), 23: (True, True), 24: (True, True), 25: (False, False)}


def test_coverage_of_an_advisor_gives_no_place_as_a_reviewer(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    with pytest.raises(BadInput, match="Rui does not have the role advisor"):
        cover(cast.ana(), cast.rui())


def test_coverage_that_is_ended_early_is_over_at_once(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    coverage = cover(cast.ana(), cast.otto(), starts_on=SUNDAY)
    assert access.households_for(cast.otto()).exists()

    books.end_coverage(coverage, by=Actor.person(cast.ada()), at=SUNDAY_NOON)

    assert not access.households_for(cast.otto()).exists()
    with pytest.raises(Conflict, match="over already"):
        books.end_coverage(coverage, by=Actor.person(cast.ada()), at=SUNDAY_NOON)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ends_on": date(2026, 11, 21), "starts_on": date(2026, 11, 20)}, "in the past"),
        ({"ends_on": SUNDAY, "starts_on": MONDAY}, "before the first"),
        ({"ends_on": date(2027, 11, 24)}, "at most 180 days"),
        ({"reason": "  "}, "needs a reason"),
    ],
)
def test_coverage_with_days_that_do_not_fit_is_refused(
    millers: Household, changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        cover(cast.ana(), cast.otto(), **changed)
    assert not Coverage.objects.exists()


def test_nobody_covers_for_themselves_or_twice_on_a_day() -> None:
    with pytest.raises(BadInput, match="their own book"):
        cover(cast.ana(), cast.ana())
    cover(cast.ana(), cast.otto())
    with pytest.raises(Conflict, match="already"):
        cover(cast.ana(), cast.otto(), starts_on=TUESDAY, ends_on=WEDNESDAY)


def test_the_trail_says_for_whom_somebody_acted(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    cover(cast.ana(), cast.otto(), starts_on=SUNDAY)
    for user in (cast.ana(), cast.otto()):
        with transaction.atomic():
            audit.record(audit.Action.HOUSEHOLD_VIEWED, about=millers, by=Actor.person(user), at=SUNDAY_NOON)

    seen = AuditEvent.objects.filter(action=audit.Action.HOUSEHOLD_VIEWED).order_by("seq")
    assert [json.loads(event.facts) for event in seen] == [{}, {"covering": "Ana as advisor"}]


def test_who_has_the_household_too_acts_in_their_own_name(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    assign(cast.otto(), household=millers)
    cover(cast.ana(), cast.otto(), starts_on=SUNDAY)

    assert books.capacity(str(cast.otto().pk), millers.public_id, SUNDAY_NOON) == ""


def test_arranged_coverage_stays_as_it_was_arranged() -> None:
    coverage = cover(cast.ana(), cast.otto())

    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        Coverage.objects.filter(pk=coverage.pk).update(ends_on=WEDNESDAY)
    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        Coverage.objects.all().delete()


def test_a_household_is_assigned_only_to_who_has_the_role_and_once(millers: Household) -> None:
    assign(cast.ana(), household=millers)

    with pytest.raises(BadInput, match="Tom does not have the role advisor"):
        assign(cast.tom(), household=millers)
    with pytest.raises(Conflict, match="already in the book of Ana as advisor"):
        assign(cast.ana(), household=millers, starts_on=MONDAY)


def test_a_closed_household_is_in_nobodys_book(millers: Household) -> None:
    Household.objects.update(closed_on=SUNDAY)

    with pytest.raises(Conflict, match="Miller is closed"):
        assign(cast.ana(), household=millers)


def test_the_last_advisor_is_not_taken_away(millers: Household) -> None:
    entry = assign(cast.ana(), household=millers)
    by = Actor.person(cast.ada())

    with pytest.raises(Conflict, match="Miller would have no advisor from Nov 25 on"):
        books.end(entry, ends_on=TUESDAY, on=SUNDAY, by=by, at=SUNDAY_NOON)
    assign(cast.otto(), household=millers, starts_on=WEDNESDAY)
    books.end(entry, ends_on=TUESDAY, on=SUNDAY, by=by, at=SUNDAY_NOON)

    assert spans(millers) == [
        ("Ana", "advisor", LONG_AGO, TUESDAY),
        ("Otto", "advisor", WEDNESDAY, None),
    ]


def test_an_assignment_that_has_not_started_is_taken_back(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    later = assign(cast.otto(), household=millers, starts_on=WEDNESDAY)

    books.end(later, ends_on=SUNDAY, on=SUNDAY, by=Actor.person(cast.ada()), at=SUNDAY_NOON)

    assert spans(millers) == [("Ana", "advisor", LONG_AGO, None)]


def test_who_saw_a_household_stays_on_record(millers: Household) -> None:
    entry = assign(cast.rui(), REVIEWER, household=millers)

    with pytest.raises(BadInput, match="in the past"):
        books.end(entry, ends_on=date(2026, 11, 1), on=SUNDAY, by=Actor.person(cast.ada()), at=SUNDAY_NOON)


def test_a_whole_book_is_handed_over_from_a_day_on(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    assign(cast.rui(), REVIEWER, household=millers)

    moved = hand_over(cast.ana(), cast.otto(), from_on=MONDAY)

    assert moved == [millers]
    assert spans(millers) == [
        ("Ana", "advisor", LONG_AGO, SUNDAY),
        ("Otto", "advisor", MONDAY, None),
        ("Rui", "reviewer", LONG_AGO, None),
    ]


def test_who_looks_after_a_household_already_keeps_one_span(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    assign(cast.otto(), household=millers, starts_on=WEDNESDAY)

    hand_over(cast.ana(), cast.otto(), from_on=MONDAY)

    assert spans(millers) == [
        ("Ana", "advisor", LONG_AGO, SUNDAY),
        ("Otto", "advisor", MONDAY, None),
    ]


def test_a_book_is_not_handed_over_in_the_past(millers: Household) -> None:
    with pytest.raises(BadInput, match="in the past"):
        hand_over(cast.ana(), cast.otto(), from_on=date(2026, 11, 21))


def test_a_book_that_changes_hands_later_is_still_shown_today(millers: Household) -> None:
    assign(cast.ana(), household=millers)
    hand_over(cast.ana(), cast.otto(), from_on=TUESDAY)

    assert [entry.user.name for entry in access.book_entries_today()] == ["Ana"]


def hand_over(away: Any, to: Any, *, from_on: date) -> list[Household]:
    by = Actor.person(cast.ada())
    return books.hand_over(
        away, to=to, part=ADVISOR, from_on=from_on, on=SUNDAY, reason="Retires.", by=by, at=SUNDAY_NOON
    )
