"""Violations in cash accounts: good faith, free-riding, liquidation (Regulation T, 12 CFR 220.8).

A cash account pays for every purchase in full by its settlement. Buying with proceeds that have not settled
is fine if the new position is kept until they have. Amounts are dollars, days New York trade dates.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from rebalancing.engine.money import ZERO


class Kind(StrEnum):
    """What happened to the account's money."""

    BUY = "buy"
    SELL = "sell"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class Violation(StrEnum):
    """The three ways of not paying properly.

    Good faith: a position bought with unsettled proceeds was sold before these settled. Free-riding: a
    purchase was paid for by selling the same security. Liquidation: it was paid for by selling another
    holding too late to settle in time.
    """

    GOOD_FAITH = "GOOD_FAITH"
    FREE_RIDING = "FREERIDING"
    LIQUIDATION = "LIQUIDATION"


class CashAccountError(ValueError):
    """Events that cannot have happened in this order."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event in the order it happened. ``amount`` is always positive.

    ``is_fully_paid`` says that a sale is of shares held before and paid for, not of shares bought in
    these events.
    """

    on: date
    kind: Kind
    amount: Decimal
    settles_on: date
    security: str = ""
    is_fully_paid: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation, the day it happened and the security sold."""

    on: date
    violation: Violation
    security: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a run of events amounts to. ``unpaid`` is what purchases still owe in dollars."""

    findings: tuple[Finding, ...]
    unpaid: Decimal


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A custodian's patience: this many good-faith or liquidation violations in so many months."""

    count: int = 3
    months: int = 12
    restriction_days: int = 90


@dataclass(frozen=True, slots=True)
class Restriction:
    """The account may only buy with settled cash through this day."""

    starts_on: date
    ends_on: date
    days: int


@dataclass(slots=True)
class _Piece:
    """A purchase made in these events and how it is paid for."""

    security: str
    left: Decimal
    due_on: date
    unsettled_until: date | None
    unpaid: Decimal


@dataclass(slots=True)
class _Book:
    """Money at hand while the events are read."""

    settled: Decimal
    unsettled: list[tuple[date, Decimal]]
    deposits: list[tuple[date, Decimal]]
    pieces: list[_Piece]


def review(events: Iterable[Event], *, settled_cash: Decimal) -> Review:
    """The violations in a sequence of events, for an account starting with that much settled cash.

    Purchases use settled cash first, then unsettled proceeds, those settling soonest first; what is then
    missing is owed until settlement, and a deposit by that day cures it. Raises `CashAccountError` when
    events are out of order.
    """
    all_events = tuple(events)
    if any(later.on < earlier.on for earlier, later in pairwise(all_events)):
        raise CashAccountError("Events must be in the order in which they happened.")
    book = _Book(
        settled=settled_cash,
        unsettled=[],
        deposits=[(each.on, each.amount) for each in all_events if each.kind is Kind.DEPOSIT],
        pieces=[],
    )
    findings: list[Finding] = []
    for event in all_events:
        _settle(book, event.on)
        match event.kind:
            case Kind.BUY:
                _buy(book, event)
            case Kind.SELL:
                findings += _sell(book, event)
            case Kind.WITHDRAWAL:
                book.settled -= event.amount
            case Kind.DEPOSIT:
                pass  # Moved into settled cash by _settle on its day, unless a purchase had claimed it.
    return Review(tuple(findings), unpaid=sum((piece.unpaid for piece in book.pieces), ZERO))


def _settle(book: _Book, on: date) -> None:
    """Proceeds whose day has come, and deposits not claimed by an unpaid purchase, become settled cash."""
    book.settled += sum((amount for day, amount in book.unsettled if day <= on), ZERO)
    book.unsettled = sorted((day, amount) for day, amount in book.unsettled if day > on)
    book.settled += sum((amount for day, amount in book.deposits if day <= on), ZERO)
    book.deposits = [(day, amount) for day, amount in book.deposits if day > on]


