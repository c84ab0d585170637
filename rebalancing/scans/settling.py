"""The first step of a run: every household that needs no full reading is read at once, from arrays of the firm's facts.

The facts are one snapshot of the record, and their readings say its moment. They are stored in slices, each in a
transaction of its own with the items that it settles: a worker that is killed on the way has stored whole slices and nothing
else; the next one reads the firm anew and settles what still waits. A household that changed between the snapshot and its
slice is left to the full reading: every change of the record has its line on the audit trail, committed with it, and
mergers and splits hold the household. After a change that may concern the whole firm, such as a file that was loaded, the
firm is read anew. What `ATTEMPTS_MAX` tries do not settle is left to the full readings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, Q

from clients.models import Household
from compliance import public_ids
from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent
from rebalancing import market_days
from rebalancing.firm_scan import facts, settled
from rebalancing.firm_scan.settled import SettledReading
from rebalancing.models import Reading, ScanItem, ScanRun

ATTEMPTS_MAX = 3
HOUSEHOLDS_MIN = 50
"""Runs over fewer are read one by one: the firm is not read for the sake of a few."""
SLICE = 5_000
"""A fraction of a second to store: nothing is held for longer, and the figures on the scan's page move on."""

log = structlog.get_logger(__name__)

COLUMNS = (
    *(
        "household_id",
        "outcome",
        "reason",
        "value",
        "worst_drift",
        "worst_class",
        "outside_value",
        "measures",
    ),
    *("account_weights", "triggers", "holds", "looked", "input_digest", "prices_as_of_on"),
)
"""What `SettledReading` says of a reading, by the columns of its table."""
VALUES = attrgetter(*COLUMNS)

LEAVES_ALL_AS_IT_IS = (
    *(
        "user.",
        "sessions.",
        "password.",
        "factor.",
        "invitation.",
        "role.",
        "token.",
        "access.",
        "data.",
        "view.",
    ),
    *("event.", "scan.", "alarm."),
)
"""Acts that change nothing of what a reading asks for."""
ONLY_LOOKED = frozenset(
    {
        *(Action.HOUSEHOLD_VIEWED, Action.ACCOUNT_VIEWED, Action.PROPOSAL_VIEWED),
        *(Action.TRADES_TICKED, Action.TRADES_UNTICKED),
        *(Action.SUMMARY_VIEWED, Action.FILE_RECEIVED, Action.FILE_RECOGNIZED, Action.FILE_REFUSED),
    }
)
OF_SEVERAL = frozenset({Action.HOUSEHOLD_MERGED, Action.HOUSEHOLD_SPLIT, Action.ACCOUNT_MOVED})
"""Acts on more households than their line names."""


class FirmChanged(Exception):
    """Something that may concern every household changed since the firm was read."""


class HouseholdsChanged(Exception):
    """These households, by key, changed since the firm was read."""

    def __init__(self, keys: Collection[int]) -> None:
        super().__init__(f"{len(keys)} households changed while the firm was read.")
        self.keys = frozenset(keys)


class Overtaken(Exception):
    """Another worker has begun this step anew, or the run was canceled; nothing more of this attempt may be stored."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one worker to settle the households of a run."""

    run_id: int
    number: int


def settle_due(*, now: Callable[[], datetime], run: ScanRun | None = None) -> int:
    """Settle what can be settled at once in each run that has not come to it yet; how many households were.

    Nothing of a run is offered to workers before this step is over (`claims.take`).
    """
    runs = ScanRun.objects.filter(state=ScanRun.State.RUNNING, settled_at=None)
    if run is not None:
        runs = runs.filter(pk=run.pk)
    return sum(_settle(one, now=now) for one in runs.order_by("pk"))


def _settle(run: ScanRun, *, now: Callable[[], datetime]) -> int:
    count = 0
    while mine := _begin(run, at=now()):
        try:
            count += _attempt(run, mine, now=now)
        except FirmChanged:
            log.warning("scan.firm_changed", run=run.pk, attempt=mine.number)
            _let_go(mine)
        except Overtaken:
            log.warning("scan.settling_overtaken", run=run.pk, attempt=mine.number)
            return count
        except Exception:
            # The full readings take every household that this step could not settle.
            log.exception("scan.settling_failed", run=run.pk, attempt=mine.number)
            _let_go(mine)
        else:
            _done(run, at=now())
            return count
    return count


def _begin(run: ScanRun, *, at: datetime) -> Attempt | None:
    """Take this step of a run, where nobody has it and there is a try left; without one, it is over."""
    if run.households < HOUSEHOLDS_MIN:
        _done(run, at=at)
        return None
    with transaction.atomic():
        waits = ScanRun.objects.filter(pk=run.pk, state=ScanRun.State.RUNNING, settled_at=None)
        free = waits.filter(Q(settle_until=None) | Q(settle_until__lt=at)).select_for_update(skip_locked=True)
        found = free.first()
        if found is None:
            return None
        if found.settle_attempt >= ATTEMPTS_MAX:
            waits.update(settled_at=at, settle_until=None, heartbeat_at=at)
            return None
        waits.update(settle_attempt=F("settle_attempt") + 1, settle_until=at + _lease(), heartbeat_at=at)
        return Attempt(run.pk, found.settle_attempt + 1)


