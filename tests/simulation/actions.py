"""What a custodian books when an issuer does something to its security: shares, lots, basis and cash of one account."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP
from decimal import Decimal as D

from tests.simulation.books import CENT, ZERO, Book, Closed, Lot, Movement, parted
from tests.simulation.issuers import MILLIONTH, Event


def booked(book: Book, event: Event, number: Callable[[], int]) -> None:
    """Book an action where its security is held. `number` gives the next number of a movement."""
    lots = sorted(
        (lot for lot in book.lots if lot.symbol == event.security), key=lambda lot: (lot.acquired, lot.key)
    )
    if not lots:
        return

    def moves(kind: str, name: str, shares: D, dollars: D = ZERO) -> None:
        book.moves.append(Movement(f"T{number()}", kind, event.on, event.on, name, shares, ZERO, dollars))

    if event.is_split:
        _splits(book, lots, event, moves)
    elif event.kind == "spin_off":
        _spins_off(book, lots, event, moves)
    elif event.kind == "cash_merger":
        _pays_off(book, lots, event, moves)
    book.lots = [lot for lot in book.lots if lot.shares]


Moves = Callable[..., None]


def _splits(book: Book, lots: list[Lot], event: Event, moves: Moves) -> None:
    before = sum((lot.shares for lot in lots), ZERO)
    after = event.whole(before)
    moves("split", event.security, after - before)
    shared = parted(after, {lot.key: lot.shares for lot in lots}, MILLIONTH)
    for lot in lots:
        lot.shares = shared[lot.key]
    _pays_fraction(book, lots, event, event.fraction(after), moves)


def _spins_off(book: Book, lots: list[Lot], event: Event, moves: Moves) -> None:
    come = event.whole(sum((lot.shares for lot in lots), ZERO))
    if not come:
        return
    moves("spin_off", event.other, come)
    shared = parted(come, {lot.key: lot.shares for lot in lots}, MILLIONTH)
    fresh = []
    for lot in lots:
        part = (lot.basis * event.basis_share).quantize(CENT, ROUND_HALF_UP)
        lot.basis -= part
        if shared[lot.key]:
            fresh.append(Lot(event.other, f"{lot.key}N{event.number}", lot.acquired, shared[lot.key], part))
    book.lots += fresh
    _pays_fraction(book, fresh, event, event.fraction(come), moves)


def _pays_off(book: Book, lots: list[Lot], event: Event, moves: Moves) -> None:
    shares = {lot.key: lot.shares for lot in lots}
    before = sum(shares.values(), ZERO)
    dollars = (before * event.cash).quantize(CENT, ROUND_HALF_UP)
    moves("cash_merger", event.security, -before, dollars)
    paid = parted(dollars, shares, CENT)
    for lot in lots:
        book.closed.append(
            Closed("", lot.symbol, lot.key, lot.shares, lot.acquired, event.on, paid[lot.key], lot.basis)
        )
        lot.shares = lot.basis = ZERO


def _pays_fraction(book: Book, lots: list[Lot], event: Event, fraction: D, moves: Moves) -> None:
    """Dollars for the fraction of a share, which is taken from what was acquired first."""
    if not fraction or event.lieu is None:
        return
    dollars = (fraction * event.lieu).quantize(CENT, ROUND_HALF_UP)
    moves("cash_in_lieu", lots[0].symbol, -fraction, dollars)
    left, unpaid = fraction, dollars
    for lot in lots:
        part = min(left, lot.shares)
        if not part:
            break
        basis = (lot.basis * part / lot.shares).quantize(CENT, ROUND_HALF_UP)
        left -= part
        paid = (dollars * part / fraction).quantize(CENT, ROUND_HALF_UP) if left else unpaid
        unpaid -= paid
        book.closed.append(Closed("", lot.symbol, lot.key, part, lot.acquired, event.on, paid, basis))
        lot.shares, lot.basis = lot.shares - part, lot.basis - basis
