"""Which worker reads which households of a run: taken in chunks, kept while they are worked on, settled one by one.

PostgreSQL is the queue of record; a Celery message only says that there is work. A worker takes households by a lease and
an attempt number. Finishing requires that same attempt number: a worker that was presumed dead and comes back late changes
nothing. Taking a chunk costs the same however many households wait: each of its three questions has an index of its
own that holds nothing but its answer.

Households that nobody has tried yet are taken many at a time. One that was tried is taken alone: if it is what killed the
worker, the others of its chunk are out of its reach from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from rebalancing.models import Reading, ScanItem, ScanRun

CHUNK = 25
"""Large enough that taking and messaging cost next to nothing, small enough that a killed worker leaves little behind."""
ATTEMPTS_MAX = 3
RETRY_AFTER = timedelta(seconds=5)

log = structlog.get_logger(__name__)

State = ScanItem.State
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


def take(*, worker: str, at: datetime, run: ScanRun | None = None, at_most: int = CHUNK) -> list[Claim]:
    """Lease the next households: a chunk that nobody has tried, or one whose lease ran out or that failed before; empty
    when there is nothing to do.

    A household that was tried `ATTEMPTS_MAX` times without result is failed instead of leased again, so that one that
    kills its worker cannot stop the others.
    """
    runs = ScanRun.objects.filter(state=ScanRun.State.RUNNING)
    # Whoever names a run takes of it at once; others wait until what needs no full reading is settled (`settling`).
    runs = runs.filter(settled_at__isnull=False) if run is None else runs.filter(pk=run.pk)
    for key in runs.order_by("pk").values_list("pk", flat=True):
        if taken := _of_run(key, worker=worker, at=at, at_most=at_most):
            # Outside the transaction that holds the households: whoever cancels holds the run and waits for them.
            ScanRun.objects.filter(pk=key).update(heartbeat_at=at)
            return taken
    return []


def renew(held: Sequence[Claim], *, at: datetime) -> list[Claim]:
    """Prolong the leases of a chunk's households; those that another worker has taken over are not among the answer."""
    if not held:
        return []
    ScanRun.objects.filter(pk=held[0].run_id).update(heartbeat_at=at)
    still = _held(held)
    still.update(lease_until=_lease_end(at))
    kept = set(still.values_list("pk", flat=True))
    if lost := [mine.item_id for mine in held if mine.item_id not in kept]:
        log.warning("scan.leases_lost", items=lost)
    return [mine for mine in held if mine.item_id in kept]


def give_back(held: Sequence[Claim]) -> None:
    """Let go of households that were taken and not begun: no attempt of theirs has been used up."""
    if held:
        _held(held).update(state=State.WAITING, attempt=F("attempt") - 1, lease_until=None, leased_to="")


def finish(mine: Claim, *, at: datetime) -> None:
    """Mark the household as done, inside the transaction that writes its reading.

    Raises `LeaseLost` when the attempt is no longer this worker's; the caller's transaction then rolls back.
    """
    if not _held([mine]).update(state=State.DONE, finished_at=at, lease_until=None, error=""):
        raise LeaseLost(
            f"Item {mine.item_id} is no longer leased to {mine.worker} in attempt {mine.attempt}."
        )


def skip(mine: Claim, *, at: datetime) -> None:
    """Leave out a household that was closed while the run was going on. Raises `LeaseLost` as `finish` does."""
    finish(mine, at=at)
    ScanItem.objects.filter(pk=mine.item_id).update(state=State.SKIPPED)


def put_back(mine: Claim, *, error: str, at: datetime) -> None:
    """After a failure: schedule the household's next attempt, or fail it for good."""
    with transaction.atomic():
        item = _held([mine]).select_for_update().first()
        if item is None:
            return
        if item.attempt >= ATTEMPTS_MAX:
            _give_up(item, error, at=at)
            return
        item.state, item.error, item.lease_until = State.WAITING, error, None
        item.retry_at = at + RETRY_AFTER * item.attempt
        item.save(update_fields=["state", "error", "lease_until", "retry_at"])


