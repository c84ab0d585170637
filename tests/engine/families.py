"""Generated households, the same for the same seed: what the engine's tests and its bench are run on.

Four families (everything everywhere, asset-located, taxable only, constrained) in four sizes. All names and
figures are invented.
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
    Household,
    LocationCost,
    Lot,
    LotMethod,
    Member,
    Policy,
    Restriction,
    Rules,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import BudgetKind, FlatRates, GainBudget, IncomeProfile, TaxUnit
from rebalancing.engine.tax.tables import FilingStatus

FAMILIES = ("everywhere", "located", "taxable", "constrained")
SIZES = ("small", "typical", "large")
TODAY = date(2026, 11, 20)
CLASSES = (("US", "0.42"), ("INTL", "0.20"), ("BOND", "0.28"), ("REIT", "0.06"), ("CASH", "0.04"))
SHAPES = {  # accounts, securities per class, lots per taxed position, dollars
    "small": (2, 2, 2, 250_000),
    "typical": (4, 3, 7, 1_000_000),
    "large": (8, 5, 12, 6_000_000),
}
HALF_SPREADS = ("0.0001", "0.0002", "0.0005", "0.001")


def d(number: float, places: int = 2) -> Decimal:
    return Decimal(f"{number:.{places}f}")


def household(family: str = "everywhere", size: str = "typical", seed: int = 0) -> Household:
    """One household of the family and size; equal seeds give equal households."""
    rng = random.Random(f"{family}/{size}/{seed}")
    accounts_n, per_class, lots_n, dollars = SHAPES[size]
    securities = securities_of(rng, per_class)
    accounts = accounts_of(rng, family, accounts_n, dollars)
    lots = lots_of(rng, family, accounts, securities, lots_n, dollars)
    made = Household(
        id=f"{family}-{size}-{seed}",
        as_of=TODAY - timedelta(days=1),
        trade_on=TODAY,
        tax_units=tax_units_of(rng, dollars),
        accounts=accounts,
        securities=securities,
        lots=lots,
        policy=policy_of(securities),
        recent_trades=recent_of(rng, lots),
        rules=Rules(minimum_trade=Decimal(250)),
    )
    return constrained(rng, made) if family == "constrained" else made


def in_queues(made: Household, seed: int = 0) -> Household:
    """The same household with a standing lot method in most positions: oldest first, or average basis where known."""
    rng = random.Random(f"queues/{made.id}/{seed}")
    methods: dict[tuple[str, str], LotMethod] = {}
    unknown = {(lot.account, lot.security) for lot in made.lots if lot.basis is None}
    for lot in made.lots:
        at = lot.account, lot.security
        if at not in methods:
            drawn = rng.choice([LotMethod.SPECIFIC, LotMethod.FIFO, LotMethod.FIFO, LotMethod.AVERAGE])
            is_unfit = drawn is LotMethod.AVERAGE and at in unknown
            methods[at] = LotMethod.FIFO if is_unfit else drawn
    lots = tuple(replace(lot, method=methods[lot.account, lot.security]) for lot in made.lots)
    return replace(made, id=f"{made.id}-queues", lots=lots)


def settled(made: Household) -> Household:
    """The same household with nothing bought or sold near its trade day, so that no loss can be washed by it."""
    long_ago = made.trade_on - timedelta(days=31)
    lots = tuple(
        replace(lot, acquired=long_ago) if lot.acquired is not None and lot.acquired > long_ago else lot
        for lot in made.lots
    )
    return replace(made, lots=lots, recent_trades=())


def direct_index(names: int = 500, lots_each: int = 10, seed: int = 0) -> Household:
    """One taxable account that holds an index name by name; each name is a class of its own."""
    rng = random.Random(f"direct/{names}/{seed}")
    raw = [rng.paretovariate(1.2) for _ in range(names)]
    weights = [Decimal(f"{0.98 * part / sum(raw):.8f}") for part in raw]
    cash = Decimal(1) - sum(weights, Decimal(0))
    value = 4000.0 * names
    securities, lots, classes, sleeves = [], [], [], []
    for index, weight in enumerate(weights):
        name = f"N{index:03d}"
        price = d(rng.uniform(20, 600))
        whole = (ClassWeight(asset_class=name, weight=Decimal(1)),)
        securities.append(
            Security(
                id=name,
                symbol=name,
                price=price,
                price_on=TODAY - timedelta(days=1),
                weights=whole,
                half_spread=Decimal("0.0002"),
                fractional_increment=Decimal("0.001"),
            )
        )
        quarter = weight / 4
        classes.append(ClassPolicy(id=name, target=weight, lower=weight - quarter, upper=weight + quarter))
        sleeves.append(Sleeve(id=name, asset_class=name, members=(Member(security=name),)))
        held = float(weight) * value * rng.lognormvariate(0, 0.2) / float(price)
        for part in range(lots_each):
            quantity = d(held / lots_each * rng.uniform(0.5, 1.5) + 0.001, 3)
            days = int(rng.uniform(31, 1500))
            basis = d(
                float(quantity) * float(price) / (rng.lognormvariate(0.0, 0.25) * (1 + 0.07 * days / 365))
            )
            acquired = TODAY - timedelta(days=days)
            lots.append(
                Lot(
                    id=f"{name}-{part}",
                    account="A1",
                    security=name,
                    quantity=quantity,
                    basis=basis,
                    acquired=acquired,
                )
            )
    classes.append(ClassPolicy(id="CASH", target=cash, lower=Decimal(0), upper=Decimal("0.05")))
    account = Account(
        id="A1",
        tax_treatment=TaxTreatment.TAXABLE,
        tax_unit="U2",
        cash_settled=d(value * 0.03),
        fractional_shares=True,
    )
    unit = TaxUnit(
        id="U2",
        flat=FlatRates(short=Decimal("0.37"), long=Decimal("0.238"), loss_value=Decimal("0.1")),
        realized_long=d(value * 0.01),
    )
    return Household(
        id=f"direct-index-{names}-{seed}",
        as_of=TODAY - timedelta(days=1),
        trade_on=TODAY,
        tax_units=(unit,),
        accounts=(account,),
        securities=tuple(securities),
        lots=tuple(lots),
        policy=Policy(classes=tuple(classes), sleeves=tuple(sleeves), cash_class="CASH"),
        rules=Rules(minimum_trade=Decimal(50)),
    )


def securities_of(rng: random.Random, per_class: int) -> tuple[Security, ...]:
    made = []
    for name, _ in CLASSES[:-1]:
        for rank in range(per_class):
            price = d(rng.uniform(18, 420))
            mixed = name == "US" and rank == per_class - 1 and per_class > 2
            weights = (
                (ClassWeight(asset_class="US", weight=Decimal("0.7")), _rest("INTL", "0.3"))
                if mixed
                else (ClassWeight(asset_class=name, weight=Decimal(1)),)
            )
            made.append(
                Security(
                    id=f"{name}{rank + 1}",
                    symbol=f"{name}{rank + 1}",
                    price=price,
                    price_on=TODAY - timedelta(days=1),
                    weights=weights,
                    half_spread=Decimal(rng.choice(HALF_SPREADS)),
                    wash_group=f"{name}-index" if rank == 1 and per_class > 4 else None,
                    fractional_increment=Decimal("0.001"),
                    issuer=f"issuer-{rank % 3}",
                )
            )
    return tuple(made)


def _rest(name: str, weight: str) -> ClassWeight:
    return ClassWeight(asset_class=name, weight=Decimal(weight))


def accounts_of(rng: random.Random, family: str, count: int, dollars: int) -> tuple[Account, ...]:
    treatments = [
        TaxTreatment.TAXABLE,
        TaxTreatment.TAX_DEFERRED,
        TaxTreatment.TAX_FREE,
        TaxTreatment.TAXABLE,
    ]
    made = []
    for index in range(count):
        treatment = TaxTreatment.TAXABLE if family == "taxable" else treatments[index % 4]
        made.append(
            Account(
                id=f"A{index + 1}",
                name=f"Account {index + 1}",
                tax_treatment=treatment,
                tax_unit=f"U{1 + index % 2}" if treatment is TaxTreatment.TAXABLE and count > 2 else "U1",
                owner=f"P{1 + index % 2}",
                cash_settled=d(dollars / count * rng.uniform(0.005, 0.12)),
                minimum_cash=d(rng.choice([0, 500, 2000])),
                fractional_shares=rng.random() < 0.15,
            )
        )
    return tuple(made)


def lots_of(
    rng: random.Random,
    family: str,
    accounts: tuple[Account, ...],
    securities: tuple[Security, ...],
    lots_n: int,
    dollars: int,
) -> tuple[Lot, ...]:
    made: list[Lot] = []
    for account in accounts:
        chosen = [s for s in securities if rng.random() < 0.8 and _held(family, account, s)]
        parts = {s.id: _share(s) * rng.lognormvariate(0.0, 0.35) for s in chosen}
        total = sum(parts.values())
        for security in chosen:
            value = dollars / len(accounts) * parts[security.id] / total
            count = rng.randint(1, 2 * lots_n - 1) if account.is_taxed else 1
            for part in range(count):
                price = float(security.price)
                whole = max(1, round(value / count / price * rng.uniform(0.5, 1.5)))
                quantity = d(whole + rng.random(), 3) if rng.random() < 0.12 else Decimal(whole)
                held_days = int(
                    rng.choice([rng.uniform(1, 60), rng.uniform(20, 420), rng.uniform(366, 4000)])
                )
                growth = rng.lognormvariate(0.0, 0.15) * (1 + 0.06 * held_days / 365)
                basis = d(float(quantity) * price / growth)
                known = account.is_taxed and rng.random() > 0.01
                made.append(
                    Lot(
                        id=f"{account.id}-{security.id}-{part + 1}",
                        account=account.id,
                        security=security.id,
                        quantity=quantity,
                        basis=basis if known else None,
                        acquired=TODAY - timedelta(days=held_days),
                    )
                )
    return tuple(made)


def _share(security: Security) -> float:
    """The target of the security's class: portfolios start near their policy and drift from there."""
    return next(float(target) for name, target in CLASSES if security.id.startswith(name))


