"""Scans: starting a run, claiming its households one by one, and writing each household's reading.

PostgreSQL is the queue of record; a Celery message only says that there is work. A worker claims an item by
taking its lease and an attempt number. Finishing requires that same attempt number: a worker that was
presumed dead and comes back late changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from clients.models import Household
from clients.securities import securities
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.models import Reading, ScanItem, ScanRun

ATTEMPTS_MAX = 3
RETRY_AFTER = timedelta(seconds=5)
STALLED_AFTER = timedelta(seconds=30)

log = structlog.get_logger(__name__)

Work = Callable[["Claim", datetime], object]
"""What to do with a claimed household: `readings.read`, or a test's substitute."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One household of a run, leased to one worker under one attempt number."""

    item_id: int
    run_id: int
    household_id: int
    attempt: int
    worker: str


class LeaseLost(Exception):
    """Another worker has taken this item over; nothing from this attempt may be stored."""


def start(
    *,
    scan: str,
    market_on: date,
    code_version: str,
    user_id: int | None,
    among: Collection[int] | None = None,
    by: Actor,
    at: datetime,
) -> ScanRun:
    """Start a run over every open household, or over those `among` these keys (only on a person's request), or return the one the schedule has started already. The daily
    scan exists once per market day, however often it is started. A person's request is a new run. Raises
    `BadInput` when no prices are on record for that day, `Conflict` while another run of the day is still
    going.
    """
    if not securities.has_prices_of(market_on):
        raise BadInput(
            f"No closing prices for {market_on} are on record.",
            "Load the custodian's price file of that day first.",
        )
    with transaction.atomic():
        if scan == ScanRun.Scan.DAILY:
            run, is_new = ScanRun.objects.get_or_create(
                scan=scan,
                market_on=market_on,
                sequence=0,
                defaults={
                    "started_at": at,
                    "heartbeat_at": at,
                    "code_version": code_version,
                    "started_by_id": user_id,
                },
            )
            if not is_new:
                return run
        else:
            run = _requested(market_on, code_version=code_version, user_id=user_id, at=at)
        households = Household.objects.filter(Q(closed_on=None) | Q(closed_on__gt=market_on))
        if among is not None:
            assert scan == ScanRun.Scan.REQUESTED, "the daily scan measures every household"
            households = households.filter(pk__in=among)
        ScanItem.objects.bulk_create(
            ScanItem(run=run, household_id=key)
            for key in households.values_list("pk", flat=True).order_by("pk")
        )
        audit.record(
            audit.Action.SCAN_STARTED,
            about=run,
            by=by,
            at=at,
            scan=scan,
            market_on=market_on,
            households=run.items.count(),
        )
    return run


def claim(*, worker: str, at: datetime, run: ScanRun | None = None) -> Claim | None:
    """Lease the next household that waits or whose lease ran out; None when there is nothing to do.

    An item that was tried `ATTEMPTS_MAX` times without result is failed instead of leased again, so that one
    household that kills its worker cannot stop the others.
    """
    with transaction.atomic():
        open_items = ScanItem.objects.filter(run__state=ScanRun.State.RUNNING)
        if run is not None:
            open_items = open_items.filter(run=run)
        waiting = Q(state=ScanItem.State.WAITING) & (Q(retry_at=None) | Q(retry_at__lte=at))
        abandoned = Q(state=ScanItem.State.LEASED, lease_until__lt=at)
        item = (
            open_items.filter(waiting | abandoned)
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("run", "attempt", "pk")
            .first()
        )
        if item is None:
            return None
        if item.attempt >= ATTEMPTS_MAX:
            _give_up(item, "Three attempts were started and no worker finished one.", at=at)
            return claim(worker=worker, at=at, run=run)
        item.state = ScanItem.State.LEASED
        item.attempt += 1
        item.leased_to = worker
        item.lease_until = at + timedelta(seconds=settings.SCAN_LEASE_SECONDS)
        item.save(update_fields=["state", "attempt", "leased_to", "lease_until"])
        ScanRun.objects.filter(pk=item.run_id).update(heartbeat_at=at)
    return Claim(item.pk, item.run_id, item.household_id, item.attempt, worker)


