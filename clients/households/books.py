"""Books: who advises and who reviews a household, from which day, and who covers while somebody is away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from clients.models import BookEntry, Coverage, Household
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.people import people
from compliance.people.actors import Actor, Ref
from compliance.people.roles import Role
from compliance.refusals import BadInput, Cause, Conflict

ROLES = {BookEntry.Part.ADVISOR: Role.ADVISOR, BookEntry.Part.REVIEWER: Role.REVIEWER}
COVERAGE_DAYS_MAX = 180
"""A longer absence is a change of advisor, which the clients are told."""
NAMED_MAX = 20
ONE_DAY = timedelta(days=1)


@transaction.atomic
def assign(
    household: Household, *, user: Any, part: str, starts_on: date, by: Actor, at: datetime
) -> BookEntry:
    """Put a household in somebody's book from a day on.

    Raises `BadInput` for somebody without the role, `Conflict` for a closed household or one already in the book.
    """
    _require_role(user, part)
    household = Household.objects.select_for_update().get(pk=household.pk)
    if household.closed_on is not None:
        raise Conflict(f"{household} is closed.", "A closed household is in nobody's book.")
    standing = household.book_entries.filter(user=user, part=part)
    if standing.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on)).exists():
        raise Conflict(
            f"{household} is already in the book of {user} as {_word(part)} on {starts_on:%b} {starts_on.day}, "
            f"{starts_on.year} or later.",
            "Choose a later day, or end the present assignment first.",
        )
    entry = BookEntry.objects.create(household=household, user=user, part=part, starts_on=starts_on)
    audit.record(
        audit.Action.ADVISOR_ASSIGNED,
        about=household,
        by=by,
        at=at,
        sealing=[("book", household.pk)],
        person=str(user.pk),
        part=part,
        starts_on=starts_on,
    )
    return entry


@transaction.atomic
def end(entry: BookEntry, *, ends_on: date, on: date, by: Actor, at: datetime) -> None:
    """Take a household out of a book after a last day; one that has not started is taken back.

    Raises `Conflict` when it has ended already or the household would be left without an advisor.
    """
    household = Household.objects.select_for_update().get(pk=entry.household_id)
    entry = BookEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.ends_on is not None and entry.ends_on < on:
        raise Conflict("This assignment has ended already.", "There is nothing to do.")
    if entry.starts_on <= on and not on - ONE_DAY <= ends_on:
        raise BadInput(
            "The last day is in the past.",
            "Choose today or a later day; who saw a household stays on record.",
        )
    is_future = entry.starts_on > on
    if entry.part == BookEntry.Part.ADVISOR and household.closed_on is None:
        rest = household.book_entries.filter(part=entry.part).exclude(pk=entry.pk)
        if not is_future and not rest.on(ends_on + ONE_DAY).exists():
            raise Conflict(
                f"{household} would have no advisor from {ends_on + ONE_DAY:%b} {(ends_on + ONE_DAY).day} on.",
                "Assign another advisor from that day first, or hand the household over.",
            )
    if is_future:
        entry.delete()
    else:
        entry.ends_on = max(ends_on, entry.starts_on)
        entry.save(update_fields=["ends_on"])
    audit.record(
        audit.Action.BOOK_ENDED,
        about=household,
        by=by,
        at=at,
        sealing=[("book", household.pk)],
        person=str(entry.user_id),
        part=entry.part,
        starts_on=entry.starts_on,
        ends_on=None if is_future else entry.ends_on,
        taken_back=is_future,
    )


@transaction.atomic
def hand_over(
    away: Any, *, to: Any, part: str, from_on: date, on: date, reason: str, by: Actor, at: datetime
) -> list[Household]:
    """Hand a whole book to a colleague from a day on, and return the households. Spans keep their last day.

    Raises `BadInput` for a colleague without the role or a day in the past.
    """
    if away.pk == to.pk:
        raise BadInput("This is the same person.", "Choose a colleague.")
    if from_on < on:
        raise BadInput("A book cannot be handed over in the past.", "Choose today or a later day.")
    _require_role(to, part)
    entries = list(
        BookEntry.objects.select_for_update(of=("self",))
        .filter(Q(ends_on=None) | Q(ends_on__gte=from_on), user=away, part=part)
        .select_related("household")
        .order_by("household__name", "pk")
    )
    with audit.lines_last():
        for entry in entries:
            _move(entry, to=to, from_on=from_on, by=by, at=at)
        audit.record(
            audit.Action.BOOK_HANDED_OVER,
            about=Ref("user", str(away.pk)),
            by=by,
            at=at,
            to=str(to.pk),
            part=part,
            from_on=from_on,
            households=[entry.household.public_id for entry in entries],
            reason=reason,
        )
    return [entry.household for entry in entries]


@transaction.atomic
def cover(
    away: Any,
    *,
    covered_by: Any,
    part: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    on: date,
    by: Actor,
    at: datetime,
) -> Coverage:
    """Let a colleague see and work somebody's book between two days, both included.

    Raises `BadInput` for days or people that do not fit, `Conflict` when the colleague covers then already.
    """
    if away.pk == covered_by.pk:
        raise BadInput("Nobody covers their own book.", "Choose a colleague.")
    if ends_on < starts_on or ends_on < on:
        raise BadInput("The last day is before the first, or in the past.", "Choose a later last day.")
    if ends_on - starts_on >= timedelta(days=COVERAGE_DAYS_MAX):
        raise BadInput(
            f"A colleague covers for at most {COVERAGE_DAYS_MAX} days.",
            "Choose an earlier last day, or hand the book over.",
        )
    if not reason.strip():
        raise BadInput("Coverage needs a reason.", "Say in a few words why.")
    _require_role(away, part)
    _require_role(covered_by, part)
    standing = Coverage.objects.select_for_update().filter(
        away=away, covered_by=covered_by, part=part, ended_at=None
    )
    if standing.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise Conflict(
            f"{covered_by} covers for {away} on some of these days already.",
            "Choose other days, or end that coverage first.",
        )
    coverage = Coverage.objects.create(
        away=away,
        covered_by=covered_by,
        part=part,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
        arranged_by_id=people.behind(by).pk,
        arranged_at=at,
    )
    audit.record(
        audit.Action.COVERAGE_ARRANGED,
        about=coverage,
        by=by,
        at=at,
        sealing=[("coverage", coverage.pk)],
        away=str(away.pk),
        covered_by=str(covered_by.pk),
        part=part,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
    )
    return coverage


@transaction.atomic
def end_coverage(coverage: Coverage, *, by: Actor, at: datetime) -> None:
    """End coverage early, from now on. Raises `Conflict` when it is over."""
    coverage = Coverage.objects.select_for_update().get(pk=coverage.pk)
    if coverage.ended_at is not None or coverage.ends_on < at.astimezone(EASTERN).date():
        raise Conflict("This coverage is over already.", "There is nothing to do.")
    coverage.ended_at, coverage.ended_by_id = at, people.behind(by).pk
    coverage.save(update_fields=["ended_at", "ended_by"])
    audit.record(
        audit.Action.COVERAGE_ENDED,
        about=coverage,
        by=by,
        at=at,
        sealing=[("coverage_ended", coverage.pk)],
        away=str(coverage.away_id),
        covered_by=str(coverage.covered_by_id),
    )


def end_coverages_of(user: Any, *, by: Actor, at: datetime) -> int:
    """End every coverage by or for somebody who leaves, and return how many."""
    day = at.astimezone(EASTERN).date()
    standing = Coverage.objects.filter(
        Q(away=user) | Q(covered_by=user), ended_at=None, ends_on__gte=day
    ).order_by("pk")
    for coverage in (found := list(standing)):
        end_coverage(coverage, by=by, at=at)
    return len(found)


def left_without(user: Any, part: str, *, on: date) -> list[Household]:
    """The open households that would have nobody for this part on a day if this person left their book."""
    others = BookEntry.objects.filter(part=part).exclude(user=user)
    mine = BookEntry.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user=user, part=part)
    return list(
        Household.objects.filter(pk__in=mine.values("household"), closed_on=None)
        .exclude(pk__in=others.on(on).values("household"))
        .order_by("name", "code")
    )


def held_as(user: Any, part: str, *, on: date) -> int:
    """How many households are in this person's book for a part, on a day or later."""
    entries = BookEntry.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user=user, part=part)
    return int(entries.values("household").distinct().count())