def _buy(book: _Book, event: Event) -> None:
    used = min(event.amount, max(ZERO, book.settled))
    book.settled -= used
    missing, until, book.unsettled = _draw(book.unsettled, event.amount - used)
    # A later deposit pays if it arrives by settlement, so it does not make the position unsettled.
    in_time = [entry for entry in book.deposits if entry[0] <= event.settles_on]
    too_late = [entry for entry in book.deposits if entry[0] > event.settles_on]
    missing, _, in_time = _draw(in_time, missing)
    book.deposits = in_time + too_late
    book.pieces.append(
        _Piece(event.security, event.amount, event.settles_on, unsettled_until=until, unpaid=missing)
    )


def _draw(
    entries: Sequence[tuple[date, Decimal]], amount: Decimal
) -> tuple[Decimal, date | None, list[tuple[date, Decimal]]]:
    """Take an amount out of dated money, soonest first: what is missing, the last day used, what is left."""
    until: date | None = None
    left: list[tuple[date, Decimal]] = []
    for day, available in entries:
        used = min(amount, available)
        amount -= used
        if used > ZERO:
            until = day
        if available > used:
            left.append((day, available - used))
    return amount, until, left


def _sell(book: _Book, event: Event) -> list[Finding]:
    findings = []
    own = [] if event.is_fully_paid else [each for each in book.pieces if each.security == event.security]
    if any(piece.unpaid for piece in own):
        findings.append(Finding(event.on, Violation.FREE_RIDING, event.security))
    elif any(piece.unsettled_until and piece.unsettled_until > event.on for piece in own):
        findings.append(Finding(event.on, Violation.GOOD_FAITH, event.security))
    proceeds = event.amount
    for piece in book.pieces:
        if not piece.unpaid or not proceeds:
            continue
        paid = min(piece.unpaid, proceeds)
        piece.unpaid -= paid
        proceeds -= paid
        if any(piece is each for each in own):
            continue
        if event.settles_on > piece.due_on:
            findings.append(Finding(event.on, Violation.LIQUIDATION, event.security))
        piece.unsettled_until = max(piece.unsettled_until or event.settles_on, event.settles_on)
    book.pieces = _without(book.pieces, own, event.amount)
    if proceeds:
        book.unsettled = sorted([*book.unsettled, (event.settles_on, proceeds)])
    return findings


def _without(pieces: list[_Piece], own: list[_Piece], amount: Decimal) -> list[_Piece]:
    """Take the sale out of what was bought, oldest purchase first; a sold-out purchase is gone."""
    for piece in own:
        sold = min(piece.left, amount)
        piece.left -= sold
        amount -= sold
    return [piece for piece in pieces if piece.left > ZERO or piece.unpaid > ZERO]


def earliest_clean_sale(*, bought_on: date, funds_settle_on: date | None) -> date:
    """First day on which a position may be sold without a good-faith violation.

    The day the proceeds that paid for it settle; at once when it was paid with settled cash (None).
    """
    return bought_on if funds_settle_on is None else max(bought_on, funds_settle_on)


def restriction(
    findings: Sequence[Finding], *, on: date, tolerance: Tolerance = Tolerance()
) -> Restriction | None:
    """The restriction in force on that day, None if there is none.

    Free-riding restricts at once; good-faith and liquidation violations when the custodian's count of
    either kind is reached within its rolling months. Counts differ by custodian: give its own.
    """
    starts = [each.on for each in findings if each.violation is Violation.FREE_RIDING]
    for kind in (Violation.GOOD_FAITH, Violation.LIQUIDATION):
        days = sorted(each.on for each in findings if each.violation is kind)
        for first, last in zip(days, days[tolerance.count - 1 :], strict=False):
            if last < _months_after(first, tolerance.months):
                starts.append(last)
    running = [
        Restriction(day, day + timedelta(days=tolerance.restriction_days), tolerance.restriction_days)
        for day in starts
        if day <= on <= day + timedelta(days=tolerance.restriction_days)
    ]
    return max(running, key=lambda each: each.ends_on, default=None)


def _months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a month that lacks it."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
