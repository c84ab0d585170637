"""What a corporate action writes on lots and positions, with an entry for each lot; and the reversal of that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from clients.corporate_actions.comparing import Book
from clients.corporate_actions.effects import Holding
from clients.corporate_actions.previews import Reached
from clients.holdings import listings, position_lots
from clients.models import Account, ActionAccount, ActionLot, CorporateAction, Position, TaxLot
from clients.registers.corporate_action_terms import Kind
from rebalancing.engine.money import ZERO, cents

LOCK = ("lock", "lock_reason", "lock_until_on")


def lots(action: CorporateAction, row: ActionAccount, reached: Iterable[Reached], *, at: datetime) -> None:
    """Write what becomes of an account's lots. Days, locks and the status of a basis go along.

    Entries that stand are reversed first: a file that lags behind has overwritten what they had written.
    """
    reached = list(reached)
    for entry in _standing(row) if reached else ():
        _reverse(row, entry, at=at)
    for one in reached:
        lot, effect = one.lot, one.effect
        if not effect.changes:
            continue
        shares, basis = lot.quantity, lot.basis
        _restate(lot, effect.kept, action)
        received = _received(action, lot, effect.received) if effect.received else None
        ActionLot.objects.create(
            applied=row,
            lot=lot,
            received=received,
            shares=(effect.kept.shares if effect.kept else ZERO) - shares,
            basis=_difference(effect.kept, basis),
            received_shares=effect.received.shares if effect.received else ZERO,
            received_basis=effect.received.basis if effect.received else None,
            cash=effect.cash,
            gain=effect.gain,
            written_at=at,
        )


def undo_lots(row: ActionAccount, *, at: datetime) -> None:
    """Undo what was written on an account's lots, by entries of their own."""
    for entry in _standing(row):
        lot = entry.lot
        if lot.closed_on is None:
            lot.quantity -= entry.shares
            if lot.basis is not None and entry.basis is not None:
                lot.basis -= entry.basis
                if lot.unadjusted_basis is not None:
                    lot.unadjusted_basis = max(ZERO, lot.unadjusted_basis - entry.basis)
        # A lot that was taken away whole kept its figures: it is only opened again.
        lot.closed_on = None
        lot.save(update_fields=["quantity", "basis", "unadjusted_basis", "closed_on"])
        if entry.received is not None:
            _take_out(entry.received, entry)
        _reverse(row, entry, at=at)


def _standing(row: ActionAccount) -> list[ActionLot]:
    """The entries of an account that nothing has reversed; the earliest are reversed first."""
    if row.pk is None:
        return []
    reversed_before = sum(1 for one in row.lots.all() if one.is_reversal)
    entries = [
        one for one in row.lots.select_related("lot", "received").order_by("pk") if not one.is_reversal
    ]
    return entries[reversed_before:]


def _reverse(row: ActionAccount, entry: ActionLot, *, at: datetime) -> None:
    ActionLot.objects.create(
        applied=row,
        lot=entry.lot,
        received=entry.received,
        shares=-entry.shares,
        basis=None if entry.basis is None else -entry.basis,
        received_shares=-entry.received_shares,
        received_basis=None if entry.received_basis is None else -entry.received_basis,
        cash=-entry.cash,
        gain=None if entry.gain is None else -entry.gain,
        is_reversal=True,
        written_at=at,
    )


def positions(action: CorporateAction, account: Account, book: Book) -> None:
    """State an account's positions in the two securities, as of the file that they are from."""
    old = account.positions.filter(security=action.security).first()
    other = account.positions.order_by("-as_of_on", "-pk").first()
    if old is not None and book.old == ZERO:
        old.delete()
    elif old is not None:
        old.quantity = book.old
        old.save(update_fields=["quantity"])
    elif book.old > ZERO and other is not None:
        _position(account, action.security_id, book.old, like=other)
    if action.new_security_id is None:
        return
    new = account.positions.filter(security=action.new_security_id).first()
    if new is not None and book.new == ZERO:
        new.delete()
    elif new is not None:
        new.quantity, new.market_value = book.new, None
        new.save(update_fields=["quantity", "market_value"])
    elif book.new > ZERO and other is not None:
        _position(account, action.new_security_id, book.new, like=other)


