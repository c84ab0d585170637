"""What a set of trades does, in exact arithmetic: lots, cash by day, taxes, weights, and every term of the objective.

This is where the numbers of a plan come from. The solver only chose the trades.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from rebalancing.engine.documents.plan import LotSale, Side, TermName
from rebalancing.engine.evaluation import harvesting, household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.order_lines import Line, Trades, lines_of
from rebalancing.engine.evaluation.shortfalls import distance, slacks
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.money import CENT, ONE, ZERO
from rebalancing.engine.portfolio.bands import Side as BandSide
from rebalancing.engine.portfolio.objective_prices import (
    ObjectivePrices,
    slack_price,
    tie_break,
    wind_down_prices,
)
from rebalancing.engine.tax.holding_periods import Term

NO_WASH = household_wash_sales.LotWash()


@dataclass(frozen=True, slots=True)
class Recognized:
    """A unit's recognized gains by term, the losses disallowed, and of these those deferred and those lost for good,
    from the plan alone."""

    short: Decimal = ZERO
    long: Decimal = ZERO
    disallowed: Decimal = ZERO
    deferred: Decimal = ZERO
    lost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Evaluation:
    lines: tuple[Line, ...]
    gains: Mapping[str, Recognized]
    taxes: Mapping[str, unit_taxes.UnitComputation]
    cash_end: Mapping[str, Decimal]
    values: Mapping[str | None, Mapping[str, Decimal]]
    terms: Mapping[str, Decimal]
    slack: Mapping[tuple[str, str], Decimal]
    drift: Decimal

    @property
    def objective(self) -> Decimal:
        return sum(self.terms.values(), ZERO)


def effects(situation: Situation, trades: Trades) -> Evaluation:
    """What ``trades`` do, exactly, and not what they are worth: without terms, and without asking what they leave unmet."""
    lines, deferred = _washed(situation, lines_of(situation, trades))
    gains = recognized(situation, lines, deferred)
    taxes = {
        unit.id: unit_taxes.compute(unit, gains[unit.id].short, gains[unit.id].long)
        for unit in situation.household.tax_units
    }
    cash_end = {account: situation.cash_at_end(account) for account in situation.accounts}
    for line in lines:
        cash_end[line.account] += line.amount if line.side is Side.SELL else -line.amount
    values = class_values(situation, lines)
    drift = sum((distance(situation, scope.account, values) for scope in situation.scopes), ZERO)
    return Evaluation(lines, gains, taxes, cash_end, values, {}, {}, drift)


def evaluate(
    situation: Situation, opportunities: Opportunities, prices: ObjectivePrices, trades: Trades
) -> Evaluation:
    """Everything that follows from ``trades``, exactly."""
    done = effects(situation, trades)
    lines, values = done.lines, done.values
    slack = slacks(situation, lines, done.taxes, values)
    terms = _terms(situation, opportunities, prices, lines, done.taxes, values, slack)
    terms[TermName.PERMANENTLY_DISALLOWED] = prices.tax * sum(
        (unit_taxes.loss_value(unit) * done.gains[unit.id].lost for unit in situation.household.tax_units),
        ZERO,
    )
    if harvesting.is_harvest(situation.household):
        terms[TermName.LOWER_BASIS] = prices.tax * harvesting.lower_basis(
            situation.household, (sale for line in lines for sale in line.lots)
        )
    return replace(done, terms=terms, slack=slack)


def _washed(situation: Situation, lines: tuple[Line, ...]) -> tuple[tuple[Line, ...], dict[str, Decimal]]:
    """The lines with what the wash-sale rule does to every lot, and by tax unit the losses it defers."""
    at_a_loss = any(
        sale.gain is not None and sale.gain < 0 and situation.securities[line.security].wash_applies
        for line in lines
        for sale in line.lots
    )
    if not at_a_loss:
        return lines, {}
    sold = {sale.lot: (sale.shares, sale.proceeds) for line in lines for sale in line.lots}
    bought = {(line.account, line.security): line.shares for line in lines if line.side is Side.BUY}
    found = household_wash_sales.wash(situation, sold, bought)
    marked = tuple(
        replace(line, lots=tuple(_marked(sale, found.lots.get(sale.lot, NO_WASH)) for sale in line.lots))
        if any(sale.lot in found.lots for sale in line.lots)
        else line
        for line in lines
    )
    return marked, dict(found.deferred)


def _marked(sale: LotSale, wash: household_wash_sales.LotWash) -> LotSale:
    """``sale`` under the rule; accounts that are not taxed have neither basis nor loss for it to work on."""
    if sale.basis is None or sale.gain is None:
        return sale
    gain = sale.gain - wash.added
    loss = max(ZERO, -gain)
    # Shares of a lot that took a loss over can lose while the others gain; else a cent too many is rounding.
    disallowed = wash.disallowed if wash.disallowed > loss + CENT else min(loss, wash.disallowed)
    return replace(
        sale,
        basis=sale.basis + wash.added,
        gain=gain,
        term=Term.LONG if wash.is_long else sale.term,
        disallowed=disallowed,
        added_basis=wash.added,
        tacked=wash.tacked,
    )


def recognized(
    situation: Situation, lines: tuple[Line, ...], deferred: Mapping[str, Decimal]
) -> dict[str, Recognized]:
    """Each unit's gains from the lines. An unknown basis counts as zero: the most that can be taxed."""
    short: dict[str, Decimal] = defaultdict(lambda: ZERO)
    long: dict[str, Decimal] = defaultdict(lambda: ZERO)
    disallowed: dict[str, Decimal] = defaultdict(lambda: ZERO)
    out_again: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        account = situation.accounts[line.account]
        if line.side is Side.BUY or not account.is_taxed or account.tax_unit is None:
            continue
        for sale in line.lots:
            gain = sale.proceeds if sale.gain is None else sale.gain + sale.disallowed
            (long if sale.term is Term.LONG else short)[account.tax_unit] += gain - sale.tacked
            long[account.tax_unit] += sale.tacked
            disallowed[account.tax_unit] += sale.disallowed
            out_again[account.tax_unit] += sale.added_basis
    return {
        unit.id: Recognized(
            short=short[unit.id],
            long=long[unit.id],
            disallowed=disallowed[unit.id],
            deferred=deferred.get(unit.id, ZERO),
            lost=max(ZERO, disallowed[unit.id] - out_again[unit.id] - deferred.get(unit.id, ZERO)),
        )
        for unit in situation.household.tax_units
    }


