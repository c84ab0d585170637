"""The pipeline's jobs. Each pulls its work from the database, may run twice and may be killed at any point."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction

from clients.models import ModelVersion
from clients.securities import securities
from compliance import clock
from compliance.broker import notifications
from compliance.firm import firm_settings
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.client_reports import telling
from rebalancing.execution import closing, filled_files, releases, untraded
from rebalancing.fills import fills, held_back
from rebalancing.fix import allocations, inbox, outbox
from rebalancing.model_changes import impacts
from rebalancing.models import ImpactRun, ReplayRun, Revision, ScanRun
from rebalancing.monitors import alarms
from rebalancing.proposals import approval_batches, proposals, replay_runs
from rebalancing.reconciliation import reconciling
from rebalancing.scans import claims, readings, renewals, scans, settling, timetable

HOUSEHOLDS_A_TASK = 25
"""Large enough that the message overhead is negligible, small enough that a task stays short."""

WORK_SECONDS = 40


def notify_workers() -> None:
    """Tell the workers that there is work. If the broker is unavailable, the sweep notifies them later."""
    for _ in range(settings.WORKER_CONCURRENCY):
        if not notifications.notify(work_scans, queue="scan"):
            return


@shared_task(name="rebalancing.tick")
def tick(**_: object) -> None:
    """Start the day's scan when the firm's timetable says so and its closing prices are on record."""
    at = clock.now()
    day = market_days.last_close(at)
    if not timetable.is_due(day, firm_settings.in_force(on=day), at=at):
        return
    if not securities.has_prices_of(day):
        return
    if ScanRun.objects.filter(scan=ScanRun.Scan.DAILY, market_on=day, sequence=0).exists():
        return
    # What the morning's files confirm is known before any household is read.
    reconciling.run(at=at)
    start(scan=ScanRun.Scan.DAILY, by=Actor.system("timetable"), user_id=None)


def start(*, scan: str, by: Actor, user_id: int | None, among: Collection[int] | None = None) -> ScanRun:
    """Start a scan of the latest closing prices and notify workers when it is committed."""
    at = clock.now()
    with transaction.atomic():
        run = scans.start(
            scan=scan,
            market_on=market_days.last_close(at),
            code_version=settings.VERSION,
            user_id=user_id,
            among=among,
            by=by,
            at=at,
        )
        transaction.on_commit(notify_workers, robust=True)
    return run


@shared_task(name="rebalancing.work_scans")
def work_scans(**_: object) -> None:
    """Settle what a new run can settle at once, and read households until none is left or the time is up; then queue another
    turn. While one worker settles, the others are not needed: they are told once there is work for them.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}"
    until = clock.now() + timedelta(seconds=WORK_SECONDS)
    if settling.settle_due(now=clock.now):
        notify_workers()
    count = scans.work(
        worker=worker,
        now=clock.now,
        do=readings.reader_for_turn(),
        households_max=HOUSEHOLDS_A_TASK,
        until=until,
    )
    if count:
        notifications.notify(work_scans, queue="scan")


def preview(version: ModelVersion, *, by: Actor) -> ImpactRun:
    """Start a preview of what a version would mean and notify workers when it is committed."""
    with transaction.atomic():
        run = impacts.start(version, by=by, at=clock.now())
        transaction.on_commit(notify_preview_workers, robust=True)
    return run


def notify_preview_workers() -> None:
    """Tell the workers that a preview waits. If the broker is unavailable, the sweep notifies them later."""
    for _ in range(settings.WORKER_CONCURRENCY):
        if not notifications.notify(work_impacts, queue="proposal"):
            return