@transaction.atomic
def leave(user: Any, part: str, *, on: date, by: Actor, at: datetime) -> None:
    """Take everything out of somebody's book today. Raises `Conflict` naming households with nobody else."""
    if left := left_without(user, part, on=on):
        count = f"{len(left)} household{'' if len(left) == 1 else 's'}"
        raise Conflict(
            f"{count} would have no {_word(part)}.",
            "Name a colleague who takes the book over.",
            causes=[Cause(input=one.name) for one in left[:NAMED_MAX]],
        )
    standing = BookEntry.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user=user, part=part)
    for entry in standing.select_related("household").order_by("pk"):
        end(entry, ends_on=on - ONE_DAY, on=on, by=by, at=at)


def capacity(person_ref: str, household_ref: str, at: datetime) -> str:
    """For whom and as what this person may act on a household by coverage alone; empty for their own book.

    The audit trail asks this of every act of a person about a household.
    """
    day = at.astimezone(EASTERN).date()
    covering = Coverage.objects.filter(
        covered_by_id=int(person_ref), ended_at=None, starts_on__lte=day, ends_on__gte=day
    )
    found = list(covering.select_related("away").order_by("away__name", "part"))
    if not found:
        return ""
    entries = BookEntry.objects.on(day).filter(household__public_id=household_ref)
    held = set(entries.values_list("user_id", "part"))
    return ", ".join(
        f"{one.away} as {_word(one.part)}"
        for one in found
        if (one.away_id, one.part) in held and (int(person_ref), one.part) not in held
    )