def _held(family: str, account: Account, security: Security) -> bool:
    if family != "located":
        return True
    bondlike = security.id.startswith(("BOND", "REIT"))
    return bondlike == (account.tax_treatment is TaxTreatment.TAX_DEFERRED)


def tax_units_of(rng: random.Random, dollars: int) -> tuple[TaxUnit, ...]:
    scale = dollars / 1_000_000
    full = TaxUnit(
        id="U1",
        income=IncomeProfile(
            filing_status=FilingStatus.MARRIED_JOINTLY,
            tax_year=2026,
            wages=d(rng.choice([40_000, 95_000, 240_000, 410_000, 720_000])),
            taxable_interest=d(rng.uniform(0, 9000)),
            qualified_dividends=d(rng.uniform(0, 15_000)),
        ),
        state_rate=Decimal(rng.choice(["0", "0.05", "0.093"])),
        realized_short=d(rng.uniform(-8000, 8000) * scale),
        realized_long=d(rng.uniform(-10_000, 20_000) * scale),
        carryforward_long=d(rng.choice([0, 0, 0, 12_000]) * scale),
        expected_distributions=d(rng.uniform(0, 1500) * scale),
    )
    flat = TaxUnit(
        id="U2",
        flat=FlatRates(short=Decimal("0.37"), long=Decimal("0.238"), loss_value=Decimal("0.1")),
        realized_short=d(rng.uniform(-4000, 4000) * scale),
        realized_long=d(rng.uniform(-4000, 8000) * scale),
    )
    return full, flat


