"""Lots and positions of one account compared by themselves, after something other than a file changed them."""

from __future__ import annotations

from datetime import date, datetime

from clients.holdings import account_lots, holdings, positions
from clients.models import Account, Security
from compliance.people.actors import Actor


def reconcile(account: Account, *, as_of_on: date, by: Actor, at: datetime) -> None:
    """Compare the account's open lots with its positions as the record has them, and put the result on it."""
    lots = account_lots.of_accounts([account])[account.pk].totals()
    held = {key: one.said for key, one in positions.on_record([account])[account.pk].items()}
    found = holdings.reconcile(
        account,
        lots=lots,
        positions=held,
        securities=Security.objects.in_bulk(lots.keys() | held.keys()),
        as_of_on=as_of_on,
        by=by,
        at=at,
    )
    holdings.write([found])
    account.refresh_from_db(fields=["reconciliation", "reconciled_on", "reconciliation_note"])