def _move(entry: BookEntry, *, to: Any, from_on: date, by: Actor, at: datetime) -> None:
    """End one entry the day before, and start the colleague's, unless the household is in that book already."""
    starts_on, ends_on = max(entry.starts_on, from_on), entry.ends_on
    if entry.starts_on >= from_on:
        entry.delete()
    else:
        entry.ends_on = from_on - ONE_DAY
        entry.save(update_fields=["ends_on"])
    theirs = BookEntry.objects.filter(household=entry.household_id, user=to, part=entry.part)
    overlapping = theirs.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        overlapping = overlapping.filter(starts_on__lte=ends_on)
    spans = [(one.starts_on, one.ends_on) for one in overlapping] + [(starts_on, ends_on)]
    # One span from the earliest first day to the latest last day, so that no day is left out.
    overlapping.delete()
    BookEntry.objects.create(
        household_id=entry.household_id,
        user=to,
        part=entry.part,
        starts_on=min(first for first, _ in spans),
        ends_on=None if any(last is None for _, last in spans) else max(last for _, last in spans if last),
    )
    audit.record(
        audit.Action.ADVISOR_ASSIGNED,
        about=entry.household,
        by=by,
        at=at,
        sealing=[("book", entry.household_id)],
        person=str(to.pk),
        part=entry.part,
        starts_on=starts_on,
        after=str(entry.user_id),
    )


def _require_role(user: Any, part: str) -> None:
    role = ROLES[BookEntry.Part(part)]
    if user.pk not in _keys(people.granted(role)):
        raise BadInput(
            f"{user} does not have the role {role.label.lower()}.",
            "Choose a colleague who has it, or have the role granted first.",
        )


def _keys(found: Iterable[Any]) -> set[int]:
    return {one.pk for one in found}


def _word(part: str) -> str:
    return str(BookEntry.Part(part).label).lower()
