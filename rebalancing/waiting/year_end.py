"""Late in the year gains wait for January: the sale now and the same sale on the first market day of January, by two full
computations each.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from compliance.firm.waiting_figures import BUDGET_USED, JANUARY_SAVING, YEAR_END_FROM, YEAR_GAINS
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import LotSale, Plan, Side
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.tax import federal_tax, thresholds
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.tables import year_to_use
from rebalancing.engine.tax.thresholds import EdgeKind
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, is_known, is_set, more_than
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting import hard_drift
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason, Owner

CODE = "year_end_gains"
NEEDS = (
    "as_of",
    "window_from",
    "window_until",
    "net_gain",
    "budget_used",
    "budget_trigger",
    "crosses",
    "year_gain",
    "year_gains_high",
    "saving",
    "saving_least",
)
ZERO = Decimal(0)
WAITS = "Its gain waits for"
EDGES = {
    EdgeKind.ZERO_RATE_ENDS: "the end of the 0% rate on long-term gains",
    EdgeKind.FIFTEEN_RATE_ENDS: "the end of the 15% rate on long-term gains",
    EdgeKind.INVESTMENT_INCOME_TAX: "the line of the 3.8% tax on investment income",
}
"""The lines that a gain can cross. Medicare’s premium tiers come on top for people of that age."""


def is_late(facts: Columns) -> Truth:
    """From the firm's day to the end of the year."""
    return at_least(facts["as_of"], facts["window_from"]) & at_least(facts["window_until"], facts["as_of"])


def fires(facts: Columns) -> Truth:
    """A net gain late in the year, where January is better or the year has had enough of them."""
    enough = (
        (is_known(facts["budget_used"]) & at_least(facts["budget_used"], facts["budget_trigger"]))
        | is_set(facts["crosses"])
        | at_least(facts["year_gain"], facts["year_gains_high"])
        | (is_known(facts["saving"]) & at_least(facts["saving"], facts["saving_least"]))
    )
    return is_late(facts) & more_than(facts["net_gain"], ZERO) & enough


def budget_used(net_gain: Decimal, limit: Decimal | None) -> Decimal | None:
    """The part of a gain budget that the year's net gain has used before the plan; None without a budget."""
    if limit is None:
        return None
    return max(ZERO, net_gain) / limit if limit > ZERO else Decimal(1)


@dataclass(frozen=True, slots=True)
class Priced:
    """The plan's sales of one household now and in January. Dollars; `january_on` the day of the second computation."""

    net_gain: Decimal
    tax_now: Decimal
    tax_january: Decimal
    january_on: date
    year_gain: Decimal
    used: Decimal | None
    crossed: tuple[str, ...]

    @property
    def saving(self) -> Decimal:
        return self.tax_now - self.tax_january


def price(portfolio: Portfolio, plan: Plan) -> Priced:
    """Both computations for every return that the plan's sales go on, added up."""
    household = with_gifts(portfolio.household)
    january = new_york().session_on_or_after(date(household.trade_on.year + 1, 1, 2))
    accounts = {one.id: one for one in household.accounts}
    lots = {one.id: one for one in household.lots}
    gains: dict[str, tuple[Decimal, Decimal]] = {}
    for order in plan.orders:
        filed_on = accounts[order.account].tax_unit
        if order.side is not Side.SELL or filed_on is None or not accounts[order.account].is_taxed:
            continue
        for sale in order.lots:
            short, long = _in_january(sale, lots.get(sale.lot), on=january)
            before = gains.get(filed_on, (ZERO, ZERO))
            gains[filed_on] = (before[0] + short, before[1] + long)
    now = {row.tax_unit: row for row in plan.tax}
    later, crossed = ZERO, []
    for unit in household.tax_units:
        if unit.id not in gains or unit.id not in now:
            continue
        own = now[unit.id]
        fresh = next_year(unit, own.carryforward_short_after, own.carryforward_long_after)
        later += (
            unit_taxes.compute(fresh, *gains[unit.id]).total - unit_taxes.compute(fresh, ZERO, ZERO).total
        )
        crossed += _crossed(unit, own.short, own.long)
    used = [
        share
        for row in plan.tax
        if row.tax_unit in gains
        and (share := budget_used(row.budget_used_before or ZERO, row.budget_limit)) is not None
    ]
    if plan.gain_budget is not None:
        share = budget_used(plan.gain_budget.used_before, plan.gain_budget.limit)
        used += [] if share is None else [share]
    return Priced(
        net_gain=sum((now[key].short + now[key].long for key in gains if key in now), ZERO),
        tax_now=sum((now[key].change for key in gains if key in now), ZERO),
        tax_january=later,
        january_on=january,
        year_gain=max(
            (
                one.realized_short + one.realized_long + one.expected_distributions
                for one in household.tax_units
                if one.id in gains
            ),
            default=ZERO,
        ),
        used=max(used, default=None),
        crossed=tuple(dict.fromkeys(crossed)),
    )


