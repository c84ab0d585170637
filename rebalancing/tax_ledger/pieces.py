"""Sales as lot pieces and purchases as lots: what the ledgers are computed from. Pure values, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.wash_sales import Owner

ZERO = Decimal(0)


class Source(StrEnum):
    """Who says what a sale realized."""

    REPORTED = "reported"  # The custodian's file of realized gains.
    SENT = "sent"  # Our own order, estimated at release; its execution takes its place.
    EXECUTED = "executed"  # Our own order as it was filled; a report takes its place.
    BOOKED = "booked"  # A movement without a report: the gain is unknown until a basis is on record.


SOURCES = {
    Source.REPORTED: "custodian's report",
    Source.SENT: "our order, estimated",
    Source.EXECUTED: "our order, executed",
    Source.BOOKED: "movement, not reported yet",
}


@dataclass(frozen=True, slots=True)
class Place:
    """An account as the wash-sale rule and the returns see it. `holder` tells taxpayers apart; empty: not taxed."""

    account: str
    name: str
    owner: Owner
    unit: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a lot that was sold. Dollars for all its shares; `basis` and `term` None where nobody knows them.

    `reported_disallowed` is the loss, as a positive amount, that the custodian itself disallowed: it has moved that into
    the basis of its own replacement already. `wash_group` None: the wash-sale rule does not apply.
    """

    id: str
    place: Place
    symbol: str
    name: str
    sold_on: date
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    acquired_on: date | None
    source: Source
    reported_term: Term | None = None
    reported_disallowed: Decimal = ZERO
    wash_group: str | None = None
    is_covered: bool | None = None
    note: str = ""

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis; None where the basis is unknown, which is never zero."""
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def lot(self) -> str:
        """The purchase the shares are from: one account, one security, one day."""
        return lot_of(self.place.account, self.symbol, self.acquired_on, otherwise=self.id)

    @property
    def term_by_day(self) -> Term | None:
        """As the source states it, else from the days (IRC 1222); None where neither is known."""
        if self.reported_term is not None or self.acquired_on is None:
            return self.reported_term
        return term(self.acquired_on, self.sold_on)


@dataclass(frozen=True, slots=True)
class Purchase:
    """Shares bought on one day in one account, as far as they are not among the pieces sold.

    `basis` None where it is unknown. `gone_on` is the day from which they are no longer held.
    """

    id: str
    place: Place
    symbol: str
    on: date
    shares: Decimal
    basis: Decimal | None
    wash_group: str | None
    held_since: date | None = None
    gone_on: date | None = None
    is_purchase: bool = True

    @property
    def lot(self) -> str:
        return lot_of(self.place.account, self.symbol, self.on, otherwise=self.id)


def lot_of(account: str, symbol: str, on: date | None, *, otherwise: str) -> str:
    """The name of a purchase; shares of an unknown day are a purchase of their own."""
    return otherwise if on is None else f"{account} {symbol} {on}"
