"""Household documents made of an example's figures, so that it goes through the engine's own entrance.

Amounts of a class are shares at a dollar each, without spreads, so that what the engine rounds to whole shares is to the
dollar.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Destination,
    Household,
    Level,
    Lot,
    Member,
    Policy,
    Rules,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.tax_units import FlatRates, TaxUnit
from rebalancing.engine.money import ONE, ZERO

TRADED_ON = date(2026, 11, 23)
LONG_AGO = date(2020, 1, 2)
RETURN = "return"


def flat_return(*, short: Decimal = ZERO, long: Decimal = ZERO) -> TaxUnit:
    return TaxUnit(id=RETURN, flat=FlatRates(short=short, long=long))


def account(name: str, *, is_taxed: bool = True, **more: object) -> Account:
    treatment = TaxTreatment.TAXABLE if is_taxed else TaxTreatment.TAX_DEFERRED
    return Account(id=name, tax_treatment=treatment, tax_unit=RETURN if is_taxed else None, **more)  # type: ignore[arg-type]


def fund(name: str, price: Decimal = ONE, *, on: date = TRADED_ON) -> Security:
    """A fund that is its own class."""
    weights = (ClassWeight(asset_class=name, weight=ONE),)
    return Security(id=name, symbol=name, price=price, price_on=on, weights=weights)


def sleeve(name: str) -> Sleeve:
    return Sleeve(id=name, asset_class=name, members=(Member(security=name),))


def held(where: str, name: str, dollars: Decimal, basis: Decimal | None = None) -> Lot:
    return Lot(
        id=f"{where} {name}",
        account=where,
        security=name,
        quantity=dollars,
        basis=dollars if basis is None else basis,
        acquired=LONG_AGO,
    )


def household(
    accounts: Iterable[Account],
    lots: Iterable[Lot],
    classes: Iterable[ClassPolicy],
    *,
    tax_unit: TaxUnit | None = None,
    cash_class: str | None = None,
    level: Level = Level.HOUSEHOLD,
    **more: object,
) -> Household:
    """A household whose classes each have one fund of the same name."""
    classes = tuple(classes)
    names = [row.id for row in classes if row.id != cash_class]
    return Household(
        id="example",
        as_of=TRADED_ON,
        trade_on=TRADED_ON,
        tax_units=(tax_unit or flat_return(),),
        accounts=tuple(accounts),
        securities=tuple(fund(name) for name in names),
        lots=tuple(lots),
        policy=Policy(
            classes=classes,
            sleeves=tuple(sleeve(name) for name in names),
            cash_class=cash_class,
        ),
        level=level,
        **more,  # type: ignore[arg-type]
    )


def sale(
    lots: Iterable[Lot],
    *,
    price: Decimal,
    on: date,
    shares: Decimal,
    named: Mapping[str, Decimal] | None = None,
) -> Household:
    """A taxed account with lots of one fund, and an advisor's edit: sell so many shares, or these lots."""
    lots = tuple(lots)
    where, name = lots[0].account, lots[0].security
    whole = all(each == each.to_integral_value() for each in (shares, *(lot.quantity for lot in lots)))
    edits = [Edit(id="sale", kind=EditKind.SELL, account=where, security=name, shares=shares)]
    if named is not None:
        edits = [
            Edit(id=f"sale of {lot}", kind=EditKind.SELL_LOT, account=where, lot=lot, shares=count)
            for lot, count in named.items()
        ]
    increment = ONE if whole else Decimal("0.0001")
    made = household(
        [account(where)],
        lots,
        class_policies({name: ONE}, points=ONE),
        rules=Rules(minimum_trade=ZERO),
        edits=tuple(edits),
    )
    return replace(
        made, as_of=on, trade_on=on, securities=(replace(fund(name, price, on=on), increment=increment),)
    )


def class_policies(
    targets: Mapping[str, Decimal], *, points: Decimal = ZERO, destination: Destination = Destination.TARGET
) -> list[ClassPolicy]:
    """Classes with edges as many points from their targets as the example says, within 0 and 1 as policies state them."""
    return [
        ClassPolicy(
            id=name,
            target=target,
            lower=max(ZERO, target - points),
            upper=min(ONE, target + points),
            destination=destination,
        )
        for name, target in targets.items()
    ]
