"""The audit trail: append-only and tamper-evident, with one event for every change.

`record` runs inside the transaction of the change it describes, as its **last** statement, because the chain
has one lock, which is held until the commit. A function in the database numbers, times and hashes the event
and is the only way to add one: the application's own database role cannot insert, change, delete or truncate
here. See docs/adr/0001-audit-chain.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from compliance.access import events_for
from compliance.actions import Action
from compliance.audit_trail import checkpoints, seals
from compliance.audit_trail.chain import BadEvent, Verification, verify
from compliance.audit_trail.seals import Fault, Seal, Thing
from compliance.digests import canonical
from compliance.models import AuditEvent, AuditEventQuerySet
from compliance.people.actors import Actor, ActorKind, Ref, ref

__all__ = [
    "Action",
    "Actor",
    "ActorKind",
    "BadEvent",
    "BrokenTrail",
    "Fault",
    "Ref",
    "Verification",
    "differences",
    "events_for",
    "lines_last",
    "record",
    "ref",
    "seal_what_was_there",
    "trail",
    "verify",
    "verify_and_record",
    "write_checkpoint",
]

_APPEND = (
    "SELECT seq, occurred_at, prev_hash, hash FROM compliance_audit_append("
    "%s::timestamptz, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text,"
    " %s::text, %s::text, %s::text, %s::text)"
)


_held_back: ContextVar[list[tuple[datetime, dict[str, str]]] | None] = ContextVar("_held_back", default=None)


COVERING = "covering"
"""The name under which an event's facts say for which absent colleague somebody acted."""
FAULTS_TOLD_MAX = 50
"""The most differences stored in the event of a check; the command prints them all."""


class BrokenTrail(Exception):
    """The chain does not verify or is empty, so no checkpoint can be written."""


@contextmanager
def lines_last(*, first: Callable[[], object] | None = None) -> Iterator[None]:
    """Collect the events recorded inside the block and append them in order when it ends.

    For work that continues after its first event: the chain's lock is then held only while the events are
    appended, so nobody else waits for a long import. Belongs inside the transaction. An inner block passes
    its events to the outer one; a block that fails drops them together with its savepoint. `first` is called at the
    end to record what comes before all of it, but could only be told afterwards.
    """
    outer = _held_back.get()
    own: list[tuple[datetime, dict[str, str]]] = []
    token = _held_back.set(own)
    try:
        yield
        if first is not None:
            told = len(own)
            first()
            own[:] = own[told:] + own[:told]
    finally:
        _held_back.reset(token)
    if outer is not None:
        outer.extend(own)
        return
    for at, values in own:
        _append(at, values)


def record(
    action: Action,
    *,
    about: object,
    by: Actor,
    at: datetime,
    sealing: Iterable[Thing] = (),
    **facts: object,
) -> AuditEvent | None:
    """Append one event to the trail and return it; None where `lines_last` defers it.

    `about` is a model row or a `Ref`; `at` the time the caller gives (the database adds its own clock, which
    is authoritative); `facts` whatever a reader needs later, exact values only. `sealing` names what was
    decided here, by kind and key: its values go on the trail (see `compliance.audit_trail.seals`). Where a person
    acts on a household in place of an absent colleague, the facts say so.

    Raises RuntimeError outside a transaction, because a change and its event must be committed together,
    and canonical.NotCanonical for facts without one exact text (floats, naive times).
    """
    if not connection.in_atomic_block:
        raise RuntimeError(
            f"audit.record({action}) needs transaction.atomic(): a change and its event belong in one transaction."
        )
    if sealed := seals.of(sealing):
        facts = {**facts, seals.KEY: sealed}
    thing = ref(about)
    if by.is_person and thing.household and (covering := _capacity()(by.person_ref, thing.household, at)):
        facts = {**facts, COVERING: covering}
    values = {
        "action": str(action),
        "actor_kind": str(by.kind),
        "person_ref": by.person_ref,
        "actor_label": by.label,
        "roles": ",".join(sorted(by.roles)),
        "session_ref": by.session_ref,
        "mfa_method": by.mfa_method,
        "request_id": by.request_id,
        "about_kind": thing.kind,
        "about_id": thing.id,
        "household_ref": thing.household,
        "facts": canonical.text(facts),
    }
    held_back = _held_back.get()
    if held_back is not None:
        held_back.append((at, values))
        return None
    return _append(at, values)


@cache
def _capacity() -> Callable[[str, str, datetime], str]:
    """Who says for whom somebody acts: a higher floor, which knows the books."""
    found: Callable[[str, str, datetime], str] = import_string(settings.AUDIT_CAPACITY)
    return found


