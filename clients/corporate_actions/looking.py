"""What the record shows of a corporate action in each account: before it, after it, or neither.

What an account held in its last file from before the day is kept, and every later file is compared with it by shares
(`comparing`). Positions and lots are compared each for themselves, because their files come at different times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max

from clients.corporate_actions import comparing, effects, previews
from clients.corporate_actions.comparing import Book, Shown, Traded
from clients.holdings import listings
from clients.models import ActionAccount, CorporateAction, Position, TaxLot, Transaction
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_action_terms import Kind
from rebalancing.engine.money import ZERO

TRADES = (
    Transaction.Kind.BUY,
    Transaction.Kind.SELL,
    Transaction.Kind.REINVESTMENT,
    Transaction.Kind.TRANSFER_IN,
    Transaction.Kind.TRANSFER_OUT,
    Transaction.Kind.JOURNAL,
)
"""Movements of shares that are no corporate action."""
_LIEU = Transaction.Kind.CASH_IN_LIEU
BOOKED_AS: dict[str, tuple[str, ...]] = {
    Kind.SPLIT: (Transaction.Kind.SPLIT, _LIEU),
    Kind.REVERSE_SPLIT: (Transaction.Kind.SPLIT, _LIEU),
    Kind.STOCK_DIVIDEND: (Transaction.Kind.SPLIT, _LIEU),
    Kind.CASH_MERGER: (Transaction.Kind.CASH_MERGER, Transaction.Kind.MERGER),
    Kind.STOCK_MERGER: (Transaction.Kind.MERGER, _LIEU),
    Kind.MIXED_MERGER: (Transaction.Kind.MERGER, Transaction.Kind.CASH_MERGER, _LIEU),
    Kind.SPIN_OFF: (Transaction.Kind.SPIN_OFF, _LIEU),
    Kind.RETURN_OF_CAPITAL: (Transaction.Kind.RETURN_OF_CAPITAL,),
    Kind.CASH_IN_LIEU: (_LIEU,),
    Kind.TENDER: (Transaction.Kind.CASH_MERGER, Transaction.Kind.REDEMPTION),
    Kind.LIQUIDATION: (Transaction.Kind.LIQUIDATION,),
    Kind.SYMBOL_CHANGE: (Transaction.Kind.RENAME,),
    Kind.CUSIP_CHANGE: (Transaction.Kind.RENAME,),
}
"""Under which kinds custodians book an action."""
BOOKED_BEFORE = timedelta(days=5)
BOOKED_AFTER = timedelta(days=30)


@dataclass(slots=True)
class Seen:
    """One account as the record has it: `day` and `file` are those of its positions, or of its lots where it has none."""

    account: int
    day: date | None = None
    file: int | None = None
    positions: Book | None = None
    lots: list[TaxLot] = field(default_factory=list)
    lots_day: date | None = None
    traded: list[tuple[date, Decimal, bool]] = field(default_factory=list)
    is_booked: bool = False
    old_security: int = 0

    @property
    def lots_book(self) -> Book | None:
        """The lots in sums; None where the account has none of either security."""
        if not self.lots:
            return None
        old = [one for one in self.lots if one.security_id == self.old_security]
        bases = [one.basis for one in old]
        return Book(
            sum((one.quantity for one in old), ZERO),
            sum((one.quantity for one in self.lots if one.security_id != self.old_security), ZERO),
            None if None in bases else sum((one for one in bases if one is not None), ZERO),
        )

    @property
    def old_lots(self) -> list[TaxLot]:
        return [one for one in self.lots if one.security_id == self.old_security]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What positions and lots show; None where there is nothing to compare. `without` and `after` are of the positions."""

    positions: Shown | None
    lots: Shown | None
    without: Book | None = None
    after: Book | None = None

    @property
    def both(self) -> tuple[Shown, ...]:
        return tuple(one for one in (self.positions, self.lots) if one is not None)

    @property
    def is_after(self) -> bool:
        return bool(self.both) and set(self.both) == {Shown.AFTER}

    @property
    def is_unclear(self) -> bool:
        return Shown.NEITHER in self.both or not self.both


