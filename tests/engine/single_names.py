"""Generated households in which each security is a class of its own: one fund a class, single stocks, a direct index.

They are the kinds in which many losses compete with purchases at once. All names and figures are invented; equal seeds
give equal households. Nothing was bought within 30 days unless ``recent`` says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Household,
    Lot,
    Member,
    Policy,
    Rules,
    Security,
    Sleeve,
    TaxTreatment,
    WindDown,
)
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.tax_units import FlatRates, GainBudget, TaxUnit
from tests.engine import families

D = Decimal
TODAY = families.TODAY
HALF_SPREADS = ("0.0001", "0.0002", "0.0005")
TREATMENTS = (TaxTreatment.TAXABLE, TaxTreatment.TAX_DEFERRED, TaxTreatment.TAX_FREE, TaxTreatment.TAXABLE)
WORTH = {
    "mixed": 0.0,
    "losses": -0.35,
    "gains": 0.45,
}  # Logarithm of what the middle lot is worth to its cost.


def household(
    seed: int = 0,
    *,
    names: int = 25,
    accounts: int = 1,
    lots: int = 250,
    dollars: int = 1_000_000,
    worth: str = "mixed",
    owners: int = 1,
    recent: bool = False,
    whole: bool = True,
    apart: float = 0.3,
) -> Household:
    """One household of ``names`` securities, each its own class, and about ``lots`` tax lots. ``worth``: which way lots stand
    to their cost; ``apart``: how far positions have drifted; ``owners`` file a return each."""
    rng = random.Random(f"single/{seed}/{names}/{accounts}/{lots}/{dollars}/{worth}/{owners}/{recent}")
    raw = [rng.uniform(0.4, 2.0) for _ in range(names)]
    targets = [D(f"{0.98 * part / sum(raw):.6f}") for part in raw]
    cash = D(1) - sum(targets, D(0))
    securities = tuple(_security(rng, f"S{at:03d}") for at in range(names))
    made_accounts = tuple(_account(rng, at, accounts, dollars, owners, whole=whole) for at in range(accounts))
    made_lots: list[Lot] = []
    taxed = sum(account.is_taxed for account in made_accounts)
    each = max(1, round(lots / names / taxed)) if taxed else 1
    for account in made_accounts:
        parts = [float(t) * rng.lognormvariate(0.0, apart) * (rng.random() < 0.9) for t in targets]
        total = sum(parts) or 1.0
        for security, part in zip(securities, parts, strict=True):
            if part > 0:
                value = 0.96 * dollars / accounts * part / total
                made_lots += _lots(rng, account, security, value, each, WORTH[worth], recent=recent)
    classes = tuple(
        ClassPolicy(id=s.id, target=t, lower=t - t / 4, upper=t + t / 4)
        for s, t in zip(securities, targets, strict=True)
    )
    return Household(
        id=f"single-{seed}-{names}-{accounts}-{worth}",
        as_of=TODAY - timedelta(days=1),
        trade_on=TODAY,
        tax_units=tuple(_unit(rng, at, dollars) for at in range(owners)),
        accounts=made_accounts,
        securities=securities,
        lots=tuple(made_lots),
        policy=Policy(
            classes=(*classes, ClassPolicy(id="CASH", target=cash, lower=D(0), upper=D("0.05"))),
            sleeves=tuple(
                Sleeve(id=s.id, asset_class=s.id, members=(Member(security=s.id),)) for s in securities
            ),
            cash_class="CASH",
        ),
        rules=Rules(minimum_trade=D(0), harvest_losses=True),
        objective=Objective(fewest_orders=False, hold_below_bps=D(0)),
    )


def _security(rng: random.Random, name: str) -> Security:
    return Security(
        id=name,
        symbol=name,
        price=D(rng.randint(1_500, 45_000)) / 100,
        price_on=TODAY - timedelta(days=1),
        weights=(ClassWeight(asset_class=name, weight=D(1)),),
        half_spread=D(rng.choice(HALF_SPREADS)),
        fractional_increment=D("0.001"),
    )


def _account(
    rng: random.Random, at: int, accounts: int, dollars: int, owners: int, *, whole: bool
) -> Account:
    treatment = TREATMENTS[at % 4]
    return Account(
        id=f"A{at + 1}",
        tax_treatment=treatment,
        tax_unit=f"U{1 + at // 4 % owners if accounts > 4 else 1 + at % owners}",
        owner=f"P{1 + at % owners}",
        cash_settled=families.d(dollars / accounts * rng.uniform(0.01, 0.07)),
        fractional_shares=not whole,
    )


def _unit(rng: random.Random, at: int, dollars: int) -> TaxUnit:
    scale = dollars / 1_000_000
    return TaxUnit(
        id=f"U{at + 1}",
        flat=FlatRates(short=D("0.37"), long=D("0.238"), loss_value=D("0.1")),
        realized_short=families.d(rng.uniform(-3000, 4000) * scale),
        realized_long=families.d(rng.uniform(-6000, 12_000) * scale),
        carryforward_long=families.d(rng.choice([0, 0, 5000]) * scale),
    )


def _lots(
    rng: random.Random,
    account: Account,
    security: Security,
    value: float,
    each: int,
    worth: float,
    *,
    recent: bool,
) -> list[Lot]:
    price = float(security.price)
    made = []
    for part in range(each if account.is_taxed else 1):
        shares = value / (each if account.is_taxed else 1) / price * rng.uniform(0.5, 1.5)
        quantity = (
            families.d(max(0.001, shares), 3) if account.fractional_shares else D(max(1, round(shares)))
        )
        days = rng.choice([rng.randint(31, 420), rng.randint(366, 3600)])
        if recent and rng.random() < 0.1:
            days = rng.randint(1, 30)
        growth = rng.lognormvariate(worth, 0.25) * (1 + 0.04 * days / 365)
        made.append(
            Lot(
                id=f"{account.id}-{security.id}-{part + 1}",
                account=account.id,
                security=security.id,
                quantity=quantity,
                basis=families.d(float(quantity) * price / growth),
                acquired=TODAY - timedelta(days=days),
            )
        )
    return made


# The families of the bench.


def least_tax(made: Household, drift: str, turnover: str | None = None) -> Household:
    """The same household asked for the least tax at ``drift``."""
    asked = replace(
        made.objective,
        mode=Mode.LEAST_TAX,
        drift_max=D(drift),
        turnover_max=D(turnover) if turnover else None,
    )
    return replace(made, objective=asked)


def legacy(seed: int) -> Household:
    """A third of the household is one old stock far above its cost, to be wound down over ten years."""
    made = household(seed, names=20, accounts=1, lots=120, dollars=1_500_000)
    first = made.securities[0]
    old = Lot(
        id="legacy",
        account="A1",
        security="OLD",
        quantity=D(10_000),
        basis=D(60_000),
        acquired=TODAY - timedelta(days=7000),
    )
    security = replace(
        first,
        id="OLD",
        symbol="OLD",
        price=D("75.00"),
        weights=(ClassWeight(asset_class="OLD", weight=D(1)),),
    )
    row = ClassPolicy(id="OLD", target=D(0), lower=D(0), upper=D(1))
    unit = replace(made.tax_units[0], gain_budget=GainBudget(limit=D(80_000)))
    return replace(
        made,
        id=f"legacy-{seed}",
        securities=(*made.securities, security),
        lots=(*made.lots, old),
        policy=replace(made.policy, classes=(*made.policy.classes, row)),
        tax_units=(unit, *made.tax_units[1:]),
        rules=replace(made.rules, wind_down=(WindDown(security="OLD", price_bps=D(2000)),)),
    )


def stock_sleeve(seed: int) -> Household:
    """Single stocks beside three funds, a class each, in two accounts of one taxpayer and an IRA."""
    return household(seed, names=45, accounts=3, lots=240)


DRIFTS = ("0.001", "0.01", "0.02", "0.03", "0.05")
Made = Callable[[int], Household]
FAMILIES: dict[str, Made] = {
    "one fund a class, one account": lambda seed: household(seed),
    "one fund a class, four accounts": lambda seed: household(seed, accounts=4, lots=320),
    "single stocks": stock_sleeve,
    **{
        f"least tax at drift {float(drift):.1%}, one account": lambda seed, drift=drift: least_tax(
            household(seed), drift
        )
        for drift in DRIFTS
    },
    **{
        f"least tax at drift {float(drift):.1%}, four accounts": lambda seed, drift=drift: least_tax(
            household(seed, accounts=4, lots=320), drift
        )
        for drift in ("0.001", "0.02")
    },
    "least tax at drift 2%, turnover 35%": lambda seed: least_tax(household(seed), "0.02", "0.35"),
    "turnover 3%": lambda seed: replace(
        household(seed), rules=Rules(minimum_trade=D(0), turnover_max=D("0.03"))
    ),
    "tiny: $3,000 in four accounts": lambda seed: household(
        seed, names=8, accounts=4, lots=24, dollars=3000, whole=False
    ),
    "tiny, whole shares": lambda seed: household(seed, names=8, accounts=4, lots=24, dollars=3000),
    "legacy stock over ten years": legacy,
    "eight accounts, two owners": lambda seed: household(seed, names=20, accounts=8, lots=320, owners=2),
    "losses everywhere": lambda seed: household(seed, worth="losses"),
    "gains everywhere": lambda seed: household(seed, worth="gains"),
    "losses everywhere, least tax at 1%": lambda seed: least_tax(household(seed, worth="losses"), "0.01"),
    "gains everywhere, least tax at 1%": lambda seed: least_tax(household(seed, worth="gains"), "0.01"),
}
