"""Verifies the chain: whether every event is still as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from compliance.audit_trail import checkpoints, seals
from compliance.audit_trail.checkpoints import Checkpoint
from compliance.audit_trail.seals import Fault, Seal
from compliance.digests.fingerprint import netstring

FORMAT = "evenkeel-audit-1"
GENESIS = "0" * 64

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CHUNK = 5_000

# In the order the database function hashes them; `seq`, the two moments and `prev_hash` are added there.
HASHED_TEXTS = (
    "action",
    "actor_kind",
    "person_ref",
    "actor_label",
    "roles",
    "session_ref",
    "mfa_method",
    "request_id",
    "about_kind",
    "about_id",
    "household_ref",
    "facts",
)
# One statement is one snapshot, so an append in flight can never look like a gap.
_SELECT = (
    f"SELECT event.seq, occurred_at, stated_at, {', '.join(HASHED_TEXTS)}, prev_hash,"  # noqa: S608
    " event.hash, head.seq, head.hash"
    " FROM compliance_auditevent AS event LEFT JOIN compliance_audithead AS head ON head.id = 1 ORDER BY event.seq"
)
_SELECT_EMPTY = (
    "SELECT head.seq FROM compliance_audithead AS head"
    " WHERE head.seq > 0 AND NOT EXISTS (SELECT FROM compliance_auditevent)"
)
_SELECT_APPROVALS = """
    WITH told AS (
        SELECT seq, facts::jsonb ->> 'approval' AS approval, facts::jsonb ->> 'fingerprint' AS fingerprint,
               about_id AS review, person_ref
        FROM compliance_auditevent WHERE action = 'review.decided' AND facts::jsonb ->> 'approval' IS NOT NULL
    ), standing AS (
        SELECT approval.public_id AS approval, approval.fingerprint, review.public_id AS review,
               approval.approved_by_id::text AS person_ref
        FROM compliance_approval AS approval JOIN compliance_review AS review ON review.id = approval.review_id
    )
    SELECT told.seq, told.approval, standing.approval
    FROM told FULL JOIN standing USING (approval, fingerprint, review, person_ref)
    WHERE told.approval IS NULL OR standing.approval IS NULL ORDER BY told.seq LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class BadEvent:
    """The first event that is not as it was written, and what is wrong with it."""

    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying the whole trail and all decided rows.

    `first_bad` is None when everything agrees: events, head, checkpoints, and each decided row with its
    event. `faults` are the rows and documents that differ from what was recorded.
    """

    events_count: int
    last_seq: int
    last_hash: str
    checkpoints_count: int
    first_bad: BadEvent | None
    faults: tuple[Fault, ...] = ()
    sealed_count: int = 0

    @property
    def is_intact(self) -> bool:
        return self.first_bad is None


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC: the exact form in which a moment is hashed."""
    return (moment - _EPOCH) // _MICROSECOND


def digest(seq: int, occurred_at: datetime, stated_at: datetime, texts: Iterable[str], prev_hash: str) -> str:
    """The hash of one event, as the database function computes it."""
    parts = (FORMAT, str(seq), str(micros(occurred_at)), str(micros(stated_at)), *texts, prev_hash)
    return hashlib.sha256(b"".join(netstring(part) for part in parts)).hexdigest()


def verify(*, against: Iterable[Checkpoint] = ()) -> Verification:
    """Re-compute the whole chain; compare it with its head, every checkpoint and every decided row.

    `against` adds checkpoints kept outside the database: they reveal a truncated or completely rewritten
    chain, which a chain cannot show by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            # One snapshot of events and rows, so that a decision in between does not look like a forged row.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        stored = checkpoints.stored()
        marks = {mark.seq: mark for mark in stored}
        differing = [mark.seq for mark in against if marks.setdefault(mark.seq, mark).root != mark.root]
        walk = _Walk(marks)
        bad = walk.first_bad()
        faults: tuple[Fault, ...] = ()
        if bad is None:
            faults = (*seals.compare(walk.sealed, all_of_them=True), *seals.further_faults())
        approvals_bad = _approvals_problem(walk.seq)
    if bad is None and differing:
        bad = BadEvent(min(differing), "the checkpoint in the database differs from the one kept outside")
    bad = bad or _forged(marks.values()) or approvals_bad
    if bad is None and faults:
        bad = BadEvent(faults[0].seq or walk.seq + 1, str(faults[0]))
    return Verification(walk.seq, walk.seq, walk.hash, len(marks), bad, faults, len(walk.sealed))


class _Walk:
    """One pass over the chain, with its position."""

    def __init__(self, marks: Mapping[int, Checkpoint]) -> None:
        self.marks = marks
        self.seq = 0
        self.hash = GENESIS
        self.head: tuple[object, object] = (0, GENESIS)
        self.sealed: dict[str, Seal] = {}

    def first_bad(self) -> BadEvent | None:
        for row in _rows():
            if problem := self._problem(row):
                return BadEvent(self.seq + 1, problem)
            self.seq, self.hash, self.head = int(str(row[0])), str(row[-3]), (row[-2], row[-1])
            # The last event about a row counts, because a review's state changes.
            for key, values in seals.carried(row[-5]).items():
                self.sealed[key] = Seal(self.seq, values)
        return self._end()

    def _problem(self, row: tuple[Any, ...]) -> str | None:
        seq, occurred_at, stated_at, *texts, prev_hash, claimed, _, _ = row
        if seq != self.seq + 1:
            return f"event #{self.seq + 1} is missing; #{seq} comes next"
        if prev_hash != self.hash:
            return "it does not follow the event before it"
        if digest(seq, occurred_at, stated_at, texts, prev_hash) != claimed:
            return "its content does not match its hash"
        mark = self.marks.get(seq)
        if mark is not None and mark.root != claimed:
            return "it differs from the checkpoint written at this point"
        return None

    def _end(self) -> BadEvent | None:
        if self.head != (self.seq, self.hash) or (self.seq == 0 and _events_are_gone()):
            return BadEvent(self.seq + 1, "the chain does not end where its head says it does")
        cut = [mark for mark in self.marks if mark > self.seq]
        if cut:
            return BadEvent(
                self.seq + 1, f"a checkpoint names event #{max(cut)}, but the chain ends before it"
            )
        return None


def _forged(marks: Iterable[Checkpoint]) -> BadEvent | None:
    forged = [mark.seq for mark in marks if not checkpoints.signature_holds(mark)]
    return BadEvent(min(forged), "the checkpoint's signature does not match our key") if forged else None


def _approvals_problem(last_seq: int) -> BadEvent | None:
    """Checks that each approval has its event and each such event its approval, with the same fingerprint."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT_APPROVALS)
        row = cursor.fetchone()
    if row is None:
        return None
    seq, said, stands = row
    if stands is None:
        return BadEvent(seq, f"it records approval {said}, which is not in the database as it was given")
    return BadEvent(last_seq + 1, f"approval {stands} is in the database, but no event records it")


def _events_are_gone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT_EMPTY)
        return cursor.fetchone() is not None


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_SELECT)
        while rows := cursor.fetchmany(_CHUNK):
            yield from rows