def _attempt(run: ScanRun, mine: Attempt, *, now: Callable[[], datetime]) -> int:
    at = now()
    with _one_snapshot():
        since = AuditEvent.objects.aggregate(last=Max("seq"))["last"] or 0
        firm = facts.read(market_on=run.market_on, trade_on=market_days.trade_day(at))
        found = settled.settled(firm)
        slices = _slices(found.readings())
        # What they are told from is read with the first of them; the others are told one slice after the other.
        first = next(slices, [])
    count = 0
    for one in chain([first], slices):
        count += _store(one, mine, since=since, read_at=at, now=now)
    log.info("scan.settled", run=run.pk, settled=count, left=found.left)
    return count


def _slices(readings: Iterator[SettledReading]) -> Iterator[list[SettledReading]]:
    held: list[SettledReading] = []
    for reading in readings:
        held.append(reading)
        if len(held) == SLICE:
            yield held
            held = []
    if held:
        yield held


def _store(
    readings: Sequence[SettledReading],
    mine: Attempt,
    *,
    since: int,
    read_at: datetime,
    now: Callable[[], datetime],
) -> int:
    """Store a slice and settle its items; households that changed meanwhile are left out of it."""
    while readings:
        try:
            return _stored(readings, mine, since=since, read_at=read_at, at=now())
        except HouseholdsChanged as changed:
            readings = [one for one in readings if one.household_id not in changed.keys]
    return 0


def _stored(
    readings: Sequence[SettledReading], mine: Attempt, *, since: int, read_at: datetime, at: datetime
) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        still = ScanRun.objects.filter(
            pk=mine.run_id, settle_attempt=mine.number, state=ScanRun.State.RUNNING, settled_at=None
        ).select_for_update()
        if not still:
            raise Overtaken
        still.update(settle_until=at + _lease(), heartbeat_at=at)
        keys = [one.household_id for one in readings]
        # A merger or a split holds this lock, and waits for those who hold it: one of both sees the other.
        cursor.execute(
            "WITH held AS (SELECT id FROM clients_household WHERE id = ANY(%s) AND merged_into_id IS NULL"
            " FOR SHARE SKIP LOCKED) UPDATE rebalancing_scanitem AS item SET state = %s, attempt = 1, finished_at = %s"
            " FROM held WHERE item.run_id = %s AND item.household_id = held.id AND item.state = %s AND item.attempt = 0"
            " RETURNING item.household_id",
            [keys, ScanItem.State.DONE, at, mine.run_id, ScanItem.State.WAITING],
        )
        taken = {key for (key,) in cursor.fetchall()}
        table = Reading._meta.db_table
        with cursor.copy(
            f"COPY {table} (public_id, run_id, read_at, {', '.join(COLUMNS)}) FROM STDIN"
        ) as copy:
            stored = [one for one in readings if one.household_id in taken]
            for public_id, one in zip(public_ids.several("re", len(stored)), stored, strict=True):
                copy.write_row((public_id, mine.run_id, read_at, *VALUES(one)))
        # What the rows refer to is looked up now, so that as little as can be lies between the next question and the commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if changed := _changed(since) & taken:
            raise HouseholdsChanged(changed)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return len(taken)


def _changed(since: int) -> set[int]:
    """The households that changed after this line of the trail; raises `FirmChanged` where it may be any."""
    events = AuditEvent.objects.filter(seq__gt=since).values_list("action", "household_ref")
    named = set()
    for action, household in events:
        if action in ONLY_LOOKED or action.startswith(LEAVES_ALL_AS_IT_IS):
            continue
        if not household or action in OF_SEVERAL:
            raise FirmChanged
        named.add(household)
    return set(Household.objects.filter(public_id__in=named).values_list("pk", flat=True)) if named else set()


def _let_go(mine: Attempt) -> None:
    ScanRun.objects.filter(pk=mine.run_id, settle_attempt=mine.number).update(settle_until=None)


def _done(run: ScanRun, *, at: datetime) -> None:
    ScanRun.objects.filter(pk=run.pk, settled_at=None).update(
        settled_at=at, settle_until=None, heartbeat_at=at
    )


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Everything read inside is as it stood at one moment. Inside another transaction, that one's rules hold."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _lease() -> timedelta:
    """Longer than a household's: the whole firm is read under it."""
    return timedelta(seconds=2 * settings.SCAN_LEASE_SECONDS)
