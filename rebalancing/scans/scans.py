"""Scans: starting a run with one item a household, working it off, closing it, and how far it is.

Who reads which household is settled in `claims`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q, QuerySet

from clients.models import Household
from clients.securities import securities
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.models import ScanItem, ScanRun
from rebalancing.scans import claims, settling

STALLED_AFTER = timedelta(seconds=30)


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
    """Start a run over every open household, or over those `among` these keys (only on a person's request), or return the
    one the schedule has started already. The daily scan exists once per market day, however often it is started. A
    person's request is a new run.

    Raises `BadInput` when no prices are on record for that day, `Conflict` while another run of the day is still going.
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
            households = households.filter(pk__in=among) if among else households.none()
        count = _add_items(run, households)
        audit.record(
            audit.Action.SCAN_STARTED,
            about=run,
            by=by,
            at=at,
            scan=scan,
            market_on=market_on,
            households=count,
        )
    return run


def work(
    *,
    worker: str,
    now: Callable[[], datetime],
    do: claims.Work,
    run: ScanRun | None = None,
    households_max: int,
    until: datetime | None = None,
) -> int:
    """Settle what needs no full reading, and read the other households until none is left, the maximum is reached or the
    time is up; how many were read one by one.
    """
    settling.settle_due(now=now, run=run)
    count = 0
    while count < households_max and (until is None or now() < until):
        chunk = claims.take(
            worker=worker, at=now(), run=run, at_most=min(claims.CHUNK, households_max - count)
        )
        if not chunk:
            break
        count += claims.work_off(chunk, now=now, do=do, until=until)
    complete_finished(at=now())
    return count


def complete_finished(*, at: datetime) -> list[ScanRun]:
    """Close every run that has no household left to read; a second call finds none."""
    completed = []
    for key in list(ScanRun.objects.filter(state=ScanRun.State.RUNNING).values_list("pk", flat=True)):
        if claims.are_left(key):
            continue
        with transaction.atomic():
            run = ScanRun.objects.select_for_update().get(pk=key)
            if run.state != ScanRun.State.RUNNING or claims.are_left(key):
                continue
            run.state, run.finished_at, run.heartbeat_at = ScanRun.State.COMPLETED, at, at
            run.tally = progress(run)
            run.save(update_fields=["state", "finished_at", "heartbeat_at", "tally"])
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
    return dict(run.readings.order_by("outcome").values_list("outcome").annotate(Count("pk")))


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


def _add_items(run: ScanRun, households: QuerySet[Household]) -> int:
    """One waiting item for each of these households, made in the database; how many there are."""
    if households.query.is_empty():
        return 0
    chosen, values = households.order_by("pk").values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rebalancing_scanitem (run_id, household_id, state, attempt, leased_to, error)"  # noqa: S608
            f" SELECT %s, chosen.id, %s, 0, '', '' FROM ({chosen}) AS chosen (id)",
            [run.pk, ScanItem.State.WAITING, *values],
        )
        run.households = cursor.rowcount
    run.save(update_fields=["households"])
    return run.households


def _requested(market_on: date, *, code_version: str, user_id: int | None, at: datetime) -> ScanRun:
    # The number is read before anybody else's run is looked for: a run committed between the two is then seen, and one
    # committed later has taken the number.
    last = (
        ScanRun.objects.filter(scan=ScanRun.Scan.REQUESTED, market_on=market_on)
        .order_by("-sequence")
        .values_list("sequence", flat=True)
        .first()
    )
    going = (
        ScanRun.objects.select_for_update().filter(market_on=market_on, state=ScanRun.State.RUNNING).first()
    )
    if going is not None:
        raise Conflict("A scan of this day is still running.", "Wait until it has finished.")
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


def progress(run: ScanRun) -> dict[str, int]:
    """Items by state, straight from the queue of record, so that every page agrees."""
    return tallies([run])[run.pk]


def tallies(runs: Sequence[ScanRun]) -> dict[int, dict[str, int]]:
    """Items by state of each of these runs, by the run's key. A completed run has its own count; the items of others are
    counted in one query for all.
    """
    counted = {run.pk: dict.fromkeys(ScanItem.State.values, 0) | run.tally for run in runs}
    items = ScanItem.objects.filter(run__in=[run.pk for run in runs if not run.tally])
    for key, state, count in items.order_by().values_list("run", "state").annotate(Count("pk")):
        counted[key][state] = count
    return counted


def is_stalled(run: ScanRun, *, at: datetime) -> bool:
    """Whether a running scan has made no progress for half a minute."""
    seen = run.heartbeat_at or run.started_at
    return run.state == ScanRun.State.RUNNING and at - seen > STALLED_AFTER


def retry_failed(run: ScanRun, *, by: Actor, at: datetime) -> int:
    """Retry the failed households of a completed run in a run of their own."""
    with transaction.atomic():
        failed = Household.objects.filter(scan_items__run=run, scan_items__state=ScanItem.State.FAILED)
        if not failed.exists():
            raise Conflict("No household of this scan failed.", "There is nothing to retry.")
        again = _requested(run.market_on, code_version=run.code_version, user_id=None, at=at)
        count = _add_items(again, failed)
        audit.record(
            audit.Action.SCAN_STARTED,
            about=again,
            by=by,
            at=at,
            retry_of=run.public_id,
            households=count,
        )
    return count
