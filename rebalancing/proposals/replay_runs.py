"""Replays that people ask for on a page: answered at once where the household is small, else by a worker.

A row says that one is asked for; its outcome is an event of the trail. A worker that dies leaves the row to the next turn.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from compliance.audit_trail import audit
from compliance.people import people
from compliance.people.actors import Actor
from rebalancing.engine import proposing
from rebalancing.models import ReplayRun, Revision
from rebalancing.proposals import replays, revisions

AT_ONCE_LOTS = 40
"""The most lots of a household that is worked out again while its reader waits; see docs/performance.md."""
ATTEMPTS_MAX = 3
LEASE = timedelta(minutes=2)
"""After this long a claim is another's to take: longer than a task may run."""
GIVEN_UP = "It could not be worked out within the time a worker has."
DESK = Actor.system("replay")


def is_small(revision: Revision) -> bool:
    """Whether a replay of the revision is worked out while its reader waits."""
    return len(revisions.household_of(revision).lots) <= AT_ONCE_LOTS


def ask(revision: Revision, *, by: Actor, at: datetime) -> ReplayRun:
    """Ask for a replay; the one that waits already, where there is one."""
    with transaction.atomic():
        # Two who ask at once wait for each other, and the second gets the first one's.
        Revision.objects.select_for_update(no_key=True).only("pk").get(pk=revision.pk)
        waiting = ReplayRun.objects.filter(revision=revision, finished_at=None).first()
        if waiting is not None:
            return waiting
        run = ReplayRun.objects.create(revision=revision, asked_by_id=people.behind(by).pk, asked_at=at)
        audit.record(
            audit.Action.REPLAY_ASKED,
            about=revision.proposal,
            by=by,
            at=at,
            revision=revision.number,
            fingerprint=revision.fingerprint,
            run=run.public_id,
            engine=proposing.ENGINE_VERSION,
        )
    return run


def answer(run: ReplayRun, *, by: Actor, at: datetime) -> bool:
    """Work a replay out and put it on the trail. False where somebody else has it or it is over."""
    claimed = _open(at).filter(pk=run.pk).update(claimed_at=at, attempts=F("attempts") + 1)
    if not claimed:
        return False
    run = ReplayRun.objects.select_related(
        "revision__proposal__household", "revision__policy__model__model", "revision__review"
    ).get(pk=run.pk)
    found = (
        replays.Replay(None, None, why_not=GIVEN_UP)
        if run.attempts > ATTEMPTS_MAX
        else replays.of(run.revision)
    )
    with transaction.atomic():
        standing = ReplayRun.objects.select_for_update().get(pk=run.pk)
        if standing.finished_at is not None or standing.attempts != run.attempts:
            return False
        event = replays.record(run.revision, found, run=run.public_id, by=by, at=at)
        standing.finished_at, standing.event_seq = at, event.seq
        standing.failed_because = found.why_not[:300]
        standing.save(update_fields=["finished_at", "event_seq", "failed_because"])
    return True


def work(*, now: Callable[[], datetime], until: datetime) -> bool:
    """Answer what waits until nothing does or the time is up; whether something is left."""
    while (at := now()) < until:
        run = _open(at).order_by("asked_at", "pk").first()
        if run is None:
            return False
        answer(run, by=DESK, at=at)
    return has_work(at=now())


def has_work(*, at: datetime) -> bool:
    """Whether a replay waits for a worker."""
    return _open(at).exists()


def _open(at: datetime) -> QuerySet[ReplayRun]:
    return ReplayRun.objects.filter(Q(claimed_at=None) | Q(claimed_at__lt=at - LEASE), finished_at=None)
