"""The plan's tax is more than removing the drift is worth: what both come to, and what a smaller plan would cost.

The drift costs, as a certainty equivalent, half of the risk aversion times the squared tracking error a year
(`engine/tax/deferral.py`). The tax is not forgiven by waiting, only paid later: what waiting saves is its timing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.models import AssetClass
from clients.policies import targets
from compliance.firm.waiting_figures import (
    DRIFT_YEARS,
    GAIN_REVIEW,
    LATER_RATE,
    RISK_AVERSION,
    TAX_OF_VALUE,
    TAX_PER_POINT,
)
from rebalancing.engine.documents.plan import ClassPosition, Plan
from rebalancing.engine.portfolio import bands
from rebalancing.engine.tax.deferral import drift_benefit, timing_cost
from rebalancing.engine.wording import dollars
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, is_known, is_set, more_than
from rebalancing.waiting import hard_drift
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason, Owner

CODE = "tax_exceeds_benefit"
NEEDS = (
    "net_gain",
    "gain_review",
    "tax_bp",
    "bp_limit",
    "bp_per_point",
    "limit_bp_per_point",
    "saving",
    "benefit",
    "raises_cash",
    *hard_drift.NEEDS,
)
ZERO, ONE, BP, POINTS = Decimal(0), Decimal(1), Decimal(10_000), Decimal(100)


def fires(facts: Columns) -> Truth:
    """A gain or tax that the firm wants looked at, and no benefit on record that is worth at least what waiting saves."""
    large = (
        at_least(facts["net_gain"], facts["gain_review"])
        | more_than(facts["tax_bp"], facts["bp_limit"])
        | (is_known(facts["bp_per_point"]) & more_than(facts["bp_per_point"], facts["limit_bp_per_point"]))
    )
    pays = is_known(facts["benefit"]) & at_least(facts["benefit"], facts["saving"])
    return large & ~pays & ~is_set(facts["raises_cash"]) & ~hard_drift.stands(facts)


def per_point(tax: Decimal, *, value: Decimal, points: Decimal) -> Decimal | None:
    """The tax as basis points of the value for each point of drift that is removed; None where none is."""
    return tax / value * BP / points if points > ZERO and value > ZERO else None


@dataclass(frozen=True, slots=True)
class Weighed:
    """Both sides in dollars; `benefit` None where the firm has not assumed how its classes move."""

    tax: Decimal
    net_gain: Decimal
    value: Decimal
    points: Decimal
    saving: Decimal
    benefit: Decimal | None


def weigh(look: Look, plan: Plan) -> Weighed:
    """The plan's tax and what its timing costs, against what the drift that it removes costs over the same time."""
    figures = look.figures
    years, tax = figures.of(DRIFT_YEARS), max(ZERO, plan.tax_change)
    saving = timing_cost(tax, tax_later=tax, years=years, after_tax_rate=figures.of(LATER_RATE))
    on_record = look.portfolio.rows.market.classes
    before = _tracking_error(plan.before.classes, on_record)
    after = _tracking_error(plan.after.classes, on_record)
    benefit = None
    if before is not None and after is not None:
        aversion = figures.of(RISK_AVERSION)
        worth = drift_benefit(before, ONE, risk_aversion=aversion, years=years) - drift_benefit(
            after, ONE, risk_aversion=aversion, years=years
        )
        benefit = worth * plan.before.investable
    return Weighed(
        tax=tax,
        net_gain=sum((row.short + row.long for row in plan.tax), ZERO),
        value=plan.before.investable,
        points=(plan.before.drift_max - plan.after.drift_max) * POINTS,
        saving=saving,
        benefit=benefit,
    )


def _tracking_error(rows: Sequence[ClassPosition], on_record: Mapping[str, AssetClass]) -> Decimal | None:
    """The yearly tracking error of the household's weights; at account level that of the worst account."""
    found = []
    for account in dict.fromkeys(one.account for one in rows):
        own = [one for one in rows if one.account == account]
        classes = {one.asset_class: on_record.get(one.asset_class) for one in own}
        if any(each is None or not targets.has_assumptions(each) for each in classes.values()):
            return None
        covariance = targets.covariance({code: each for code, each in classes.items() if each is not None})
        found.append(bands.tracking_error([one.weight - one.target for one in own], covariance))
    return max(found, default=None)


def facts(look: Look, weighed: Weighed) -> dict[str, Fact]:
    figures = look.figures
    return {
        "net_gain": weighed.net_gain,
        "gain_review": figures.of(GAIN_REVIEW),
        "tax_bp": weighed.tax / weighed.value * BP if weighed.value > ZERO else ZERO,
        "bp_limit": figures.of(TAX_OF_VALUE),
        "bp_per_point": per_point(weighed.tax, value=weighed.value, points=weighed.points),
        "limit_bp_per_point": figures.of(TAX_PER_POINT),
        "saving": weighed.saving,
        "benefit": weighed.benefit,
        "raises_cash": look.raises_cash,
        **hard_drift.facts(look),
    }


def find(look: Look, weighed: Weighed) -> HoldReason:
    """What both sides come to. A person decides; the alternatives beside the plan are to the edge, without gains and less."""
    drift = (
        "What the drift costs cannot be said: the firm has not assumed how its classes move"
        if weighed.benefit is None
        else f"Removing the drift is worth about {dollars(weighed.benefit)} in risk over that time"
    )
    years = look.figures.shown(DRIFT_YEARS)
    return HoldReason(
        code=CODE,
        sentence=(
            f"The plan costs {dollars(weighed.tax)} of tax on {dollars(weighed.net_gain)} of net gain. Paying it "
            f"{years} later would save about {dollars(weighed.saving)}. {drift}."
        ),
        ends_on=None,
        because=(
            "The reviewer weighs it: the alternatives show the plan to the band’s edge, without realized gains and in "
            "retirement accounts only."
        ),
        owner=Owner.REVIEWER,
        figures={
            "tax": f"{weighed.tax:.2f}",
            "net_gain": f"{weighed.net_gain:.2f}",
            "saving": f"{weighed.saving:.2f}",
            "benefit": "" if weighed.benefit is None else f"{weighed.benefit:.2f}",
            "points_removed": f"{weighed.points:.4f}",
        },
        effect=Effect.WARNS,
    )
