"""The three households that docs/engine.md walks through, as values; docs/examples holds them as documents.

All people, funds and prices are invented.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

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
from rebalancing.engine.documents.tax_units import FlatRates, GainBudget, IncomeProfile, TaxUnit
from rebalancing.engine.tax.tables import FilingStatus

D = Decimal
AS_OF, TRADE_ON = date(2026, 11, 19), date(2026, 11, 20)


def fund(symbol: str, price: str, asset_class: str, name: str) -> Security:
    return Security(
        id=symbol,
        symbol=symbol,
        name=name,
        price=D(price),
        price_on=AS_OF,
        half_spread=D("0.0002"),
        weights=(ClassWeight(asset_class=asset_class, weight=D(1)),),
    )


def lot(account: str, symbol: str, number: int, shares: str, basis: str | None, acquired: date) -> Lot:
    return Lot(
        id=f"{account}-{symbol}-{number}",
        account=account,
        security=symbol,
        quantity=D(shares),
        basis=None if basis is None else D(basis),
        acquired=acquired,
    )


def band(name: str, id_: str, target: str, points: str = "0.05") -> ClassPolicy:
    return ClassPolicy(
        id=id_,
        name=name,
        target=D(target),
        lower=max(D(0), D(target) - D(points)),
        upper=D(target) + D(points),
        destination=Destination.TARGET,
    )


def sleeve(asset_class: str, *symbols: str) -> Sleeve:
    members = tuple(Member(security=symbol, rank=rank) for rank, symbol in enumerate(symbols, start=1))
    return Sleeve(id=asset_class.lower(), asset_class=asset_class, members=members)


def shelter_first() -> Household:
    """Stocks at 65% of 60%; the taxable account holds large gains, the IRA can sell for nothing."""
    return Household(
        id="shelter-first",
        as_of=AS_OF,
        trade_on=TRADE_ON,
        tax_units=(
            TaxUnit(id="ana-and-ben", name="Ana and Ben", flat=FlatRates(short=D("0.358"), long=D("0.188"))),
        ),
        accounts=(
            Account(
                id="joint", name="Joint account", tax_treatment=TaxTreatment.TAXABLE, tax_unit="ana-and-ben"
            ),
            Account(id="ira", name="Ben's IRA", tax_treatment=TaxTreatment.TAX_DEFERRED, owner="ben"),
        ),
        securities=(
            fund("ALLW", "100.00", "STOCK", "All-World Stock"),
            fund("CORE", "50.00", "BOND", "Core Bond"),
        ),
        lots=(
            lot("joint", "ALLW", 1, "4000", "200000", date(2016, 5, 2)),
            lot("joint", "CORE", 1, "2000", "104000", date(2021, 2, 1)),
            lot("ira", "ALLW", 1, "2500", None, date(2019, 9, 3)),
            lot("ira", "CORE", 1, "5000", None, date(2019, 9, 3)),
        ),
        policy=Policy(
            classes=(band("Stocks", "STOCK", "0.60"), band("Bonds", "BOND", "0.40")),
            sleeves=(sleeve("STOCK", "ALLW"), sleeve("BOND", "CORE")),
        ),
        rules=Rules(harvest_losses=False),
    )


def harvest_without_a_wash() -> Household:
    """A loss to take in the taxable account, while the IRA has cash for the very same fund."""
    stocks = (
        fund("USTM", "92.00", "US", "US Total Market"),
        fund("US1K", "184.00", "US", "US Large 1000"),
        fund("INTL", "61.00", "INTL", "International Stock"),
        fund("CORE", "50.00", "BOND", "Core Bond"),
    )
    return Household(
        id="harvest-without-a-wash",
        as_of=AS_OF,
        trade_on=TRADE_ON,
        tax_units=(
            TaxUnit(
                id="carla",
                name="Carla",
                income=IncomeProfile(
                    filing_status=FilingStatus.SINGLE,
                    tax_year=2026,
                    wages=D(250_000),
                    qualified_dividends=D(6000),
                ),
                state_rate=D("0.05"),
                realized_short=D(12_000),
                realized_long=D(4000),
            ),
        ),
        accounts=(
            Account(
                id="brokerage",
                name="Carla's brokerage account",
                tax_treatment=TaxTreatment.TAXABLE,
                tax_unit="carla",
                cash_settled=D("1500.00"),
                minimum_cash=D(1000),
            ),
            Account(
                id="ira",
                name="Carla's IRA",
                tax_treatment=TaxTreatment.TAX_DEFERRED,
                cash_settled=D("22000.00"),
            ),
        ),
        securities=stocks,
        lots=(
            lot("brokerage", "USTM", 1, "800", "84000", date(2026, 2, 10)),
            lot("brokerage", "USTM", 2, "900", "54000", date(2020, 4, 1)),
            lot("brokerage", "INTL", 1, "1200", "66000", date(2022, 6, 15)),
            lot("ira", "USTM", 1, "250", None, date(2018, 1, 8)),
            lot("ira", "CORE", 1, "3600", None, date(2018, 1, 8)),
        ),
        policy=Policy(
            classes=(
                band("US stocks", "US", "0.45"),
                band("International stocks", "INTL", "0.18"),
                band("Bonds", "BOND", "0.37"),
            ),
            sleeves=(sleeve("US", "USTM", "US1K"), sleeve("INTL", "INTL"), sleeve("BOND", "CORE")),
        ),
    )


def withdrawal_within_a_budget() -> Household:
    """$40,000 are due in ten days; gains have a budget, and one lot is ten days from long-term."""
    return Household(
        id="withdrawal-within-a-budget",
        as_of=AS_OF,
        trade_on=TRADE_ON,
        tax_units=(
            TaxUnit(
                id="the-odums",
                name="The Odums",
                income=IncomeProfile(
                    filing_status=FilingStatus.MARRIED_JOINTLY,
                    tax_year=2026,
                    wages=D(180_000),
                    taxable_interest=D(2500),
                ),
                realized_long=D(6000),
                gain_budget=GainBudget(limit=D(15_000)),
            ),
        ),
        accounts=(
            Account(
                id="family",
                name="Family account",
                tax_treatment=TaxTreatment.TAXABLE,
                tax_unit="the-odums",
                cash_settled=D("5200.00"),
                minimum_cash=D(3000),
                flows=(
                    DatedAmount(on=date(2026, 11, 30), amount=D(-40_000), label="withdrawal for the roof"),
                ),
            ),
            Account(
                id="roth", name="Roth IRA", tax_treatment=TaxTreatment.TAX_FREE, cash_settled=D("900.00")
            ),
        ),
        securities=(
            fund("ALLW", "100.00", "STOCK", "All-World Stock"),
            fund("GRTH", "240.00", "STOCK", "Growth Stock"),
            fund("CORE", "50.00", "BOND", "Core Bond"),
        ),
        lots=(
            lot("family", "ALLW", 1, "700", "42000", date(2017, 3, 6)),
            lot("family", "ALLW", 2, "300", "27900", date(2024, 8, 19)),
            lot("family", "GRTH", 1, "250", "45000", date(2025, 11, 29)),
            lot("family", "CORE", 1, "1400", "69300", date(2023, 1, 17)),
            lot("roth", "ALLW", 1, "500", None, date(2020, 10, 1)),
            lot("roth", "CORE", 1, "500", None, date(2020, 10, 1)),
        ),
        policy=Policy(
            classes=(band("Stocks", "STOCK", "0.65"), band("Bonds", "BOND", "0.35")),
            sleeves=(sleeve("STOCK", "ALLW", "GRTH"), sleeve("BOND", "CORE")),
        ),
        rules=Rules(wait_for_long_term_days=45),
    )


WORKED = (shelter_first, harvest_without_a_wash, withdrawal_within_a_budget)
