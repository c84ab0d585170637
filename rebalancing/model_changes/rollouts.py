"""A version in force followed to done: where each household that follows the model stands, and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from clients import access as record
from clients import figures
from clients.models import Household, ModelVersion, Policy
from clients.policies import model_schedules, model_versions
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.models import Proposal, Reading, Revision
from rebalancing.proposals import proposals


class Stage(StrEnum):
    """Where a household is on the way of a version."""

    SCHEDULED = "scheduled"
    """The version waits for its day."""
    STAYS = "stays"
    """The version was called off, so the household stays with the one before."""
    WAITING = "waiting"
    """Not measured since the version took effect."""
    EARLIER = "earlier"
    """A proposal made with another version is open, and stale."""
    REVIEW = "review"
    APPROVED = "approved"
    RELEASED = "released"
    HELD = "held"
    DATA = "data"
    REFUSED = "refused"
    """Its proposal was rejected, withdrawn or has expired, or nothing of it traded."""
    NOTHING = "nothing"
    """Measured with the version; nothing is to be traded."""


LABELS = {
    Stage.SCHEDULED: "Waits for the version's day",
    Stage.STAYS: "Stays with the version before",
    Stage.WAITING: "Not measured yet",
    Stage.EARLIER: "Proposal of another version",
    Stage.REVIEW: "In review",
    Stage.APPROVED: "Approved",
    Stage.RELEASED: "Orders released",
    Stage.HELD: "Held back",
    Stage.DATA: "Data needs attention",
    Stage.REFUSED: "Proposal closed",
    Stage.NOTHING: "Nothing to trade",
}
DONE = frozenset({Stage.RELEASED, Stage.NOTHING, Stage.STAYS})
FOLLOWED = frozenset(Proposal.SENT_STATES) - {Proposal.State.NOT_TRADED}
"""A household whose orders came to nothing does not follow the version yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One household on the way of a version."""

    household: Household
    stage: Stage
    reason: str
    reading: Reading | None
    proposal: Proposal | None


def standings(version: ModelVersion, households: Iterable[Household], *, at: datetime) -> list[Standing]:
    """Where each of these households stands."""
    on = market_days.trade_day(at)
    if is_called_off(version):
        now = model_schedules.stays_with(version, on=on)
        return [_standing_without(version, one, now) for one in households]
    if is_scheduled(version, on=on):
        told = f"Takes effect on {figures.day(version.effective_on)}."
        return [Standing(one, Stage.SCHEDULED, told, None, None) for one in households]
    return [_standing(version, one) for one in households]


def followers(version: ModelVersion, user: Any, *, at: datetime) -> list[Household]:
    """The households in this person's scope that the version is about, by name: those that it applies to on the next
    trade day, or, while it waits for its day and after it was called off, those that follow its model by name.
    """
    policies = policies_of(version, on=market_days.trade_day(at)).values("household")
    return list(record.households_for(user).filter(pk__in=policies).order_by("name", "pk"))


def policies_of(version: ModelVersion, *, on: date) -> QuerySet[Policy]:
    """The policies of those households, whoever advises them."""
    if is_called_off(version) or is_scheduled(version, on=on):
        return model_versions.following(version.model)
    return model_versions.followers_of(version, on=on)


def is_called_off(version: ModelVersion) -> bool:
    return version.state == ModelVersion.State.CALLED_OFF


def is_scheduled(version: ModelVersion, *, on: date) -> bool:
    """Whether the version still waits for its day on a day."""
    later = model_versions.scheduled(version.model, on=on)
    return later is not None and later.pk == version.pk


def withdraw_earlier(version: ModelVersion, user: Any, *, by: Actor, at: datetime) -> int:
    """Withdraw the open proposals of earlier versions in the households that this person advises; each with its audit
    event. The next scan proposes anew.
    """
    on = market_days.new_york_date(at)
    count = 0
    for one in standings(version, followers(version, user, at=at), at=at):
        if one.stage is Stage.EARLIER and one.proposal is not None:
            if not record.advises(user, one.household, on=on):
                continue
            proposals.withdraw(
                one.proposal,
                reason=f"Version {version.version} of {version.model} was called off."
                if is_called_off(version)
                else f"Version {version.version} of {version.model} is in force.",
                by=by,
                at=at,
            )
            count += 1
    return count


def _standing_without(version: ModelVersion, household: Household, now: ModelVersion | None) -> Standing:
    """A household after the version was called off: what it has instead, and a proposal already made with it."""
    open_one = household.proposals.filter(state__in=Proposal.OPEN_STATES).first()
    if open_one is not None and proposals.current(open_one).model_used.pk == version.pk:
        told = "Made with this version before it was called off; it cannot be approved any more."
        return Standing(household, Stage.EARLIER, told, open_one.reading, open_one)
    told = f"Version {now.version} is in force." if now else "No version of the model is in force."
    return Standing(household, Stage.STAYS, told, None, None)


def _standing(version: ModelVersion, household: Household) -> Standing:
    open_one = household.proposals.filter(state__in=Proposal.OPEN_STATES).first()
    if open_one is not None:
        revision = proposals.current(open_one)
        if revision.model_used.pk != version.pk:
            told = f"Made with version {revision.model_used.version}."
            return Standing(household, Stage.EARLIER, told, open_one.reading, open_one)
        stage = Stage.APPROVED if open_one.state == Proposal.State.APPROVED else Stage.REVIEW
        return Standing(household, stage, open_one.get_state_display(), open_one.reading, open_one)
    last = _last_of(version, household)
    if last is not None:
        stage = Stage.RELEASED if last.state in FOLLOWED else Stage.REFUSED
        return Standing(household, stage, last.get_state_display(), last.reading, last)
    reading = _reading(version, household)
    if reading is None:
        return Standing(household, Stage.WAITING, "No scan has measured it with this version.", None, None)
    stages = {
        Reading.Outcome.HELD: Stage.HELD,
        Reading.Outcome.DATA: Stage.DATA,
        Reading.Outcome.NO_POLICY: Stage.DATA,
        Reading.Outcome.FAILED: Stage.DATA,
        Reading.Outcome.IMPOSSIBLE: Stage.DATA,
        Reading.Outcome.PENDING: Stage.WAITING,
        # Its proposal was made with an earlier version, or it would have been found above.
        Reading.Outcome.PROPOSED: Stage.WAITING,
        Reading.Outcome.NOT_DUE: Stage.HELD,
    }
    stage = stages.get(Reading.Outcome(reading.outcome), Stage.NOTHING)
    return Standing(household, stage, reading.reason, reading, None)


def _last_of(version: ModelVersion, household: Household) -> Proposal | None:
    made = Revision.objects.filter(model_version=version, proposal__household=household)
    newest = made.select_related("proposal__reading").order_by("-created_at", "-pk").first()
    return newest.proposal if newest else None


def _reading(version: ModelVersion, household: Household) -> Reading | None:
    """The last reading since the version counts: published, and traded on or after its day."""
    if version.published_at is None or version.effective_on is None:
        return None
    found = household.readings.filter(read_at__gt=version.published_at).order_by("-read_at", "-pk").first()
    if found is None or market_days.trade_day(found.read_at) < version.effective_on:
        return None
    return found
