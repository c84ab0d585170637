"""Tax units: who files a return together. Added, corrected, and retired when they file for the last time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from clients.households import accounts, households
from clients.models import Account, Household, Person, TaxUnit
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Cause, Conflict

_STATE = re.compile(r"[A-Z]{2}\Z")
_S = TaxUnit.FilingStatus
CODE_MAX = 32
OF_BOTH = frozenset({_S.JOINT})
"""A return of two spouses; the others are filed by one person each."""


@transaction.atomic
def add(
    household: Household,
    *,
    code: str,
    name: str,
    filing_status: str,
    state: str,
    members: Sequence[Person],
    by: Actor,
    at: datetime,
) -> TaxUnit:
    """Record who files a return together.

    Raises `BadInput` for a code that the household's units have already, or members who cannot file like this.
    """
    household = households.standing(household)
    _refuse_taken_code(household, code)
    refuse_state(state)
    _refuse_members(household, members, filing_status)
    unit = TaxUnit.objects.create(
        household=household, code=code, name=name, filing_status=filing_status, state=state
    )
    unit.members.set(members)
    audit.record(
        audit.Action.TAX_UNIT_ADDED,
        about=unit,
        by=by,
        at=at,
        code=code,
        filing_status=filing_status,
        state=state,
        members=_ids(members),
    )
    _accounts_follow(household, members, by=by, at=at)
    return unit


@transaction.atomic
def correct(
    unit: TaxUnit,
    *,
    code: str,
    name: str,
    filing_status: str,
    state: str,
    members: Sequence[Person],
    reason: str,
    by: Actor,
    at: datetime,
) -> TaxUnit:
    """Correct a tax unit as it is at present. Profiles on record keep the filing status of their year.

    The accounts of its members follow their owners' return, as after a marriage.
    """
    unit = standing(unit)
    if code != unit.code:
        _refuse_taken_code(unit.household, code)
    refuse_state(state)
    _refuse_members(unit.household, members, filing_status)
    facts = {"code": code, "name": name, "filing_status": filing_status, "state": state}
    were = list(unit.members.all())
    before = {**{column: getattr(unit, column) for column in facts}, "members": _ids(were)}
    changes = changed(before, {**facts, "members": _ids(members)})
    if not changes:
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    for column, value in facts.items():
        setattr(unit, column, value)
    unit.save(update_fields=list(facts))
    unit.members.set(members)
    audit.record(audit.Action.TAX_UNIT_CHANGED, about=unit, by=by, at=at, changed=changes, reason=reason)
    _accounts_follow(unit.household, {*were, *members}, by=by, at=at)
    return unit


@transaction.atomic
def retire(unit: TaxUnit, *, last_tax_year: int, reason: str, by: Actor, at: datetime) -> TaxUnit:
    """Record the last year for which a unit files.

    Raises `Conflict` while an open account's trades are taxed on its return, or a later year is confirmed.
    """
    unit = standing(unit)
    if unit.last_tax_year is not None:
        raise Conflict(f"{unit} files for {unit.last_tax_year} last.", "There is nothing to do.")
    causes = [
        Cause(input=str(one), sentence=f"{one} is taxed on the return of {unit}.")
        for one in unit.accounts.filter(closed_on=None).order_by("name", "pk")
    ]
    causes += [
        Cause(input=str(one), sentence=f"The profile of {one.tax_year} is on record.")
        for one in unit.profiles.filter(tax_year__gt=last_tax_year).order_by("tax_year")
    ]
    if causes:
        raise Conflict(
            f"{unit} cannot be retired yet.",
            "Record the return that reports them from now on, with their owners as members, or choose a later last year.",
            causes=causes,
        )
    unit.last_tax_year = last_tax_year
    unit.save(update_fields=["last_tax_year"])
    audit.record(
        audit.Action.TAX_UNIT_RETIRED, about=unit, by=by, at=at, last_tax_year=last_tax_year, reason=reason
    )
    return unit


def _accounts_follow(household: Household, people: Iterable[Person], *, by: Actor, at: datetime) -> None:
    """Put each open taxable account of these people on the return that reports it now, where exactly one does."""
    found = household.accounts.filter(
        owner__in=list(people), closed_on=None, tax_treatment=Account.TaxTreatment.TAXABLE
    )
    for account in found.select_related("owner", "tax_unit").order_by("pk"):
        before, now = account.tax_unit, accounts.tax_unit_for(household, account.owner, account.registration)
        if isinstance(now, accounts.Unusable) or now == before:
            continue
        account.tax_unit = now
        account.save(update_fields=["tax_unit"])
        audit.record(
            audit.Action.ACCOUNT_CHANGED,
            about=account,
            by=by,
            at=at,
            changed={"tax_unit": {"before": before.code if before else "", "after": now.code}},
        )


def end_with_death(unit: TaxUnit, *, last_tax_year: int, final_filer: str) -> None:
    """Write down that a return ends with the year of a death, and who files it, in the transaction of `deaths.record`."""
    unit.last_tax_year, unit.final_filer = last_tax_year, final_filer
    unit.save(update_fields=["last_tax_year", "final_filer"])


def follow_death(unit: TaxUnit, *, last_tax_year: int | None, reason: str, by: Actor, at: datetime) -> None:
    """Let a return's end follow a death that was corrected; None where it was none."""
    before = {"last_tax_year": unit.last_tax_year, "final_filer": unit.final_filer}
    unit.last_tax_year = last_tax_year
    if last_tax_year is None:
        unit.final_filer = ""
    unit.save(update_fields=["last_tax_year", "final_filer"])
    changes = changed(before, {name: getattr(unit, name) for name in before})
    if changes:
        audit.record(audit.Action.TAX_UNIT_CHANGED, about=unit, by=by, at=at, changed=changes, reason=reason)


