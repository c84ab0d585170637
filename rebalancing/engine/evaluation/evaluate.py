"""What a set of trades does, in exact arithmetic: lots, cash by day, taxes, weights, and every term of the objective.

This is where the numbers of a plan come from. The solver only chose the trades.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Cap, Lot
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Limit, LotSale, Side, TermName
from rebalancing.engine.evaluation import household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.money import CENT, ONE, ZERO, cents, cents_down, cents_up, share_of
from rebalancing.engine.portfolio.bands import Side as BandSide
from rebalancing.engine.portfolio.objective_prices import Weights, slack_price, tie_break, wind_down_prices
from rebalancing.engine.tax.holding_periods import Term, term

LotKey = tuple[str, str, str]  # Account, security, lot ("" for a whole position).


@dataclass(frozen=True, slots=True)
class Trades:
    """Shares sold of each unit and bought of each position; nothing that is zero."""

    sold: Mapping[LotKey, Decimal]
    bought: Mapping[Position, Decimal]


NOTHING = Trades({}, {})
NO_WASH = household_wash_sales.LotWash()


@dataclass(frozen=True, slots=True)
class Line:
    """One order before it has a reason."""

    account: str
    security: str
    side: Side
    shares: Decimal
    amount: Decimal
    cost: Decimal
    settles_on: date
    lots: tuple[LotSale, ...]


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


def evaluate(
    situation: Situation, opportunities: Opportunities, weights: Weights, trades: Trades
) -> Evaluation:
    """Everything that follows from ``trades``, exactly."""
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
    slack = slacks(situation, lines, taxes, values)
    terms = _terms(situation, opportunities, weights, lines, taxes, values, slack)
    terms[TermName.PERMANENTLY_DISALLOWED] = weights.tax * sum(
        (unit_taxes.loss_value(unit) * gains[unit.id].lost for unit in situation.household.tax_units), ZERO
    )
    drift = sum((distance(situation, scope.account, values) for scope in situation.scopes), ZERO)
    return Evaluation(lines, gains, taxes, cash_end, values, terms, slack, drift)


def lines_of(situation: Situation, trades: Trades) -> tuple[Line, ...]:
    """The trades as orders, sorted by account, side and security; lots named, oldest first where nothing is taxed.

    Before the wash-sale rule, which looks at all of them together.
    """
    sold: dict[Position, dict[str, Decimal]] = defaultdict(dict)
    for (account, security, lot), shares in trades.sold.items():
        sold[account, security][lot] = shares
    lines = [_sale(situation, position, by_lot) for position, by_lot in sold.items()]
    lines += [_purchase(situation, position, shares) for position, shares in trades.bought.items()]
    lines.sort(key=lambda line: (line.account, line.side is Side.BUY, line.security))
    return tuple(lines)


def _sale(situation: Situation, position: Position, by_lot: dict[str, Decimal]) -> Line:
    account, security = situation.accounts[position[0]], situation.securities[position[1]]
    lots = situation.lots_by_position[position]
    if not account.is_taxed:
        by_lot = _oldest_first(lots, by_lot[""])
    net = security.price * (ONE - security.half_spread)
    sales = []
    for lot in lots:
        shares = by_lot.get(lot.id, ZERO)
        if shares == 0:
            continue
        proceeds = cents(shares * net)
        if not account.is_taxed:
            sales.append(LotSale(lot=lot.id, shares=shares, proceeds=proceeds, basis=None, term=None, gain=None,
                                 disallowed=ZERO))  # fmt: skip
            continue
        # A gift sold between its two bases has neither gain nor loss, to the cent.
        basis = proceeds if lot.gift is not None else basis_of(lot, shares)
        held_since = lot.held_since
        held = None if held_since is None else term(held_since, situation.household.trade_on)
        gain = None if basis is None else proceeds - basis
        sales.append(LotSale(lot=lot.id, shares=shares, proceeds=proceeds, basis=basis, term=held, gain=gain,
                             disallowed=ZERO))  # fmt: skip
    shares = sum((sale.shares for sale in sales), ZERO)
    return Line(
        account=account.id,
        security=security.id,
        side=Side.SELL,
        shares=shares,
        amount=sum((sale.proceeds for sale in sales), ZERO),
        cost=cents(shares * security.price * security.half_spread),
        settles_on=situation.settles_on[security.id],
        lots=tuple(sales),
    )


def basis_of(lot: Lot, shares: Decimal) -> Decimal | None:
    """The basis of part of a lot, to the cent; down, so that rounding never turns a gain into a loss."""
    if lot.basis is None:
        return None
    if shares == lot.quantity:
        return cents(lot.basis)
    return cents_down(share_of(lot.basis, shares, lot.quantity))


def _oldest_first(lots: tuple[Lot, ...], shares: Decimal) -> dict[str, Decimal]:
    taken: dict[str, Decimal] = {}
    for lot in sorted(lots, key=queue_key):
        part = min(lot.quantity, shares)
        if part > 0:
            taken[lot.id] = part
            shares -= part
    return taken


def _purchase(situation: Situation, position: Position, shares: Decimal) -> Line:
    security = situation.securities[position[1]]
    return Line(
        account=position[0],
        security=security.id,
        side=Side.BUY,
        shares=shares,
        amount=cents_up(shares * security.price * (ONE + security.half_spread)),
        cost=cents(shares * security.price * security.half_spread),
        settles_on=situation.settles_on[security.id],
        lots=(),
    )


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


def distance(
    situation: Situation, account: str | None, values: Mapping[str | None, Mapping[str, Decimal]]
) -> Decimal:
    """Half the sum of the distances from target in one scope, in dollars."""
    (scope,) = [scope for scope in situation.scopes if scope.account == account]
    apart = (abs(values[account][z.policy.id] - z.policy.target * scope.investable) for z in scope.zones)
    return sum(apart, ZERO) / 2


def balances(situation: Situation, account: str, lines: tuple[Line, ...]) -> list[tuple[date, Decimal]]:
    """The account's cash at the end of each day on which it moves, from the trade day on."""
    moves: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for event in situation.events[account]:
        moves[event.on] += event.amount
    for line in lines:
        if line.account == account:
            moves[line.settles_on] += line.amount if line.side is Side.SELL else -line.amount
    found, balance = [], situation.accounts[account].cash_settled
    for day in sorted(moves):
        balance += moves[day]
        found.append((day, balance))
    return found