def next_year(unit: TaxUnit, carryforward_short: Decimal, carryforward_long: Decimal) -> TaxUnit:
    """The same return a year later: the same income, nothing realized yet, and what this year carries over."""
    income = unit.income
    return replace(
        unit,
        income=None if income is None else replace(income, tax_year=year_to_use(income.tax_year + 1)),
        realized_short=ZERO,
        realized_long=ZERO,
        realized_unknown="",
        carryforward_short=carryforward_short,
        carryforward_long=carryforward_long,
        expected_distributions=ZERO,
    )


def _in_january(sale: LotSale, lot: document.Lot | None, *, on: date) -> tuple[Decimal, Decimal]:
    """The gain of the same lot sold in January, short and long."""
    if sale.gain is None:
        return ZERO, ZERO
    gain = sale.gain + sale.disallowed
    since = lot.held_since if lot else None
    is_long = sale.term is Term.LONG if since is None else term(since, on) is Term.LONG
    return (ZERO, gain) if is_long else (gain, ZERO)


def _crossed(unit: TaxUnit, short: Decimal, long: Decimal) -> list[str]:
    """The lines that the plan's gains carry the year over, in words; flat rates know none."""
    if unit.income is None:
        return []
    profile = unit_taxes.profile(unit)
    before = federal_tax.compute(profile, unit_taxes.ledger(unit, ZERO, ZERO))
    after = federal_tax.compute(profile, unit_taxes.ledger(unit, short, long))
    told = dict(EDGES)
    if unit.income.seniors or unit.income.age_or_blind_conditions:
        told[EdgeKind.MEDICARE_TIER] = "a tier of Medicare’s premiums"
    return [
        f"{told[one.edge.kind]} at {dollars(one.edge.at)}"
        for one in thresholds.crossed(profile, before, after)
        if one.upward and one.edge.kind in told
    ]


def window(look: Look) -> dict[str, Fact]:
    """The days of this year on which January is priced beside a sale."""
    on = look.trade_on
    month, day = look.figures.of(YEAR_END_FROM)
    return {
        "as_of": on,
        "window_from": date(on.year, month, min(day, monthrange(on.year, month)[1])),
        "window_until": date(on.year, 12, 31),
    }


def facts(look: Look, priced: Priced) -> dict[str, Fact]:
    figures = look.figures
    return {
        **window(look),
        "net_gain": priced.net_gain,
        "budget_used": priced.used,
        "budget_trigger": figures.of(BUDGET_USED),
        "crosses": bool(priced.crossed),
        "year_gain": priced.year_gain,
        "year_gains_high": figures.of(YEAR_GAINS),
        "saving": priced.saving,
        "saving_least": figures.of(JANUARY_SAVING),
    }


def proceeds_all_the_same(look: Look) -> bool:
    """Whether the drift is so large that the gains are taken this year all the same, with a warning."""
    return columns.holds(hard_drift.stands, **hard_drift.facts(look))


