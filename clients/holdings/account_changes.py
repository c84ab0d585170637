"""What a file changed in the accounts it was loaded into, as values: lots before and after, shares, new movements.

The importer hands them, once a file, to those who follow files (`clients.imports.file_followers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from clients.models import Account, CustodianFile, RealizedGain, TaxLot, Transaction
from compliance.people.actors import Actor


@dataclass(frozen=True, slots=True)
class LotChange:
    """A lot as the record had it and as it has it now. `before` is None for a new one; a lot that the custodian no
    longer lists is closed in `after`. The day of `before` is the last on which it was listed.
    """

    before: TaxLot | None
    after: TaxLot


@dataclass(frozen=True, slots=True)
class SaleChange:
    """A past sale that a file states anew, as the record had it and as it has it now."""

    before: RealizedGain
    after: RealizedGain


@dataclass(frozen=True, slots=True)
class SharesChange:
    """The custodian's total of a security, by its key; None where there was or is no position."""

    security_id: int
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What a file changed in one account. What it left alone is not here."""

    account: Account
    lots_on: date | None
    """The day of the file's lots; None where it has none of this account."""
    positions_on: date | None
    lots: Sequence[LotChange] = ()
    shares: Sequence[SharesChange] = ()
    movements: Sequence[Transaction] = ()
    """The movements that were not on record before."""
    sales: Sequence[SaleChange] = ()


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file whose rows are written, with every account in which it changed lots, shares or movements."""

    file: CustodianFile
    accounts: Sequence[AccountChange]
    by: Actor
    at: datetime