def _append(at: datetime, values: dict[str, str]) -> AuditEvent:
    stated_at = canonical.moment_text(at)
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, [stated_at, *values.values()])
        row = cursor.fetchone()
    assert row is not None, "the append function always returns the event it wrote"
    seq, occurred_at, prev_hash, digest = row
    return AuditEvent(
        seq=seq, occurred_at=occurred_at, stated_at=at, prev_hash=prev_hash, hash=digest, **values
    )


def trail(*, about: object) -> AuditEventQuerySet:
    """The events about one thing, or about several given as a list or tuple, oldest first."""
    things: Iterable[object] = about if isinstance(about, (list, tuple)) else (about,)
    wanted = Q(pk__in=[])
    for thing in things:
        named = ref(thing)
        wanted |= Q(about_kind=named.kind, about_id=named.id)
    return AuditEvent.objects.filter(wanted).order_by("seq")


def differences(*, about: Iterable[object]) -> list[Fault]:
    """Differences between decided rows about these subjects and what the trail recorded of them."""
    sealed: dict[str, Seal] = {}
    told = trail(about=list(about)).filter(facts__contains=f'"{seals.KEY}":').order_by("seq")
    for seq, facts in told.values_list("seq", "facts"):
        sealed |= {key: Seal(seq, values) for key, values in seals.carried(facts).items()}
    return seals.compare(sealed, all_of_them=False)


def seal_what_was_there(*, by: Actor, at: datetime, chunk: int = 500) -> int:
    """Record on the trail, once, the present values of everything decided before events carried its seals.

    Part of the upgrade. A trail without any seal gets them all; one whose version did not yet seal a kind (`later`)
    gets that kind's. Once an event carries a seal of a kind, a row without one is a fault and stays one. Rows that an
    upgrade carried over from a table that is gone (`carried`) are sealed where they are now.
    """
    with transaction.atomic():
        events = AuditEvent.objects.all()
        if not events.exists():
            return 0
        if events.filter(facts__contains=f'"{seals.KEY}":{{').exists():
            things = [
                thing
                for kind in seals.later()
                if (found := seals.of_kind(kind))
                and not events.filter(facts__contains=f'"{kind.name}/').exists()
                for thing in found
            ]
            upgrades = events.filter(action=Action.RECORD_SEALED)
            things += [
                thing
                for kind in seals.kinds().values()
                if kind.carried and not upgrades.filter(facts__contains=f'"{kind.name}/').exists()
                for thing in seals.of_kind(kind, only=kind.carried)
            ]
        else:
            things = seals.everything()
        for start in range(0, len(things), chunk):
            record(
                Action.RECORD_SEALED,
                about=Ref("trail", "trail"),
                by=by,
                at=at,
                sealing=things[start : start + chunk],
                because="decided before events carried what was decided",
            )
    return len(things)


def verify_and_record(*, by: Actor, at: datetime) -> Verification:
    """Verify the whole trail and record the result, for the trail's page."""
    found = verify()
    bad = found.first_bad
    with transaction.atomic():
        record(
            Action.TRAIL_VERIFIED,
            about=Ref("trail", "trail"),
            by=by,
            at=at,
            intact=found.is_intact,
            last_seq=found.last_seq,
            last_hash=found.last_hash,
            first_bad_seq=bad.seq if bad else None,
            problem=bad.problem if bad else None,
            faults=[str(fault) for fault in found.faults[:FAULTS_TOLD_MAX]],
        )
    return found


def write_checkpoint(*, by: Actor, at: datetime) -> checkpoints.Checkpoint:
    """Verify the whole trail and write a checkpoint of its end, signed if the firm has a key.

    Raises BrokenTrail, naming the first bad event, when the chain is broken.
    """
    found = verify()
    if found.first_bad is not None:
        raise BrokenTrail(
            f"The trail is broken at event #{found.first_bad.seq}: {found.first_bad.problem}. "
            "Change nothing and compare with the last checkpoint."
        )
    if not found.events_count:
        raise BrokenTrail("The trail has no events yet, so there is nothing to checkpoint.")
    with transaction.atomic():
        mark = checkpoints.signed(found.last_seq, found.events_count, found.last_hash, at=at)
        row = checkpoints.keep(mark)
        record(
            Action.CHECKPOINT_WRITTEN,
            about=Ref("trail", "trail"),
            by=by,
            at=at,
            sealing=[("checkpoint", row.pk)],
            seq=mark.seq,
            root=mark.root,
            key_id=mark.key_id,
        )
    return mark