def without_gains(portfolio: Portfolio, *, until: date) -> Portfolio:
    """The portfolio with every taxed lot that stands at a gain left alone until January; losses, retirement accounts and
    cash go on.
    """
    household = portfolio.household
    taxed = {one.id for one in household.accounts if one.is_taxed}
    prices = {one.id: one.price for one in household.securities}
    standing = {one.id: one for one in with_gifts(household).lots}

    def gains(lot: document.Lot) -> bool:
        known = standing.get(lot.id, lot)
        return known.basis is not None and known.quantity * prices[lot.security] > known.basis

    lots = tuple(
        replace(lot, lock_reason=f"{WAITS} {day_text(until)}", locked_until=until)
        if lot.account in taxed and lot.lock_reason is None and gains(lot)
        else lot
        for lot in household.lots
    )
    return replace(portfolio, household=replace(household, lots=lots))


def kept_back(portfolio: Portfolio, shown: document.Household, *, edits: Sequence[Edit] = ()) -> Portfolio:
    """The portfolio with the lots left alone whose gains wait in the document `shown`, but for those that an advisor's edit
    names: what waited when a proposal was made is not sold without a word when it is made anew.
    """
    household = portfolio.household
    waiting = {one.id: one for one in shown.lots if (one.lock_reason or "").startswith(WAITS)}
    named = {edit.lot for edit in edits if edit.lot is not None}
    sold = {(edit.account, edit.security) for edit in edits if edit.kind is EditKind.SELL}

    def waits(lot: document.Lot) -> bool:
        was = waiting.get(lot.id)
        if was is None or lot.lock_reason is not None or was.locked_until is None:
            return False
        is_asked_for = lot.id in named or (lot.account, lot.security) in sold
        return household.trade_on < was.locked_until and not is_asked_for

    lots = tuple(
        replace(lot, lock_reason=waiting[lot.id].lock_reason, locked_until=waiting[lot.id].locked_until)
        if waits(lot)
        else lot
        for lot in household.lots
    )
    return replace(portfolio, household=replace(household, lots=lots))


def with_gains(household: document.Household) -> document.Household:
    """The document without the locks of lots whose gains only wait for January."""
    lots = tuple(
        replace(lot, lock_reason=None, locked_until=None)
        if (lot.lock_reason or "").startswith(WAITS)
        else lot
        for lot in household.lots
    )
    return replace(household, lots=lots)


def _why(priced: Priced) -> Iterator[str]:
    if priced.used is not None and priced.used >= Decimal("0.5"):
        yield f"{priced.used * 100:.0f}% of the gain budget is used"
    if priced.year_gain > ZERO:
        yield f"{dollars(priced.year_gain)} of gains are realized this year already"
    if priced.crossed:
        yield f"the sale would pass {', '.join(priced.crossed)}"


def find(priced: Priced, effect: Effect, *, speaks_for_january: bool = True) -> HoldReason:
    """Both prices, what speaks for January, and until when the gains wait."""
    why = "; ".join(_why(priced))
    told = {
        Effect.HOLDS: "The gains wait for January, and without them nothing is worth trading.",
        Effect.PARTLY: "The gains wait for January; losses, retirement accounts and cash go on.",
        Effect.WARNS: (
            "The drift or the money due does not wait for January."
            if speaks_for_january
            else "January is not cheaper by enough to wait for it."
        ),
    }
    return HoldReason(
        code=CODE,
        sentence=(
            f"Selling now would realize {dollars(priced.net_gain)} of net gain and cost {dollars(priced.tax_now)} of tax; "
            f"the same sale on {day_text(priced.january_on)}, {priced.january_on.year} {dollars(priced.tax_january)}"
            f"{f' ({why})' if why else ''}. {told.get(effect, '')}"
        ).strip(),
        ends_on=priced.january_on if effect is not Effect.WARNS else None,
        because=f"It ends on {day_text(priced.january_on)}, {priced.january_on.year}, when the new tax year has begun.",
        owner=Owner.MACHINE,
        figures={
            "net_gain": f"{priced.net_gain:.2f}",
            "tax_now": f"{priced.tax_now:.2f}",
            "tax_january": f"{priced.tax_january:.2f}",
            "saving": f"{priced.saving:.2f}",
            "year_gain": f"{priced.year_gain:.2f}",
            "budget_used": "" if priced.used is None else f"{priced.used:.4f}",
            "january_on": priced.january_on.isoformat(),
        },
        effect=effect,
    )