def seen(action: CorporateAction, *, since: date, accounts: Collection[int] | None = None) -> dict[int, Seen]:
    """The accounts that hold the security or are named, as the record has them. `since`: the earliest day of a trade."""
    keys = {key for key in (action.security_id, action.new_security_id) if key is not None}
    found: dict[int, Seen] = {}

    def of(account: int) -> Seen:
        return found.setdefault(account, Seen(account, old_security=action.security_id))

    among: dict[str, Any] = {} if accounts is None else {"account__in": accounts}
    for account in accounts or ():
        of(account)
    shares: dict[int, dict[int, Decimal | None]] = defaultdict(dict)
    for account, security, quantity in Position.objects.filter(security__in=keys, **among).values_list(
        "account", "security", "quantity"
    ):
        shares[account][security] = quantity
    for lot in (
        listings.with_days(TaxLot.objects.filter(security__in=keys, closed_on=None, **among))
        .select_related("account__household", "security")
        .order_by("account", "acquired_on", "pk")
    ):
        one = of(lot.account_id)
        one.lots.append(lot)
        day = listings.day_of(lot)
        one.lots_day = max(day, one.lots_day or day)
    for account in shares:
        of(account)
    days = (
        Position.objects.filter(account__in=found)
        .order_by()
        .values_list("account")
        .annotate(day=Max("as_of_on"), file=Max("source_file"))
    )
    for account, day, file in days:
        one, here = found[account], shares.get(account, {})
        one.day, one.file = day, file
        known = [here.get(key, ZERO) for key in keys]
        if None not in known:
            one.positions = Book(
                here.get(action.security_id) or ZERO,
                (here.get(action.new_security_id) or ZERO) if action.new_security_id else ZERO,
            )
    for one in found.values():
        if one.day is None:
            one.day = one.lots_day
            one.file = max((lot.source_file_id for lot in one.lots if lot.source_file_id), default=None)
    _movements(action, found, keys, since=since)
    return found


def _movements(
    action: CorporateAction, found: dict[int, Seen], keys: Collection[int], *, since: date
) -> None:
    first = min(since, action.effective_on - BOOKED_BEFORE)
    rows = Transaction.objects.filter(account__in=found, security__in=keys, traded_on__gt=first)
    for account, kind, day, security, quantity in rows.order_by("traded_on", "pk").values_list(
        "account", "kind", "traded_on", "security", "quantity"
    ):
        if kind in BOOKED_AS.get(action.kind, ()) and is_near(action, day):
            found[account].is_booked = True
        if kind in TRADES and quantity is not None:
            found[account].traded.append((day, quantity, security != action.security_id))


def is_near(action: CorporateAction, day: date) -> bool:
    """Whether a movement of that day may be a custodian's booking of the action."""
    return action.effective_on - BOOKED_BEFORE <= day <= action.effective_on + BOOKED_AFTER


def verdict(action: CorporateAction, row: ActionAccount, one: Seen) -> Verdict | None:
    """What the record shows in an account; None where nothing is known of before."""
    if row.shares_before is None or row.before_on is None:
        return None
    said = terms.of(action)
    by_basis = said.kind is Kind.RETURN_OF_CAPITAL
    before = Book(row.shares_before, row.new_before or ZERO, row.basis_before)

    def until(day: date | None) -> tuple[Book, Book]:
        assert row.before_on is not None, "asked above"
        traded = [
            Traded(on, shares, is_new)
            for on, shares, is_new in one.traded
            if row.before_on < on <= (day or row.before_on)
        ]
        without, after = comparing.expected(said, before, traded)
        return without, replace(after, basis=row.basis_after)

    without, after = until(one.day)
    positions = None
    if one.positions is not None and not by_basis:
        positions = comparing.shown(without, after, one.positions)
    lots = None
    book = one.lots_book
    if book is None and positions is None:
        book = Book(ZERO)
    if book is not None:
        # Of a basis that is not known nothing is written: shares alone are compared.
        lots = comparing.shown(*until(one.lots_day), book, by_basis=by_basis and row.basis_before is not None)
    return Verdict(positions, lots, without, after)


def remembered(action: CorporateAction, one: Seen) -> dict[str, Any]:
    """What the account holds, to be kept as what it held before the action."""
    book, lots = one.positions, one.lots_book
    known = book or lots or Book(ZERO)
    basis = lots.basis if lots is not None else None
    return {
        "before_on": one.day,
        "shares_before": known.old,
        "new_before": known.new,
        "basis_before": basis,
        "basis_after": None if basis is None else _basis_after(action, one.old_lots),
    }


def _basis_after(action: CorporateAction, lots: Iterable[TaxLot]) -> Decimal | None:
    try:
        found = effects.of(terms.of(action), [previews.held(lot) for lot in lots])
    except ValueError:
        return None
    bases = [one.kept.basis for one in found if one.kept]
    return None if None in bases else sum((one for one in bases if one is not None), ZERO)
