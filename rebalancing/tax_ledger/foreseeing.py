"""What a sale without a lot instruction relieves: the account's standing method, foreseen until the custodian reports.

Without any instruction the law takes the first shares bought (Treas. Reg. 1.1012-1(c)(1)). A standing order at the
custodian counts as an instruction (Treas. Reg. 1.1012-1(c)(8)), and so does an election of the average basis.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from clients.holdings import basis_elections, listings
from clients.models import Account, TaxLot
from rebalancing.engine.tax import lot_selection
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.lot_selection import Lot, Method, UnknownBasis
from rebalancing.tax_ledger.pieces import Source
from rebalancing.tax_ledger.washes import Entry

BY_LAW = "no method is on record, so the first bought"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a booked sale will have realized, if its custodian does as its method says; dollars.

    None: a lot of unknown basis is among those used, or the shares on record do not suffice.
    """

    piece: str
    method: str
    short: Decimal | None
    long: Decimal | None
    lots: tuple[tuple[str, Decimal], ...]


def method_of(account: Account, *, is_elected: bool) -> tuple[Method, str]:
    """How an account's custodian chooses lots when nobody tells it, and in words."""
    if is_elected:
        return Method.AVERAGE, "average basis, as elected"
    if account.lot_method == Account.LotMethod.UNKNOWN:
        return Method.FIFO, BY_LAW
    method = lot_selection.method_named(str(account.get_lot_method_display()))
    if method is Method.SPECIFIC:
        return Method.FIFO, "specified lots, and none was named: the first bought"
    return method, str(account.get_lot_method_display()).lower()


def of(accounts: Collection[Account], entries: Iterable[Entry]) -> dict[str, Foreseen]:
    """What the sales that nobody has reported yet relieve, by piece: only from lots that are older than the sale."""
    booked = [one for one in entries if one.piece.source is Source.BOOKED and one.shares > 0]
    if not booked:
        return {}
    by_id = {one.public_id: one for one in accounts}
    mine = [by_id[one.piece.place.account] for one in booked if one.piece.place.account in by_id]
    lots: dict[tuple[str, str], list[TaxLot]] = {}
    rows = TaxLot.objects.filter(account__in=mine, closed_on=None).select_related("account", "security")
    for lot in listings.with_days(rows).order_by("pk"):
        lots.setdefault((lot.account.public_id, lot.security.symbol), []).append(lot)
    last = max(one.piece.sold_on for one in booked)
    elected = basis_elections.in_force(mine, on=last)
    return {
        entry.piece.id: found
        for entry in booked
        if entry.piece.place.account in by_id
        and (found := _foreseen(entry, by_id[entry.piece.place.account], lots, elected)) is not None
    }


def _foreseen(
    entry: Entry,
    account: Account,
    lots: Mapping[tuple[str, str], list[TaxLot]],
    elected: set[tuple[int, int]],
) -> Foreseen | None:
    piece = entry.piece
    held = [
        one
        for one in lots.get((piece.place.account, piece.symbol), ())
        # What a file of that day or later lists has the sale behind it already.
        if listings.day_of(one) < piece.sold_on
        and one.acquired_on is not None
        and one.acquired_on <= piece.sold_on
    ]
    if not held:
        return None
    is_elected = (account.pk, held[0].security_id) in elected or any(one.is_average_cost for one in held)
    method, words = method_of(account, is_elected=is_elected)
    unknown = (
        UnknownBasis.AS_ZERO if account.custodian == Account.Custodian.VANGUARD else UnknownBasis.BY_METHOD
    )
    try:
        uses = lot_selection.select(
            method,
            [
                Lot(one.public_id, one.quantity, one.basis, one.acquired_on, one.adjusted_acquired_on)
                for one in held
                if one.acquired_on is not None
            ],
            piece.shares,
            piece.proceeds / piece.shares,
            piece.sold_on,
            unknown=unknown,
        )
    except lot_selection.NotEnoughShares:
        return None
    return Foreseen(
        piece=piece.id,
        method=words,
        short=lot_selection.realized(uses, Term.SHORT),
        long=lot_selection.realized(uses, Term.LONG),
        lots=tuple((use.lot, use.shares) for use in uses),
    )
