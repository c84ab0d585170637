"""Lots whose gain becomes long-term soon: each is left alone until then, with what that saves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Lot
from rebalancing.engine.documents.plan import Plan, SkipReason, UnitTax
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.tax.holding_periods import days_until_long_term, first_long_term_day
from rebalancing.engine.wording import dollars
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, more_than
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

CODE = "almost_long_term"
NEEDS = ("gain", "days", "wait_days", "saving")
ZERO, ONE_DAY = Decimal(0), 1


def fires(facts: Columns) -> Truth:
    """A gain that is short-term today, long-term within the policy's days, and taxed less then."""
    return (
        more_than(facts["gain"], ZERO)
        & at_least(facts["days"], ONE_DAY)
        & at_least(facts["wait_days"], facts["days"])
        & more_than(facts["saving"], ZERO)
    )


def facts(lot: Lot, *, gain: Decimal, since: date, on: date, wait_days: int, tax: UnitTax) -> dict[str, Fact]:
    """`saving`: the gain times what the next dollar of short-term gain is taxed more than one of long-term."""
    return {
        "gain": gain,
        "days": days_until_long_term(since, on),
        "wait_days": wait_days,
        "saving": gain * (tax.marginal_short - tax.marginal_long),
    }


def find(look: Look, plan: Plan) -> list[HoldReason]:
    """The lots that the plan leaves alone for this."""
    household = with_gifts(look.portfolio.household)
    lots = {one.id: one for one in household.lots}
    units = {one.id: one.tax_unit for one in household.accounts}
    names = {one.id: one.name or one.id for one in household.accounts}
    taxes = {one.tax_unit: one for one in plan.tax}
    found = []
    for skipped in plan.skipped:
        lot = lots.get(skipped.lot or "")
        tax = taxes.get(units.get(skipped.account) or "")
        if skipped.reason is not SkipReason.ALMOST_LONG_TERM or lot is None or tax is None:
            continue
        since = lot.held_since
        if since is None or skipped.gain is None:
            continue
        wait_days = household.rules.wait_for_long_term_days
        told = facts(lot, gain=skipped.gain, since=since, on=look.trade_on, wait_days=wait_days, tax=tax)
        if not columns.holds(fires, **told):
            continue
        long_on, days, saving = first_long_term_day(since), told["days"], told["saving"]
        assert isinstance(saving, Decimal), "computed above"
        found.append(
            HoldReason(
                code=CODE,
                sentence=(
                    f"{lot.security} in {names[lot.account]} bought on {day_text(lot.acquired or since)} is left alone: its gain of "
                    f"{dollars(skipped.gain)} is long-term in {days} days, which saves about {dollars(saving)}."
                ),
                ends_on=long_on,
                because=f"It ends on {day_text(long_on)}, {long_on.year}, the first day on which the gain is long-term.",
                figures={
                    "lot": lot.id,
                    "gain": f"{skipped.gain:.2f}",
                    "days": str(days),
                    "saving": f"{saving:.2f}",
                },
                effect=Effect.PARTLY,
                subject=lot.id,
            )
        )
    return found
