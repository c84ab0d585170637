"""What the accounts of a household hold, down to the lot.

Values add up by construction: a lot's value is rounded to the cent once, and every total is a sum of those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from clients.holdings import valuation
from clients.holdings.valuation import total
from clients.models import Account, Position, Price, Security, TaxLot
from clients.securities import securities
from compliance.statements.reads import Asked, prepared, together
from rebalancing.engine.tax import basis as tax_basis

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LotRow:
    """One open lot. `gain` None: the basis is not known, or the account is not taxed (`is_taxed`)."""

    public_id: str
    acquired_on: date | None
    shares: Decimal
    value: Decimal | None
    basis: Decimal | None
    gain: Decimal | None
    basis_status: str
    lock: str


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One security in one account; its lots add up to it. `value` None: there is no price.

    `held_out` says why it is never rebalanced, such as an option; its value is the custodian's own.
    """

    symbol: str
    name: str
    shares: Decimal | None
    price: Decimal | None
    price_on: date | None
    value: Decimal | None
    basis: Decimal | None
    gain: Decimal | None
    is_taxed: bool
    held_out: str
    lots: tuple[LotRow, ...]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; its holdings and cash add up to its value. `freshness` names how sure its figures are."""

    account: Account
    owner: str
    last_four: str
    custodian: str
    registration: str
    treatment: str
    discretion: str
    consents: bool
    reconciliation: str
    reconciliation_tone: str
    reconciliation_note: str
    as_of_on: date | None
    cash: Decimal | None
    unsettled: Decimal
    holdings: tuple[HoldingRow, ...]
    value: Decimal | None
    basis: Decimal | None
    gain: Decimal | None


def prices_of(accounts: Sequence[Account], *, on: date | None = None) -> dict[int, Price]:
    """The price of everything these accounts hold, of a day or the latest."""
    day = on or securities.latest_price_day()
    lots, positions = together(*asked(accounts))
    held = {one.security_id for one in (*lots, *positions)}
    return securities.prices_on(day, securities=held) if day and held else {}


def keys_of(accounts: Iterable[Account]) -> list[int]:
    """The accounts by key."""
    return [one.pk for one in accounts]


def asked(accounts: Sequence[Account]) -> tuple[Asked | None, Asked | None]:
    """What is asked of the accounts' lots and positions, to be sent with other questions."""
    return _open_lots.asked(keys_of(accounts)), _positions.asked(keys_of(accounts))


@prepared
def _open_lots(accounts: list[int]) -> QuerySet[TaxLot]:
    found = TaxLot.objects.filter(account__in=accounts, closed_on=None).select_related("security")
    return found.order_by("security__symbol", "acquired_on", "key")


@prepared
def _positions(accounts: list[int]) -> QuerySet[Position]:
    return Position.objects.filter(account__in=accounts).select_related("security")


def of_accounts(accounts: Sequence[Account], prices: dict[int, Price]) -> Iterable[AccountRow]:
    """The accounts with their holdings, in two queries however many lots there are."""
    lots: dict[tuple[int, int], list[TaxLot]] = defaultdict(list)
    for lot in _open_lots.rows(keys_of(accounts)):
        lots[lot.account_id, lot.security_id].append(lot)
    positions: dict[int, list[Position]] = defaultdict(list)
    for position in _positions.rows(keys_of(accounts)):
        positions[position.account_id].append(position)
    for account in accounts:
        named = {position.security_id: position.security for position in positions[account.pk]}
        named |= {key[1]: found[0].security for key, found in lots.items() if key[0] == account.pk}
        stated = {position.security_id: position for position in positions[account.pk]}
        rows = tuple(
            _holding(security, lots[account.pk, key], stated.get(key), prices.get(key), account)
            for key, security in sorted(named.items(), key=lambda pair: pair[1].symbol)
        )
        yield _account(account, rows, positions[account.pk])


