"""What each loss of a household is worth: lots that may be sold, what would replace them, the tax now and later, and why the
rest is left alone.

A loss taken now saves tax now and lowers the basis of what replaces it, so that the same dollars are taxed when that is
sold: a loss is mostly a deferral. It is worth

    tax saved now  -  tax expected later / (1 + return after tax) ^ years  -  the spread of both orders

with the tax saved by full computations of the return, one position after the other, the largest losses per dollar first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from compliance.firm import harvest_figures
from compliance.firm.desk_figures import HARVEST_LOT_MIN
from compliance.firm.firm_settings import InForce
from rebalancing.engine.documents.harvest_validation import kept_part
from rebalancing.engine.documents.household import Household, Lot, LotMethod, Security
from rebalancing.engine.documents.objective import Harvest, Mode
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import tradables, unit_taxes
from rebalancing.engine.evaluation.situations import Position, Situation, lay_out
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.tax import tables
from rebalancing.engine.tax.deferral import timing_cost
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.wording import dollars, percent
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Truth

TRIED = Decimal(10_000)
"""Dollars of long-term gain from which the rate of a later sale is taken."""
STEP = Decimal("0.000001")

LOT_NEEDS = ("loss", "loss_least", "basis", "share_least")
POSITION_NEEDS = ("benefit", "orders", "order_least", "traded", "dollar_least")


def large_enough(facts: Columns) -> Truth:
    """Whether a lot's loss reaches the firm's dollars and its part of the basis."""
    return columns.at_least(facts["loss"], facts["loss_least"]) & columns.at_least(
        facts["loss"], facts["basis"] * facts["share_least"]
    )


def worth_it(facts: Columns) -> Truth:
    """Whether a position's losses are worth their orders and the dollars traded for them."""
    return columns.at_least(facts["benefit"], facts["orders"] * facts["order_least"]) & columns.at_least(
        facts["benefit"], facts["traded"] * facts["dollar_least"]
    )


@dataclass(frozen=True, slots=True)
class LossPosition:
    """The lots of one position that would be sold together. Dollars; `later` is in today's."""

    account: str
    security: str
    lots: tuple[str, ...]
    replacements: tuple[str, ...]
    loss: Decimal
    value: Decimal
    saved: Decimal
    later: Decimal
    spread: Decimal

    @property
    def benefit(self) -> Decimal:
        return self.saved - self.later - self.spread


@dataclass(frozen=True, slots=True)
class Weighing:
    """Every loss of the household: positions worth taking, and by lot why another is left alone."""

    taken: tuple[LossPosition, ...]
    left: Mapping[str, str]
    losses: Mapping[str, Decimal]
    later_rates: Mapping[str, Decimal]

    @property
    def loss(self) -> Decimal:
        return sum((one.loss for one in self.taken), ZERO)

    @property
    def benefit(self) -> Decimal:
        return sum((one.benefit for one in self.taken), ZERO)

    @property
    def saved(self) -> Decimal:
        return sum((one.saved for one in self.taken), ZERO)

    def rows(self, household: Household) -> tuple[Harvest, ...]:
        """The losses as a harvest's document names them."""
        accounts = {account.id: account.tax_unit or "" for account in household.accounts}
        return (
            *(
                Harvest(lot=lot, replacements=one.replacements, later=self.later_rates[accounts[one.account]])
                for one in self.taken
                for lot in one.lots
            ),
            *(Harvest(lot=lot, left_because=why) for lot, why in self.left.items()),
        )


def weigh(household: Household, figures: InForce) -> Weighing:
    """What every loss in the taxed accounts of `household` is worth under the firm's figures."""
    if not _may_lose(household):
        return Weighing((), {}, {}, {})
    units = tuple(_with_usable_losses(unit, figures) for unit in household.tax_units)
    asked = ordered(replace(household, tax_units=units))
    lots = list(_losing(lay_out(asked)))
    situation, sells = _what_if(asked, lots)
    rates = {unit.id: _later_rate(unit, figures) for unit in units}
    losses = {unit.lot.id: _loss(unit) for unit in sells if unit.lot is not None}
    left: dict[str, str] = {}
    by_position: dict[Position, list[SellUnit]] = defaultdict(list)
    buys = {unit.position: unit.exclusion for unit in tradables.find(situation).buys}
    for unit in sells:
        if unit.lot is None:
            continue
        why = _why_left(situation, unit, buys, figures)
        if why:
            left[unit.lot.id] = why
        else:
            by_position[unit.position].append(unit)
    taken: list[LossPosition] = []
    so_far: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    order = sorted(by_position, key=lambda at: (-_per_dollar(situation, by_position[at]), at))
    for position in order:
        sold = by_position[position]
        filer = situation.tax_units[situation.accounts[position[0]].tax_unit or ""]
        by_loss = sorted(sold, key=lambda unit: (-_per_dollar(situation, [unit]), unit.key))
        tried = [
            (_position(situation, some, so_far[filer.id], filer, buys, rates[filer.id]), some)
            for some in (by_loss[:count] for count in range(1, len(by_loss) + 1))
        ]
        # As many lots as pay together: those with the largest loss per dollar, none beyond what can be used.
        found, some = max(tried, key=lambda pair: pair[0].benefit)
        whole = tried[-1][0]
        if worth_it(position_facts(found, figures)).yes[0]:
            taken.append(found)
            so_far[filer.id] = _added(so_far[filer.id], some)
            left |= {lot: _beyond(found) for lot in whole.lots if lot not in found.lots}
        else:
            left |= dict.fromkeys(whole.lots, _not_worth(found))
    return Weighing(tuple(taken), left, losses, rates)


