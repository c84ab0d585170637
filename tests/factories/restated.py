"""A custodian's file of an account's lots as the record has them, with what it states otherwise."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from clients.imports import custodian_files
from clients.models import Account, CustodianFile, Restatement, TaxLot
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import table
from tests.factories.households import SET_UP, received


def row_of(lot: TaxLot, **other: Any) -> str:
    """A lot as the house layout writes it."""
    basis, acquired = other.get("basis", lot.basis), other.get("acquired_on", lot.acquired_on)
    cells = (
        lot.account.number, other.get("as_of", lot.as_of_on), lot.security.symbol, lot.key, acquired or "",
        f"{other.get('shares', lot.quantity).normalize():f}", "" if basis is None else f"{basis:.2f}",
        "unknown" if basis is None else "covered",
    )  # fmt: skip
    return ",".join(map(str, cells))


def a_file(account: Account, *, at: datetime = SUNDAY_NOON, **others: dict[str, Any]) -> CustodianFile:
    """Load the account's open lots, with what is said otherwise of each by its key."""
    lots = account.lots.filter(closed_on=None).select_related("security", "account").order_by("pk")
    rows = [row_of(lot, **others.get(lot.key, {})) for lot in lots]
    file = received(table("lots", rows), name="lots.csv", at=at)
    return custodian_files.load(
        file, confirmed=file.preview.get("confirm", ""), user_id=None, by=SET_UP, at=at
    )


def a_restatement(account: Account, *, at: datetime = SUNDAY_NOON) -> Restatement:
    """The first lot's basis, a hundred dollars lower in a file of the same day."""
    lot = account.lots.filter(closed_on=None, basis__isnull=False).order_by("pk")[0]
    assert lot.basis is not None, "asked for"
    a_file(account, at=at, **{lot.key: {"basis": lot.basis - Decimal(100)}})
    return Restatement.objects.get(lot=lot)
