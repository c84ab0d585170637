"""Changes of account numbers: announced by one person, confirmed by another, withdrawn. The only writer of the table."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from clients.households import account_records
from clients.models import Account, FormerNumber, NumberChange
from compliance.audit_trail import audit
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@transaction.atomic
def announce(
    account: Account, *, number: str, from_on: date, document: str, user_id: int, by: Actor, at: datetime
) -> NumberChange:
    """Say that the account has another number from a day on. Raises `BadInput` for the number it has or one that cannot
    be, `Conflict` for one that is on record, or while another change waits.
    """
    account = Account.objects.select_for_update(of=("self",)).select_related("household").get(pk=account.pk)
    if account.number == number:
        raise BadInput("That is its number already.", "Type the new number.")
    account_records.free_number(account.custodian, number)
    if account.number_changes.filter(confirmed_at=None, withdrawn_at=None).exists():
        raise Conflict(
            "A change of this number waits to be confirmed.", "Confirm or withdraw that one first."
        )
    row = NumberChange.objects.create(
        account=account,
        number=number,
        number_last4=number[-4:],
        from_on=from_on,
        document=document.strip(),
        announced_by_id=user_id,
        announced_at=at,
    )
    audit.record(
        audit.Action.ACCOUNT_NUMBER_ANNOUNCED,
        about=account,
        by=by,
        at=at,
        from_on=from_on,
        reason=f"····{row.number_last4} from {from_on}",
        document=row.document,
    )
    return row


@transaction.atomic
def confirm(row: NumberChange, *, on: date, by: Actor, at: datetime) -> Account:
    """Give the account its new number, as a second person. Raises `Conflict` for whoever announced it, before its day,
    and for a change that is over.
    """
    row, who = _open(row), people.behind(by)
    if who.pk == row.announced_by_id:
        raise Conflict("You announced this number.", "Somebody else confirms it.")
    if row.from_on > on:
        raise Conflict(f"The account has this number from {row.from_on} on.", "Confirm it on that day.")
    account = account_records.renumber(
        row.account,
        number=row.number,
        why=str(FormerNumber.Why.CHANGED),
        on=row.from_on,
        user_id=who.pk,
        by=by,
        at=at,
    )
    row.confirmed_by_id, row.confirmed_at = who.pk, at
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    return account


@transaction.atomic
def withdraw(row: NumberChange, *, reason: str, user_id: int, by: Actor, at: datetime) -> NumberChange:
    """Take an announced number back. Raises `BadInput` without a reason, `Conflict` for a change that is over."""
    row = _open(row)
    if not reason.strip():
        raise BadInput("Say why it is withdrawn.", "Give a reason.")
    row.withdrawn_by_id, row.withdrawn_at, row.withdraw_reason = user_id, at, reason.strip()[:200]
    row.save(update_fields=["withdrawn_by", "withdrawn_at", "withdraw_reason"])
    audit.record(
        audit.Action.ACCOUNT_NUMBER_WITHDRAWN, about=row.account, by=by, at=at, reason=row.withdraw_reason
    )
    return row


def _open(row: NumberChange) -> NumberChange:
    found: NumberChange = (
        NumberChange.objects.select_for_update(of=("self",))
        .select_related("account__household")
        .get(pk=row.pk)
    )
    if not found.is_open:
        raise Conflict("This change is over.", "There is nothing to do.")
    return found
