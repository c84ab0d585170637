"""Fund distributions that are announced and still to come, for the shares that a household's taxed accounts hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.models import Account, Household, TaxLot
from clients.registers import fund_distributions
from rebalancing.engine.money import ZERO, cents


@dataclass(frozen=True, slots=True)
class Expected:
    """A distribution for the shares held now. `long_gain` and `other` in dollars; None: no amount is announced."""

    unit: str
    symbol: str
    ex_on: date
    shares: Decimal
    long_gain: Decimal | None
    other: Decimal | None
    is_final: bool


def of(household: Household, *, year: int, on: date) -> tuple[Expected, ...]:
    """What is to come from a day to the end of the year, by its ex-day; two queries."""
    held: dict[tuple[str, int], Decimal] = {}
    lots = TaxLot.objects.filter(
        account__household=household, account__tax_treatment=Account.TaxTreatment.TAXABLE, closed_on=None
    ).select_related("account__tax_unit", "security")
    for lot in lots.order_by("pk"):
        unit = lot.account.tax_unit.code if lot.account.tax_unit else ""
        held[unit, lot.security_id] = held.get((unit, lot.security_id), ZERO) + lot.quantity
    since, until = max(on, date(year, 1, 1)), date(year, 12, 31)
    announced = fund_distributions.announced({key for _, key in held}, since=since, until=until)
    found = [
        Expected(
            unit=unit,
            symbol=row.security.symbol,
            ex_on=row.ex_on,
            shares=shares,
            long_gain=None if row.long_gain is None else cents(row.long_gain * shares),
            other=_together(row.short_gain, row.ordinary, row.qualified, shares=shares),
            is_final=row.is_final,
        )
        for (unit, key), shares in held.items()
        for row in announced.get(key, ())
    ]
    return tuple(sorted(found, key=lambda one: (one.ex_on, one.symbol, one.unit)))


def long_gains(expected: Sequence[Expected], unit: str) -> Decimal | None:
    """The long-term gains that a return has still to expect; None where an amount is not announced."""
    mine = [one for one in expected if one.unit == unit]
    if any(one.long_gain is None and one.other is None for one in mine):
        return None
    return sum((one.long_gain or ZERO for one in mine), ZERO)


def _together(*amounts: Decimal | None, shares: Decimal) -> Decimal | None:
    known = [one for one in amounts if one is not None]
    return cents(sum(known, ZERO) * shares) if known else None
