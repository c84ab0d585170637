"""What brokers sent. A row is written before the session's number moves; its effect is committed together with the mark
that it is done, so that each message is taken exactly once whatever dies, and when.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from clients.encryption import blind_index
from clients.households import accounts
from clients.models import Account
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from rebalancing.execution.reports import Kind, Report
from rebalancing.fix import outbox, reading
from rebalancing.fix.reading import AllocationAnswer, Note, Refusal, Unreadable
from rebalancing.models import FixInbox, FixOutbox

Take = Callable[..., object]
"""`rebalancing.fills.fills.take(report, *, at)`, the only writer of fills."""

ATTEMPTS_MAX = 5
"""After so many failures a message is set aside for a person; the ones behind it were not kept waiting."""

IN_ONE_GO = 500


def keep(session_id: int, *, epoch: int, number: int, kind: str, raw: str, at: datetime) -> None:
    """Write a message down. The same number of the same epoch again is the same message."""
    FixInbox.objects.get_or_create(
        session_id=session_id,
        epoch=epoch,
        number=number,
        defaults={"kind": kind, "raw": raw, "received_at": at},
    )


def set_aside(session_id: int, *, epoch: int, number: int, raw: str, why: str, at: datetime) -> None:
    """Write down a message that cannot even be decoded, for a person to look at."""
    FixInbox.objects.get_or_create(
        session_id=session_id,
        epoch=epoch,
        number=number,
        defaults={"kind": "?", "raw": raw, "received_at": at, "done_at": at, "trouble": why[:300]},
    )


def is_set_aside(row: FixInbox) -> bool:
    """Whether a message waits for a person."""
    return row.done_at is not None and bool(row.trouble) and row.settled_at is None


def try_again(row: FixInbox, *, by: Actor, at: datetime) -> FixInbox:
    """Have a message that was set aside taken again: its cause was cured. Raises `Conflict` for any other."""
    with transaction.atomic():
        row = _set_aside_one(row)
        row.done_at, row.attempts, row.trouble = None, 0, ""
        row.save(update_fields=("done_at", "attempts", "trouble"))
        audit.record(
            audit.Action.FIX_MESSAGE_RETRIED, about=row, by=by, at=at, epoch=row.epoch, number=row.number
        )
    return row


def settle(row: FixInbox, *, reason: str, user_id: int, by: Actor, at: datetime) -> FixInbox:
    """A person has dealt with a message that was set aside. Raises `Conflict` for any other."""
    with transaction.atomic():
        row = _set_aside_one(row)
        row.settled_at, row.settled_by_id, row.settle_reason = at, user_id, reason
        row.save(update_fields=("settled_at", "settled_by", "settle_reason"))
        audit.record(
            audit.Action.FIX_MESSAGE_SETTLED,
            about=row,
            by=by,
            at=at,
            sealing=[("fix_message_settled", row.pk)],
            epoch=row.epoch,
            number=row.number,
            reason=reason,
        )
    return row


def _set_aside_one(row: FixInbox) -> FixInbox:
    found = FixInbox.objects.select_for_update().get(pk=row.pk)
    if not is_set_aside(found):
        raise Conflict("This message is not set aside.", "There is nothing to do.")
    return found


def has_work() -> bool:
    """Whether anything waits to be taken."""
    return FixInbox.objects.filter(done_at=None).exists() or bool(outbox.untold())


def take_waiting(take: Take, *, now: Callable[[], datetime]) -> int:
    """Take every message that waits, each session's in order and each in a transaction of its own; how many it was.

    May run several times at once: a row that another worker holds is left to it. What fails is tried again later and
    does not stop the others, since reports say the same in any order.
    """
    done = 0
    keys = list(FixInbox.objects.filter(done_at=None).values_list("pk", flat=True)[:IN_ONE_GO])
    for key in keys:
        try:
            done += _take_one(key, take, at=now())
        except Exception as error:
            # Whatever it is: the others go on, and it is on record.
            _failed(key, error, at=now())
    for row in outbox.untold():
        done += _tell(row, take, at=now())
    return done


def _take_one(key: int, take: Take, *, at: datetime) -> int:
    with transaction.atomic():
        row = (
            FixInbox.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("session")
            .filter(pk=key, done_at=None)
            .first()
        )
        if row is None:
            return 0
        row.trouble = _effect(row, take, at=at)
        row.done_at = at
        row.save(update_fields=("done_at", "trouble"))
    return 1


def _effect(row: FixInbox, take: Take, *, at: datetime) -> str:
    """What follows from a message; the sentence why a person must look at it, or nothing."""
    try:
        read = reading.read(row.raw, broker=row.session.name, accounts=_accounts(row))
    except Unreadable as why:
        return f"Set aside: {why}"
    if isinstance(read, Note):
        return ""
    if isinstance(read, AllocationAnswer):
        if not outbox.answered(row.session, read, at=at):
            return "Set aside: it answers an allocation that is not ours."
        return f"The allocation was rejected. {read.text}".strip() if read.is_refused else ""
    if isinstance(read, Refusal):
        return _refused(row, read, take, at=at)
    take(read, at=at)
    return ""


def _refused(row: FixInbox, read: Refusal, take: Take, *, at: datetime) -> str:
    ours = outbox.refused(row.session, epoch=row.epoch, number=read.number, text=read.text, at=at)
    if ours is None:
        return f"The broker refused our message {read.number}: {read.text}"
    kind = {FixOutbox.Kind.NEW: Kind.REJECTED, FixOutbox.Kind.ALLOCATION: None}.get(
        FixOutbox.Kind(ours.kind), Kind.CANCEL_REJECTED
    )
    if kind is not None:
        take(outbox.report_of(ours, kind, read.text, at=at), at=at)
    return f"The broker refused {ours.reference}: {read.text}"


def _tell(row: FixOutbox, take: Take, *, at: datetime) -> int:
    """Tell a block that its order never left: canceled before it was sent, or its day went by."""
    with transaction.atomic():
        locked = FixOutbox.objects.select_for_update(skip_locked=True).filter(
            pk=row.pk, outcome_taken_at=None
        )
        if not locked.exists():
            return 0
        kind = Kind.CANCELED if row.withheld_reason.startswith("Canceled") else Kind.EXPIRED
        report: Report = outbox.report_of(row, kind, row.withheld_reason, at=at)
        take(report, at=at)
        FixOutbox.objects.filter(pk=row.pk).update(outcome_taken_at=at)
    return 1


def _accounts(row: FixInbox) -> dict[str, str]:
    """Our id of the account that a message names, by the custodian's number."""
    number = reading.Incoming.of(row.raw).text(1)
    if not number:
        return {}
    index = blind_index(number, purpose=accounts.NUMBER)
    found = Account.objects.filter(custodian=row.session.custodian, number_index=index).first()
    return {number: found.public_id} if found else {}


def _failed(key: int, error: Exception, *, at: datetime) -> None:
    row = FixInbox.objects.get(pk=key)
    row.attempts += 1
    row.trouble = f"{type(error).__name__}: {error}"[:300]
    if row.attempts >= ATTEMPTS_MAX:
        row.done_at = at
    row.save(update_fields=("attempts", "trouble", "done_at"))