def finish(mine: Claim, *, at: datetime) -> None:
    """Mark the household as done, inside the transaction that writes its reading.

    Raises `LeaseLost` when the attempt is no longer this worker's; the caller's transaction then rolls back.
    """
    done = ScanItem.objects.filter(
        pk=mine.item_id, attempt=mine.attempt, leased_to=mine.worker, state=ScanItem.State.LEASED
    ).update(state=ScanItem.State.DONE, finished_at=at, lease_until=None, error="")
    if not done:
        raise LeaseLost(
            f"Item {mine.item_id} is no longer leased to {mine.worker} in attempt {mine.attempt}."
        )


def skip(mine: Claim, *, at: datetime) -> None:
    """Leave out a household that was closed while the run was going on. Raises `LeaseLost` as `finish` does."""
    finish(mine, at=at)
    ScanItem.objects.filter(pk=mine.item_id).update(state=ScanItem.State.SKIPPED)


def put_back(mine: Claim, *, error: str, at: datetime) -> None:
    """After a failure: schedule the household's next attempt, or fail it for good."""
    with transaction.atomic():
        item = (
            ScanItem.objects.select_for_update()
            .filter(pk=mine.item_id, attempt=mine.attempt, leased_to=mine.worker, state=ScanItem.State.LEASED)
            .first()
        )
        if item is None:
            return
        if item.attempt >= ATTEMPTS_MAX:
            _give_up(item, error, at=at)
            return
        item.state, item.error, item.lease_until = ScanItem.State.WAITING, error, None
        item.retry_at = at + RETRY_AFTER * item.attempt
        item.save(update_fields=["state", "error", "lease_until", "retry_at"])


def work(
    *,
    worker: str,
    now: Callable[[], datetime],
    do: Work,
    run: ScanRun | None = None,
    households_max: int,
    until: datetime | None = None,
) -> int:
    """Claim and read households until none is left, the maximum is reached or the time is up.

    One household's failure does not stop the others: it is logged and put back, and the next one is claimed.
    """
    count = 0
    while count < households_max and (until is None or now() < until):
        mine = claim(worker=worker, at=now(), run=run)
        if mine is None:
            break
        count += 1
        try:
            do(mine, now())
        except LeaseLost as lost:
            log.warning("scan.lease_lost", item=mine.item_id, attempt=mine.attempt, told=str(lost))
        except Exception as error:
            # The failure concerns this household alone and is shown with it.
            log.exception("scan.household_failed", item=mine.item_id, attempt=mine.attempt)
            put_back(mine, error=f"{type(error).__name__}: {error}"[:2000], at=now())
    complete_finished(at=now())
    return count


def complete_finished(*, at: datetime) -> list[ScanRun]:
    """Close every run that has no household left to read; a second call finds none."""
    completed = []
    for key in ScanRun.objects.filter(state=ScanRun.State.RUNNING).values_list("pk", flat=True):
        with transaction.atomic():
            run = ScanRun.objects.select_for_update().get(pk=key)
            pending = run.items.filter(state__in=(ScanItem.State.WAITING, ScanItem.State.LEASED))
            if run.state != ScanRun.State.RUNNING or pending.exists():
                continue
            run.state, run.finished_at, run.heartbeat_at = ScanRun.State.COMPLETED, at, at
            run.save(update_fields=["state", "finished_at", "heartbeat_at"])
            audit.record(
                audit.Action.SCAN_COMPLETED,
                about=run,
                by=Actor.system("scan"),
                at=at,
                sealing=[("readings", run.pk), ("looked_at", run.pk)],
                outcomes=outcomes(run),
                readings_digest=readings_digest(run),
            )
            completed.append(run)
    return completed