def class_values(situation: Situation, lines: tuple[Line, ...]) -> dict[str | None, dict[str, Decimal]]:
    """The value of each class in each scope after the lines; free cash under the cash class (or "")."""
    cash_class = situation.household.policy.cash_class or ""
    values: dict[str | None, dict[str, Decimal]] = {}
    scope_of: dict[str, str | None] = {}
    for scope in situation.scopes:
        values[scope.account] = dict(scope.values)
        for account in scope.accounts:
            scope_of[account] = scope.account
    for line in lines:
        if line.account not in scope_of:
            continue
        into = values[scope_of[line.account]]
        security = situation.securities[line.security]
        sign = ONE if line.side is Side.BUY else -ONE
        for part in security.weights:
            into[part.asset_class] += sign * line.shares * security.price * part.weight
        into[cash_class] = into.get(cash_class, ZERO) - sign * line.amount
    return values


def sleeve_values(situation: Situation, lines: tuple[Line, ...]) -> dict[str | None, dict[str, Decimal]]:
    """The value of each sleeve that has a target in each scope after the lines."""
    values = {scope.account: dict(scope.sleeve_values) for scope in situation.scopes}
    scope_of = {account: scope.account for scope in situation.scopes for account in scope.accounts}
    for line in lines:
        if line.account not in scope_of:
            continue
        security = situation.securities[line.security]
        sign = ONE if line.side is Side.BUY else -ONE
        for part in security.sleeves:
            values[scope_of[line.account]][part.sleeve] += sign * line.shares * security.price * part.weight
    return values


def _legacy(situation: Situation, lines: tuple[Line, ...]) -> Decimal:
    """What the legacy securities still held after the lines are charged with."""
    prices = wind_down_prices(situation.household)
    if not prices:
        return ZERO
    held = {p: situation.quantity(p) for p in situation.lots_by_position if p[1] in prices}
    for line in lines:
        if line.side is Side.SELL and line.security in prices:
            held[line.account, line.security] -= line.shares
    return sum((n * situation.securities[p[1]].price * prices[p[1]] for p, n in held.items()), ZERO)


def _terms(
    situation: Situation,
    opportunities: Opportunities,
    prices: ObjectivePrices,
    lines: tuple[Line, ...],
    taxes: Mapping[str, unit_taxes.UnitComputation],
    values: Mapping[str | None, Mapping[str, Decimal]],
    slack: Mapping[tuple[str, str], Decimal],
) -> dict[str, Decimal]:
    """The objective, term by term, in dollars. Tax counts as its change against doing nothing."""
    tax = ZERO
    for unit in situation.household.tax_units:
        nothing = unit_taxes.valued(unit, unit_taxes.compute(unit, ZERO, ZERO))
        tax += unit_taxes.valued(unit, taxes[unit.id]) - nothing
    buys = {unit.position: unit for unit in opportunities.buys}
    spread = rank = location = tie = ZERO
    for line in lines:
        account, security = situation.accounts[line.account], situation.securities[line.security]
        value = line.shares * security.price
        spread += value * security.half_spread
        if line.side is Side.BUY:
            buy = buys[line.account, line.security]
            rank += value * (buy.rank - 1)
            location += value * buy.location_bps
            tie += value * tie_break(account, security)
            continue
        if not account.is_taxed:
            tie += value * tie_break(account, security)
            continue
        for sale in line.lots:
            tie += sale.shares * security.price * tie_break(account, security, situation.lots[sale.lot])
    inside = short = outside = ZERO
    in_sleeves = sleeve_values(situation, lines)
    for scope in situation.scopes:
        if scope.investable <= 0:
            continue
        reached = {**values[scope.account], **in_sleeves[scope.account]}
        for zone in (*scope.zones, *scope.sleeves):
            over = reached[zone.policy.id] - zone.rest * scope.investable
            room = abs((zone.upper if over > 0 else zone.lower) - zone.rest) * scope.investable
            near = min(abs(over), room) * zone.rates(prices)[over > 0]
            if zone.left is (BandSide.OVER if over > 0 else BandSide.UNDER):
                short += near
            else:
                inside += near
            outside += max(ZERO, abs(over) - room)
        if situation.household.policy.cash_class is None:
            # Cash that belongs to no class is outside the policy.
            outside += max(ZERO, values[scope.account].get("", ZERO))
    return {
        TermName.TAX: prices.tax * tax,
        TermName.SPREAD: prices.spread * spread,
        TermName.DRIFT_INSIDE: inside,
        TermName.DRIFT_SHORT_OF_DESTINATION: short,
        TermName.DRIFT_OUTSIDE: prices.outside * outside,
        TermName.LOCATION: prices.location * location,
        TermName.RANK: prices.rank * rank,
        TermName.WIND_DOWN: _legacy(situation, lines),
        TermName.TIE_BREAK: tie,
        TermName.SLACK: sum(
            (slack_price(situation.household, *key) * amount for key, amount in slack.items()), ZERO
        ),
    }
