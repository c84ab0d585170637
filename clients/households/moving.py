"""People, returns and accounts that come into another household: the rows that move, each with its line on the trail.

Lots, positions, transactions, realized gains, cash needs, bindings, transfers in kind and the accounts of files come along with
the account. So the wash-sale window of a household holds whatever its accounts traded before they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Q

from clients.models import Account, Household, Person, TaxUnit, Transfer
from clients.registers.sealed_record import of_transfer
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people.actors import Actor

Row = TypeVar("Row", Person, TaxUnit, Account)


def person(one: Person, *, to: Household, part: str | None = None, by: Actor, at: datetime) -> Person:
    """Let a person, a trust or an entity belong to another household. Their sign-in sees that household from now on."""
    facts: dict[str, Any] = {"household": to, "part": part or one.part}
    return _written(one, facts, action=audit.Action.PERSON_CHANGED, by=by, at=at)


def unit(
    one: TaxUnit, *, to: Household, code: str, members: Sequence[Person], by: Actor, at: datetime
) -> TaxUnit:
    """Let a return with its yearly profiles belong to another household, under a code that is free there."""
    one.members.set(members)
    return _written(one, {"household": to, "code": code}, action=audit.Action.TAX_UNIT_CHANGED, by=by, at=at)


def account(one: Account, *, facts: Mapping[str, Any], by: Actor, at: datetime) -> Account:
    """Let an account belong to another household, owner or return; `facts` are these columns by name."""
    moved = _written(one, dict(facts), action=audit.Action.ACCOUNT_CHANGED, by=by, at=at)
    # What is under way to it, or from it to another firm, is theirs who have the account now.
    theirs = Transfer.objects.filter(Q(to_account=one) | Q(from_account=one, to_account=None))
    for row in theirs.exclude(household=moved.household).select_related("household").order_by("pk"):
        before, row.household = row.household, moved.household
        row.save(update_fields=["household"])
        told = {"household": {"before": before.public_id, "after": row.household.public_id}}
        audit.record(
            audit.Action.TRANSFER_CHANGED, about=row, by=by, at=at, sealing=of_transfer(row), changed=told
        )
    return moved


def part_with(
    one: TaxUnit, gone: list[Person], *, last_tax_year: int | None, by: Actor, at: datetime
) -> TaxUnit:
    """Let people leave a return: it ends with a year where it was a joint one, or goes on without them.

    A joint return that ended keeps its members, who filed it.
    """
    if last_tax_year is not None:
        one.last_tax_year = last_tax_year
        one.save(update_fields=["last_tax_year"])
        audit.record(
            audit.Action.TAX_UNIT_RETIRED,
            about=one,
            by=by,
            at=at,
            last_tax_year=last_tax_year,
            reason="The household was split",
        )
        return one
    before = _ids(one)
    one.members.remove(*gone)
    audit.record(
        audit.Action.TAX_UNIT_CHANGED,
        about=one,
        by=by,
        at=at,
        changed=changed({"members": before}, {"members": _ids(one)}),
    )
    return one


def join(theirs: Person, ours: Person, *, spouse: Person | None, on: date, by: Actor, at: datetime) -> None:
    """Make one of two records of a person. What only theirs knows is taken over; theirs stays, as of somebody who left."""
    blank: dict[str, Any] = {}
    if ours.born_on_text is None and theirs.born_on_text is not None:
        blank["born_on_text"] = theirs.born_on_text
    if not ours.tax_number and theirs.tax_number:
        blank |= {"tax_number": theirs.tax_number, "tax_number_last4": theirs.tax_number_last4}
    if ours.left_on is not None and theirs.left_on is None:
        blank["left_on"] = None
    if ours.user_id is None and theirs.user_id is not None:
        blank |= {"user": theirs.user, "may_see": theirs.may_see}
    # One sign-in and one spouse a person: theirs is let go of before ours has it.
    for row in (theirs, theirs.spouse):
        if row is not None:
            row.spouse = None
            row.save(update_fields=["spouse"])
    theirs.user, theirs.left_on, theirs.may_see = None, theirs.left_on or on, Person.MaySee.NOTHING
    theirs.save(update_fields=["user", "left_on", "may_see"])
    audit.record(
        audit.Action.PERSON_LEFT, about=theirs, by=by, at=at, left_on=theirs.left_on, same_as=ours.public_id
    )
    for name, value in blank.items():
        setattr(ours, name, value)
    ours.save(update_fields=list(blank) or ["may_see"])
    if spouse is not None and ours.spouse_id is None and not (ours.deceased_on or spouse.deceased_on):
        for one, other in ((ours, spouse), (spouse, ours)):
            one.spouse = other
            one.save(update_fields=["spouse"])
    audit.record(
        audit.Action.PERSON_CHANGED,
        about=ours,
        by=by,
        at=at,
        same_as=theirs.public_id,
        changed=dict.fromkeys(sorted(blank), "taken over"),
    )


def _written(row: Row, facts: dict[str, Any], *, action: audit.Action, by: Actor, at: datetime) -> Row:
    before = {name: getattr(row, name) for name in facts}
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=list(facts))
    audit.record(action, about=row, by=by, at=at, changed=changed(before, facts))
    return row


def _ids(one: TaxUnit) -> list[str]:
    return sorted(member.public_id for member in one.members.all())
