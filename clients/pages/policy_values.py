"""What a household owns, and the bands of its policy in dollars of that."""

from __future__ import annotations

from decimal import Decimal

from clients.holdings import valuation
from clients.models import Account, Household
from clients.pages import holdings
from rebalancing.engine.money import cents


def value_of(household: Household) -> Decimal | None:
    """What the household owns at the latest prices; None when a part is unknown or nothing has come in."""
    accounts = list(Account.objects.filter(household=household, closed_on=None))
    if not accounts:
        return None
    rows = holdings.of_accounts(accounts, holdings.prices_of(accounts))
    return valuation.total(row.value for row in rows)


def of_band(low: Decimal, high: Decimal, *, value: Decimal | None) -> tuple[Decimal, Decimal] | None:
    """The edges of a band in dollars; None where the value is not known."""
    return None if value is None else (cents(low * value), cents(high * value))
