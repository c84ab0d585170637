"""A published version that waits for its day: calling it off, and giving it another day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from clients.models import ModelPortfolio, ModelVersion, Policy
from clients.policies import model_versions
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.market.calendars import wall_clock

State = ModelVersion.State


@transaction.atomic
def call_off(model: ModelPortfolio, *, reason: str, user_id: int, by: Actor, at: datetime) -> ModelVersion:
    """Call off the newest version that waits for its day. What was in force stays in force, and the version published
    before it is the published one again.

    Raises `Conflict` where no version waits, or a policy names the version by its number.
    """
    version = _lock_waiting(model, on=wall_clock(at).date())
    if count := _naming(version):
        raise Conflict(
            f"{count} polic{'y names' if count == 1 else 'ies name'} version {version.version} of {model}.",
            "Draft policies that name another version first.",
        )
    version.state = State.CALLED_OFF
    version.called_off_at, version.called_off_by_id, version.called_off_reason = at, user_id, reason
    version.save(update_fields=["state", "called_off_at", "called_off_by", "called_off_reason"])
    before = model.versions.filter(state=State.SUPERSEDED).order_by("-version").first()
    if before is not None:
        before.state = State.PUBLISHED
        before.save(update_fields=["state"])
    audit.record(
        audit.Action.MODEL_CALLED_OFF,
        about=version.model,
        by=by,
        at=at,
        sealing=[
            ("model_called_off", version.pk),
            *(("model_state", one.pk) for one in (version, before) if one is not None),
        ],
        version=version.version,
        reason=reason,
        back_to=before.version if before else None,
    )
    return version


@transaction.atomic
def reschedule(
    model: ModelPortfolio, *, effective_on: date, reason: str, by: Actor, at: datetime
) -> ModelVersion:
    """Give the newest version that waits for its day another day, today at the earliest.

    Raises `BadInput` for a day that has passed or is its day already, `Conflict` where no version waits.
    """
    today = wall_clock(at).date()
    version = _lock_waiting(model, on=today)
    if effective_on < today:
        raise BadInput("That day has passed.", "Choose today or a later day.")
    was = version.effective_on
    if effective_on == was:
        raise BadInput("It takes effect on that day already.", "Choose another day.")
    version.effective_on, version.rescheduled_at = effective_on, at
    version.save(update_fields=["effective_on", "rescheduled_at"])
    audit.record(
        audit.Action.MODEL_RESCHEDULED,
        about=version.model,
        by=by,
        at=at,
        sealing=[("model_version", version.pk), ("model_rescheduled", version.pk)],
        version=version.version,
        was=was,
        effective_on=effective_on,
        reason=reason,
    )
    return version


def stays_with(version: ModelVersion, *, on: date) -> ModelVersion | None:
    """What those who follow the model by its name have on a day, where it is not this version."""
    found = model_versions.in_force(version.model, on=on)
    return None if found is None or found.pk == version.pk else found


def _lock_waiting(model: ModelPortfolio, *, on: date) -> ModelVersion:
    # All versions, so that nothing is published meanwhile.
    locked = list(model.versions.select_for_update(of=("self",)).select_related("model").order_by("-version"))
    for version in locked:
        if version.state == State.PUBLISHED and version.effective_on and version.effective_on > on:
            return version
    raise Conflict(
        f"No version of {model} waits for its day.",
        "A version in force is replaced by publishing the next one.",
    )


def _naming(version: ModelVersion) -> int:
    """How many households have, or are about to have, a policy that names this version and not its model."""
    named = Policy.objects.filter(model=version, follows=Policy.Follows.VERSION)
    gone = (Policy.State.SUPERSEDED, Policy.State.DISCARDED)
    return named.exclude(state__in=gone).values("household").distinct().count()