def policy_of(securities: tuple[Security, ...]) -> Policy:
    classes = tuple(
        ClassPolicy(
            id=name,
            target=Decimal(target),
            lower=max(Decimal(0), Decimal(target) - min(Decimal("0.05"), Decimal(target) * Decimal("0.25"))),
            upper=Decimal(target) + min(Decimal("0.05"), Decimal(target) * Decimal("0.25")),
        )
        for name, target in CLASSES
    )
    sleeves = tuple(
        Sleeve(
            id=f"sleeve-{name}",
            asset_class=name,
            members=tuple(
                Member(security=s.id, rank=rank + 1)
                for rank, s in enumerate(s for s in securities if s.id.startswith(name))
            ),
        )
        for name, _ in CLASSES[:-1]
    )
    return Policy(
        classes=classes,
        sleeves=sleeves,
        cash_class="CASH",
        location=(
            LocationCost(asset_class="BOND", treatment=TaxTreatment.TAXABLE, cost_bps=Decimal(40)),
            LocationCost(asset_class="REIT", treatment=TaxTreatment.TAXABLE, cost_bps=Decimal(60)),
        ),
    )


def recent_of(rng: random.Random, lots: tuple[Lot, ...]) -> tuple[RecentTrade, ...]:
    made = []
    for lot in lots:
        if rng.random() < 0.02:
            made.append(
                RecentTrade(
                    id=f"sold-{lot.id}",
                    kind=RecentTradeKind.LOSS_SALE,
                    account=lot.account,
                    security=lot.security,
                    on=TODAY - timedelta(days=rng.randint(0, 30)),
                    shares=Decimal(rng.randint(1, 50)),
                    loss_per_share=Decimal("3.00"),
                )
            )
        if rng.random() < 0.02:
            made.append(
                RecentTrade(
                    id=f"drip-{lot.id}",
                    kind=RecentTradeKind.REINVESTMENT,
                    account=lot.account,
                    security=lot.security,
                    on=TODAY + timedelta(days=rng.randint(-30, 30)),
                    shares=d(rng.uniform(0.2, 4), 3),
                )
            )
    return tuple(made)