def _position(account: Account, security: int, quantity: Decimal, *, like: Position) -> None:
    Position.objects.create(
        account=account,
        security_id=security,
        quantity=quantity,
        reinvests_dividends=like.reinvests_dividends,
        as_of_on=like.as_of_on,
        source_file=like.source_file,
    )


def _restate(lot: TaxLot, kept: Holding | None, action: CorporateAction) -> None:
    before = lot.basis
    if kept is None or not kept.shares:
        # The row keeps its figures: it is what was held to the end.
        lot.closed_on = action.effective_on
        lot.save(update_fields=["closed_on"])
        return
    lot.quantity, lot.basis = kept.shares, kept.basis
    if lot.unadjusted_basis is not None and kept.basis is not None and before:
        lot.unadjusted_basis = cents(lot.unadjusted_basis * kept.basis / before)
    lot.save(update_fields=["quantity", "basis", "unadjusted_basis"])


def _received(action: CorporateAction, lot: TaxLot, received: Holding) -> TaxLot | None:
    if not received.shares:
        return None
    assert action.new_security_id is not None, "what is received is a security"
    book = TaxLot.objects.filter(account=lot.account_id, security=action.new_security_id)
    if lot.key == position_lots.KEY:
        standing = book.filter(key=position_lots.KEY).first()
        if standing is not None:
            standing.quantity = received.shares + (ZERO if standing.closed_on else standing.quantity)
            standing.closed_on = None
            standing.save(update_fields=["quantity", "closed_on"])
            return standing
    new = TaxLot(
        account_id=lot.account_id,
        security_id=action.new_security_id,
        key=position_lots.KEY
        if lot.key == position_lots.KEY
        else _key(book.values_list("key", flat=True), received),
        acquired_on=received.acquired_on,
        adjusted_acquired_on=received.held_since,
        quantity=received.shares,
        basis=received.basis,
        unadjusted_basis=received.basis,
        basis_status=TaxLot.BasisStatus.UNKNOWN if received.basis is None else lot.basis_status,
        acquired_by=TaxLot.Acquisition.SPIN_OFF if action.kind == Kind.SPIN_OFF else lot.acquired_by,
        is_average_cost=lot.is_average_cost,
        as_of_on=lot.as_of_on,
        source_file_id=lot.source_file_id,
        **{name: getattr(lot, name) for name in LOCK},
    )
    new.save()
    return new


def _key(taken: Iterable[str], received: Holding) -> str:
    """A key as a file without lot ids gives it, so that its row is recognized as this lot."""
    unit = "unknown" if received.basis is None else f"{(received.basis / received.shares).normalize():f}"[:40]
    stem, ordinal, known = f"{received.acquired_on or 'unknown'}@{unit}", 1, set(taken)
    while f"{stem}#{ordinal}" in known:
        ordinal += 1
    return f"{stem}#{ordinal}"


def _take_out(lot: TaxLot, entry: ActionLot) -> None:
    left = lot.quantity - entry.received_shares
    if left > ZERO:
        lot.quantity = left
        if lot.basis is not None and entry.received_basis is not None:
            lot.basis = max(ZERO, lot.basis - entry.received_basis)
        lot.save(update_fields=["quantity", "basis"])
        return
    lot.closed_on = listings.day_of(lot)
    lot.save(update_fields=["closed_on"])


def _difference(kept: Holding | None, basis: Decimal | None) -> Decimal | None:
    if basis is None:
        return None
    if kept is None:
        return -basis
    return None if kept.basis is None else kept.basis - basis
