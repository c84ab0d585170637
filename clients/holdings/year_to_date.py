"""What each tax return has realized this year, and the sales whose gain is unknown.

A sale without a basis still has a gain or a loss. It is listed here and never counted as zero: code that
shows or uses the sums says so, or waits until the basis is loaded or the tax profile is confirmed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from clients.custodians.kinds import DISPOSITIONS
from clients.models import Account, Household, RealizedGain, Security, TaxProfile, Transaction
from compliance.statements.reads import prepared

NAMED_MAX = 5

_EXCHANGES = (Transaction.Kind.MERGER, Transaction.Kind.SPLIT, Transaction.Kind.SPIN_OFF)
_IS_SALE = (
    Q(kind__in=sorted(DISPOSITIONS))
    # Cash received in an exchange of shares: boot (IRC 356), or cash for a fractional share.
    | Q(kind__in=_EXCHANGES, amount__gt=0)
    # Shares went out and money came in, under any name.
    | Q(kind=Transaction.Kind.OTHER, quantity__lt=0, amount__gt=0)
)

_Place = tuple[int, int, date]


@dataclass(frozen=True, slots=True)
class OwnSale:
    """The desk's own sale from one lot; `gain` is the estimate in dollars after disallowance, None if
    unknown.
    """

    tax_unit_id: int
    account_id: int
    security_id: int
    symbol: str
    sold_on: date
    gain: Decimal | None
    term: str


@dataclass(slots=True)
class Realized:
    """One return's year to date in dollars, including its confirmed figures, and the sales not in these sums."""

    short: Decimal
    long: Decimal
    unknown: list[str] = field(default_factory=list)

    def count(self, term: str, gain: Decimal) -> None:
        """Add a gain. An unknown term counts as short, which is taxed more for a gain."""
        if term == RealizedGain.Term.LONG:
            self.long += gain
        else:
            self.short += gain

    @property
    def unknown_text(self) -> str:
        """`NVHM on September 8, ALPM on November 19`; empty when every sale's gain is known."""
        named = list(dict.fromkeys(self.unknown))
        more = len(named) - NAMED_MAX
        return ", ".join(named[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def of(
    profiles: Mapping[int, TaxProfile],
    *,
    year: int,
    gains: Iterable[RealizedGain],
    sales: Iterable[Transaction],
    own: Iterable[OwnSale] = (),
) -> dict[int, Realized]:
    """The year to date of each return that has a profile, by the return's key; `profiles` are by return too.

    A custodian's report takes precedence over the desk's estimate for its own sale. A person who confirms the
    profile states the year so far: sales of unknown gain up to that day are in the confirmed figures.
    """
    found = {
        key: Realized(short=profile.short_term_before, long=profile.long_term_before)
        for key, profile in profiles.items()
    }
    sent = _by_place(sale for sale in own if sale.tax_unit_id in found)
    reports = [gain for gain in gains if gain.account.tax_unit_id in found and gain.sold_on.year == year]
    told = _count_reports(found, profiles, reports, sent)
    for place in sent.keys() - told:
        for sale in sent[place]:
            if sale.gain is None:
                found[sale.tax_unit_id].unknown.append(_named(sale.symbol, sale.sold_on))
            else:
                found[sale.tax_unit_id].count(sale.term, sale.gain)
    for seen in sales:
        unit, security, day = seen.account.tax_unit_id, seen.security, seen.traded_on
        if unit not in found or security is None or day.year != year or not _is_open(profiles[unit], day):
            continue
        if (seen.account_id, security.pk, day) not in told | sent.keys():
            found[unit].unknown.append(_named(security.symbol, day))
    return found


def _by_place(own: Iterable[OwnSale]) -> dict[_Place, list[OwnSale]]:
    found: dict[_Place, list[OwnSale]] = {}
    for sale in own:
        found.setdefault((sale.account_id, sale.security_id, sale.sold_on), []).append(sale)
    return found


def _count_reports(
    found: Mapping[int, Realized],
    profiles: Mapping[int, TaxProfile],
    reports: Sequence[RealizedGain],
    sent: Mapping[_Place, Sequence[OwnSale]],
) -> set[_Place]:
    """Count what custodians reported and return the reported sales: account, security and day.

    Where the report omits a basis and the sale was the desk's own, its estimate counts instead.
    """
    bare = {(one.account_id, one.security_id, one.sold_on) for one in reports if one.basis is None}
    expected = {place for place in bare & sent.keys() if all(sale.gain is not None for sale in sent[place])}
    told: set[_Place] = set()
    for one in reports:
        place, unit = (one.account_id, one.security_id, one.sold_on), one.account.tax_unit_id
        if unit is None or place in expected:
            continue
        told.add(place)
        if one.basis is not None:
            found[unit].count(one.term, one.proceeds - one.basis + one.disallowed)
        elif _is_open(profiles[unit], one.sold_on):
            found[unit].unknown.append(_named(one.security.symbol, one.sold_on))
    return told


def gains_since(household: Household, day: date) -> list[RealizedGain]:
    """The sales custodians reported in a household's taxable accounts, the earliest first."""
    return gains_in([household], day)


def gains_in(households: Iterable[Household | int], day: date) -> list[RealizedGain]:
    """The same of several households at once."""
    return reported.rows(_keys(households), day)


def _keys(households: Iterable[Household | int]) -> list[int]:
    return [one if isinstance(one, int) else one.pk for one in households]


@prepared
def reported(households: list[int], day: date) -> QuerySet[RealizedGain]:
    """The sales that custodians reported in these households' taxable accounts."""
    return (
        RealizedGain.objects.filter(
            account__household__in=households,
            account__tax_treatment=Account.TaxTreatment.TAXABLE,
            sold_on__gte=day,
        )
        .select_related("account", "security")
        .defer("account__number")
        .order_by("sold_on", "id")
    )


def sales_since(household: Household, day: date) -> list[Transaction]:
    """Sales in taxable accounts from transaction histories, under any name (IRC 1001). A money market fund at
    a constant dollar has no gain.
    """
    return sales_in([household], day)


def sales_in(households: Iterable[Household | int], day: date) -> list[Transaction]:
    """The same of several households at once."""
    return sold.rows(_keys(households), day)


@prepared
def sold(households: list[int], day: date) -> QuerySet[Transaction]:
    """The sales in these households' taxable accounts from transaction histories."""
    return (
        Transaction.objects.filter(
            _IS_SALE,
            account__household__in=households,
            account__tax_treatment=Account.TaxTreatment.TAXABLE,
            traded_on__gte=day,
        )
        .exclude(security__kind=Security.Kind.MONEY_MARKET)
        .select_related("account", "security")
        .defer("account__number")
        .order_by("traded_on", "id")
    )


def _is_open(profile: TaxProfile, sold_on: date) -> bool:
    """Whether a sale came after the figures that a person confirmed."""
    return profile.confirmed_on is None or sold_on > profile.confirmed_on


def _named(symbol: str, on: date) -> str:
    return f"{symbol} on {on:%B} {on.day}"
