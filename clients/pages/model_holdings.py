"""What households that follow a model hold outside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.models import ModelVersion, Security, SleeveMember, TaxLot
from clients.models.securities import CASH_CLASS
from clients.policies import model_versions
from clients.securities import securities

SHOWN_MAX = 50
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A security in no sleeve of a model: in how many households that follow it, and what it is worth there; None
    without a price.
    """

    symbol: str
    name: str
    classes: str
    households: int
    value: Decimal | None


def unmapped(version: ModelVersion, *, on: date) -> tuple[Unmapped, ...]:
    """Securities held in the households that a version applies to and in none of its sleeves, the largest first."""
    followers = model_versions.followers_of(version, on=on).values("household")
    members = SleeveMember.objects.filter(sleeve__model_class__version=version).values("security")
    lots = (
        TaxLot.objects.filter(account__household__in=followers, account__closed_on=None, closed_on=None)
        .exclude(security__in=members)
        .exclude(security__kind=Security.Kind.MONEY_MARKET)
    )
    shares: dict[int, Decimal] = defaultdict(Decimal)
    households: dict[int, set[int]] = defaultdict(set)
    for security, household, quantity in lots.values_list("security", "account__household", "quantity"):
        shares[security] += quantity
        households[security].add(household)
    prices = securities.prices_on(on, securities=set(shares)) if shares else {}
    known = Security.objects.filter(pk__in=shares).prefetch_related("class_weights__asset_class")
    rows = [
        Unmapped(
            symbol=one.symbol,
            name=one.name,
            classes=", ".join(part.asset_class.name for part in one.class_weights.all()) or "none on record",
            households=len(households[one.pk]),
            value=shares[one.pk] * prices[one.pk].price if one.pk in prices else None,
        )
        for one in known
        if {part.asset_class.code for part in one.class_weights.all()} != {CASH_CLASS}
    ]
    rows.sort(key=lambda row: (-(row.value or ZERO), row.symbol))
    return tuple(rows[:SHOWN_MAX])