def cancel(run: ScanRun, *, by: Actor, at: datetime) -> ScanRun:
    """Stop a run: households in progress are finished, waiting ones are skipped.

    Raises `Conflict` when the run has ended already.
    """
    with transaction.atomic():
        run = ScanRun.objects.select_for_update().get(pk=run.pk)
        if run.state != ScanRun.State.RUNNING:
            raise Conflict("This scan has ended already.", "There is nothing to cancel.")
        skipped = run.items.filter(state=ScanItem.State.WAITING).update(
            state=ScanItem.State.SKIPPED, finished_at=at
        )
        run.state, run.finished_at = ScanRun.State.CANCELLED, at
        run.save(update_fields=["state", "finished_at"])
        audit.record(audit.Action.SCAN_FAILED, about=run, by=by, at=at, because="cancelled", skipped=skipped)
    return run


def outcomes(run: ScanRun) -> dict[str, int]:
    """How many households have which outcome."""
    return dict(sorted(Counter(run.readings.values_list("outcome", flat=True)).items()))


def readings_digest(run: ScanRun) -> str:
    """One digest over every reading of a run, so that one audit event covers them all."""
    whole = hashlib.sha256()
    told = run.readings.order_by("household__public_id").values_list(
        "household__public_id", "outcome", "reason", "input_digest"
    )
    for parts in told:
        for part in parts:
            data = part.encode()
            whole.update(b"%d:%b," % (len(data), data))
    return whole.hexdigest()


def _requested(market_on: date, *, code_version: str, user_id: int | None, at: datetime) -> ScanRun:
    going = (
        ScanRun.objects.select_for_update().filter(market_on=market_on, state=ScanRun.State.RUNNING).first()
    )
    if going is not None:
        raise Conflict("A scan of this day is still running.", "Wait until it has finished.")
    last = (
        ScanRun.objects.filter(scan=ScanRun.Scan.REQUESTED, market_on=market_on)
        .order_by("-sequence")
        .values_list("sequence", flat=True)
        .first()
    )
    try:
        with transaction.atomic():
            return ScanRun.objects.create(
                scan=ScanRun.Scan.REQUESTED,
                market_on=market_on,
                sequence=(last or 0) + 1,
                started_at=at,
                heartbeat_at=at,
                code_version=code_version,
                started_by_id=user_id,
            )
    except IntegrityError:
        # Somebody else started a scan at the same moment; their run was committed while ours waited for its
        # number.
        raise Conflict("A scan of this day is still running.", "Wait until it has finished.") from None


def _give_up(item: ScanItem, error: str, *, at: datetime) -> None:
    """Fail a household for good, with a reading that says so."""
    item.state, item.error, item.finished_at = ScanItem.State.FAILED, error, at
    item.lease_until = None
    item.save(update_fields=["state", "error", "finished_at", "lease_until"])
    Reading.objects.get_or_create(
        run_id=item.run_id,
        household_id=item.household_id,
        defaults={
            "outcome": Reading.Outcome.FAILED,
            "reason": "This household could not be processed because of a software error. The next scan tries again.",
            "read_at": at,
        },
    )


def progress(run: ScanRun) -> dict[str, int]:
    """Items by state, straight from the queue of record, so that every page agrees."""
    counts = Counter(run.items.values_list("state", flat=True))
    return {state: counts.get(state, 0) for state in ScanItem.State.values}


def is_stalled(run: ScanRun, *, at: datetime) -> bool:
    """Whether a running scan has made no progress for half a minute."""
    seen = run.heartbeat_at or run.started_at
    return run.state == ScanRun.State.RUNNING and at - seen > STALLED_AFTER


def retry_failed(run: ScanRun, *, by: Actor, at: datetime) -> int:
    """Retry the failed households of a completed run in a run of their own."""
    with transaction.atomic():
        failed = list(run.items.filter(state=ScanItem.State.FAILED).values_list("household_id", flat=True))
        if not failed:
            raise Conflict("No household of this scan failed.", "There is nothing to retry.")
        again = _requested(run.market_on, code_version=run.code_version, user_id=None, at=at)
        ScanItem.objects.bulk_create(ScanItem(run=again, household_id=key) for key in failed)
        audit.record(
            audit.Action.SCAN_STARTED,
            about=again,
            by=by,
            at=at,
            retry_of=run.public_id,
            households=len(failed),
        )
    return len(failed)
