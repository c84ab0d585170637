"""Lots that stand for a whole position, where nothing is taxed and the custodian reports none.

Position files carry no lots, and some custodians have no file of lots at all. In an account whose sales are not taxed
neither basis nor day decides anything, so the position counts as one lot of unknown basis until a file lists real ones.
Which purchases are recent, for the wash-sale rule, is read from the movements on record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from clients.holdings import holdings
from clients.holdings.account_lots import KEY as KEY_PLACE
from clients.holdings.account_lots import SECURITY, AccountLots
from clients.holdings.positions import Shares
from clients.models import Account, CustodianFile, Security, TaxLot

KEY = "position"
"""The key of a lot that stands for a position: one a security, the same file after file."""


def restate(
    book: AccountLots,
    positions: Mapping[int, Shares],
    *,
    securities: Mapping[int, Security],
    as_of_on: date,
    source_file: CustodianFile | None,
) -> bool:
    """Make, restate and close the lots that stand for positions of an account whose sales are not taxed.

    Returns whether anything differs from what was on record. `positions` and the lots of the book are as they will be.
    """
    is_taxed = book.account.tax_treatment == Account.TaxTreatment.TAXABLE
    standing = {row[SECURITY]: row for row in book.rows.values() if row[KEY_PLACE] == KEY}
    if is_taxed and not standing:
        return False
    listed = {security for security, key in book.open_places() if key != KEY}
    wanted: dict[int, Decimal] = {
        key: held.quantity
        for key, held in positions.items()
        if not is_taxed
        and key not in listed
        and not (held.held_out or holdings.needs_no_lots(securities[key]))
        and held.quantity is not None
        and held.quantity > 0
    }
    if wanted and not listed:
        # All open lots of the account are such lots, so that one stamp speaks for them.
        book.stamp(as_of_on)
    is_other = False
    for security, quantity in wanted.items():
        if (row := standing.get(security)) is not None:
            lot = book.lot(row)
            is_other |= lot.closed_on is not None or lot.quantity != quantity
        else:
            lot = TaxLot(account=book.account, security=securities[security], key=KEY)
            book.made.append(lot)
            is_other = True
        lot.quantity, lot.basis_status = quantity, TaxLot.BasisStatus.UNKNOWN.value
        lot.as_of_on, lot.closed_on = as_of_on, None
        lot.source_file_id = source_file.pk if source_file is not None else None
    for security, row in standing.items():
        if security not in wanted and (lot := book.lot(row)).closed_on is None:
            book.close(lot, on=as_of_on)
            is_other = True
    return is_other


def close_gone(book: AccountLots, held: Collection[int], *, as_of_on: date) -> int:
    """Close the lots of securities that the account's positions no longer name, and return how many.

    Where a custodian lists lots security by security, no file says that the last ones are gone; the list of all positions
    does. Lots of a later day are left alone.
    """
    gone = [
        book.lot(row)
        for row in book.open_rows()
        if row[SECURITY] not in held and book.day_of(row) <= as_of_on
    ]
    for lot in gone:
        book.close(lot, on=as_of_on)
    return len(gone)
