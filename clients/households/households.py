"""Households: opened, corrected, closed and reopened; what a person sees when they sign in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from clients.households import books, cash_flows, holds, recurring_cash
from clients.models import BookEntry, CashFlow, CashFlowRule, Household, Person
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Cause, Conflict


@transaction.atomic
def open_household(
    *,
    code: str,
    name: str,
    opened_on: date,
    profile_confirmed_on: date | None,
    split_from: Household | None = None,
    by: Actor,
    at: datetime,
) -> Household:
    """Put a household on record."""
    refuse_taken_code(code)
    household = Household.objects.create(
        code=code,
        name=name,
        opened_on=opened_on,
        profile_confirmed_on=profile_confirmed_on,
        split_from=split_from,
    )
    origin: dict[str, Any] = {"split_from": split_from.public_id} if split_from else {}
    audit.record(audit.Action.HOUSEHOLD_ADDED, about=household, by=by, at=at, code=code, **origin)
    return household


@transaction.atomic
def correct(
    household: Household, *, code: str, name: str, opened_on: date, reason: str, by: Actor, at: datetime
) -> Household:
    """Rename a household or correct its code or first day.

    Raises `BadInput` for a code that another household has, for a first day after its last, or when nothing changes.
    """
    household = standing(household)
    if code != household.code:
        refuse_taken_code(code)
    return _change(
        household, {"code": code, "name": name, "opened_on": opened_on}, reason=reason, by=by, at=at
    )


@transaction.atomic
def confirm_profile(household: Household, *, confirmed_on: date, by: Actor, at: datetime) -> Household:
    """Record the day on which objectives, horizon and risk were confirmed with the client."""
    household = standing(household)
    if household.profile_confirmed_on is not None and confirmed_on < household.profile_confirmed_on:
        raise BadInput(
            f"The profile was already confirmed on {household.profile_confirmed_on}.", "Choose a later day."
        )
    return _change(household, {"profile_confirmed_on": confirmed_on}, reason="", by=by, at=at)


@transaction.atomic
def close(
    household: Household,
    *,
    closed_on: date,
    reason: str,
    into: Household | None = None,
    by: Actor,
    at: datetime,
) -> Household:
    """Close a household: its assignments, holds and cash needs end. Its record stays as it is.

    `into` is the household that took over its people. Raises `Conflict` with every reason that stands in the way:
    an account that is still open. Whoever knows of orders and proposals asks about those first.
    """
    household = standing(household)
    if closed_on < household.opened_on:
        raise BadInput(f"{household} was opened on {household.opened_on}.", "Choose a later day.")
    if causes := still_open(household):
        raise Conflict(f"{household} cannot be closed yet.", "Settle each of these first.", causes=causes)
    household.closed_on, household.merged_into = closed_on, into
    household.save(update_fields=["closed_on", "merged_into"])
    on = at.astimezone(EASTERN).date()
    entries = list(household.book_entries.filter(Q(ends_on=None) | Q(ends_on__gte=on)))
    with audit.lines_last():
        for entry in entries:
            books.end(entry, ends_on=on - books.ONE_DAY, on=on, by=by, at=at)
        _end_what_was_to_come(household, closed_on=closed_on, reason=reason, by=by, at=at)
        audit.record(
            audit.Action.HOUSEHOLD_CLOSED,
            about=household,
            by=by,
            at=at,
            closed_on=closed_on,
            reason=reason,
            merged_into=into.public_id if into else None,
            books_ended=[f"{entry.user_id} {entry.part}" for entry in entries],
        )
    return household


@transaction.atomic
def reopen(
    household: Household, *, advisor: Any, on: date, reason: str, by: Actor, at: datetime
) -> Household:
    """Take a closed household back, into the book of this advisor. What ended with it stays ended.

    Raises `Conflict` for one that is not closed or whose people went to another household.
    """
    household = Household.objects.select_for_update().get(pk=household.pk)
    if household.closed_on is None:
        raise Conflict(f"{household} is not closed.", "There is nothing to do.")
    if household.merged_into is not None:
        raise Conflict(
            f"{household} was merged into {household.merged_into}.",
            "Split its people off again into a new household.",
        )
    closed_on, household.closed_on = household.closed_on, None
    household.save(update_fields=["closed_on"])
    with audit.lines_last():
        audit.record(
            audit.Action.HOUSEHOLD_REOPENED, about=household, by=by, at=at, closed_on=closed_on, reason=reason
        )
        books.assign(household, user=advisor, part=BookEntry.Part.ADVISOR, starts_on=on, by=by, at=at)
    return household


def still_open(household: Household) -> list[Cause]:
    """What keeps a household from being closed, as far as the record knows."""
    found = []
    for account in household.accounts.filter(closed_on=None).order_by("name", "pk"):
        lots = account.lots.filter(closed_on=None).count()
        holds = f", with {lots} open tax lot{'' if lots == 1 else 's'}" if lots else ""
        found.append(
            Cause(
                input=str(account),
                sentence=f"{account} is still open{holds}. Close the account, or move it to another household.",
            )
        )
    return found


def standing(household: Household) -> Household:
    """The household, locked for a change. Raises `Conflict` for a closed one, whose record stays as it is."""
    household = Household.objects.select_for_update().get(pk=household.pk)
    if household.merged_into is not None:
        raise Conflict(
            f"{household} was merged into {household.merged_into}.", "Change the record of that household."
        )
    if household.closed_on is not None:
        raise Conflict(f"{household} is closed.", "Reopen the household before changing its record.")
    return household


def refuse_taken_code(code: str) -> None:
    """Raise `BadInput` for a code that a household has already, open or closed."""
    taken = Household.objects.filter(code=code).first()
    if taken is not None:
        raise BadInput(
            f"The code {code} belongs to {taken.name}.", "Choose another code; a code is never used again."
        )


def _end_what_was_to_come(
    household: Household, *, closed_on: date, reason: str, by: Actor, at: datetime
) -> None:
    user_id = int(by.person_ref) if by.is_person else None
    why = f"The household was closed: {reason}"[:200]
    for rule in CashFlowRule.objects.filter(account__household=household, ended_at=None):
        recurring_cash.end(rule, reason=why, since=closed_on, user_id=user_id, by=by, at=at)
    for flow in CashFlow.objects.filter(account__household=household, done_on=None, cancelled_at=None):
        cash_flows.cancel(flow, reason=why, user_id=user_id, by=by, at=at)
    for hold in household.holds.filter(lifted_at=None, expires_on__gte=closed_on):
        holds.lift(hold, reason=why, user_id=user_id, by=by, at=at)


def _change(
    household: Household, facts: dict[str, Any], *, reason: str, by: Actor, at: datetime
) -> Household:
    changes = changed({name: getattr(household, name) for name in facts}, facts)
    if not changes:
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    for name, value in facts.items():
        setattr(household, name, value)
    household.save(update_fields=list(facts))
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED, about=household, by=by, at=at, changed=changes, reason=reason
    )
    return household


@transaction.atomic
def grant_sign_in(person: Person, *, user: Any, may_see: str, by: Actor, at: datetime) -> Person:
    """Link a person's sign-in to the household. Raises `Conflict` when either has another."""
    if person.user_id not in (None, user.pk):
        raise Conflict(f"{person} already has a sign-in.", "Take it away first.")
    other = Person.objects.filter(user=user).exclude(pk=person.pk).first()
    if other is not None:
        raise Conflict(f"This sign-in belongs to {other} already.", "Use another e-mail address.")
    person.user = user
    person.may_see = may_see
    person.save(update_fields=["user", "may_see"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=person.household,
        by=by,
        at=at,
        sign_in_of=person.public_id,
        may_see=may_see,
    )
    return person


@transaction.atomic
def change_sight(person: Person, *, may_see: str, by: Actor, at: datetime) -> Person:
    """Change what a person sees when they sign in."""
    before = person.may_see
    person.may_see = may_see
    person.save(update_fields=["may_see"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=person.household,
        by=by,
        at=at,
        sign_in_of=person.public_id,
        changed={"may_see": {"before": before, "after": may_see}},
    )
    return person


@transaction.atomic
def take_sign_in(person: Person, *, reason: str, by: Actor, at: datetime) -> Any:
    """Unlink a person's sign-in from the household, and return the user who had it."""
    user = person.user
    if user is None:
        raise Conflict(f"{person} has no sign-in.", "There is nothing to do.")
    person.user = None
    person.save(update_fields=["user"])
    audit.record(
        audit.Action.HOUSEHOLD_CHANGED,
        about=person.household,
        by=by,
        at=at,
        sign_in_taken_from=person.public_id,
        user=str(user.pk),
        reason=reason,
    )
    return user
