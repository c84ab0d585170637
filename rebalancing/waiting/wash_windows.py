"""Open wash-sale windows: what may not be bought back after a loss, or not sold at a loss after a purchase, and until when."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.plan import Plan, SkipReason
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from rebalancing.engine.tax.wash_sales import first_safe_loss_sale_day, first_safe_purchase_day
from rebalancing.engine.wording import dollars
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, more_than
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

CODE = "wash_window"
NEEDS = ("free_on", "as_of", "loss")
ZERO = Decimal(0)
WASHED = frozenset({SkipReason.WASH_SALE, SkipReason.PERMANENTLY_DISALLOWED})


def fires(facts: Columns) -> Truth:
    """A window that is still open, and a loss that it concerns."""
    return more_than(facts["free_on"], facts["as_of"]) & more_than(facts["loss"], ZERO)


def find(look: Look, plan: Plan) -> list[HoldReason]:
    """Losses taken lately whose securities are not bought back, and losses that a purchase keeps from being taken."""
    return [*_after_losses(look, plan), *_after_purchases(look, plan)]


def _after_losses(look: Look, plan: Plan) -> list[HoldReason]:
    household = look.portfolio.household
    groups = {one.id: one.group for one in household.securities}
    lost: dict[str, Decimal] = defaultdict(lambda: ZERO)
    last: dict[str, date] = {}
    for one in household.recent_trades:
        if one.kind is RecentTradeKind.LOSS_SALE and one.loss_per_share is not None:
            group = groups.get(one.security, one.security)
            lost[group] += (one.shares - one.shares_used) * one.loss_per_share
            last[group] = max(one.on, last.get(group, one.on))
    found = []
    rate = max((row.marginal_long for row in plan.tax), default=ZERO)
    for group, loss in sorted(lost.items()):
        free_on = first_safe_purchase_day(last[group])
        given: dict[str, Fact] = {"free_on": free_on, "as_of": look.trade_on, "loss": loss}
        if not columns.holds(fires, **given):
            continue
        alike = _alike(groups, group)
        found.append(
            HoldReason(
                code=CODE,
                sentence=(
                    f"{alike} is not bought back before {day_text(free_on)}: the loss of {dollars(loss)} taken on "
                    f"{day_text(last[group])} would be disallowed."
                    f"{f' Waiting keeps about {dollars(loss * rate)} of tax.' if loss * rate >= 1 else ''}"
                ),
                ends_on=free_on,
                because=f"It ends on {day_text(free_on)}, the first day outside the 30 days of the wash-sale rule.",
                figures={"loss": f"{loss:.2f}", "kept": f"{loss * rate:.2f}", "free_on": free_on.isoformat()},
                effect=Effect.PARTLY,
                subject=group,
            )
        )
    return found


def _after_purchases(look: Look, plan: Plan) -> list[HoldReason]:
    household = look.portfolio.household
    groups = {one.id: one.group for one in household.securities}
    bought: dict[str, date] = {}
    for one in household.recent_trades:
        if one.kind is not RecentTradeKind.LOSS_SALE and one.shares > one.shares_used:
            group = groups.get(one.security, one.security)
            bought[group] = max(one.on, bought.get(group, one.on))
    kept: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in plan.skipped:
        if row.reason in WASHED and row.gain is not None and row.gain < ZERO:
            kept[groups.get(row.security, row.security)] -= row.gain
    found = []
    for group, loss in sorted(kept.items()):
        if group not in bought:
            continue
        free_on = first_safe_loss_sale_day(bought[group])
        given: dict[str, Fact] = {"free_on": free_on, "as_of": look.trade_on, "loss": loss}
        if columns.holds(fires, **given):
            found.append(
                HoldReason(
                    code=CODE,
                    sentence=(
                        f"The loss of {dollars(loss)} in {_alike(groups, group)} is not taken before {day_text(free_on)}: shares bought on "
                        f"{day_text(bought[group])} would take it."
                    ),
                    ends_on=free_on,
                    because=f"It ends on {day_text(free_on)}, the first day outside the 30 days of the wash-sale rule.",
                    figures={"loss": f"{loss:.2f}", "free_on": free_on.isoformat()},
                    effect=Effect.PARTLY,
                    subject=f"{group} sold",
                )
            )
    return found


def _alike(groups: dict[str, str], group: str) -> str:
    """The securities of a wash-sale group, by symbol."""
    return ", ".join(sorted(key for key, of in groups.items() if of == group))
