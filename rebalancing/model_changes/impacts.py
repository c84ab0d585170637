"""Previews of a version: starting a run, claiming its households one by one, storing what each would do.

As with scans, PostgreSQL is the queue of record and a worker holds a lease with an attempt number: one that was
presumed dead and comes back late stores nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from clients.models import ModelVersion
from clients.policies import model_portfolios, model_trees, model_versions
from clients.securities import securities
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing import market_days
from rebalancing.model_changes import household_impacts
from rebalancing.models import ImpactItem, ImpactRun
from rebalancing.portfolios.market import Market

ATTEMPTS_MAX = 3
STALLED_AFTER = timedelta(seconds=30)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """One household of a preview, leased to one worker under one attempt number."""

    item_id: int
    attempt: int
    worker: str


class LeaseLost(Exception):
    """Another worker has taken this item over; nothing from this attempt may be stored."""


def start(version: ModelVersion, *, by: Actor, at: datetime) -> ImpactRun:
    """Start a preview over every open household that follows the model by name.

    Raises `BadInput` for a tree with faults or without closing prices, `Conflict` while a preview of it runs.
    """
    market_on = market_days.last_close(at)
    if not securities.has_prices_of(market_on):
        raise BadInput(
            f"No closing prices for {market_on} are on record.",
            "Load the custodian's price file of that day.",
        )
    if faults := model_trees.faults(model_trees.of(version)):
        raise BadInput(faults[0], " ".join(faults[1:]) or "Correct the draft first.")
    with transaction.atomic():
        locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if ImpactRun.objects.filter(version=locked, state=ImpactRun.State.RUNNING).exists():
            raise Conflict(
                "A preview of this version is running.", "Wait until it has finished, or cancel it."
            )
        run = ImpactRun.objects.create(
            version=locked,
            fingerprint=model_portfolios.fingerprint_of(locked),
            market_on=market_on,
            trade_on=market_days.trade_day(at),
            started_at=at,
            started_by_id=int(by.person_ref),
            heartbeat_at=at,
        )
        followers = model_versions.following(locked.model).filter(
            Q(household__closed_on=None) | Q(household__closed_on__gt=market_on)
        )
        ImpactItem.objects.bulk_create(
            ImpactItem(run=run, household_id=key)
            for key in followers.order_by("household").values_list("household", flat=True)
        )
        audit.record(
            audit.Action.MODEL_PREVIEWED,
            about=locked.model,
            by=by,
            at=at,
            version=locked.version,
            households=run.items.count(),
            fingerprint=run.fingerprint,
        )
    return run


def claim(*, worker: str, at: datetime) -> Claim | None:
    """Lease the next household that waits or whose lease ran out; None when there is nothing to do."""
    with transaction.atomic():
        while True:
            waiting = Q(state=ImpactItem.State.WAITING)
            abandoned = Q(state=ImpactItem.State.LEASED, lease_until__lt=at)
            item = (
                ImpactItem.objects.filter(waiting | abandoned, run__state=ImpactRun.State.RUNNING)
                .select_for_update(of=("self",), skip_locked=True)
                .order_by("run", "attempt", "pk")
                .first()
            )
            if item is None:
                return None
            if item.attempt < ATTEMPTS_MAX:
                break
            _fail(item, "Three attempts were started and no worker finished one.", at=at)
        item.state = ImpactItem.State.LEASED
        item.attempt += 1
        item.leased_to = worker
        item.lease_until = at + timedelta(seconds=settings.SCAN_LEASE_SECONDS)
        item.save(update_fields=["state", "attempt", "leased_to", "lease_until"])
        ImpactRun.objects.filter(pk=item.run_id).update(heartbeat_at=at)
    return Claim(item.pk, item.attempt, worker)


def preview(mine: Claim, at: datetime, *, markets: dict[date, Market] | None = None) -> None:
    """Work out the claimed household and store it. Raises `LeaseLost` when the attempt is no longer this worker's."""
    item = ImpactItem.objects.select_related("household", "run__version__model").get(pk=mine.item_id)
    run = item.run
    market = (markets if markets is not None else {}).setdefault(run.market_on, Market(run.market_on))
    before, after = household_impacts.sides(item.household, run.version, market=market, trade_on=run.trade_on)
    with transaction.atomic():
        stored = _held(mine).update(
            state=ImpactItem.State.DONE,
            lease_until=None,
            finished_at=at,
            error="",
            outcome_before=before.outcome,
            outcome_after=after.outcome,
            reason=after.reason,
            value=after.value,
            outside_before=before.outside,
            outside_after=after.outside,
            orders=after.orders,
            traded_before=before.traded,
            traded_after=after.traded,
            tax_before=before.tax,
            tax_after=after.tax,
        )
        if not stored:
            raise LeaseLost(f"Item {mine.item_id} is no longer leased to {mine.worker}.")


