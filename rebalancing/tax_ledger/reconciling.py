"""The ledger against the custodian's own year-to-date figure: the difference, and what explains it. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.tax_ledger.pieces import Source
from rebalancing.tax_ledger.washes import Entry


@dataclass(frozen=True, slots=True)
class Stated:
    """What a custodian says of an account's year, up to a day; dollars after what it disallowed."""

    id: str
    as_of_on: date
    short: Decimal
    long: Decimal
    disallowed: Decimal | None
    document: str

    @property
    def net(self) -> Decimal:
        return self.short + self.long


@dataclass(frozen=True, slots=True)
class Explained:
    """Part of a difference, in dollars of net gain, and its sentence."""

    amount: Decimal
    sentence: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One account's figures side by side; dollars. `rest` is what nothing explains."""

    account: str
    name: str
    stated: Stated | None
    short: Decimal
    long: Decimal
    difference: Decimal | None
    parts: tuple[Explained, ...] = ()
    rest: Decimal | None = None
    unknown: tuple[str, ...] = ()

    @property
    def net(self) -> Decimal:
        return self.short + self.long


def compared(account: str, name: str, entries: Sequence[Entry], stated: Stated | None) -> Compared:
    """An account's entries of a year against the custodian's figure."""
    known = [(one, one.recognized) for one in entries]
    short = sum((gain for one, gain in known if gain is not None and one.term is not Term.LONG), ZERO)
    long = sum((gain for one, gain in known if gain is not None and one.term is Term.LONG), ZERO)
    unknown = tuple(
        dict.fromkeys(
            f"{one.piece.symbol} on {one.piece.sold_on:%B} {one.piece.sold_on.day}"
            for one, gain in known
            if gain is None
        )
    )
    if stated is None:
        return Compared(account, name, None, short, long, None, unknown=unknown)
    difference = short + long - stated.net
    parts = tuple(part for part in _parts(entries, stated) if part.amount)
    rest = difference - sum((part.amount for part in parts), ZERO)
    return Compared(account, name, stated, short, long, difference, parts, rest, unknown)


def _parts(entries: Sequence[Entry], stated: Stated) -> list[Explained]:
    """What explains a difference: each entry counts in one of the parts at most, but for its wash sales."""
    later = [one for one in entries if one.piece.sold_on > stated.as_of_on]
    upto = [one for one in entries if one.piece.sold_on <= stated.as_of_on]
    ours = [one for one in upto if one.piece.source in (Source.SENT, Source.EXECUTED)]
    reported = [one for one in upto if one.piece.source is Source.REPORTED]
    return [
        Explained(
            _sum(one.recognized for one in later),
            f"sold after {stated.as_of_on:%B} {stated.as_of_on.day}, the last day of the custodian's figure",
        ),
        Explained(
            _sum(one.recognized for one in ours),
            "sold by our own orders, which the custodian's files do not report yet",
        ),
        Explained(
            _sum(one.beyond_report for one in reported),
            "losses disallowed by purchases in other accounts, which the custodian does not see",
        ),
        Explained(
            -_sum(one.added for one in reported),
            "basis added by losses in other accounts, which the custodian does not see",
        ),
    ]


def _sum(amounts: object) -> Decimal:
    return sum((one for one in amounts if one is not None), ZERO)  # type: ignore[attr-defined]
