"""Releases of many approved proposals: one transaction for each household, then the blocks.

The rows are stored first, so nothing is lost when a process is killed: whoever carries on takes the rows that are still
pending, and a household is released in the same transaction that settles its row. Blocks take orders until every row is
settled and are closed once; what is closed is never opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from compliance.people.actors import Actor
from compliance.refusals import BadInput, Refusal
from rebalancing.execution import closing, gathering, orders
from rebalancing.models import Release, ReleaseRow
from rebalancing.proposals import proposals

PENDING = ReleaseRow.Outcome.PENDING


def start(chosen: Sequence[gathering.Chosen], *, by: Actor, at: datetime) -> Release:
    """Store what is to be released; nothing is released yet.

    Raises `NotAllowed` for anybody but a trader, `BadInput` where nothing is chosen.
    """
    orders.refuse_unless_trader(by)
    if not chosen:
        raise BadInput("Choose at least one approved proposal.")
    with transaction.atomic():
        return gathering.begin(chosen, by=by, at=at)


def carry_on(
    release: Release, *, by: Actor, now: Callable[[], datetime], until: datetime | None = None
) -> Release:
    """Release the households that are still pending, then close the release; a second run changes nothing.

    With `until`, it stops after the household in hand and leaves the rest to the next run.
    """
    for row in release.rows.filter(outcome=PENDING).select_related("proposal").order_by("position"):
        if until is not None and now() >= until:
            return release
        _one(release, row, by=by, at=now())
    return closing.close(release, by=by, at=now())


def carry_on_all(*, now: Callable[[], datetime], until: datetime) -> None:
    """Finish what was started and left, on behalf of whoever started it."""
    for release in Release.objects.filter(state=Release.State.GATHERING).select_related("started_by"):
        carry_on(release, by=Actor.person(release.started_by), now=now, until=until)


def _one(release: Release, row: ReleaseRow, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        closing.lock(release)
        row = ReleaseRow.objects.select_related("proposal").get(pk=row.pk)
        if row.outcome != PENDING:
            return
        if proposals.current(row.proposal).fingerprint != row.seen:
            gathering.settle(
                row, code="stale", sentence="There is a newer revision than the one that was chosen.", at=at
            )
            return
        try:
            # A savepoint: what a refused household wrote is undone, and its row says why.
            with transaction.atomic():
                orders.release_into(release, row.proposal, by=by, at=at)
        except Refusal as refusal:
            sentence = " ".join([str(refusal), *(str(cause) for cause in refusal.causes[:5])])
            gathering.settle(row, code=refusal.kind[:40], sentence=sentence, at=at)
        else:
            gathering.settle(row, at=at)
