"""What custodians' files show of transfers: movements matched and recognized, shares that left or arrived, basis that came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from clients import figures
from clients.holdings import listings
from clients.holdings.account_changes import AccountChange, LoadedFile
from clients.holdings.lot_matching import MILLIONTH
from clients.models import TaxLot, Transaction, Transfer, TransferMovement
from clients.transfers import matching
from clients.transfers.matching import Awaited, Move
from clients.transfers.movements import KINDS, TOLERANCE, ZERO, in_kind
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.people.actors import Actor

SHOWN = ("left_on", "arrived_on", "basis_known_on")
TOLD_FOR, TOLD_MAX = timedelta(days=30), 5
"""Of what was moved in kind longer ago, as a first file's history tells, nobody reads before it is loaded."""


def follow(loaded: LoadedFile) -> list[str]:
    """Match what a file moved in kind with what is expected, recognize pairs, and see whether the basis has come.

    Returns what a person reads before the file is loaded.
    """
    by_key = {one.account.pk: one for one in loaded.accounts}
    moves = _moves(loaded)
    standing = _open(by_key, on=loaded.at.astimezone(EASTERN).date())
    if not moves and not standing:
        return []
    rows = {row.pk: row for row in standing}
    movements = {one.pk: one for one in (*moves, *_halves(moves))}
    found = matching.match(map(_move, movements.values()), _awaited(standing), tolerance=TOLERANCE)
    links = [TransferMovement(transfer_id=key, movement_id=move.key) for key, move in found.parts]
    for out, into in found.pairs:
        row = _recognized(movements[out.key], movements[into.key], loaded)
        rows[row.pk] = row
        links += [TransferMovement(transfer=row, movement_id=one.key) for one in (out, into)]
    TransferMovement.objects.bulk_create(links)
    for row in rows.values():
        _shown(row, by_key, by=loaded.by, at=loaded.at)
    fresh = {one.pk for one in moves}
    lately = loaded.at.astimezone(EASTERN).date() - TOLD_FOR
    told = [one for one in found.unexplained if one.key in fresh and one.on >= lately]
    return [_unexplained(movements[one.key]) for one in told[:TOLD_MAX]]


def _unexplained(one: Transaction) -> str:
    shares = one.quantity or ZERO
    return (
        f"{one.account.name}: {figures.quantity(abs(shares))} {one.security} {'came in' if shares > ZERO else 'left'} in kind, "
        "and no transfer on record explains it."
    )


def _moves(loaded: LoadedFile) -> list[Transaction]:
    """What this file moved in kind."""
    told = [one for each in loaded.accounts for one in each.movements]
    if not any(one.kind in KINDS and one.quantity and one.security_id for one in told):
        return []
    mine = Transaction.objects.filter(
        source_file=loaded.file, account__in=[one.account.pk for one in loaded.accounts]
    )
    return list(in_kind(mine).order_by("pk"))


def _halves(moves: Sequence[Transaction]) -> list[Transaction]:
    """Earlier movements of the same households and securities that no transfer explains: the other halves of pairs."""
    if not moves:
        return []
    days = [one.traded_on for one in moves]
    rows = Transaction.objects.filter(
        account__household__in={one.account.household_id for one in moves},
        security__in={one.security_id for one in moves},
        traded_on__range=(min(days) - matching.APART, max(days) + matching.APART),
    ).exclude(pk__in=[one.pk for one in moves])
    return list(in_kind(rows).order_by("pk"))


def _move(one: Transaction) -> Move:
    account = one.account
    assert one.security_id is not None, "only movements of a security are asked for"
    return Move(
        key=one.pk,
        account=account.pk,
        owner=f"{account.household_id} {account.tax_unit_id} {account.tax_treatment}",
        security=one.security_id,
        shares=one.quantity or ZERO,
        on=one.traded_on,
    )


def _open(accounts: Collection[int], *, on: date) -> list[Transfer]:
    """The transfers of these accounts that are not over, and those that were shown lately: their movements may follow."""
    lately = on - matching.APART
    rows = Transfer.objects.filter(
        Q(to_account__in=accounts) | Q(from_account__in=accounts), ended_at=None
    ).filter(
        Q(basis_known_on=None) | Q(arrived_on__gte=lately) | Q(left_on__gte=lately),
    )
    found = rows.select_related("to_account", "from_account", "security", "household").defer(
        "to_account__number", "from_account__number"
    )
    return [
        row
        for row in found.order_by("pk")
        if row.state != Transfer.State.COMPLETE or max(filter(None, (row.left_on, row.arrived_on))) >= lately
    ]