def lot_facts(loss: Decimal, basis: Decimal, figures: InForce) -> Columns:
    """The exact facts of one lot."""
    return columns.one(
        loss=loss,
        loss_least=figures.of(harvest_figures.LOT_DOLLARS),
        basis=basis,
        share_least=figures.of(HARVEST_LOT_MIN),
    )


def position_facts(found: LossPosition, figures: InForce) -> Columns:
    """The exact facts of one position: a sale and a purchase."""
    return columns.one(
        benefit=found.benefit,
        orders=2,
        order_least=figures.of(harvest_figures.ORDER_BENEFIT),
        traded=found.value * 2,
        dollar_least=figures.of(harvest_figures.DOLLAR_BENEFIT),
    )


def _may_lose(household: Household) -> bool:
    """Whether any lot may stand below its cost; most households have none, and nothing more is asked of them."""
    prices = {security.id: security.price for security in household.securities}
    taxed = {account.id for account in household.accounts if account.is_taxed}
    return any(
        lot.account in taxed
        and lot.basis is not None
        # Average basis and gifts move a lot's basis before it is compared.
        and (lot.quantity * prices[lot.security] < lot.basis or lot.gift or lot.method is LotMethod.AVERAGE)
        for lot in household.lots
    )


def _losing(situation: Situation) -> Iterator[Lot]:
    for lot in situation.lots.values():
        account, security = situation.accounts[lot.account], situation.securities[lot.security]
        # What the spread alone would lose is no loss.
        if account.is_taxed and lot.basis is not None and lot.quantity * security.price < lot.basis:
            yield lot


def _what_if(household: Household, lots: list[Lot]) -> tuple[Situation, list[SellUnit]]:
    """The household if all of `lots` were to be harvested, and these lots with what keeps each from being sold."""
    securities = {security.id: security for security in household.securities}
    rows = tuple(
        Harvest(
            lot=lot.id,
            replacements=(others := _replacements(securities, securities[lot.security])),
            left_because="" if others else _no_replacement(securities[lot.security]),
        )
        for lot in lots
    )
    objective = replace(household.objective, mode=Mode.HARVEST, harvest=rows)
    situation = lay_out(replace(household, objective=objective))
    named = {lot.id for lot in lots}
    return situation, [
        unit for unit in tradables.find(situation).sells if unit.lot is not None and unit.lot.id in named
    ]


def _replacements(securities: Mapping[str, Security], sold: Security) -> tuple[str, ...]:
    """What may stand in for `sold`: of its class and sleeve, and not substantially identical."""
    return tuple(
        name
        for name in sold.replacements
        if name in securities
        and securities[name].group != sold.group
        and kept_part(securities[name]) == kept_part(sold)
    )


def _no_replacement(sold: Security) -> str:
    if sold.replacements:
        return f"no replacement of {sold.symbol or sold.id} is of the same class and sleeve without being the same thing"
    return f"no replacement of {sold.symbol or sold.id} is on record"


def _why_left(
    situation: Situation, unit: SellUnit, buys: Mapping[Position, str | None], figures: InForce
) -> str:
    """What keeps a lot from being harvested before its worth is asked; empty for nothing."""
    lot = unit.lot
    assert lot is not None, "in taxed accounts lots are sold"
    assert lot.basis is not None, "only lots of known basis lose"
    loss = _loss(unit)
    if not large_enough(lot_facts(loss, lot.basis, figures)).yes[0]:
        least = figures.of(harvest_figures.LOT_DOLLARS)
        share = figures.of(HARVEST_LOT_MIN)
        return f"its loss of {dollars(loss)} is below {dollars(least)} or {percent(share)} of its cost"
    if unit.exclusion is not None:
        return unit.exclusion.text
    account = situation.accounts[unit.account]
    if situation.cash_at_end(unit.account) < account.minimum_cash:
        return "the account is short of cash, which comes first"
    row = next(row for row in situation.household.objective.harvest if row.lot == lot.id)
    if not row.replacements:
        return row.left_because  # Also where an advisor asks for its sale, which no harvest is.
    if _open(situation, unit, buys):
        return ""
    first = situation.securities[row.replacements[0]]
    why = buys.get((unit.account, first.id)) or "no sleeve of the model names it for this account"
    return f"{first.symbol or first.id} may not be bought in its place: {why}"


