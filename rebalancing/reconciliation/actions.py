"""Corporate actions between two files: what they make of our book, so that it is no difference.

An action counts in the comparison once the record shows it, by the custodian's file or because we applied it; what the
custodian books of it itself then counts for its cash only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from clients.corporate_actions import applying, comparing, looking
from clients.corporate_actions.comparing import Traded
from clients.models import Account, ActionAccount, CorporateAction, Transaction
from clients.registers import corporate_action_terms as terms
from compliance import clock
from rebalancing.reconciliation.books import Kept
from rebalancing.reconciliation.comparing import Book, Moved

ZERO = Decimal(0)
State = ActionAccount.State
COUNTED = timedelta(days=90)
"""So long after its day an action is still known to our book."""


@dataclass(frozen=True, slots=True)
class Found:
    """The actions of an account: those that its record shows now, and those that were taken back since."""

    shown: tuple[CorporateAction, ...]
    taken_back: tuple[CorporateAction, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.public_id for one in self.shown)

    def symbols(self, *, since: date) -> set[str]:
        """The securities whose lots an action has changed since a day."""
        found = (*self.shown, *self.taken_back)
        return {
            symbol
            for one in found
            if one.effective_on >= since - looking.BOOKED_BEFORE
            for symbol in symbols_of(one)
        }


def symbols_of(action: CorporateAction) -> list[str]:
    """The securities that an action is about."""
    return [action.security.symbol, *([action.new_security.symbol] if action.new_security else [])]


def settle(account: Account, was: Kept | None, *, on: date, at: datetime) -> None:
    """Look at the account's actions once more before it is compared; what our own book had tells where no file does.

    A book of the action's day or later tells nothing: it may have the action in it.
    """
    waiting = ActionAccount.objects.filter(
        account=account, action__ended_at=None, state=State.UNCLEAR, shares_before=None
    ).select_related("action__security", "action__new_security")
    for row in waiting:
        if was is None or on >= row.action.effective_on:
            continue
        shares = [was.book.shares.get(symbol, ZERO) for symbol in symbols_of(row.action)]
        applying.remember(
            row.action, account, shares=shares[0], new=shares[1] if len(shares) > 1 else ZERO, on=on, at=at
        )
        applying.follow(row.action, accounts=[account.pk], on=_today(at), by=applying.DESK, at=at)


def _today(at: datetime) -> date:
    return at.astimezone(clock.EASTERN).date()


def of(account: Account, *, on: date) -> Found:
    """The actions that an account's record shows, and those that were taken back.

    One that only the custodian's own booking tells of is left out: that booking explains its shares.
    """
    rows = (
        ActionAccount.objects.filter(
            account=account,
            action__effective_on__gte=on - COUNTED,
            state__in=(State.APPLIED, State.SHOWN, State.TAKEN_BACK),
        )
        .select_related("action__security", "action__new_security")
        .order_by("action__effective_on", "action")
    )
    return Found(
        tuple(row.action for row in rows if row.state != State.TAKEN_BACK and _counts(row)),
        tuple(row.action for row in rows if row.state == State.TAKEN_BACK),
    )


def _counts(row: ActionAccount) -> bool:
    if row.shares_before is not None:
        return True
    return not _bookings(row.account_id, row.action).exists()


def _bookings(account: int, action: CorporateAction) -> QuerySet[Transaction]:
    """What the custodian booked of an action."""
    return Transaction.objects.filter(
        account=account,
        security__in=[key for key in (action.security_id, action.new_security_id) if key is not None],
        kind__in=looking.BOOKED_AS.get(action.kind, ()),
        traded_on__gte=action.effective_on - looking.BOOKED_BEFORE,
        traded_on__lte=action.effective_on + looking.BOOKED_AFTER,
    )


def is_told(row: Transaction, shown: Iterable[CorporateAction]) -> bool:
    """Whether a custodian's movement is its booking of one of these actions."""
    return any(
        row.kind in looking.BOOKED_AS.get(one.kind, ())
        and row.security_id in (one.security_id, one.new_security_id)
        and looking.is_near(one, row.traded_on)
        for one in shown
    )


def booked_before(
    account: Account, found: Found, was: Kept, *, since: date, compared_at: datetime
) -> frozenset[str]:
    """The actions that our book has in it by the custodian's own booking, which was compared before they counted: their terms
    were wrong then.
    """
    return frozenset(
        one.public_id
        for one in found.shown
        if one.public_id not in was.actions
        and _bookings(account.pk, one)
        .filter(traded_on__lte=since, source_file__loaded_at__lte=compared_at)
        .exclude(quantity=None)
        .exists()
    )


def moved(
    found: Found,
    was: Kept,
    now: Book,
    trades: Sequence[Moved],
    *,
    in_book: Collection[str] = (),
    since: date,
    on: date,
) -> list[Moved]:
    """What the actions that our book does not have yet make of it, as movements of the file's day. `in_book` are those that it
    has by the custodian's booking.
    """
    shares = dict(was.book.shares)
    rows: list[Moved] = []

    def add(symbol: str, change: Decimal) -> None:
        if change:
            rows.append(Moved(symbol, change, ZERO, on, on, is_ours=True))
            shares[symbol] = shares.get(symbol, ZERO) + change

    for action in found.taken_back:
        if action.public_id in was.actions:
            for symbol in symbols_of(action):
                add(symbol, now.shares.get(symbol, ZERO) - shares.get(symbol, ZERO))
    for action in found.shown:
        if action.public_id in was.actions or action.public_id in in_book:
            continue
        old, *new = symbols_of(action)
        other = new[0] if new else ""
        before = comparing.Book(shares.get(old, ZERO), shares.get(other, ZERO))
        traded = [
            Traded(one.traded_on, one.shares, one.symbol == other)
            for one in trades
            if one.symbol in (old, other) and one.symbol and since < one.traded_on <= on
        ]
        without, after = comparing.expected(terms.of(action), before, traded)
        add(old, comparing.as_paid(after.old, now.shares.get(old, ZERO)) - without.old)
        if other:
            add(other, comparing.as_paid(after.new, now.shares.get(other, ZERO)) - without.new)
    return rows