def _awaited(rows: Sequence[Transfer]) -> list[Awaited]:
    found = []
    parts = TransferMovement.objects.filter(transfer__in=rows).select_related("movement")
    told: dict[tuple[int, bool], Decimal] = {}
    for one in parts:
        place = (one.transfer_id, one.shares > ZERO)
        told[place] = told.get(place, ZERO) + abs(one.shares)
    for row in rows:
        for is_in, account, day in (
            (True, row.to_account_id, row.arrived_on),
            (False, row.from_account_id, row.left_on),
        ):
            if account is not None:
                # What positions have shown already is still told by its movements, when they come.
                left = row.shares - told.get((row.pk, is_in), ZERO)
                since = row.expected_on or day or row.entered_at.date()
                found.append(Awaited(row.pk, account, row.security_id, is_in, left, since))
    return found


def _recognized(out: Transaction, into: Transaction, loaded: LoadedFile) -> Transfer:
    assert into.security is not None, "only movements of a security are asked for"
    row = Transfer.objects.create(
        household=into.account.household,
        from_account=out.account,
        to_account=into.account,
        security=into.security,
        shares=(into.quantity or ZERO).quantize(MILLIONTH),
        entered_at=loaded.at,
        left_on=out.traded_on,
        arrived_on=into.traded_on,
    )
    audit.record(audit.Action.TRANSFER_RECOGNIZED, about=row, by=loaded.by, at=loaded.at, reason=str(row))
    return row


def _shown(row: Transfer, by_key: Mapping[int, AccountChange], *, by: Actor, at: datetime) -> None:
    """Fill in what files show of a transfer: that shares have left, arrived, and have their basis."""
    before, was = row.state, [getattr(row, name) for name in SHOWN]
    moved = list(TransferMovement.objects.filter(transfer=row).select_related("movement"))
    for is_in, account, name in (
        (True, row.to_account_id, "arrived_on"),
        (False, row.from_account_id, "left_on"),
    ):
        if account is None or getattr(row, name) is not None:
            continue
        parts = [one for one in moved if (one.shares > ZERO) == is_in]
        if sum((abs(one.shares) for one in parts), ZERO) >= row.shares - TOLERANCE:
            setattr(row, name, max(one.movement.settles_on or one.movement.traded_on for one in parts))
        elif account in by_key and not parts and _is_positions_change(row, by_key[account], is_in=is_in):
            setattr(row, name, by_key[account].positions_on)
    if row.arrived_on is not None and row.basis_known_on is None and row.asks_basis:
        row.basis_known_on = _basis_known(row)
    if was != [getattr(row, name) for name in SHOWN]:
        row.save(update_fields=list(SHOWN))
    if row.state != before:
        audit.record(
            audit.Action.TRANSFER_SHOWN,
            about=row,
            by=by,
            at=at,
            changed={"state": {"before": before.label, "after": row.state.label}},
        )


def _is_positions_change(row: Transfer, account: AccountChange, *, is_in: bool) -> bool:
    """Whether the account's position changed by just these shares, and no movement of the file tells another reason."""
    if any(one.security_id == row.security_id and one.quantity for one in account.movements):
        return False
    change = next((one for one in account.shares if one.security_id == row.security_id), None)
    if change is None:
        return False
    moved = (change.after or ZERO) - (change.before or ZERO)
    return abs(moved - (row.shares if is_in else -row.shares)) <= TOLERANCE


def _basis_known(row: Transfer) -> date | None:
    """The day of the lots, once they cover the shares and each has its basis; None before."""
    lots = TaxLot.objects.filter(account=row.to_account, security=row.security, closed_on=None)
    unknown = lots.filter(Q(basis=None) | Q(basis_status=TaxLot.BasisStatus.UNKNOWN)).exists()
    total = lots.aggregate(total=Sum("quantity"))["total"] or ZERO
    assert row.arrived_on is not None, "asked only of what has arrived"
    if unknown or total < row.shares - TOLERANCE:
        return None
    day = max(map(listings.day_of, listings.with_days(lots)))
    return max(day, row.arrived_on)


def take_up(row: Transfer, *, by: Actor, at: datetime) -> None:
    """Movements that the record holds already, and that no transfer explained."""
    accounts = [one.pk for one in (row.from_account, row.to_account) if one is not None]
    rows = Transaction.objects.filter(account__in=accounts, security=row.security)
    first = (row.expected_on or at.astimezone(EASTERN).date()) - TOLD_FOR
    moves = [_move(one) for one in in_kind(rows.filter(traded_on__gte=first)).order_by("pk")]
    found = matching.match(moves, _awaited([row]), tolerance=TOLERANCE)
    TransferMovement.objects.bulk_create(
        TransferMovement(transfer=row, movement_id=move.key) for _, move in found.parts
    )
    _shown(row, {}, by=by, at=at)
