"""What a client's restriction says, whether it can be, and whether it allows more than another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from clients.models import Account, AssetClass, ClientRestriction, Household, Security, TaxLot
from clients.securities import securities
from compliance.refusals import BadInput, closest

Kind = ClientRestriction.Kind
KEEPS = (Kind.DO_NOT_SELL, Kind.KEEP)
"""Kinds that keep something from being sold."""
ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A restriction as its author states it. Exactly one of lot, security, issuers, sector and class is named."""

    kind: str
    reason: str
    asked_by: str
    asked_on: date
    starts_on: date
    ends_on: date | None = None
    document: str = ""
    account: Account | None = None
    lot: TaxLot | None = None
    security: Security | None = None
    issuers: tuple[str, ...] = ()
    sector: str = ""
    asset_class: AssetClass | None = None
    weight_cap: Decimal | None = None

    @classmethod
    def of(cls, row: ClientRestriction) -> Terms:
        """The terms of a restriction on record."""
        return cls(
            kind=row.kind,
            reason=row.reason,
            asked_by=row.asked_by,
            asked_on=row.asked_on,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            document=row.document,
            account=row.account,
            lot=row.lot,
            security=row.security,
            issuers=tuple(row.issuers),
            sector=row.sector,
            asset_class=row.asset_class,
            weight_cap=row.weight_cap,
        )


def is_looser(before: Terms, after: Terms, *, on: date) -> str:
    """Why the second allows what the first forbids, in words; empty where it does not."""
    if after.starts_on > max(before.starts_on, on):
        return "it would start later"
    if after.ends_on is not None and (before.ends_on is None or after.ends_on < before.ends_on):
        return "it would end earlier"
    if (
        before.weight_cap is not None
        and after.weight_cap is not None
        and after.weight_cap > before.weight_cap
    ):
        return "its cap would be higher"
    if gone := sorted(set(before.issuers) - set(after.issuers)):
        return f"it would no longer name {', '.join(gone)}"
    if after.account is not None and before.account != after.account:
        return "it would hold in one account only"
    return ""


def checked(household: Household, terms: Terms) -> Terms:
    """The terms with their words tidied. Raises `BadInput` for a restriction that cannot be or has no effect."""
    terms = replace(
        terms,
        reason=terms.reason.strip(),
        asked_by=terms.asked_by.strip(),
        document=terms.document.strip(),
        issuers=tuple(sorted({name.strip() for name in terms.issuers if name.strip()})),
        sector=terms.sector.strip(),
    )
    if not terms.reason or not terms.asked_by:
        raise BadInput("A restriction says why it is and who asked for it.", "Fill in both.")
    _refuse_unnamed(terms)
    _refuse_unknown(terms)
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise BadInput("It would end before it starts.", "Check both days.")
    _refuse_place(household, terms)
    _refuse_kind(terms)
    if terms.lot is not None:
        terms = replace(terms, account=terms.lot.account)
    return terms


def _refuse_unnamed(terms: Terms) -> None:
    named = [terms.lot, terms.security, terms.issuers, terms.sector, terms.asset_class]
    if sum(bool(one) for one in named) != 1:
        raise BadInput(
            "A restriction is about one thing: a lot, a security, issuers, a sector or a class.",
            "Name one of them, and make another restriction for the next.",
        )


def _refuse_unknown(terms: Terms) -> None:
    on_record = securities.issuers_on_record() if terms.issuers else {}
    for name in terms.issuers:
        if name not in on_record:
            raise BadInput(
                f"There is no issuer {name!r} on record, so this would have no effect.",
                closest(name, on_record) or "Choose one that is on record, or describe its security first.",
            )
    if terms.sector and terms.sector not in (known := securities.sectors_on_record()):
        raise BadInput(
            f"There is no sector {terms.sector!r} on record, so this would have no effect.",
            closest(terms.sector, known) or "Choose one that is on record.",
        )


def _refuse_place(household: Household, terms: Terms) -> None:
    if terms.account is not None and terms.account.household_id != household.pk:
        raise BadInput("This account is not of this household.", "Choose one of its accounts.")
    if terms.lot is not None:
        if terms.lot.account.household_id != household.pk:
            raise BadInput("This lot is not of this household.", "Choose one of its lots.")
        if terms.account is not None and terms.lot.account_id != terms.account.pk:
            raise BadInput("This lot is in another account.", "Leave the account empty.")


def _refuse_kind(terms: Terms) -> None:
    if terms.lot is not None and terms.kind not in KEEPS:
        raise BadInput("A lot can only be kept.", "Choose “Do not sell” or “Keep until a day”.")
    if terms.kind == Kind.KEEP and terms.ends_on is None:
        raise BadInput(
            "What is kept until a day needs that day.", "Give the last day, or choose “Do not sell”."
        )
    if terms.kind != Kind.CAP:
        if terms.weight_cap is not None:
            raise BadInput("Only a cap has a percentage.", "Leave it empty, or choose “No more than”.")
        return
    if terms.weight_cap is None or not ZERO <= terms.weight_cap <= ONE:
        raise BadInput("A cap is a percentage between 0 and 100.", "Write 5% as 5.")
    if terms.account is not None:
        raise BadInput("A cap is the household's, over all accounts.", "Leave the account empty.")
    if terms.asset_class is not None:
        raise BadInput("A cap on a class is a range of the policy.", "Change the policy's range instead.")
