"""What clients forbid, in their policy and outside it, as the plan and the rules read it on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clients.models import ClientRestriction, Policy, Security, TaxLot
from clients.policies import client_restrictions, restriction_terms

BUY, SELL, CAP = "do_not_buy", "do_not_sell", "cap"
LOCK = "client_restriction"
"""The lock of a lot that the client keeps; it is never stored with the lot."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing forbidden: never bought, never sold, or held up to a share. Whose words it is stands in `reason`.

    What it is about is named by symbol, by issuers, by sector or by class; `account` None means every account.
    """

    kind: str
    reason: str
    symbol: str = ""
    issuers: tuple[str, ...] = ()
    sector: str = ""
    asset_class: str = ""
    account: str | None = None
    weight_cap: Decimal | None = None

    def names(self, security: Security) -> bool:
        """Whether it is about this security. A security counts in the class of its largest part."""
        return bool(
            (self.symbol and security.symbol == self.symbol)
            or (self.issuers and security.issuer in self.issuers)
            or (self.sector and security.sector == self.sector)
            or (self.asset_class and main_class(security) == self.asset_class)
        )


def main_class(security: Security) -> str | None:
    """The class of the largest part of a security; None where no class is on record."""
    parts = [(one.weight, one.asset_class.code) for one in security.class_weights.all()]
    return max(parts)[1] if parts else None


def of(policy: Policy, restrictions: Sequence[ClientRestriction], *, on: date) -> tuple[Wish, ...]:
    """Everything this client forbids on a day: the policy's own restrictions and those outside it, except lots."""
    return (*_of_policy(policy, on=on), *_outside(restrictions, on=on))


def lock(lots: Iterable[TaxLot], restrictions: Sequence[ClientRestriction], *, on: date) -> None:
    """Lock the lots that the client keeps, in memory only: no plan sells them, and the rules read the same.

    A lot that the custodian lists anew under another name is known by its account, security and day.
    """
    kept = [one for one in restrictions if one.lot is not None and one.is_in_force(on=on)]
    if not kept:
        return
    for lot in lots:
        for one in kept:
            if not _is_about(one, lot):
                continue
            words = client_restrictions.sentence(one)
            until = one.ends_on + ONE_DAY if one.ends_on else None
            stays_locked = bool(lot.lock) and (lot.lock_until_on is None or on < lot.lock_until_on)
            if stays_locked:
                words = f"{lot.lock_reason or lot.get_lock_display()}; {words}"
                both = (until, lot.lock_until_on)
                until = None if None in both else max(day for day in both if day is not None)
            lot.lock = lot.lock if stays_locked else LOCK
            lot.lock_reason, lot.lock_until_on = words, until


def _is_about(restriction: ClientRestriction, lot: TaxLot) -> bool:
    kept = restriction.lot
    assert kept is not None, "asked of restrictions on lots"
    if kept.pk == lot.pk:
        return True
    place = (lot.account_id, lot.security_id, lot.acquired_on)
    return kept.closed_on is not None and place == (kept.account_id, kept.security_id, kept.acquired_on)


def _of_policy(policy: Policy, *, on: date) -> Iterator[Wish]:
    for wish in policy.restrictions.all():
        if wish.until_on is not None and wish.until_on < on:
            continue
        account = wish.account.public_id if wish.account else None
        named = (
            {"symbol": wish.security.symbol if wish.security else ""},
            {"issuers": (wish.issuer,) if wish.issuer else ()},
            {"sector": wish.sector},
        )
        for one in named:
            if any(one.values()):
                yield Wish(wish.kind, wish.reason, account=account, weight_cap=wish.weight_cap, **one)


def _outside(restrictions: Sequence[ClientRestriction], *, on: date) -> Iterator[Wish]:
    for one in restrictions:
        if one.lot is not None or not one.is_in_force(on=on):
            continue
        yield Wish(
            kind=SELL if one.kind in restriction_terms.KEEPS else one.kind,
            reason=client_restrictions.sentence(one),
            symbol=one.security.symbol if one.security else "",
            issuers=tuple(one.issuers),
            sector=one.sector,
            asset_class=one.asset_class.code if one.asset_class else "",
            account=one.account.public_id if one.account else None,
            weight_cap=one.weight_cap,
        )
