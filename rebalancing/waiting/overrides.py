"""Trading anyway: somebody sets one measured reason aside for one household, says why, and it ends by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction

from clients.models import Household
from compliance.audit_trail import audit
from compliance.firm import firm_settings
from compliance.firm.waiting_figures import OVERRIDE_DAYS
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.models import HoldOverride, Reading
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting import disorderly_market, policy_pending, withdrawal_soon, year_end
from rebalancing.waiting.reason import Effect, HoldReason

CODES = {
    disorderly_market.CODE: "Disorderly market",
    policy_pending.CODE: "Policy or model pending",
    year_end.CODE: "Gains at the year’s end",
    withdrawal_soon.CODE: "Withdrawal soon",
}
"""The reasons that a person may set aside. A hold that somebody placed is lifted, a life event is resolved, and facts
that are not fit are corrected instead."""


NOTHING_TO_TRADE = frozenset({Reading.Outcome.IN_BAND, Reading.Outcome.NOT_DUE})
"""Outcomes under which a withdrawal that waits for its day holds nothing back that could be traded."""


def days_max(*, on: date) -> int:
    """How many days an override may last from its first."""
    return firm_settings.in_force(on=on).of(OVERRIDE_DAYS)


def standing(household: Household) -> dict[str, str]:
    """What the last reading says that can be set aside, by code."""
    reading = household.readings.order_by("-read_at").first()
    if reading is None or reading.outcome in NOTHING_TO_TRADE:
        return {}
    lasting = (Effect.HOLDS, Effect.PARTLY)
    return {
        one["code"]: one["sentence"]
        for one in reading.holds
        if one["code"] in CODES and one.get("effect", Effect.HOLDS) in lasting
    }


def in_force(household: Household, *, on: date) -> dict[str, HoldOverride]:
    """The overrides that count on a day, by the code of what they set aside."""
    found = HoldOverride.objects.filter(
        household=household, ended_at=None, starts_on__lte=on, expires_on__gte=on
    )
    return {one.code: one for one in found.order_by("pk")}


def applied(found: Iterable[HoldReason], given: dict[str, HoldOverride]) -> tuple[HoldReason, ...]:
    """The reasons, those that somebody has set aside as such."""
    return tuple(
        replace(
            one,
            effect=Effect.OVERRIDDEN,
            because=f"Traded anyway until {day_text(given[one.code].expires_on)}: {given[one.code].reason}",
            figures={**one.figures, "override": given[one.code].public_id},
        )
        if one.code in given and one.effect in (Effect.HOLDS, Effect.PARTLY)
        else one
        for one in found
    )


@transaction.atomic
def make(
    household: Household,
    *,
    code: str,
    reason: str,
    expires_on: date,
    on: date,
    user_id: int,
    by: Actor,
    at: datetime,
) -> HoldOverride:
    """Decide to trade although this reason holds the household back.

    Raises `BadInput` for a reason that cannot be set aside or a day out of range, `Conflict` where nothing is held back by
    it or it is set aside already.
    """
    Household.objects.select_for_update(no_key=True).get(pk=household.pk)
    _refuse_days(on, expires_on)
    if code not in CODES:
        raise BadInput("This reason cannot be set aside.", "End its cause instead.")
    told = standing(household)
    if code not in told:
        raise Conflict(
            "The last scan was not held back by this.", "Look at the household’s page, and scan it again."
        )
    if code in in_force(household, on=on):
        raise Conflict("This reason is set aside already.", "Correct that decision, or end it.")
    override = HoldOverride.objects.create(
        household=household,
        code=code,
        reason=reason,
        sentence=told[code],
        starts_on=on,
        expires_on=expires_on,
        made_by_id=user_id,
        made_at=at,
    )
    audit.record(
        audit.Action.HOLD_OVERRIDDEN,
        about=override,
        by=by,
        at=at,
        sealing=[("hold_override", override.pk)],
        code=code,
        reason=reason,
        expires_on=expires_on,
    )
    return override


@transaction.atomic
def change(
    override: HoldOverride, *, reason: str, expires_on: date, on: date, user_id: int, by: Actor, at: datetime
) -> HoldOverride:
    """Put another row in its place, with another reason or end; the first stays as it was entered, ended."""
    override = _open(override, on=on)
    _refuse_days(override.starts_on, expires_on)
    if (override.reason, override.expires_on) == (reason, expires_on):
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    _end(override, reason="Corrected", user_id=user_id, at=at)
    fresh = HoldOverride.objects.create(
        household=override.household,
        code=override.code,
        reason=reason,
        sentence=override.sentence,
        starts_on=override.starts_on,
        expires_on=expires_on,
        made_by_id=user_id,
        made_at=at,
        replaces=override,
    )
    audit.record(
        audit.Action.HOLD_OVERRIDE_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("hold_override", fresh.pk), ("hold_override_ended", override.pk)],
        code=fresh.code,
        replaces=override.public_id,
        changed={
            "reason": {"before": override.reason, "after": reason},
            "expires_on": {"before": str(override.expires_on), "after": str(expires_on)},
        },
    )
    return fresh


@transaction.atomic
def end(
    override: HoldOverride, *, reason: str, on: date, user_id: int, by: Actor, at: datetime
) -> HoldOverride:
    """End a decision to trade anyway before its day: the next scan waits again. Raises `Conflict` for one that has ended."""
    override = _open(override, on=on)
    _end(override, reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.HOLD_OVERRIDE_ENDED,
        about=override,
        by=by,
        at=at,
        sealing=[("hold_override_ended", override.pk)],
        code=override.code,
        reason=reason,
    )
    return override


def _open(override: HoldOverride, *, on: date) -> HoldOverride:
    locked: HoldOverride = (
        HoldOverride.objects.select_for_update(of=("self",)).select_related("household").get(pk=override.pk)
    )
    if refusal := refusal_to_change(locked, on=on):
        raise Conflict(refusal, "Decide again if the reason still holds the household back.")
    return locked


def refusal_to_change(override: HoldOverride, *, on: date) -> str | None:
    """Why a decision cannot be changed any more."""
    if override.ended_at is not None:
        return "This decision was ended already."
    return "This decision ended on its day." if override.expires_on < on else None


def _end(override: HoldOverride, *, reason: str, user_id: int, at: datetime) -> None:
    override.ended_at, override.ended_by_id, override.end_reason = at, user_id, reason
    override.save(update_fields=["ended_at", "ended_by", "end_reason"])


def _refuse_days(starts_on: date, expires_on: date) -> None:
    latest = starts_on + timedelta(days=days_max(on=starts_on))
    if not starts_on <= expires_on <= latest:
        raise BadInput(
            f"It lasts from {starts_on} to {latest} at most.", "Choose a day within; it can be decided again."
        )