def work_off(
    chunk: Sequence[Claim], *, now: Callable[[], datetime], do: Work, until: datetime | None = None
) -> int:
    """Read the households of a chunk, each in its own transaction; once the time is up, the rest is given back.

    One household's failure does not stop the others: it is logged and put back, and the next one is read. The leases of
    those that wait their turn are prolonged on the way, so that a slow one costs no other its place.
    """
    left, renew_after, count = list(chunk), now() + _lease() / 3, 0
    while left:
        at = now()
        if count and until is not None and at >= until:
            give_back(left)
            break
        if at >= renew_after:
            left, renew_after = renew(left, at=at), at + _lease() / 3
            if not left:
                break
        mine = left.pop(0)
        count += 1
        try:
            do(mine, at)
        except LeaseLost as lost:
            log.warning("scan.lease_lost", item=mine.item_id, attempt=mine.attempt, told=str(lost))
        except Exception as error:
            # The failure concerns this household alone and is shown with it.
            log.exception("scan.household_failed", item=mine.item_id, attempt=mine.attempt)
            put_back(mine, error=f"{type(error).__name__}: {error}"[:2000], at=now())
    return count


def are_left(run_id: int | None = None) -> bool:
    """Whether any household of this scan, or of any running one, waits or is being read."""
    if run_id is None:
        running = ScanRun.objects.filter(state=ScanRun.State.RUNNING).values_list("pk", flat=True)
        return any(are_left(key) for key in list(running))
    # Asked one by one: each has an index that holds only such items. The last first: what was read stands before it.
    items = ScanItem.objects.filter(run_id=run_id).values_list("pk", flat=True)
    waiting = items.filter(state=State.WAITING).order_by("-attempt", "-pk")[:1]
    leased = items.filter(state=State.LEASED).order_by("-lease_until", "-pk")[:1]
    return bool(waiting) or bool(leased)


_BEGIN: dict[int, int] = {}
"""By run, the last fresh household that this process took. It asks from there on: rows that were read stay in the way of a
search from the start for as long as any old transaction, such as a backup's, may still look at them."""


def _of_run(run_id: int, *, worker: str, at: datetime, at_most: int) -> list[Claim]:
    for offered, many in _offers(run_id, at=at):
        while True:
            with transaction.atomic():
                found = list(
                    offered.select_for_update(of=("self",), skip_locked=True)[: at_most if many else 1]
                )
                if not found:
                    break
                if found[0].attempt >= ATTEMPTS_MAX:
                    _give_up(found[0], "Three attempts were started and no worker finished one.", at=at)
                    continue
                ScanItem.objects.filter(pk__in=[item.pk for item in found]).update(
                    state=State.LEASED,
                    attempt=F("attempt") + 1,
                    leased_to=worker,
                    lease_until=_lease_end(at),
                )
            if many:
                _begin_after(run_id, found[-1].pk)
            return [Claim(item.pk, run_id, item.household_id, item.attempt + 1, worker) for item in found]
    return []


def _begin_after(run_id: int, item_id: int) -> None:
    """Ask from here on; of earlier runs nothing has to be known any more."""
    if run_id not in _BEGIN:
        _BEGIN.clear()
    _BEGIN[run_id] = item_id


def _offers(run_id: int, *, at: datetime) -> Iterator[tuple[QuerySet[ScanItem], bool]]:
    """What a run offers to whoever asks, in turn, and whether many may be taken at a time."""
    of_run = ScanItem.objects.filter(run_id=run_id)
    fresh = of_run.filter(state=State.WAITING, attempt=0).order_by("pk")
    if run_id in _BEGIN:
        yield fresh.filter(pk__gt=_BEGIN[run_id]), True
    yield fresh, True
    yield of_run.filter(state=State.LEASED, lease_until__lt=at).order_by("lease_until", "pk"), False
    tried = of_run.filter(Q(retry_at=None) | Q(retry_at__lte=at), state=State.WAITING, attempt__gt=0)
    yield tried.order_by("attempt", "pk"), False


def _held(held: Sequence[Claim]) -> QuerySet[ScanItem]:
    """The items of these claims, as far as they are still leased under them; all are of one chunk."""
    first = held[0]
    return ScanItem.objects.filter(
        pk__in=[mine.item_id for mine in held],
        attempt=first.attempt,
        leased_to=first.worker,
        state=State.LEASED,
    )


def _lease() -> timedelta:
    return timedelta(seconds=settings.SCAN_LEASE_SECONDS)


def _lease_end(at: datetime) -> datetime:
    return at + _lease()


def _give_up(item: ScanItem, error: str, *, at: datetime) -> None:
    """Fail a household for good, with a reading that says so."""
    item.state, item.error, item.finished_at = State.FAILED, error, at
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
