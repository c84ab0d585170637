"""Breaks: the only writer. A difference that is found again stays the same row; one that is gone ends by itself; the rest
is for people: match, split, reverse, explain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.models import Account, Security
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Block, Break, Fill, Order

DESK = Actor.system("reconciliation")
Queue, Ending = Break.Queue, Break.Ending
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A difference as it was found: shares or dollars on either side, None where a side has no figure."""

    queue: str
    cause: str
    about: str
    sentence: str
    account: Account | None = None
    security: Security | None = None
    block: Block | None = None
    order: Order | None = None
    fill: Fill | None = None
    ours: Decimal | None = None
    theirs: Decimal | None = None


def settle(
    found: Iterable[Found], *, among: Iterable[Break], on: date, at: datetime, by: Actor = DESK
) -> list[Break]:
    """Put what was found on record; of the open breaks `among` which it was looked for, the others are gone.

    Somebody's explanation stands: the same difference with the same figures is not opened again.
    """
    now = {(one.queue, one.about[:160]): one for one in found}
    standing: dict[tuple[str, str], Break] = {}
    kept: list[Break] = []
    for row in among:
        # The parts of a difference last as long as the whole of it is found.
        if row.parent is None:
            standing[row.queue, row.about] = row
        elif (row.queue, row.parent.about) in now:
            kept.append(row)
        else:
            standing[row.queue, row.about] = row
    for key, one in now.items():
        before = (
            standing.pop(key, None)
            or Break.objects.filter(queue=one.queue, about=one.about, ended_at=None).first()
        )
        if before is not None:
            before.sentence, before.ours, before.theirs = one.sentence, one.ours, one.theirs
            before.last_on = max(before.last_on, on)
            before.save(update_fields=["sentence", "ours", "theirs", "last_on"])
            kept.append(before)
        elif not _is_explained(one):
            kept.append(_open(one, on=on, at=at, by=by))
    for gone in standing.values():
        end(gone, Ending.GONE, reason="It was not found any more.", user_id=None, by=by, at=at)
    return kept


def end(row: Break, ending: str, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> Break:
    """End a break within the transaction of what ends it."""
    row.ending, row.end_reason = ending, reason[:500]
    row.ended_at, row.ended_by_id = at, user_id
    row.save(update_fields=["ending", "end_reason", "ended_at", "ended_by"])
    audit.record(
        audit.Action.BREAK_CLOSED,
        about=row,
        by=by,
        at=at,
        sealing=[("break_ended", row.pk)],
        queue=row.queue,
        ending=ending,
        reason=reason,
    )
    return row


@transaction.atomic
def assign(row: Break, *, owner_id: int, user_id: int, by: Actor, at: datetime) -> Break:
    """Say who works a break. Raises `Conflict` for one that has ended."""
    row = taken_up(row)
    row.owner_id = owner_id
    row.save(update_fields=["owner"])
    audit.record(audit.Action.BREAK_ASSIGNED, about=row, by=by, at=at, owner=str(owner_id))
    return row


@transaction.atomic
def explain(row: Break, *, reason: str, user_id: int, by: Actor, at: datetime) -> Break:
    """Leave a difference as it is, with the reason. A difference of positions stays until the shares agree."""
    row = taken_up(row)
    if not reason.strip():
        raise BadInput("An explanation needs its reason.", "Say why the difference is in order.")
    if row.queue == Queue.POSITIONS and row.ours != row.theirs:
        raise Conflict(
            "Shares that differ are not explained away: the account stays out of trading until they agree.",
            "Match the trade, reverse the fill, or wait for the custodian’s corrected file.",
        )
    return end(row, Ending.EXPLAINED, reason=reason.strip(), user_id=user_id, by=by, at=at)


@transaction.atomic
@audit.lines_last()
def split(
    row: Break, *, part: Decimal, reason: str, user_id: int, by: Actor, at: datetime
) -> tuple[Break, Break]:
    """Divide a difference into two that are worked apart: `part` of it, and the rest.

    The parts are differences of their own, between nothing of ours and so much of theirs, and add up to the whole.
    """
    row = taken_up(row)
    whole = difference(row)
    if whole is None:
        raise Conflict("This break has no figure that could be divided.", "Explain it, or match it.")
    if not reason.strip():
        raise BadInput("A split needs its reason.", "Say what the parts are.")
    if not ZERO < abs(part) < abs(whole) or (part > ZERO) != (whole > ZERO):
        raise BadInput(
            f"A part is between zero and the whole difference of {whole.normalize():f}.",
            "Type another figure.",
        )
    parts = tuple(
        Break.objects.create(
            queue=row.queue,
            cause=row.cause,
            about=f"{row.about}, part {number} of {row.public_id}"[:160],
            account=row.account,
            security=row.security,
            block=row.block,
            order=row.order,
            fill=row.fill,
            sentence=f"{figure.normalize():f} of {whole.normalize():f}: {row.sentence}",
            ours=ZERO,
            theirs=figure,
            found_on=row.found_on,
            last_on=row.last_on,
            owner_id=row.owner_id,
            parent=row,
        )
        for number, figure in enumerate((part, whole - part), start=1)
    )
    audit.record(
        audit.Action.BREAK_SPLIT,
        about=row,
        by=by,
        at=at,
        sealing=[("break", one.pk) for one in parts],
        parts=[one.public_id for one in parts],
        figures=[part, whole - part],
    )
    end(row, Ending.SPLIT, reason=reason.strip(), user_id=user_id, by=by, at=at)
    return parts[0], parts[1]


def taken_up(row: Break) -> Break:
    """The row, locked against a second answer. Raises `Conflict` for one that has ended."""
    found = Break.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found.ended_at is not None:
        raise Conflict("This break has ended already.", "There is nothing to do.")
    return found


def difference(row: Break) -> Decimal | None:
    """Theirs less ours; None where a side has no figure."""
    return None if row.ours is None or row.theirs is None else row.theirs - row.ours


def age(row: Break, *, on: date) -> int:
    """How many business days a break is old: none on the day it was found."""
    return business_days(row.found_on, market_days.new_york_date(row.ended_at) if row.ended_at else on)


def business_days(since: date, until: date) -> int:
    """Sessions after a day, up to and including another."""
    calendar, day, count = new_york(), since, 0
    while (day := calendar.session_after(day)) <= until:
        count += 1
    return count


def _open(one: Found, *, on: date, at: datetime, by: Actor) -> Break:
    row = Break.objects.create(
        queue=one.queue,
        cause=one.cause,
        about=one.about[:160],
        account=one.account,
        security=one.security,
        block=one.block,
        order=one.order,
        fill=one.fill,
        sentence=one.sentence,
        ours=one.ours,
        theirs=one.theirs,
        found_on=on,
        last_on=on,
    )
    audit.record(
        audit.Action.BREAK_OPENED,
        about=row,
        by=by,
        at=at,
        sealing=[("break", row.pk)],
        queue=row.queue,
        cause=row.cause,
        sentence=row.sentence,
    )
    return row


def _is_explained(one: Found) -> bool:
    """Whether a person has answered a difference of this size about the same thing."""
    gap = None if one.ours is None or one.theirs is None else one.theirs - one.ours
    answered = Break.objects.filter(
        queue=one.queue,
        about=one.about[:160],
        ending__in=(Ending.EXPLAINED, Ending.MATCHED, Ending.SPLIT),
    )
    return any(difference(row) == gap for row in answered)