def put_back(mine: Claim, *, error: str, at: datetime) -> None:
    """After a failure: the household waits for its next attempt, or fails for good."""
    with transaction.atomic():
        item = _held(mine).select_for_update().first()
        if item is None:
            return
        if item.attempt >= ATTEMPTS_MAX:
            _fail(item, error, at=at)
        else:
            item.state, item.error, item.lease_until = ImpactItem.State.WAITING, error, None
            item.save(update_fields=["state", "error", "lease_until"])


def work(
    *, worker: str, now: Callable[[], datetime], households_max: int, until: datetime | None = None
) -> int:
    """Claim and work out households until none is left, the maximum is reached or the time is up.

    What a version's preview looks at never changes while it runs: a draft that is changed meanwhile makes the run old,
    and the page says so.
    """
    count = 0
    markets: dict[date, Market] = {}
    while count < households_max and (until is None or now() < until):
        mine = claim(worker=worker, at=now())
        if mine is None:
            break
        count += 1
        try:
            preview(mine, now(), markets=markets)
        except LeaseLost as lost:
            log.warning("impact.lease_lost", item=mine.item_id, attempt=mine.attempt, told=str(lost))
        except Exception as error:
            # The failure concerns this household alone and is shown with it.
            log.exception("impact.household_failed", item=mine.item_id, attempt=mine.attempt)
            put_back(mine, error=f"{type(error).__name__}: {error}"[:2000], at=now())
    complete_finished(at=now())
    return count


def complete_finished(*, at: datetime) -> int:
    """Close the runs that have nothing left to do; a second call finds none."""
    pending = ImpactItem.objects.filter(state__in=(ImpactItem.State.WAITING, ImpactItem.State.LEASED))
    running = ImpactRun.objects.filter(state=ImpactRun.State.RUNNING)
    done = running.exclude(pk__in=pending.values("run"))
    return done.update(state=ImpactRun.State.COMPLETED, finished_at=at, heartbeat_at=at)


def has_work() -> bool:
    """Whether a household of a running preview is left."""
    pending = (ImpactItem.State.WAITING, ImpactItem.State.LEASED)
    return ImpactItem.objects.filter(run__state=ImpactRun.State.RUNNING, state__in=pending).exists()


def cancel(run: ImpactRun, *, at: datetime) -> None:
    """Stop a preview: what is worked out stays. Raises `Conflict` when it has ended already."""
    with transaction.atomic():
        run = ImpactRun.objects.select_for_update().get(pk=run.pk)
        if run.state != ImpactRun.State.RUNNING:
            raise Conflict("This preview has ended already.", "There is nothing to cancel.")
        run.items.filter(state__in=(ImpactItem.State.WAITING, ImpactItem.State.LEASED)).update(
            state=ImpactItem.State.SKIPPED, finished_at=at, lease_until=None
        )
        run.state, run.finished_at = ImpactRun.State.CANCELLED, at
        run.save(update_fields=["state", "finished_at"])


def is_stalled(run: ImpactRun, *, at: datetime) -> bool:
    """Whether a running preview has made no progress for half a minute."""
    return run.state == ImpactRun.State.RUNNING and at - run.heartbeat_at > STALLED_AFTER


def progress(run: ImpactRun) -> dict[str, int]:
    """Items by state, straight from the queue of record."""
    counts = Counter(run.items.values_list("state", flat=True))
    return {state: counts.get(state, 0) for state in ImpactItem.State.values}


def _held(mine: Claim) -> QuerySet[ImpactItem]:
    return ImpactItem.objects.filter(
        pk=mine.item_id, attempt=mine.attempt, leased_to=mine.worker, state=ImpactItem.State.LEASED
    )


def _fail(item: ImpactItem, error: str, *, at: datetime) -> None:
    item.state, item.error, item.finished_at, item.lease_until = ImpactItem.State.FAILED, error, at, None
    item.save(update_fields=["state", "error", "finished_at", "lease_until"])
