"""The rows of a release: which approved proposals it holds, in which order, and what became of each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from compliance.audit_trail import audit
from compliance.firm import firm_settings, order_figures
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.models import Proposal, Release, ReleaseRow

Chosen = tuple[Proposal, str]
"""A proposal, and the fingerprint of the revision that the trader saw."""


def begin(chosen: Sequence[Chosen], *, by: Actor, at: datetime) -> Release:
    """Start a release of these proposals, in the caller's transaction.

    Who is first is drawn anew each time, from the release's own id: where not everybody can be served on a day, no
    household is always the last.
    """
    figures = firm_settings.in_force(on=market_days.new_york_date(at))
    delay = timedelta(minutes=figures.of(order_figures.RELEASE_DELAY))
    release = Release.objects.create(started_at=at, started_by_id=int(by.person_ref), send_at=at + delay)
    drawn = sorted(chosen, key=lambda one: one[0].public_id)
    random.Random(release.public_id).shuffle(drawn)  # noqa: S311 # An order that can be drawn again, no secret.
    ReleaseRow.objects.bulk_create(
        ReleaseRow(release=release, proposal=proposal, seen=seen, position=position)
        for position, (proposal, seen) in enumerate(drawn, start=1)
    )
    audit.record(
        audit.Action.RELEASE_STARTED,
        about=release,
        by=by,
        at=at,
        sealing=[("release", release.pk)],
        proposals=[proposal.public_id for proposal, _ in drawn],
        send_at=release.send_at,
    )
    return release


def settle(row: ReleaseRow, *, code: str = "", sentence: str = "", at: datetime) -> None:
    """Record what became of a row: released, or refused for a reason. Part of the household's transaction."""
    row.outcome = ReleaseRow.Outcome.REFUSED if code else ReleaseRow.Outcome.RELEASED
    row.code, row.sentence, row.settled_at = code, sentence, at
    row.save(update_fields=["outcome", "code", "sentence", "settled_at"])