def _open(situation: Situation, unit: SellUnit, buys: Mapping[Position, str | None]) -> tuple[str, ...]:
    """The replacements that may be bought in the lot's account, best first."""
    rows = {row.lot: row.replacements for row in situation.household.objective.harvest}
    others = rows[unit.lot.id] if unit.lot is not None else ()
    return tuple(
        other for other in others if (unit.account, other) in buys and buys[unit.account, other] is None
    )


def _position(
    situation: Situation,
    sold: list[SellUnit],
    so_far: tuple[Decimal, Decimal],
    filer: TaxUnit,
    buys: Mapping[Position, str | None],
    later_rate: Decimal,
) -> LossPosition:
    security = situation.securities[sold[0].security]
    others = _open(situation, sold[0], buys)
    value = sum((unit.quantity for unit in sold), ZERO) * security.price
    loss = sum((_loss(unit) for unit in sold), ZERO)
    before = unit_taxes.valued(filer, unit_taxes.compute(filer, *so_far))
    after = unit_taxes.valued(filer, unit_taxes.compute(filer, *_added(so_far, sold)))
    return LossPosition(
        account=sold[0].account,
        security=security.id,
        lots=tuple(unit.lot.id for unit in sold if unit.lot is not None),
        replacements=others,
        loss=loss,
        value=value,
        saved=before - after,
        later=loss * later_rate,
        spread=value * (security.half_spread + situation.securities[others[0]].half_spread),
    )


def _added(so_far: tuple[Decimal, Decimal], sold: list[SellUnit]) -> tuple[Decimal, Decimal]:
    short, long = so_far
    for unit in sold:
        if unit.term is Term.LONG:
            long -= _loss(unit)
        else:
            short -= _loss(unit)
    return short, long


def _loss(unit: SellUnit) -> Decimal:
    return -(unit.gain_per_share or ZERO) * unit.quantity


def _per_dollar(situation: Situation, sold: list[SellUnit]) -> Decimal:
    value = sum((unit.quantity * situation.securities[unit.security].price for unit in sold), ZERO)
    return sum((_loss(unit) for unit in sold), ZERO) / value if value else ZERO


def _not_worth(found: LossPosition) -> str:
    return (
        f"it is not worth its cost: {dollars(found.saved)} of tax saved now, {dollars(found.later)} expected later,"
        f" {dollars(found.spread)} of trading costs"
    )


def _beyond(found: LossPosition) -> str:
    return f"beyond the {dollars(found.loss)} of losses taken here, it would cost more than it saves"


def _later_rate(unit: TaxUnit, figures: InForce) -> Decimal:
    """Tax later for each dollar of loss taken now, in today's dollars: the rate on a long-term gain beside the year's
    income, with no gains or losses of this year, discounted over the years that a replacement is held."""
    plain = replace(
        unit,
        realized_short=ZERO,
        realized_long=ZERO,
        carryforward_short=ZERO,
        carryforward_long=ZERO,
        expected_distributions=ZERO,
    )
    more = unit_taxes.compute(plain, ZERO, TRIED).total - unit_taxes.compute(plain, ZERO, ZERO).total
    cost = timing_cost(
        ZERO,
        tax_later=more / TRIED,
        years=figures.of(harvest_figures.YEARS_HELD),
        after_tax_rate=figures.of(harvest_figures.AFTER_TAX_RATE),
    )
    return min(ONE, max(ZERO, -cost)).quantize(STEP)


def _with_usable_losses(unit: TaxUnit, figures: InForce) -> TaxUnit:
    """`unit` with a carried loss at its worth when those before it are used first, a year's deduction at a time."""
    carried = unit_taxes.compute(unit, ZERO, ZERO)
    ahead = carried.carryforward_short + carried.carryforward_long
    if ahead <= 0:
        return unit
    year = tables.year_to_use(unit.income.tax_year) if unit.income else 0
    # By flat rates the deduction is that of most returns (IRC 1211(b)).
    limit = tables.table(year, unit.income.filing_status).capital_loss_limit if unit.income else Decimal(3000)
    factor = (ONE + figures.of(harvest_figures.AFTER_TAX_RATE)) ** (ahead / limit)
    if unit.income is not None:
        worth = (unit.income.loss_value / factor).quantize(STEP)
        return replace(unit, income=replace(unit.income, loss_value=worth))
    assert unit.flat is not None, "a tax unit has either an income profile or flat rates"
    return replace(unit, flat=replace(unit.flat, loss_value=(unit.flat.loss_value / factor).quantize(STEP)))
