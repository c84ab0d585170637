"""FIX sessions for the trading desk: their states and numbers, what is not yet taken, and what is not yet sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from clients import figures
from compliance.doors import pages as doors
from rebalancing import access
from rebalancing.execution.reports import Report
from rebalancing.fix import inbox, masking, reading
from rebalancing.models import FixInbox, FixOutbox, FixSession

SHOWN = 25
QUIET_AFTER = 3
"""A session that heard nothing for three heartbeats is worth a look, whatever its state says."""

TONES = {"logged_on": "done", "connecting": "waiting", "refused": "blocked", "off": "off"}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in the list."""

    name: str
    url: str
    custodian: str
    address: str
    tone: str
    state: str
    state_at: datetime | None
    is_quiet: bool
    next_out: int
    next_in: int
    heard_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    to_take: int
    set_aside: int
    to_send: int
    withheld: int


@dataclass(frozen=True, slots=True)
class SessionsPage:
    rows: tuple[SessionRow, ...]
    retired: tuple[SessionRow, ...]
    make: tuple[doors.DoorLink, ...]

    @property
    def heading(self) -> str:
        on = sum(1 for row in self.rows if row.tone == "done")
        if not self.rows:
            return "No FIX session"
        return f"{on} of {len(self.rows)} session{'s' if len(self.rows) > 1 else ''} logged on"


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the inbox, its account numbers masked."""

    number: str
    what: str
    text: str
    received_at: datetime
    done_at: datetime | None
    trouble: str
    settled: str
    links: tuple[doors.DoorLink, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the outbox."""

    kind: str
    reference: str
    made_at: datetime
    sent_at: datetime | None
    number: str
    withheld_reason: str
    held_back_reason: str
    answer: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    row: SessionRow
    facts: tuple[tuple[str, str], ...]
    links: tuple[doors.DoorLink, ...]
    received: tuple[Received, ...]
    sent: tuple[Sent, ...]


def counted(user: Any) -> QuerySet[FixSession]:
    """Sessions with how many messages wait. Each count is one of its own rows only."""
    return access.fix_sessions_for(user).annotate(
        to_take=Count("inbox", filter=Q(inbox__done_at=None), distinct=True),
        set_aside=Count(
            "inbox",
            filter=Q(inbox__done_at__isnull=False, inbox__settled_at=None) & ~Q(inbox__trouble=""),
            distinct=True,
        ),
        to_send=Count("outbox", filter=Q(outbox__sent_at=None, outbox__withheld_at=None), distinct=True),
        withheld=Count("outbox", filter=Q(outbox__withheld_at__isnull=False), distinct=True),
    )


def show(user: Any, *, at: datetime) -> SessionsPage:
    """Every session."""
    rows = [(one.retired_at, _row(one, at=at)) for one in counted(user)]
    return SessionsPage(
        rows=tuple(row for retired_at, row in rows if retired_at is None),
        retired=tuple(row for retired_at, row in rows if retired_at is not None),
        make=doors.links(("rebalancing:fix_session_make",), user),
    )


def of_one(session: FixSession, user: Any, *, at: datetime) -> SessionPage:
    """One session with its latest messages: what waits and what was set aside first."""
    counted_one = counted(user).get(pk=session.pk)
    rows = list(
        session.inbox.filter(Q(done_at=None) | ~Q(trouble=""), settled_at=None).order_by(
            "-received_at", "-id"
        )[:SHOWN]
    )
    known = {row.pk for row in rows}
    rows += [row for row in session.inbox.order_by("-received_at", "-id")[:SHOWN] if row.pk not in known]
    outbox = session.outbox.order_by("-id")[:SHOWN]
    return SessionPage(
        row=_row(counted_one, at=at),
        facts=_facts(session),
        links=doors.links(OF_ONE, user, session),
        received=tuple(_received(row, user) for row in rows[:SHOWN]),
        sent=tuple(_sent(row) for row in outbox),
    )