def _holding(
    security: Security,
    lots: Sequence[TaxLot],
    position: Position | None,
    price: Price | None,
    account: Account,
) -> HoldingRow:
    is_taxed = account.tax_treatment == Account.TaxTreatment.TAXABLE
    each = valuation.price_of(security, price)
    rows = tuple(_lot(lot, each, is_taxed=is_taxed) for lot in lots)
    value = valuation.of_holding(security, lots, position, price)
    basis = total(row.basis for row in rows) if rows else None
    return HoldingRow(
        symbol=security.symbol,
        name=security.name,
        shares=_shares(rows, position),
        price=price.price if price else None,
        price_on=price.as_of_on if price else None,
        value=value,
        basis=basis,
        # The sum of the lots' own gains: a gift's is not its value less the basis on file.
        gain=total(row.gain for row in rows) if rows and is_taxed else None,
        is_taxed=is_taxed and bool(rows),
        held_out=position.held_out if position else "",
        lots=rows,
    )


def _shares(rows: Sequence[LotRow], position: Position | None) -> Decimal | None:
    """The sum of the lots, or what the custodian states where no lot can stand for it."""
    if rows:
        return sum((row.shares for row in rows), ZERO)
    assert position is not None, "a holding has lots or a position"
    return position.quantity


def _lot(lot: TaxLot, each: Decimal | None, *, is_taxed: bool) -> LotRow:
    value = valuation.of_lot(lot.quantity, each)
    return LotRow(
        public_id=lot.public_id,
        acquired_on=lot.acquired_on,
        shares=lot.quantity,
        value=value,
        basis=lot.basis,
        gain=None if value is None or not is_taxed else _gain(lot, value),
        basis_status=lot.get_basis_status_display(),
        lock=(lot.lock_reason or lot.get_lock_display()) if lot.lock else "",
    )


def _gain(lot: TaxLot, value: Decimal) -> Decimal | None:
    """Dollars above or below the basis that counts at this value; a gift has two (IRC 1015(a))."""
    donor_basis = lot.basis if lot.donor_basis is None else lot.donor_basis
    if lot.acquired_by != TaxLot.Acquisition.GIFT or donor_basis is None or lot.is_average_cost:
        return None if lot.basis is None else value - lot.basis
    if lot.value_at_gift is None and value < donor_basis:
        return None
    at_gift = donor_basis if lot.value_at_gift is None else lot.value_at_gift
    return tax_basis.gift(donor_basis=donor_basis, value_at_gift=at_gift, proceeds=value).gain


def _account(account: Account, rows: tuple[HoldingRow, ...], positions: Sequence[Position]) -> AccountRow:
    cash = getattr(account, "cash", None)
    tones = {"reconciled": "order", "broken": "breach", "never": "attention"}
    days = [position.as_of_on for position in positions] + ([cash.as_of_on] if cash else [])
    whole = [*(row.value for row in rows), valuation.of_cash(cash, positions)]
    taxed = [row for row in rows if row.is_taxed]
    owners = [str(account.owner), str(account.joint_owner) if account.joint_owner else ""]
    return AccountRow(
        account=account,
        owner=" and ".join(owner for owner in owners if owner),
        last_four=account.number_last4,
        custodian=account.get_custodian_display(),
        registration=account.get_registration_display(),
        treatment=account.get_tax_treatment_display(),
        discretion=account.get_discretion_display(),
        consents=account.discretion == Account.Discretion.NON_DISCRETIONARY,
        reconciliation=account.get_reconciliation_display(),
        reconciliation_tone=tones[account.reconciliation],
        reconciliation_note=account.reconciliation_note,
        as_of_on=min(days, default=None),
        cash=cash.settled if cash else None,
        unsettled=cash.unsettled if cash else ZERO,
        holdings=rows,
        value=total(whole),
        basis=total(row.basis for row in taxed),
        gain=total(row.gain for row in taxed),
    )
