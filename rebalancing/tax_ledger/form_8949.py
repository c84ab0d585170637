"""The ledger in the columns of Form 8949, for the accountant. The custodian's Form 1099-B rules, and says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.tax_ledger.pieces import SOURCES, Source
from rebalancing.tax_ledger.washes import Entry

STATEMENT = (
    "Prepared from the adviser's records for information. The custodian's Form 1099-B governs; report from it, and use "
    "the adjustments of wash sales across accounts only after checking them with it."
)
HEADER = (
    "return", "box", "description", "date_acquired", "date_sold", "proceeds", "cost_basis", "adjustment_code",
    "adjustment_amount", "gain_or_loss", "term", "account", "last_four", "source", "disallowed_by_custodian",
    "disallowed_across_accounts", "lost_for_good", "note", "statement",
)  # fmt: skip
BOXES = {
    (Term.SHORT, True): "A",
    (Term.SHORT, False): "B",
    (Term.LONG, True): "D",
    (Term.LONG, False): "E",
}
"""Basis reported to the IRS or not, on a Form 1099-B. C and F are for sales without such a form, which custodians give."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form; None where a column is not known, which is never zero."""

    unit: str
    box: str
    description: str
    acquired_on: date | None
    sold_on: date
    proceeds: Decimal
    basis: Decimal | None
    code: str
    adjustment: Decimal | None
    gain: Decimal | None
    term: str
    entry: Entry

    @property
    def note(self) -> str:
        """What an accountant has to know of the line."""
        told = []
        if self.entry.piece.source is Source.SENT:
            told.append("The desk's estimate; no report yet.")
        elif self.entry.piece.note:
            told.append(self.entry.piece.note)
        if self.entry.filed_basis is None:
            told.append("The basis is unknown, so the gain is too.")
        if self.entry.added:
            told.append(f"The basis has ${self.entry.added:,.2f} of an earlier disallowed loss added.")
        if self.entry.beyond_report and self.entry.piece.source is Source.REPORTED:
            told.append("The 1099-B will not show this wash sale: the replacement is in another account.")
        if self.entry.lost:
            told.append(f"${self.entry.lost:,.2f} of the loss is lost for good (Rev. Rul. 2008-5).")
        return " ".join(told)


def rows(entries: Iterable[Entry]) -> Iterator[Row]:
    """The lines, in the order of the entries."""
    for entry in entries:
        piece = entry.piece
        adjustment = entry.disallowed
        yield Row(
            unit=piece.place.unit,
            box=_box(entry),
            description=f"{piece_shares(entry.shares)} sh. {piece.symbol}",
            acquired_on=piece.acquired_on,
            sold_on=piece.sold_on,
            proceeds=entry.proceeds,
            basis=entry.basis,
            code="W" if adjustment > ZERO else "",
            adjustment=None if entry.basis is None else adjustment,
            gain=entry.recognized,
            term=str(entry.term or ""),
            entry=entry,
        )


def piece_shares(shares: Decimal) -> str:
    """Shares without trailing zeros."""
    return f"{shares.normalize():f}"


def _box(entry: Entry) -> str:
    """A to F as far as it is known; the part that is not is left open: `A or B`."""
    covered = entry.piece.is_covered
    if covered is not None and entry.term is not None:
        return BOXES[entry.term, covered]
    found = [
        box
        for (term, is_covered), box in BOXES.items()
        if entry.term in (None, term) and covered in (None, is_covered)
    ]
    return " or ".join(found)


def source(entry: Entry) -> str:
    """Who says so."""
    return SOURCES[entry.piece.source]
