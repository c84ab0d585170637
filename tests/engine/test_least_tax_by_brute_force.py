"""Least tax by trying everything (P11): on tiny households every choice of whole shares of every lot is gone through.

One taxed account with up to six lots of two securities, and one security that may be bought. For each choice the
objective is worked out by hand. None may lie below the plan's bound, and the plan may be worse than the best of them
only by what its own gap admits.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    DatedAmount,
    Destination,
    Household,
    Lot,
    Member,
    Policy,
    Rules,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.tax_units import FlatRates, IncomeProfile, TaxUnit
from rebalancing.engine.tax.tables import FilingStatus
from tests.engine.oracles import plan_by_hand, year_by_hand
from tests.engine.small_households import TODAY, YESTERDAY
from tests.examples import COUNT

D = Decimal
FIRST_CHOICE, SECOND_CHOICE = "OLD", "NEW"


def tiny(seed: int, mode: Mode) -> Household:
    """A household so small that all its plans can be tried; equal seeds give equal households."""
    rng = random.Random(f"tiny/{mode.value}/{seed}")
    classes = ("STOCK", "BOND")
    securities = tuple(
        Security(
            id=name,
            price=D(rng.randint(2_000, 30_000)) / 100,
            price_on=YESTERDAY,
            weights=(ClassWeight(asset_class=asset_class, weight=D(1)),),
            half_spread=D(rng.choice(["0", "0.0005"])),
        )
        for name, asset_class in ((FIRST_CHOICE, "STOCK"), (SECOND_CHOICE, "BOND"))
    )
    prices = {security.id: security.price for security in securities}
    lots = []
    for number in range(rng.randint(1, 6)):
        name = FIRST_CHOICE if rng.random() < 0.75 else SECOND_CHOICE
        shares = D(rng.choice([1, 1, 1, 2]))
        days = rng.choice([rng.randint(31, 365), rng.randint(366, 3000)])
        worth = shares * prices[name]
        lots.append(
            Lot(
                id=f"L{number}",
                account="A1",
                security=name,
                quantity=shares,
                basis=(worth * D(rng.randint(40, 170)) / 100).quantize(D("0.01")),
                acquired=TODAY - timedelta(days=days),
            )
        )
    target = D(rng.randint(2, 8)) / 10
    rows = tuple(
        ClassPolicy(
            id=name,
            target=part,
            lower=max(D(0), part - D("0.1")),
            upper=min(D(1), part + D("0.1")),
            destination=rng.choice(list(Destination)),
        )
        for name, part in zip((*classes, "CASH"), (target - D("0.1"), D(1) - target, D("0.1")), strict=True)
    )
    value = sum((lot.quantity * prices[lot.security] for lot in lots), D(0))
    cash = (value * D(rng.randint(0, 40)) / 100).quantize(D("0.01"))
    flow = (value * D(rng.choice([0, 0, 10, -10])) / 100).quantize(D("0.01"))
    return Household(
        id=f"tiny-{mode.value}-{seed}",
        as_of=YESTERDAY,
        trade_on=TODAY,
        tax_units=(unit_of(rng),),
        accounts=(
            Account(
                id="A1",
                tax_treatment=TaxTreatment.TAXABLE,
                tax_unit="U1",
                cash_settled=cash,
                flows=(DatedAmount(on=TODAY + timedelta(days=6), amount=flow),) if flow else (),
            ),
        ),
        securities=securities,
        lots=tuple(lots),
        policy=Policy(
            classes=rows,
            sleeves=(Sleeve(id="bonds", asset_class="BOND", members=(Member(security=SECOND_CHOICE),)),),
            cash_class="CASH",
        ),
        rules=Rules(minimum_trade=D(0)),
        objective=Objective(
            mode=mode,
            hold_below_bps=D(0),
            fewest_orders=False,
            drift_max=D(rng.randint(5, 40)) / 100 if mode is Mode.LEAST_TAX else None,
            gain_max=(value * D(rng.randint(-10, 20)) / 100).quantize(D("0.01"))
            if mode is Mode.LEAST_DRIFT
            else None,
            raise_amount=(value * D(rng.randint(0, 60)) / 100).quantize(D("0.01"))
            if mode is Mode.RAISE_CASH
            else None,
        ),
    )


def unit_of(rng: random.Random) -> TaxUnit:
    short, long = sorted(rng.sample([0, 10, 15, 20, 24, 32, 37], 2), reverse=True)
    is_full = rng.random() < 0.3
    full = IncomeProfile(
        filing_status=rng.choice([FilingStatus.SINGLE, FilingStatus.MARRIED_JOINTLY, FilingStatus.TRUST]),
        tax_year=2026,
        wages=D(rng.choice([0, 16_000, 49_000, 64_000, 250_000])),
        qualified_dividends=D(rng.choice([0, 3000])),
    )
    flat = FlatRates(short=D(short) / 100, long=D(long) / 100, loss_value=D(short) / 200)
    return TaxUnit(
        id="U1",
        income=full if is_full else None,
        flat=None if is_full else flat,
        state_rate=D(rng.choice(["0", "0.05"])),
        realized_short=D(rng.choice([0, 0, 150, -150, -2900])),
        realized_long=D(rng.choice([0, 0, 200, -200])),
        carryforward_long=D(rng.choice([0, 0, 100])),
    )


@dataclass(frozen=True)
class Prices:
    """What the mode charges for a dollar of tax and spread, and of drift inside and outside the zone.

    ``keeps_destinations``: a class that has left its band is brought to its destination. A dollar short of it costs a
    tenth of the difference less than one outside, and a dollar past it twice as much as one inside.
    """

    tax: float
    inside: float
    outside: float
    keeps_destinations: bool = False

    def near(self, *, left: int, side: int) -> float:
        if not left:
            return self.inside
        short = self.outside - (self.outside - self.inside) / 10
        return short if left == side else min(2 * self.inside, self.outside)


def prices_of(mode: Mode) -> Prices:
    if mode is Mode.LEAST_TAX:
        return Prices(1.0, 20e-8, 1500e-8)
    if mode is Mode.LEAST_DRIFT:
        return Prices(1e-4, 0.01, 0.01)
    return Prices(1.0, 20e-4, 1500e-4, keeps_destinations=True)


def best_by_hand(household: Household, set_aside: float) -> float:
    """The least objective of all plans in whole shares that keep every limit; infinite where there is none."""
    (account,), (unit,), objective = household.accounts, household.tax_units, household.objective
    prices = {security.id: float(security.price) for security in household.securities}
    half = {security.id: float(security.half_spread) for security in household.securities}
    charged = prices_of(objective.mode)
    flow = float(sum((flow.amount for flow in account.flows), D(0)))
    settled = float(account.cash_settled)
    end = settled + flow - set_aside
    held = dict.fromkeys(prices, 0.0)
    for lot in household.lots:
        held[lot.security] += float(lot.quantity) * prices[lot.security]
    before = {"STOCK": held[FIRST_CHOICE], "BOND": held[SECOND_CHOICE], "CASH": end}
    whole = sum(before.values())
    zones = zones_of(household, set_aside)
    may_sell = objective.mode is not Mode.CASH_ONLY or end < 0
    may_buy = objective.mode is not Mode.RAISE_CASH and (objective.mode is not Mode.CASH_ONLY or end >= 0)
    worth = float(unit.income.loss_value if unit.income is not None else unit.flat.loss_value)

    @cache
    def cost(short: float, long: float) -> float:
        year = year_by_hand.year(unit, short, long)
        return float(year.federal + year.niit + year.state) - worth * float(
            year.carry_short + year.carry_long
        )

    counts = [range(int(lot.quantity) + 1 if may_sell else 1) for lot in household.lots]
    sold = np.array(list(itertools.product(*counts)), dtype=float)
    out, gains = {name: np.zeros(len(sold)) for name in prices}, [np.zeros(len(sold)), np.zeros(len(sold))]
    for column, lot in zip(sold.T, household.lots, strict=True):
        value = column * prices[lot.security]
        out[lot.security] += value
        is_long = plan_by_hand.is_long_term(lot.acquired, household.trade_on)
        gains[is_long] += value * (1 - half[lot.security]) - float(lot.basis) * column / float(lot.quantity)
    nothing = cost(0.0, 0.0)
    tax = np.array(
        [cost(*pair) - nothing for pair in zip(*(np.round(g, 4).tolist() for g in gains), strict=True)]
    )
    proceeds = sum(value * (1 - half[name]) for name, value in out.items())
    free = np.minimum(settled - set_aside, end) + proceeds
    each = prices[SECOND_CHOICE] * (1 + half[SECOND_CHOICE])
    most = np.where(may_buy & (out[SECOND_CHOICE] == 0), np.maximum(free, 0) // each, 0)
    # One row for each choice of sales, one column for each number of shares bought.
    shares = np.arange(most.max() + 1)[None, :]
    bought = shares * prices[SECOND_CHOICE]
    rows = {name: value[:, None] for name, value in out.items()}
    after = {
        "STOCK": before["STOCK"] - rows[FIRST_CHOICE] + 0 * bought,
        "BOND": before["BOND"] - rows[SECOND_CHOICE] + bought,
        "CASH": end + proceeds[:, None] - shares * each,
    }
    spread = sum(value * half[name] for name, value in rows.items()) + bought * half[SECOND_CHOICE]
    total, apart = charged.tax * (tax[:, None] + spread), 0 * (rows[FIRST_CHOICE] + bought)
    for row in household.policy.classes:
        low, high, rest, left = zones[row.id]
        if not charged.keeps_destinations:
            rest, left = float(row.target), 0
        over = after[row.id] - rest * whole
        room = np.where(over > 0, high - rest, rest - low) * whole
        inside = np.minimum(np.abs(over), room)
        near = np.where(over > 0, charged.near(left=left, side=1), charged.near(left=left, side=-1))
        total = total + near * inside + charged.outside * (np.abs(over) - inside)
        apart = apart + np.abs(after[row.id] - float(row.target) * whole) / 2
    may = (shares <= most[:, None]) & (free >= -1e-9)[:, None]
    if objective.gain_max is not None:
        may &= (gains[0] + gains[1] <= float(objective.gain_max) + 1e-9)[:, None]
    if objective.drift_max is not None:
        may &= apart <= float(objective.drift_max) * whole + 1e-9
    return float(np.where(may, total, np.inf).min())


def zones_of(household: Household, set_aside: float) -> dict[str, tuple[float, float, float, int]]:
    """By class from where to where deviations are cheap, where they cost nothing, and on which side the class has left its
    band. Exactly: a class can stand on its very edge, which is a breach."""
    account = household.accounts[0]
    cash = account.cash_settled + sum((flow.amount for flow in account.flows), D(0)) - round(D(set_aside), 2)
    values = {"STOCK": D(0), "BOND": D(0), "CASH": cash}
    names = {security.id: security.weights[0].asset_class for security in household.securities}
    prices = {security.id: security.price for security in household.securities}
    for lot in household.lots:
        values[names[lot.security]] += lot.quantity * prices[lot.security]
    whole = sum(values.values(), D(0))
    found = {}
    for row in household.policy.classes:
        low, high, rest, left = zone_of(row, values[row.id], whole)
        found[row.id] = float(low), float(high), float(rest), left
    return found


def zone_of(row: ClassPolicy, value: Decimal, whole: Decimal) -> tuple[Decimal, Decimal, Decimal, int]:
    """Short of the band's edges; the target, or the destination of a class beyond them."""
    low = row.lower + D("0.02") * (row.target - row.lower) if row.lower > 0 else row.lower
    high = row.upper - D("0.02") * (row.upper - row.target) if row.upper < 1 else row.upper
    below, above = row.lower * whole, row.upper * whole
    is_low = value < below or (value == below and row.lower not in {D(0), row.target})
    is_high = value > above or (value == above and row.upper not in {D(1), row.target})
    if not (is_low or is_high):
        return low, high, row.target, 0
    rest = {
        Destination.TARGET: row.target,
        Destination.HALFWAY: (row.target + (row.lower if is_low else row.upper)) / 2,
        Destination.EDGE: low if is_low else high,
    }[row.destination]
    return low, high, rest, -1 if is_low else 1


