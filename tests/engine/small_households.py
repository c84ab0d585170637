"""Small random households of every kind, the same for the same seed: what the properties of plans are tried on.

One to four accounts of either spouse, taxed or not, up to eight securities and a dozen lots, and everything the
document can say about them, each now and then: that is where rules meet that no worked example brings together.
All figures are invented.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.documents.household import (
    Account,
    Cap,
    CapKind,
    ClassPolicy,
    ClassWeight,
    DatedAmount,
    Destination,
    Household,
    Level,
    LocationCost,
    Lot,
    LotMethod,
    Member,
    Penalties,
    Policy,
    Restriction,
    Rules,
    Security,
    SecurityStatus,
    Sleeve,
    TaxTreatment,
    WindDown,
)
from rebalancing.engine.documents.objective import Edit, EditKind, Mode, Objective
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import BudgetKind, FlatRates, GainBudget, IncomeProfile, TaxUnit
from rebalancing.engine.tax.tables import FilingStatus

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)
ZERO = Decimal(0)
TREATMENTS = (
    TaxTreatment.TAXABLE,
    TaxTreatment.TAXABLE,
    TaxTreatment.TAX_DEFERRED,
    TaxTreatment.TAX_FREE,
)
FILERS = (
    FilingStatus.SINGLE,
    FilingStatus.MARRIED_JOINTLY,
    FilingStatus.MARRIED_SEPARATELY,
    FilingStatus.TRUST,
)


def money(rng: random.Random, low: float, high: float) -> Decimal:
    return Decimal(f"{rng.uniform(low, high):.2f}")


def seldom(rng: random.Random, probability: float = 0.12) -> bool:
    return rng.random() < probability


def household(seed: int) -> Household:
    """One household; equal seeds give equal households."""
    rng = random.Random(f"small/{seed}")
    dollars = rng.choice([20_000, 100_000, 400_000, 2_000_000])
    classes = ["STOCK", "BOND", "REIT", "GOLD"][: rng.randint(2, 4)]
    cash_class = "CASH" if rng.random() < 0.8 else None
    securities = securities_of(rng, classes)
    units = tax_units_of(rng, dollars)
    accounts = accounts_of(rng, units, dollars)
    lots = lots_of(rng, accounts, securities, dollars)
    made = Household(
        id=f"small-{seed}",
        as_of=YESTERDAY,
        trade_on=TODAY,
        tax_units=units,
        accounts=accounts,
        securities=securities,
        lots=lots,
        policy=policy_of(rng, classes, cash_class, securities),
        recent_trades=recent_of(rng, accounts, securities, lots),
        level=Level.ACCOUNT if seldom(rng) else Level.HOUSEHOLD,
    )
    made = replace(made, rules=rules_of(rng, made, dollars))
    made = replace(made, edits=edits_of(rng, made))
    return replace(made, objective=objective_of(rng, made, dollars))


def securities_of(rng: random.Random, classes: list[str]) -> tuple[Security, ...]:
    made: list[Security] = []
    for asset_class in classes:
        for rank in range(rng.choice([1, 1, 2, 2, 3])):
            name = f"{asset_class}{rank + 1}"
            other = rng.choice(classes)
            part = Decimal(rng.randint(55, 95)) / 100
            weights = (ClassWeight(asset_class=asset_class, weight=Decimal(1)),)
            if other != asset_class and seldom(rng):
                weights = (
                    ClassWeight(asset_class=asset_class, weight=part),
                    ClassWeight(asset_class=other, weight=1 - part),
                )
            made.append(
                Security(
                    id=name,
                    symbol=name,
                    price=money(rng, 4, rng.choice([30, 120, 450])),
                    price_on=YESTERDAY,
                    weights=weights,
                    half_spread=Decimal(rng.choice(["0", "0.0001", "0.0005", "0.002"])),
                    wash_group=f"{asset_class}-index" if seldom(rng, 0.25) else None,
                    wash_applies=not seldom(rng, 0.06),
                    increment=Decimal(rng.choice([1, 1, 1, 1, 10])),
                    fractional_increment=Decimal("0.001") if rng.random() < 0.6 else None,
                    settles_in_days=rng.choice([1, 1, 1, 2, 0]),
                    status=rng.choice(
                        [SecurityStatus.OPEN] * 18 + [SecurityStatus.SELL_ONLY, SecurityStatus.FROZEN]
                    ),
                    issuer=f"issuer-{rank % 2}",
                )
            )
    made = made[:8]
    return tuple(
        replace(security, replacements=tuple(rng.sample([s.id for s in made if s is not security], 1)))
        if len(made) > 1 and seldom(rng)
        else security
        for security in made
    )


def tax_units_of(rng: random.Random, dollars: int) -> tuple[TaxUnit, ...]:
    made = []
    for number in range(rng.choice([1, 1, 2])):
        short, long = sorted(rng.sample([0, 10, 15, 20, 24, 32, 37], 2), reverse=True)
        is_full = rng.random() < 0.6
        budget = GainBudget(
            limit=money(rng, -0.01 * dollars, 0.04 * dollars),
            kind=rng.choice(list(BudgetKind)),
            price=Decimal("0.25"),
        )
        made.append(
            TaxUnit(
                id=f"U{number + 1}",
                income=IncomeProfile(
                    filing_status=rng.choice(FILERS),
                    tax_year=2026,
                    wages=Decimal(rng.choice([0, 20_000, 48_000, 110_000, 250_000, 700_000])),
                    taxable_interest=money(rng, 0, 9000),
                    qualified_dividends=money(rng, 0, 15_000),
                    deduction=None if rng.random() < 0.7 else Decimal(rng.randint(0, 40_000)),
                    loss_value=Decimal(rng.choice(["0", "0.1"])),
                )
                if is_full
                else None,
                flat=None
                if is_full
                else FlatRates(
                    short=Decimal(short) / 100,
                    long=Decimal(long) / 100,
                    loss_value=Decimal(short) / 100 * rng.choice([0, 1]) / 2,
                ),
                state_rate=Decimal(rng.choice(["0", "0", "0.05", "0.093"])),
                realized_short=money(rng, -0.02 * dollars, 0.02 * dollars),
                realized_long=money(rng, -0.02 * dollars, 0.03 * dollars),
                carryforward_short=money(rng, 0, 0.01 * dollars) if seldom(rng) else ZERO,
                carryforward_long=money(rng, 0, 0.03 * dollars) if seldom(rng, 0.2) else ZERO,
                expected_distributions=money(rng, 0, 0.003 * dollars) if seldom(rng, 0.3) else ZERO,
                gain_budget=budget if seldom(rng, 0.2) else None,
            )
        )
    return tuple(made)


def accounts_of(rng: random.Random, units: tuple[TaxUnit, ...], dollars: int) -> tuple[Account, ...]:
    made = []
    count = rng.randint(1, 4)
    for number in range(count):
        part = dollars / count
        due = [
            DatedAmount(
                on=TODAY + timedelta(days=rng.randint(-1, 5)), amount=money(rng, -0.02 * part, 0.05 * part)
            )
            for _ in range(rng.choice([0, 0, 0, 1, 2]))
        ]
        flows = [
            DatedAmount(
                on=TODAY + timedelta(days=rng.randint(1, 25)), amount=money(rng, -0.12 * part, 0.10 * part)
            )
            for _ in range(rng.choice([0, 0, 0, 1]))
        ]
        made.append(
            Account(
                id=f"A{number + 1}",
                tax_treatment=rng.choice(TREATMENTS),
                tax_unit=rng.choice(units).id,
                owner=f"P{rng.randint(1, 2)}",
                cash_settled=money(rng, 0, rng.choice([0.01, 0.05, 0.3]) * part),
                cash_unsettled=tuple(due),
                minimum_cash=Decimal(rng.choice([0, 0, 100, 1000])),
                flows=tuple(flows),
                fractional_shares=rng.random() < 0.25,
                tradable=not seldom(rng, 0.05),
            )
        )
    return tuple(made)


def lots_of(
    rng: random.Random, accounts: tuple[Account, ...], securities: tuple[Security, ...], dollars: int
) -> tuple[Lot, ...]:
    made: list[Lot] = []
    methods: dict[tuple[str, str], LotMethod] = {}
    count = rng.randint(1, 12)
    for number in range(count):
        account, security = rng.choice(accounts), rng.choice(securities)
        method = methods.setdefault(
            (account.id, security.id),
            rng.choice([LotMethod.SPECIFIC] * 6 + [LotMethod.FIFO, LotMethod.AVERAGE]),
        )
        value = dollars / count * rng.lognormvariate(0, 0.6)
        shares = Decimal(max(1, round(value / float(security.price))))
        if seldom(rng, 0.2):
            shares += Decimal(rng.randint(1, 999)) / 1000
        days = int(rng.choice([rng.uniform(0, 45), rng.uniform(20, 420), rng.uniform(366, 4000)]))
        worth = float(shares * security.price)
        basis = Decimal(f"{worth / (rng.lognormvariate(0, 0.2) * (1 + 0.07 * days / 365)):.2f}")
        is_known = method is LotMethod.AVERAGE or (
            rng.random() > 0.05 and (account.is_taxed or seldom(rng, 0.5))
        )
        is_locked = seldom(rng, 0.04)
        made.append(
            Lot(
                id=f"L{number + 1:02d}",
                account=account.id,
                security=security.id,
                quantity=shares,
                basis=basis if is_known else None,
                acquired=TODAY - timedelta(days=days),
                adjusted_acquired=TODAY - timedelta(days=days + rng.randint(1, 300))
                if seldom(rng, 0.06)
                else None,
                lock_reason="pledged" if is_locked else None,
                locked_until=TODAY + timedelta(days=rng.randint(-20, 20)) if is_locked else None,
                method=method,
            )
        )
    return tuple(made)


def policy_of(
    rng: random.Random, classes: list[str], cash_class: str | None, securities: tuple[Security, ...]
) -> Policy:
    names = [*classes, *([cash_class] if cash_class else [])]
    parts = [rng.randint(1, 12) for _ in names]
    targets = [Decimal(part) / sum(parts) for part in parts]
    targets = [target.quantize(Decimal("0.01")) for target in targets]
    targets[0] += 1 - sum(targets)
    rows = []
    for name, target in zip(names, targets, strict=True):
        half = min(Decimal("0.05"), target / 4) * rng.choice([1, 1, 1, 2, 0])
        rows.append(
            ClassPolicy(
                id=name,
                target=target,
                lower=max(ZERO, target - half),
                upper=min(Decimal(1), target + half),
                destination=rng.choice(list(Destination)),
            )
        )
    sleeves = []
    for name in classes:
        own = [s.id for s in securities if s.id.startswith(name)]
        members = [
            Member(
                security=security,
                rank=rank,
                treatments=tuple(rng.sample(sorted(TaxTreatment), 2)) if seldom(rng) else (),
            )
            for rank, security in enumerate(own, start=1)
        ]
        sleeves.append(Sleeve(id=f"sleeve-{name}", asset_class=name, members=tuple(members)))
    inside = Decimal(rng.choice([0, 20, 20, 100]))
    return Policy(
        classes=tuple(rows),
        sleeves=tuple(sleeves),
        cash_class=cash_class,
        penalties=Penalties(
            inside_bps=inside, outside_bps=inside + rng.choice([100, 1480, 1480, 3000]), rank_bps=Decimal(2)
        ),
        location=(
            LocationCost(
                asset_class=rng.choice(classes), treatment=TaxTreatment.TAXABLE, cost_bps=Decimal(40)
            ),
        )
        if rng.random() < 0.4
        else (),
    )


def recent_of(
    rng: random.Random,
    accounts: tuple[Account, ...],
    securities: tuple[Security, ...],
    lots: tuple[Lot, ...],
) -> tuple[RecentTrade, ...]:
    made = []
    for number in range(rng.choice([0, 0, 1, 1, 2, 3])):
        kind = rng.choice(list(RecentTradeKind))
        before = TODAY - timedelta(days=rng.randint(0, 30))
        after = TODAY + timedelta(days=rng.randint(0, 30))
        on = after if kind is RecentTradeKind.OPEN_ORDER or seldom(rng, 0.3) else before
        held = [lot for lot in lots if lot.acquired is not None and (TODAY - lot.acquired).days <= 30]
        lot = rng.choice(held) if held and kind is RecentTradeKind.PURCHASE and rng.random() < 0.6 else None
        shares = Decimal(rng.randint(1, 60)) if lot is None else lot.quantity
        made.append(
            RecentTrade(
                id=f"R{number + 1}",
                kind=kind,
                account=rng.choice([*(a.id for a in accounts), "held away"]) if lot is None else lot.account,
                security=rng.choice(securities).id if lot is None else lot.security,
                on=(before if kind is RecentTradeKind.LOSS_SALE else on)
                if lot is None
                else lot.acquired or on,
                shares=shares,
                lot=None if lot is None else lot.id,
                shares_used=(shares / 2).quantize(Decimal(1)) if seldom(rng) else ZERO,
                loss_per_share=Decimal("3.00") if kind is RecentTradeKind.LOSS_SALE else None,
            )
        )
    # A lot is opened by one purchase.
    opened: set[str] = set()
    return tuple(r for r in made if r.lot is None or not (r.lot in opened or opened.add(r.lot)))


def rules_of(rng: random.Random, made: Household, dollars: int) -> Rules:
    names = [security.id for security in made.securities]

    def listed() -> tuple[Restriction, ...]:
        account = rng.choice([None, rng.choice(made.accounts).id])
        return (Restriction(security=rng.choice(names), account=account),) if seldom(rng) else ()

    caps = []
    if seldom(rng, 0.15):
        caps.append(
            Cap(kind=CapKind.SECURITY, id=rng.choice(names), weight_max=Decimal(rng.randint(5, 40)) / 100)
        )
    if seldom(rng, 0.1):
        caps.append(Cap(kind=CapKind.ISSUER, id="issuer-0", weight_max=Decimal(rng.randint(30, 90)) / 100))
    return Rules(
        do_not_sell=listed(),
        do_not_buy=listed(),
        caps=tuple(caps),
        minimum_trade=Decimal(rng.choice([0, 50, 250, 1000])),
        turnover_max=Decimal(rng.randint(2, 30)) / 100 if seldom(rng) else None,
        orders_max=rng.randint(0, 6) if seldom(rng) else None,
        short_term_gains_allowed=not seldom(rng),
        wait_for_long_term_days=rng.choice([0, 0, 0, 30]),
        harvest_losses=not seldom(rng),
        wind_down=(WindDown(security=rng.choice(names)),) if seldom(rng, 0.08) else (),
        # From the household's size and not from the generator, so that seeds picked by hand stay what they were.
        permanent_disallowance_allowed=dollars % 5 != 0,
    )


def edits_of(rng: random.Random, made: Household) -> tuple[Edit, ...]:
    """An advisor's edits, of different positions, and such as can be carried out."""
    edits: list[Edit] = []
    for number in range(rng.choice([0] * 7 + [1, 1, 2])):
        kind = rng.choice(list(EditKind))
        lot = rng.choice(made.lots)
        security = rng.choice(made.securities)
        account = rng.choice(made.accounts).id
        name = f"E{number + 1}"
        if kind is EditKind.SELL_LOT:
            shares = None if rng.random() < 0.5 else min(lot.quantity, Decimal(rng.randint(1, 20)))
            edits.append(Edit(id=name, kind=kind, account=lot.account, lot=lot.id, shares=shares))
        elif kind is EditKind.SELL:
            shares = min(lot.quantity, Decimal(rng.randint(1, 20)))
            edits.append(Edit(id=name, kind=kind, account=lot.account, security=lot.security, shares=shares))
        elif kind is EditKind.BUY:
            shares = Decimal(rng.randint(1, 10))
            edits.append(Edit(id=name, kind=kind, account=account, security=security.id, shares=shares))
        else:
            edits.append(Edit(id=name, kind=kind, account=account, security=rng.choice([None, security.id])))
    lots = {lot.id: lot for lot in made.lots}
    places = [(e.account, lots[e.lot].security if e.lot else e.security) for e in edits]
    return tuple(edits) if len({place[0] for place in places}) == len(places) else tuple(edits[:1])


def objective_of(rng: random.Random, made: Household, dollars: int) -> Objective:
    mode = rng.choice([Mode.PRICED_DRIFT] * 3 + [one for one in Mode if one is not Mode.HARVEST])
    return Objective(
        mode=mode,
        drift_max=Decimal(rng.randint(0, 12)) / 100 if mode is Mode.LEAST_TAX else None,
        turnover_max=Decimal(rng.randint(5, 40)) / 100 if mode is Mode.LEAST_TAX and seldom(rng) else None,
        gain_max=money(rng, -0.01 * dollars, 0.03 * dollars) if mode is Mode.LEAST_DRIFT else None,
        tax_max=money(rng, 0, 0.01 * dollars) if mode is Mode.LEAST_DRIFT and rng.random() < 0.4 else None,
        raise_amount=money(rng, 0, 0.25 * dollars) if mode is Mode.RAISE_CASH else None,
        raise_account=rng.choice([None, made.accounts[0].id]) if mode is Mode.RAISE_CASH else None,
        fewest_orders=seldom(rng),
    )