def constrained(rng: random.Random, made: Household) -> Household:
    """The same household with budgets, locks, restrictions, caps, flows and frozen things."""
    investable = sum((lot.quantity * _price(made, lot.security) for lot in made.lots), Decimal(0))
    accounts = tuple(
        replace(
            account,
            flows=(
                DatedAmount(
                    on=TODAY + timedelta(days=rng.randint(4, 25)),
                    amount=d(float(investable) / len(made.accounts) * rng.choice([-0.06, -0.02, 0.05])),
                ),
            )
            if rng.random() < 0.5
            else (),
            cash_unsettled=(DatedAmount(on=TODAY + timedelta(days=3), amount=d(rng.uniform(-800, 3000))),),
            tradable=index == 0 or rng.random() > 0.12,
        )
        for index, account in enumerate(made.accounts)
    )
    lots = tuple(replace(lot, lock_reason="pledged") if rng.random() < 0.05 else lot for lot in made.lots)
    names = [s.id for s in made.securities]
    units = (
        replace(made.tax_units[0], gain_budget=GainBudget(limit=d(rng.uniform(0, 0.02) * float(investable)))),
        replace(
            made.tax_units[1],
            gain_budget=GainBudget(
                limit=d(rng.uniform(0, 0.01) * float(investable)),
                kind=BudgetKind.PRICED,
                price=Decimal("0.25"),
            ),
        ),
    )
    rules = Rules(
        do_not_sell=(Restriction(security=rng.choice(names)),),
        do_not_buy=(
            Restriction(security=rng.choice(names)),
            Restriction(security=rng.choice(names), account="A1"),
        ),
        caps=(
            Cap(kind=CapKind.SECURITY, id=rng.choice(names), weight_max=Decimal("0.15")),
            Cap(kind=CapKind.ISSUER, id="issuer-1", weight_max=Decimal("0.45")),
        ),
        turnover_max=Decimal(rng.choice(["0.10", "0.25"])),
        short_term_gains_allowed=rng.random() < 0.5,
        wait_for_long_term_days=45,
    )
    return replace(made, accounts=accounts, lots=lots, tax_units=units, rules=rules)


def _price(made: Household, security: str) -> Decimal:
    return next(s.price for s in made.securities if s.id == security)
