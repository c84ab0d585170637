"""Writes what a file changes in many accounts, each table in a few statements. Inside one savepoint of the load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clients.holdings import gains, holdings, lot_corrections, lots, movements, positions
from clients.imports.file_comparing import Outcome
from clients.models import CustodianFile
from compliance.people.actors import Actor


def write(found: Sequence[Outcome], *, file: CustodianFile, by: Actor, at: datetime) -> None:
    """Write the outcomes of these accounts."""
    positions.write([one.positions for one in found if one.positions is not None], source_file=file)
    lots.write([one.book for one in found if one.book is not None], source_file=file)
    for one in found:
        if one.lots is not None:
            lot_corrections.restate(one.lots.corrected, by=by, at=at)
    positions.write_cash([one.cash for one in found if one.cash is not None])
    movements.write([row for one in found for row in one.movements])
    gains.add_from_file([one.sales for one in found if one.sales is not None])
    holdings.write([one.reconciled for one in found if one.reconciled is not None])