@shared_task(name="rebalancing.work_impacts")
def work_impacts(**_: object) -> None:
    """Work out households of previews until none is left or the time is up; then queue another turn."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    until = clock.now() + timedelta(seconds=WORK_SECONDS)
    if impacts.work(worker=worker, now=clock.now, households_max=HOUSEHOLDS_A_TASK, until=until):
        notifications.notify(work_impacts, queue="proposal")


def ask_replay(revision: Revision, *, by: Actor) -> ReplayRun:
    """Ask for a replay: worked out now where the household is small, else by a worker who is told once it is committed."""
    run = replay_runs.ask(revision, by=by, at=clock.now())
    if replay_runs.is_small(revision):
        replay_runs.answer(run, by=by, at=clock.now())
        return run
    transaction.on_commit(notify_replay_workers, robust=True)
    return run


def notify_replay_workers() -> None:
    """Tell a worker that a replay waits. If the broker is unavailable, the sweep notifies it later."""
    notifications.notify(work_replays, queue="proposal")


@shared_task(name="rebalancing.work_replays")
def work_replays(**_: object) -> None:
    """Work replays out until none waits or the time is up; then queue another turn."""
    until = clock.now() + timedelta(seconds=WORK_SECONDS)
    if replay_runs.work(now=clock.now, until=until):
        notifications.notify(work_replays, queue="proposal")


@shared_task(name="rebalancing.renew")
def renew(**_: object) -> None:
    """Bring open proposals to the last closing prices on market days that the timetable does not scan; the scan does so
    itself. A proposal that was renewed, or that a person acted on, is left alone the second time.
    """
    at = clock.now()
    day = market_days.last_close(at)
    figures = firm_settings.in_force(on=day)
    if timetable.is_scan_day(day, figures) or at < timetable.starts_at(day, figures):
        return
    until = at + timedelta(seconds=WORK_SECONDS)
    for proposal in renewals.due(day, at=at):
        if clock.now() >= until:
            return
        renewals.renew(proposal, by=Actor.system("repricing"), at=clock.now())


@shared_task(name="rebalancing.reconcile")
def reconcile(**_: object) -> None:
    """Compare the accounts whose custodian's file is new with our book; a second run finds none."""
    reconciling.run(at=clock.now())


def notify_of_reports() -> None:
    """Tell a worker that brokers have sent something. If the broker is unavailable, the sweep notifies it later."""
    notifications.notify(take_reports, queue="proposal")


@shared_task(name="rebalancing.take_reports")
def take_reports(**_: object) -> None:
    """Hand what brokers sent to the desk's books, in order; what is left for another turn is queued again."""
    taken = inbox.take_waiting(fills.take, now=clock.now)
    allocations.send(at=clock.now())
    held_back.ask(at=clock.now())
    if taken and inbox.has_work():
        notify_of_reports()


@shared_task(name="rebalancing.watch")
def watch(**_: object) -> None:
    """Ask the monitors: raise what is new, end what is gone. Twice is as good as once."""
    alarms.watch(by=Actor.system("monitors"), at=clock.now())


def notify_approvals() -> None:
    """Tell a worker that approvals wait. If the broker is unavailable, the schedule finds them seconds later."""
    notifications.notify(send_orders, queue="system")


def notify_release() -> None:
    """Tell a worker that a release waits. If the broker is unavailable, the schedule finds it seconds later."""
    notifications.notify(send_orders, queue="system")


@shared_task(name="rebalancing.send_orders")
def send_orders(**_: object) -> None:
    """Finish approvals in batches and releases that were left, let blocks go whose moment has come, end orders that nobody
    heard of, write what was filled for custodians that are told, and tell the clients whose orders have ended.
    """
    approval_batches.carry_on_all(now=clock.now, until=clock.now() + timedelta(seconds=WORK_SECONDS))
    releases.carry_on_all(now=clock.now, until=clock.now() + timedelta(seconds=WORK_SECONDS))
    closing.leave_due(by=Actor.system("orders"), at=clock.now())
    untraded.time_out(by=Actor.system("orders"), at=clock.now())
    filled_files.write_due(by=Actor.system("orders"), at=clock.now())
    telling.tell_due(
        by=Actor.system("client reports"),
        now=clock.now,
        until=clock.now() + timedelta(seconds=WORK_SECONDS),
    )


@shared_task(name="rebalancing.sweep")
def sweep(**_: object) -> None:
    """Requeue what a dead worker left, close finished runs, close expired proposals."""
    at = clock.now()
    scans.complete_finished(at=at)
    impacts.complete_finished(at=at)
    if impacts.has_work():
        notify_preview_workers()
    proposals.expire_due(by=Actor.system("sweep"), at=at)
    if inbox.has_work() or allocations.unsent().exists() or outbox.held_back():
        notify_of_reports()
    if replay_runs.has_work(at=at):
        notify_replay_workers()
    if claims.are_left():
        notify_workers()
