"""Accounts elsewhere that a household has told of: declared, changed, taken off the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from clients.models import Household, OutsideAccount, Person
from clients.registers import register
from clients.registers.register import Register
from compliance.actions import Action
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@dataclass(frozen=True, slots=True)
class Terms:
    """An account elsewhere. `buys` are the symbols that it buys without anybody here seeing it."""

    name: str
    registration: str
    declared_on: date
    institution: str = ""
    has_statements: bool = False
    buys: tuple[str, ...] = ()


REGISTER = Register(
    name="outside_account",
    model=OutsideAccount,
    columns=(
        *("household", "owner", "name", "institution", "registration", "has_statements", "buys"),
        "declared_on",
    ),
    about=lambda row: row,
    words=str,
    entered=Action.OUTSIDE_ACCOUNT_DECLARED,
    changed=Action.OUTSIDE_ACCOUNT_CHANGED,
    ended=Action.OUTSIDE_ACCOUNT_ENDED,
    kept=("household", "owner"),
    told=lambda row: {"name": row.name, "buys": list(row.buys)},
)


def in_force(households: Iterable[Household]) -> list[OutsideAccount]:
    """The accounts elsewhere that count, by name. They follow their owner into a household that was merged or split."""
    rows = OutsideAccount.objects.filter(owner__household__in=list(households), ended_at=None)
    return list(rows.select_related("owner").order_by("name", "pk"))


@transaction.atomic
def declare(
    household: Household, owner: Person, terms: Terms, *, user_id: int | None, by: Actor, at: datetime
) -> OutsideAccount:
    """Put an account elsewhere on record. Raises `Conflict` for a closed household, `BadInput` for another's person."""
    household = Household.objects.select_for_update().get(pk=household.pk)
    if household.closed_on is not None:
        raise Conflict(f"{household} is closed.", "Reopen it first.")
    if owner.household_id != household.pk:
        raise BadInput(f"{owner} is not of this household.", "Choose one of its people.")
    values = {"household": household, "owner": owner, **_columns(terms)}
    row: OutsideAccount = register.enter(REGISTER, values, user_id=user_id, by=by, at=at)
    return row


def change(
    row: OutsideAccount, terms: Terms, *, user_id: int | None, by: Actor, at: datetime
) -> OutsideAccount:
    """Put other terms in the place of a row's. Raises `BadInput` when nothing is changed."""
    fresh: OutsideAccount = register.change(REGISTER, row, _columns(terms), user_id=user_id, by=by, at=at)
    return fresh


def take_off(
    row: OutsideAccount, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> OutsideAccount:
    """Take an account off the list, such as one that was closed. Raises `Conflict` for one that has ended."""
    ended: OutsideAccount = register.end(REGISTER, row, reason=reason, user_id=user_id, by=by, at=at)
    return ended


def _columns(terms: Terms) -> dict[str, object]:
    return {**asdict(terms), "buys": sorted(set(terms.buys))}
