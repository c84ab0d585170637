"""What an IRA distributes in kind: the value of its day becomes its basis, and a new holding period begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients import figures
from clients.models import TaxLot, Transfer
from clients.securities import securities
from clients.transfers.movements import TOLERANCE
from rebalancing.engine.money import CENT, cents
from rebalancing.engine.tax import basis
from rebalancing.engine.tax.lot_selection import Lot


@dataclass(frozen=True, slots=True)
class Value:
    """Dollars a share, and where they are from."""

    dollars: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Begins:
    """Day, basis and status that a lot should have, and what that rests on."""

    acquired_on: date | None
    basis: Decimal
    basis_status: str
    evidence: str


def day_of(row: Transfer) -> date | None:
    """The day of the distribution: when the shares left the IRA, as far as files tell."""
    return row.left_on or row.arrived_on


def value_of(row: Transfer) -> Value | None:
    """What a share was worth on the day of the distribution; None where nothing is on record."""
    day = day_of(row)
    if row.value is not None:
        return Value(row.value, "as entered")
    if day is None:
        return None
    price = securities.prices_on(day, securities=[row.security_id]).get(row.security_id)
    return (
        None if price is None else Value(price.price, f"our closing price of {figures.day(price.as_of_on)}")
    )


def begins(row: Transfer, here: Sequence[TaxLot]) -> dict[int, Begins]:
    """The lots that came of a distribution and are stated otherwise than the law has them, with what it says."""
    day, value = day_of(row), value_of(row)
    if day is None or value is None:
        return {}
    found = {}
    for lot in _came(row, here, day):
        after = basis.distributed_from_ira(
            Lot(lot.public_id, lot.quantity, lot.basis, lot.acquired_on or day),
            value=cents(lot.quantity * value.dollars),
            on=day,
        )
        assert after.basis is not None, "it is the value"
        is_right = lot.acquired_on == day and lot.basis is not None and abs(lot.basis - after.basis) <= CENT
        if not is_right:
            found[lot.pk] = Begins(
                day,
                after.basis,
                str(TaxLot.BasisStatus.COVERED),
                f"{row}: {value.source}, {figures.share_price(value.dollars)} a share.",
            )
    return found


def _came(row: Transfer, here: Sequence[TaxLot], day: date) -> Iterator[TaxLot]:
    """The lots that came of it, as far as its shares go: of its day, of no day or basis, then of the days of the IRA's lots."""
    theirs = set(
        TaxLot.objects.filter(account=row.from_account, security=row.security).values_list(
            "acquired_on", flat=True
        )
    )
    sure = [lot for lot in here if lot.acquired_on == day or lot.basis is None]
    of_the_ira = [lot for lot in here if lot not in sure and lot.acquired_on in theirs]
    left = row.shares
    for lot in (*sure, *of_the_ira):
        if lot.quantity <= left + TOLERANCE:
            left -= lot.quantity
            yield lot
