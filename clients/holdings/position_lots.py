"""Lots that stand for a whole position, where nothing is taxed and the custodian reports none.

Position files carry no lots, and some custodians have no file of lots at all. In an account whose sales are not taxed
neither basis nor day decides anything, so the position counts as one lot of unknown basis until a file lists real ones.
Which purchases are recent, for the wash-sale rule, is read from the movements on record.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.holdings import holdings
from clients.models import Account, CustodianFile, TaxLot

KEY = "position"
"""The key of a lot that stands for a position: one a security, the same file after file."""


def restate(account: Account, *, as_of_on: date, source_file: CustodianFile | None) -> bool:
    """Make, restate and close the lots that stand for positions of an account whose sales are not taxed.

    Returns whether anything differs from what was on record.
    """
    is_taxed = account.tax_treatment == Account.TaxTreatment.TAXABLE
    book = TaxLot.objects.filter(account=account)
    listed = set(book.filter(closed_on=None).exclude(key=KEY).values_list("security_id", flat=True))
    standing = {lot.security_id: lot for lot in book.filter(key=KEY)}
    wanted: dict[int, Decimal] = {
        position.security_id: position.quantity
        for position in account.positions.select_related("security")
        if not is_taxed
        and position.security_id not in listed
        and not (position.held_out or holdings.needs_no_lots(position.security))
        and position.quantity is not None
        and position.quantity > 0
    }
    is_other = False
    for security, quantity in wanted.items():
        lot = standing.get(security) or TaxLot(account=account, security_id=security, key=KEY)
        is_other |= lot.pk is None or lot.closed_on is not None or lot.quantity != quantity
        lot.quantity, lot.basis_status = quantity, TaxLot.BasisStatus.UNKNOWN
        lot.as_of_on, lot.closed_on, lot.source_file = as_of_on, None, source_file
        lot.save()
    for security, lot in standing.items():
        if security not in wanted and lot.closed_on is None:
            lot.closed_on = as_of_on
            lot.save(update_fields=["closed_on"])
            is_other = True
    return is_other


def close_gone(account: Account, *, as_of_on: date) -> int:
    """Close the lots of securities that the account's positions no longer name, and return how many.

    Where a custodian lists lots security by security, no file says that the last ones are gone; the list of all positions
    does. Lots of a later day are left alone.
    """
    held = account.positions.values("security_id")
    gone = TaxLot.objects.filter(account=account, closed_on=None, as_of_on__lte=as_of_on)
    return gone.exclude(security_id__in=held).update(closed_on=as_of_on)