def free_code(household: Household, wanted: str) -> str:
    """A code that no return of the household has: the one wanted, or with a number."""
    taken = set(household.tax_units.values_list("code", flat=True))
    code, number = wanted, 1
    while code in taken:
        number += 1
        code = f"{wanted[: CODE_MAX - 4]}-{number}"
    return code


def standing(unit: TaxUnit) -> TaxUnit:
    """The unit with its household, locked for a change. Raises `Conflict` for a closed household."""
    household = households.standing(unit.household)
    found = TaxUnit.objects.select_for_update().get(pk=unit.pk)
    if found.household_id != household.pk:
        # It went to another household, in a merger or a split, while this one was waited for.
        return standing(found)
    found.household = household
    return found


def refuse_state(state: str) -> None:
    """Raise `BadInput` for what is not a state's two letters; empty is no state tax."""
    if state and not _STATE.match(state):
        raise BadInput(
            f"{state} is not a state.", "Write two capital letters, such as CO, or leave it empty."
        )


def refuse_status(members: Sequence[Person], filing_status: str) -> None:
    """Raise `BadInput` for a status that these members cannot have."""
    refuse_status_of([one.is_human for one in members], filing_status)


def refuse_status_of(are_human: Sequence[bool], filing_status: str) -> None:
    """The same for members of whom only this is known: whether each is a human being."""
    if filing_status != _S.TRUST and not all(are_human):
        raise BadInput(
            "A trust or an entity files a return of its own.",
            "Choose the filing status Trust or estate, or other members.",
        )
    if filing_status == _S.JOINT and len(are_human) > 2:
        raise BadInput("A joint return has two filers.", "Choose both spouses.")
    if filing_status in {_S.SINGLE, _S.SEPARATE, _S.HEAD} and len(are_human) > 1:
        raise BadInput(
            f"{_S(filing_status).label} is a status of one person.", "Choose one member, or another status."
        )


def _refuse_members(household: Household, members: Sequence[Person], filing_status: str) -> None:
    for one in members:
        if one.household_id != household.pk:
            raise BadInput(f"{one} is not of this household.", "Choose people of the household.")
    refuse_status(members, filing_status)


def _refuse_taken_code(household: Household, code: str) -> None:
    if household.tax_units.filter(code=code).exists():
        raise BadInput(f"The household has a tax unit {code} already.", "Choose another code.")


def _ids(members: Iterable[Person]) -> list[str]:
    return sorted(one.public_id for one in members)