def slacks(
    situation: Situation,
    lines: tuple[Line, ...],
    taxes: Mapping[str, unit_taxes.UnitComputation],
    values: Mapping[str | None, Mapping[str, Decimal]],
) -> dict[tuple[str, str], Decimal]:
    """What each rule with a limit is short by, in dollars; only what is above zero."""
    found: dict[tuple[str, str], Decimal] = {}
    household = situation.household
    for account in household.accounts:
        if account.tradable:
            found.update(_cash_slacks(situation, account.id, lines))
    for cap in household.rules.caps:
        found[cap.rule, cap.id] = held_under(situation, cap, lines) - cap.weight_max * situation.investable
    turnover = sum((line.shares * situation.securities[line.security].price for line in lines), ZERO) / 2
    limits = [household.rules.turnover_max]
    if household.objective.mode is Mode.LEAST_TAX:
        limits.append(household.objective.turnover_max)
        if household.objective.drift_max is not None:
            drift = sum((distance(situation, scope.account, values) for scope in situation.scopes), ZERO)
            found[Limit.DRIFT, ""] = drift - household.objective.drift_max * situation.investable
    given = [limit for limit in limits if limit is not None]
    if given:
        found[Limit.TURNOVER, ""] = turnover - min(given) * situation.investable
    found.update(_tax_slacks(situation, taxes))
    found.update(_forced_slacks(situation, lines))
    return {key: cents(amount) for key, amount in found.items() if cents(amount) > 0}


def _cash_slacks(
    situation: Situation, account: str, lines: tuple[Line, ...]
) -> dict[tuple[str, str], Decimal]:
    minimum = situation.accounts[account].minimum_cash
    moved = dict(balances(situation, account, lines))
    # Before the first day on which a trade could settle nothing we do can help.
    early = situation.cash_days(account)[:-1]
    balance, missing = situation.accounts[account].cash_settled, ZERO
    for day in sorted({*moved, *early}):
        balance = moved.get(day, balance)
        if day in early:
            missing = max(missing, minimum - balance)
    return {(Limit.CASH, account): minimum - balance, (Limit.CASH_UNTIL_SETTLEMENT, account): missing}


def held_under(situation: Situation, cap: Cap, lines: tuple[Line, ...]) -> Decimal:
    """Dollars of everything that counts against ``cap`` after the lines."""
    worth = {one.id: one.price * cap.share_of(one) for one in situation.household.securities}
    total = sum((situation.quantity(at) * worth[at[1]] for at in situation.lots_by_position), ZERO)
    for line in lines:
        total += (ONE if line.side is Side.BUY else -ONE) * line.shares * worth[line.security]
    return total


