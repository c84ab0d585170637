"""The policy or its model is about to change: what is traded today would be traded back soon."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from clients.models import Household, Policy
from clients.policies import drafts, model_versions
from compliance.firm.waiting_figures import PENDING_DAYS
from compliance.models.reviews import State as ReviewState
from rebalancing import market_days
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, is_known, is_set, more_than
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting import hard_drift
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import HoldReason, Owner

CODE = "policy_pending"
NEEDS = ("as_of", "takes_effect_on", "last_day", "raises_cash", *hard_drift.NEEDS)


def fires(facts: Columns) -> Truth:
    """Something else takes effect soon, or is decided about and has not waited too long; money due out does not wait."""
    return (
        is_known(facts["last_day"])
        & at_least(facts["last_day"], facts["as_of"])
        & ~(is_known(facts["takes_effect_on"]) & ~more_than(facts["takes_effect_on"], facts["as_of"]))
        & ~is_set(facts["raises_cash"])
        & ~hard_drift.stands(facts)
    )


def facts(look: Look, *, takes_effect_on: date | None, last_day: date | None) -> dict[str, Fact]:
    """`last_day` is the last on which it holds trades back: without one it does not."""
    return {
        "as_of": look.trade_on,
        "takes_effect_on": takes_effect_on,
        "last_day": last_day,
        "raises_cash": look.raises_cash,
        **hard_drift.facts(look),
    }


def find(look: Look, household: Household) -> list[HoldReason]:
    """A version of the model, or a policy, that takes effect within the firm's days, and a policy that is in review."""
    on, days = look.trade_on, look.figures.of(PENDING_DAYS)
    market = look.portfolio.rows.market

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Policy]]:
        states = (Policy.State.REVIEW, Policy.State.APPROVED, Policy.State.ADOPTED)
        newer = Policy.objects.filter(household__in=keys, state__in=states).order_by("version")
        return ((one.household_id, one) for one in newer)

    found = []
    if look.portfolio.policy.follows_model:
        model = look.portfolio.policy.model.model
        version = market.shared(
            f"scheduled version of model {model.pk}", on, lambda: model_versions.scheduled(model, on=on)
        )
        if version is not None and version.effective_on is not None:
            told = f"Version {version.version} of the model {version.model.name} takes effect on {day_text(version.effective_on)}."
            found.append(_soon(look, told, version.effective_on, days=days, subject="model"))
    for policy in market.rows_of(household.pk, ("policies",), fetch):
        policy.household = household
        if policy.version > look.portfolio.policy.version:
            found.append(_policy(look, policy, days=days))
    return [one for one in found if one is not None]


def _soon(look: Look, told: str, day: date, *, days: int, subject: str) -> HoldReason | None:
    is_soon = (day - look.trade_on).days <= days
    given = facts(look, takes_effect_on=day, last_day=day if is_soon else None)
    if not columns.holds(fires, **given):
        return None
    return HoldReason(
        code=CODE,
        sentence=f"{told} Trades wait for it.",
        ends_on=day,
        because=f"It ends on {day_text(day)}, when it takes effect, or when it is called off.",
        figures={"takes_effect_on": day.isoformat()},
        owner=Owner.MACHINE,
        subject=subject,
    )


def _policy(look: Look, policy: Policy, *, days: int) -> HoldReason | None:
    if policy.state == Policy.State.ADOPTED and policy.effective_on is not None:
        told = f"Version {policy.version} of the policy takes effect on {day_text(policy.effective_on)}."
        return _soon(look, told, policy.effective_on, days=days, subject="policy")
    review = drafts.review_of(policy)
    asked_at = review.requested_at if review else None
    if review is None or asked_at is None or review.state == ReviewState.RETURNED:
        return None  # What was sent back is written again, and decided about when it is submitted anew.
    last_day = market_days.new_york_date(asked_at) + timedelta(days=days)
    if not columns.holds(fires, **facts(look, takes_effect_on=None, last_day=last_day)):
        return None
    state = "in review" if policy.state == Policy.State.REVIEW else "approved and waits for signatures"
    return HoldReason(
        code=CODE,
        sentence=f"Version {policy.version} of the policy is {state}. Trades wait for it.",
        ends_on=last_day,
        because="It ends when the policy is adopted or sent back, and at the latest after that day.",
        figures={"asked_on": market_days.new_york_date(asked_at).isoformat()},
        owner=Owner.ADVISOR,
        subject="policy",
    )
