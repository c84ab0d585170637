"""A harvest in words: what each loss taken saves, what stands in for it and until when, and why other losses stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.plan import Reason, Side, Skipped, SkipReason
from rebalancing.engine.evaluation import harvesting, unit_taxes
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.order_lines import Line
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.explanations.names import listing, security_name
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.wash_sales import first_safe_purchase_day
from rebalancing.engine.wording import dollars


def summary(situation: Situation, evaluation: Evaluation) -> str:
    """What the harvest does in one sentence each: orders, the loss, its tax now, and what is carried into later years."""
    count = len(evaluation.lines)
    taken = sum(
        (-sale.gain for line in evaluation.lines for sale in line.lots if sale.gain is not None), ZERO
    )
    saved = carried = worth = ZERO
    for unit in situation.household.tax_units:
        before, after = unit_taxes.compute(unit, ZERO, ZERO), evaluation.taxes[unit.id]
        saved += before.total - after.total
        more = after.carryforward_short + after.carryforward_long
        more -= before.carryforward_short + before.carryforward_long
        carried += max(ZERO, more)
        worth += max(ZERO, more) * unit_taxes.loss_value(unit)
    text = (
        f"{count} order{'s' if count != 1 else ''}: a loss of {dollars(taken)} is taken and replaced, and nothing else"
        f" is traded. It saves {dollars(max(ZERO, saved))} of tax this year."
    )
    if cents(carried) < 1:
        return text
    return (
        f"{text} {dollars(carried)} of it cannot be used this year and is carried into later ones, where it counts as"
        f" {dollars(worth)} of tax."
    )


def reason_for(situation: Situation, evaluation: Evaluation, line: Line) -> tuple[Reason, str]:
    """The reason of one order of a harvest and its sentence."""
    same = [
        other
        for other in evaluation.lines
        if other.side is not line.side and _stand_in(situation, line, other)
    ]
    until = first_safe_purchase_day(situation.household.trade_on)
    names = listing([security_name(situation, other.security) for other in same])
    if line.side is Side.BUY:
        return Reason.REPLACE_HARVESTED, (
            f"Keeps the exposure of {names}, sold at a loss here. {names} may be bought back from {_day(until)}, but need not"
            " be: this holding may stay."
        )
    loss = sum((-sale.gain for sale in line.lots if sale.gain is not None), ZERO)
    long = sum((-sale.gain for sale in line.lots if sale.gain is not None and sale.term is Term.LONG), ZERO)
    kind = "long-term" if long == loss else "short-term" if not long else f"{dollars(long)} of it long-term"
    saved = _saved(situation, evaluation, line)
    return Reason.HARVEST_LOSS, (
        f"A loss of {dollars(loss)}, {kind}, worth about {dollars(max(ZERO, saved))} of tax; {names} takes its place."
        f" {security_name(situation, line.security)} may be bought again from {_day(until)}; until then nobody in the household should buy it."
    )


def _saved(situation: Situation, evaluation: Evaluation, line: Line) -> Decimal:
    """The tax that the line saves, carried losses at their worth: the year with all lines, and without this one."""
    filer = situation.accounts[line.account].tax_unit
    if filer is None:
        return ZERO
    unit = situation.tax_units[filer]
    every = [one for one in evaluation.lines if situation.accounts[one.account].tax_unit == filer]
    done, without = (
        unit_taxes.valued(unit, unit_taxes.compute(unit, *_gains(lines)))
        for lines in (every, [one for one in every if one is not line])
    )
    return without - done


def _gains(lines: Iterable[Line]) -> tuple[Decimal, Decimal]:
    """Gains of the lines, short-term and long-term; a harvest's losses count in full."""
    short = long = ZERO
    for line in lines:
        for sale in line.lots:
            if sale.gain is not None and sale.term is Term.LONG:
                long += sale.gain
            elif sale.gain is not None:
                short += sale.gain
    return short, long


def _stand_in(situation: Situation, line: Line, other: Line) -> bool:
    """Whether one of the two, in one account, takes the place of the other."""
    sold, bought = (line, other) if line.side is Side.SELL else (other, line)
    others = harvesting.stand_ins(situation).get((sold.account, sold.security), ())
    return sold.account == bought.account and bought.security in others


def left_alone(
    situation: Situation, opportunities: Opportunities, evaluation: Evaluation
) -> Iterable[Skipped]:
    """Every loss lot of the document that the plan does not sell, with why; under the names of ``situation``."""
    rows = harvesting.rows_by_lot(situation.household)
    sold = {sale.lot for line in evaluation.lines for sale in line.lots}
    for unit in opportunities.sells:
        if unit.lot is None or unit.lot.id not in rows or unit.lot.id in sold:
            continue
        why = unit.exclusion.text if unit.exclusion else "it is not worth its cost beside the other losses"
        yield Skipped(
            account=unit.account,
            security=unit.security,
            lot=unit.lot.id,
            side=Side.SELL,
            explanation=f"Not sold: {why}.",
            cost_per_dollar=None,
            reason=unit.exclusion.reason if unit.exclusion else SkipReason.NOT_HARVESTED,
            gain=cents((unit.gain_per_share or ZERO) * unit.quantity) if unit.lot.basis is not None else None,
        )


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