def _tax_slacks(
    situation: Situation, taxes: Mapping[str, unit_taxes.UnitComputation]
) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    gain, tax = ZERO, ZERO
    used_before, used = budget_used(situation, taxes)
    if situation.household.rules.gain_budget is not None:
        found[Limit.GAIN_BUDGET, ""] = used - max(situation.household.rules.gain_budget.limit, used_before)
    for unit in situation.household.tax_units:
        base = sum(unit_taxes.base(unit), ZERO)
        net = taxes[unit.id].net_short + taxes[unit.id].net_long
        gain += net - base
        tax += unit_taxes.valued(unit, taxes[unit.id])
        tax -= unit_taxes.valued(unit, unit_taxes.compute(unit, ZERO, ZERO))
        if unit.gain_budget is not None:
            found[Limit.GAIN_BUDGET, unit.id] = net - max(unit.gain_budget.limit, base)
    objective = situation.household.objective
    if objective.mode is Mode.LEAST_DRIFT:
        if objective.gain_max is not None:
            found[Limit.NET_GAIN, ""] = gain - objective.gain_max
        if objective.tax_max is not None:
            found[Limit.TAX, ""] = tax - objective.tax_max
    return found


def budget_used(
    situation: Situation, taxes: Mapping[str, unit_taxes.UnitComputation]
) -> tuple[Decimal, Decimal]:
    """What all returns together use of the household's gain budget, without the plan and with it; a net loss uses none."""
    before = after = ZERO
    for unit in situation.household.tax_units:
        before += max(ZERO, sum(unit_taxes.base(unit), ZERO))
        after += max(ZERO, taxes[unit.id].net_short + taxes[unit.id].net_long)
    return before, after


def sold_by_edit(situation: Situation, position: Position) -> Decimal:
    """Shares of the position in the lots that an advisor asked to sell."""
    lots = ((edit, situation.lots[edit.lot]) for edit in situation.household.edits if edit.lot is not None)
    return sum(
        (
            lot.quantity if edit.shares is None else edit.shares
            for edit, lot in lots
            if edit.kind is EditKind.SELL_LOT and (lot.account, lot.security) == position
        ),
        ZERO,
    )


def _forced_slacks(situation: Situation, lines: tuple[Line, ...]) -> dict[tuple[str, str], Decimal]:
    """Forced edits that the lines do not carry out, in dollars."""
    found: dict[tuple[str, str], Decimal] = {}
    for edit in situation.household.edits:
        if edit.kind is EditKind.NO_TRADE:
            continue
        done, asked = ZERO, edit.shares or ZERO
        security = edit.security or ""
        if edit.kind is EditKind.SELL_LOT and edit.lot is not None:
            lot = situation.lots[edit.lot]
            security, asked = lot.security, lot.quantity if edit.shares is None else edit.shares
            if situation.accounts[lot.account].is_taxed:
                sales = (sale for line in lines for sale in line.lots if sale.lot == edit.lot)
                done = sum((sale.shares for sale in sales), ZERO)
            else:
                # Where nothing is taxed shares are shares: what is sold of the position counts for all its edits.
                place = lot.account, security
                sold = sum(
                    (x.shares for x in lines if x.side is Side.SELL and (x.account, x.security) == place),
                    ZERO,
                )
                done = asked if sold >= sold_by_edit(situation, place) else ZERO
        else:
            side = Side.BUY if edit.kind is EditKind.BUY else Side.SELL
            for line in lines:
                if (line.account, line.security, line.side) == (edit.account, security, side):
                    done += line.shares
        found[Limit.EDIT, edit.id] = abs(asked - done) * situation.securities[security].price
    return found


def _terms(
    situation: Situation,
    opportunities: Opportunities,
    weights: Weights,
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
    for scope in situation.scopes:
        if scope.investable <= 0:
            continue
        for zone in scope.zones:
            over = values[scope.account][zone.policy.id] - zone.rest * scope.investable
            room = abs((zone.upper if over > 0 else zone.lower) - zone.rest) * scope.investable
            near = min(abs(over), room) * zone.rates(weights)[over > 0]
            if zone.left is (BandSide.OVER if over > 0 else BandSide.UNDER):
                short += near
            else:
                inside += near
            outside += max(ZERO, abs(over) - room)
        if situation.household.policy.cash_class is None:
            # Cash that belongs to no class is outside the policy.
            outside += max(ZERO, values[scope.account].get("", ZERO))
    return {
        TermName.TAX: weights.tax * tax,
        TermName.SPREAD: weights.spread * spread,
        TermName.DRIFT_INSIDE: inside,
        TermName.DRIFT_SHORT_OF_DESTINATION: short,
        TermName.DRIFT_OUTSIDE: weights.outside * outside,
        TermName.LOCATION: weights.location * location,
        TermName.RANK: weights.rank * rank,
        TermName.WIND_DOWN: _legacy(situation, lines),
        TermName.TIE_BREAK: tie,
        TermName.SLACK: sum(
            (slack_price(situation.household, *key) * amount for key, amount in slack.items()), ZERO
        ),
    }