MODES = [mode for mode in Mode if mode is not Mode.HARVEST]
"""A harvest chooses among named lots only: tests/engine/test_harvests.py."""


@pytest.mark.parametrize("mode", MODES)
def test_no_choice_of_shares_is_better_than_the_bound_or_than_one_share_of_each_allows(mode):
    unbound, worse, best_of_all, tried = [], [], 0, 0
    for seed in range(COUNT // len(MODES) + 1):
        household = tiny(seed, mode)
        plan = proposing.propose(household, removal_costs=False)
        aside = -float(sum((step.amount for step in plan.cash if step.description == "cash set aside"), D(0)))
        best = best_by_hand(household, aside)
        if plan.slack or best == float("inf"):
            continue
        tried += 1
        noise = 0.02 + 2e-6 * float(sum((order.amount for order in plan.orders), D(0)))
        if float(plan.bound) > best + noise:
            unbound.append((seed, plan.bound, best))
        if float(plan.objective) > best + noise + one_share_of_each(household):
            worse.append((seed, plan.objective, best))
        best_of_all += float(plan.objective) <= best + noise

    assert (unbound, worse) == ([], [])
    assert best_of_all >= tried * 4 // 5 > COUNT // 20


def one_share_of_each(household: Household) -> float:
    """What one share more or less of every security can cost: its drift twice over, and its gain at the highest rates."""
    outside = prices_of(household.objective.mode).outside
    return sum(float(security.price) * (2 * outside + 0.6) for security in household.securities)