OF_ONE = tuple(
    f"rebalancing:fix_session_{name}"
    for name in ("enable", "log_on", "log_off", "disable", "change", "readdress", "reset", "retire")
)


def _row(session: Any, *, at: datetime) -> SessionRow:
    state, tone = session.get_state_display(), TONES[session.state]
    if not session.is_enabled:
        state, tone = "Retired" if session.retired_at else "Not enabled", "off"
    elif not session.is_wanted and session.state == FixSession.State.OFF:
        state = "Logged off on request"
    silence = timedelta(seconds=QUIET_AFTER * session.heartbeat_seconds)
    return SessionRow(
        name=session.name,
        url=reverse("rebalancing:fix_session", args=[session.public_id]),
        custodian=session.get_custodian_display(),
        address=f"{session.host}:{session.port}",
        tone=tone,
        state=state,
        state_at=session.state_at,
        is_quiet=bool(tone == "done" and session.heard_at and at - session.heard_at > silence),
        next_out=session.next_out,
        next_in=session.next_in,
        heard_at=session.heard_at,
        last_error=session.last_error,
        last_error_at=session.last_error_at,
        to_take=session.to_take,
        set_aside=session.set_aside,
        to_send=session.to_send,
        withheld=session.withheld,
    )


def _facts(session: FixSession) -> tuple[tuple[str, str], ...]:
    number = session.block_account or ""
    return (
        ("Custodian", session.get_custodian_display()),
        ("Connects to", f"{session.host}:{session.port}, {'TLS' if session.uses_tls else 'without TLS'}"),
        ("Our CompID", session.our_comp_id),
        ("Their CompID", session.their_comp_id),
        ("Heartbeat", f"{session.heartbeat_seconds} s"),
        ("Account for blocks", f"…{number[-4:]}" if number else "None"),
        ("Next number out", str(session.next_out)),
        ("Next number in", str(session.next_in)),
        ("Epoch", f"{session.epoch}{', the next logon begins another' if session.is_reset_wanted else ''}"),
    )


MESSAGE_DOORS = ("rebalancing:fix_message_again", "rebalancing:fix_message_settle")


def what(row: FixInbox) -> str:
    """A message in a line: what it says about which block."""
    try:
        read = reading.read(row.raw, broker=row.session.name)
    except reading.Unreadable:
        return f"Type {row.kind}"
    if isinstance(read, Report):
        price = "" if read.price is None else f" at {figures.share_price(read.price)}"
        traded = f" {figures.quantity(read.quantity)} {read.symbol}{price}" if read.quantity else ""
        return f"{read.kind.replace('_', ' ').capitalize()}{traded}, {read.reference}"
    if isinstance(read, reading.AllocationAnswer):
        return f"Allocation {read.state}, {read.reference}"
    return read.text


def _received(row: FixInbox, user: Any) -> Received:
    return Received(
        number=_number(row.epoch, row.number),
        what=what(row),
        text=masking.masked(row.raw),
        received_at=row.received_at,
        done_at=row.done_at,
        trouble=row.trouble,
        settled=row.settle_reason,
        links=doors.links(MESSAGE_DOORS, user, row) if inbox.is_set_aside(row) else (),
    )


def _sent(row: FixOutbox) -> Sent:
    return Sent(
        kind=row.get_kind_display(),
        reference=row.reference,
        made_at=row.made_at,
        sent_at=row.sent_at,
        number="" if row.number is None else _number(row.epoch, row.number),
        withheld_reason=row.withheld_reason,
        held_back_reason=row.held_back_reason,
        answer=row.answer[:1].upper() + row.answer[1:],
    )


def _number(epoch: int | None, number: int) -> str:
    """Numbers begin anew with each epoch; the first one needs no name."""
    return f"{number}" if epoch in (None, 1) else f"{number}, epoch {epoch}"
