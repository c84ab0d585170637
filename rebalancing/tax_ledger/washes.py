"""Losses corrected for wash sales over the whole household (IRC 1091), by the engine's own matching.

A custodian disallows what it sees: the same security in the same account (Treas. Reg. 1.6045-1(d)(6)(iii)). What it has
disallowed is in the basis of its own replacement already, so those shares of the loss and of the replacement are settled.
The rest of the loss is matched here with every other purchase of the household: in the same hands it moves into the
replacement's basis, in an account that is not taxed it is lost for good (Rev. Rul. 2008-5), in a spouse's it is
recorded beside the replacement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from rebalancing.engine.money import cents
from rebalancing.engine.tax import wash_sales
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.wash_sales import Acquisition, Effect, Match, Outcome, Sale
from rebalancing.tax_ledger.pieces import Piece, Purchase

ZERO = Decimal(0)
LONG_AGO = timedelta(days=800)
"""Where shares of an unknown day are put: outside every window, and long-term unless the source says otherwise."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A disallowed loss and the replacement that disallowed it. Dollars, positive; whole cents.

    `adjusted_on` is the day from which the replacement's holding period counts now, with the days of the shares sold
    added (IRC 1223(3)); None where it stays.
    """

    piece: str
    replacement: str
    shares: Decimal
    amount: Decimal
    effect: Effect
    adjusted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Shares of one piece that were sold with one term, with what the wash-sale rule leaves of their loss.

    Dollars: `filed_basis` as the source has it, None where it is unknown; `added` what an earlier disallowed loss has
    added to it; `reported_disallowed`, `deferred`, `lost` and `recorded` are the parts of the loss that is disallowed.
    A piece is two entries only where part of it has taken over the days of shares that were sold before.
    """

    piece: Piece
    shares: Decimal
    proceeds: Decimal
    filed_basis: Decimal | None
    added: Decimal
    reported_disallowed: Decimal
    deferred: Decimal
    lost: Decimal
    recorded: Decimal
    term: Term | None
    moved: tuple[Moved, ...] = ()

    @property
    def basis(self) -> Decimal | None:
        """The basis with what earlier losses have added to it."""
        return None if self.filed_basis is None else self.filed_basis + self.added

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis, before anything is disallowed."""
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def disallowed(self) -> Decimal:
        return self.reported_disallowed + self.deferred + self.lost + self.recorded

    @property
    def recognized(self) -> Decimal | None:
        """What goes on the return; None where the basis is unknown."""
        return None if self.gain is None else self.gain + self.disallowed

    @property
    def beyond_report(self) -> Decimal:
        """What the household disallows more than the custodian does: its 1099-B will not show it."""
        return self.deferred + self.lost + self.recorded


@dataclass(frozen=True, slots=True)
class Corrected:
    """All pieces in the order in which they were sold, and what each replacement has taken over."""

    entries: tuple[Entry, ...]
    pending: Mapping[str, Decimal] = field(default_factory=dict)
    """Dollars that wash sales have added to the basis of purchases still held, by their id."""
    used: Mapping[str, Decimal] = field(default_factory=dict)
    """Shares of each purchase, or piece sold, that have disallowed a loss: none does so twice."""


def corrected(pieces: Iterable[Piece], purchases: Iterable[Purchase]) -> Corrected:
    """The pieces with the wash-sale rule applied over the household. The order of the input does not matter."""
    sold = sorted(pieces, key=lambda one: (one.sold_on, one.acquired_on or date.min, one.id))
    bought = sorted(purchases, key=lambda one: (one.on, one.id))
    settled = _settled_by_custodians(sold, bought)
    acquisitions = [
        *(_sold_acquisition(one, settled) for one in sold if one.shares > 0),
        *(_acquisition(one, settled) for one in bought if one.shares > 0),
    ]
    sales: list[Sale] = []
    for piece in sold:
        sales += _sales(piece)
    sales += [
        Sale(f"gone {one.id}", one.gone_on, one.id, one.shares, ZERO)
        for one in bought
        if one.gone_on is not None
        and one.gone_on >= one.on
        and one.shares > 0
        and not one.place.owner.is_taxed
    ]
    ledger = wash_sales.process(acquisitions, sales)
    by_piece: dict[str, list[Outcome]] = {}
    for outcome in ledger.outcomes:
        by_piece.setdefault(outcome.lot, []).append(outcome)
    used = dict(settled)
    for outcome in ledger.outcomes:
        for match in outcome.matches:
            used[match.replacement] = used.get(match.replacement, ZERO) + match.shares
    moved = {
        piece.id: _moved(piece, by_piece.get(piece.id, ()))
        for piece in sold
        if piece.basis is not None and piece.place.owner.is_taxed
    }
    added: dict[str, Decimal] = {}
    for each in (one for found in moved.values() for of_part in found for one in of_part):
        if each.effect is Effect.DEFERRED:
            added[each.replacement] = added.get(each.replacement, ZERO) + each.amount
    entries = [
        entry
        for piece in sold
        for entry in _entries(
            piece, by_piece.get(piece.id, ()), moved.get(piece.id, []), added.get(piece.id, ZERO)
        )
    ]
    held = {one.id for one in bought if one.gone_on is None}
    pending: dict[str, Decimal] = {}
    for entry in entries:
        for each in entry.moved:
            if each.effect is Effect.DEFERRED and each.replacement in held:
                pending[each.replacement] = pending.get(each.replacement, ZERO) + each.amount
    return Corrected(tuple(entries), pending, used)


def open_part(piece: Piece) -> Decimal:
    """The shares of a loss that its custodian has not settled as washed."""
    gain = piece.gain
    if gain is None or gain >= 0 or piece.reported_disallowed <= 0:
        return piece.shares
    left = (-gain - piece.reported_disallowed) / -gain
    return max(ZERO, (piece.shares * left).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def _settled_by_custodians(sold: Sequence[Piece], bought: Sequence[Purchase]) -> dict[str, Decimal]:
    """Shares of each purchase or piece that a custodian's own disallowance has used up, earliest first."""
    used: dict[str, Decimal] = {}
    for piece in sold:
        need = piece.shares - open_part(piece)
        if need <= 0:
            continue
        near: list[tuple[date, str, Decimal]] = [
            (other.acquired_on, other.id, other.shares)
            for other in sold
            if other.acquired_on is not None
            and other.lot != piece.lot
            and _same_place(other, piece)
            and wash_sales.is_inside_window(other.acquired_on, piece.sold_on)
            and other.sold_on >= piece.sold_on
        ]
        near += [
            (other.on, other.id, other.shares)
            for other in bought
            if other.lot != piece.lot
            and _same_place(other, piece)
            and wash_sales.is_inside_window(other.on, piece.sold_on)
        ]
        for _, key, shares in sorted(near):
            taken = min(need, shares - used.get(key, ZERO))
            if taken > 0:
                used[key] = used.get(key, ZERO) + taken
                need -= taken
    return used


def _same_place(one: Piece | Purchase, other: Piece) -> bool:
    return one.place.account == other.place.account and one.symbol == other.symbol


def _sold_acquisition(piece: Piece, settled: Mapping[str, Decimal]) -> Acquisition:
    on = piece.acquired_on or piece.sold_on - LONG_AGO
    since = on if piece.term_by_day is None or term(on, piece.sold_on) is piece.term_by_day else None
    return Acquisition(
        id=piece.id,
        on=on,
        shares=piece.shares,
        cost=piece.proceeds if piece.basis is None else piece.basis,
        owner=piece.place.owner,
        wash_group=piece.wash_group,
        held_since=since or _since_as_stated(piece),
        shares_used=settled.get(piece.id, ZERO),
        holder=piece.place.holder,
        lot=piece.lot,
    )


def _since_as_stated(piece: Piece) -> date:
    """A day from which the term comes out as the source states it: inherited shares are long-term at once."""
    return piece.sold_on - (LONG_AGO if piece.term_by_day is Term.LONG else timedelta(days=1))


def _acquisition(one: Purchase, settled: Mapping[str, Decimal]) -> Acquisition:
    return Acquisition(
        id=one.id,
        on=one.on,
        shares=one.shares,
        cost=ZERO if one.basis is None else one.basis,
        owner=one.place.owner,
        wash_group=one.wash_group,
        is_purchase=one.is_purchase,
        held_since=one.held_since,
        shares_used=settled.get(one.id, ZERO),
        holder=one.place.holder,
        lot=one.lot,
    )


def _sales(piece: Piece) -> list[Sale]:
    """The sale of a piece: the part that its custodian settled for what it cost, the rest for the rest."""
    if piece.shares <= 0:
        return []
    left = open_part(piece)
    if piece.basis is None or left == piece.shares:
        proceeds = piece.proceeds
        return [Sale(piece.id, piece.sold_on, piece.id, piece.shares, proceeds)]
    settled = piece.shares - left
    cost = piece.basis * settled / piece.shares
    found = [Sale(f"{piece.id} settled", piece.sold_on, piece.id, settled, cost)]
    if left > 0:
        found.append(
            Sale(piece.id, piece.sold_on, piece.id, left, piece.proceeds + piece.reported_disallowed - cost)
        )
    return found


def _moved(piece: Piece, outcomes: Sequence[Outcome]) -> list[tuple[Moved, ...]]:
    """What each part of a sold piece lost, in whole cents."""
    return [tuple(_in_cents(piece.id, outcome.matches)) for outcome in outcomes]


def _in_cents(piece: str, matches: Sequence[Match]) -> list[Moved]:
    """The matches of one loss in whole cents; the last one takes what rounding leaves."""
    whole = cents(sum((one.disallowed for one in matches), ZERO))
    found: list[Moved] = []
    for place, one in enumerate(matches):
        left = whole - sum((each.amount for each in found), ZERO)
        amount = left if place == len(matches) - 1 else min(cents(one.disallowed), left)
        found.append(Moved(piece, one.replacement, one.shares, amount, one.effect, one.adjusted_on))
    return found


def _entries(
    piece: Piece, outcomes: Sequence[Outcome], moved: Sequence[tuple[Moved, ...]], added: Decimal
) -> list[Entry]:
    """A piece as one entry, or as two where only a part of it has become long-term by days it took over."""
    by_term: dict[Term | None, list[int]] = {}
    for place, outcome in enumerate(outcomes):
        by_term.setdefault(outcome.term if added else piece.term_by_day, []).append(place)
    if not by_term:
        by_term = {piece.term_by_day: []}
    found: list[Entry] = []
    for place, (stands, places) in enumerate(sorted(by_term.items(), key=lambda one: one[0] or "")):
        is_last = place == len(by_term) - 1
        shares = sum((outcomes[each].shares for each in places), ZERO) if len(by_term) > 1 else piece.shares
        cost = sum((outcomes[each].basis for each in places), ZERO)
        mine = tuple(one for each in places if moved for one in moved[each])

        def part(whole: Decimal, name: str, *, last: bool = is_last, of: Decimal = shares) -> Decimal:
            before = sum((getattr(each, name) for each in found), ZERO)
            return whole - before if last else cents(whole * of / piece.shares)

        filed = None if piece.basis is None else part(piece.basis, "filed_basis")
        took = added if len(by_term) == 1 else cents(cost - (filed or ZERO))
        by_effect = {
            effect: sum((one.amount for one in mine if one.effect is effect), ZERO) for effect in Effect
        }
        found.append(
            Entry(
                piece=piece,
                shares=shares,
                proceeds=part(piece.proceeds, "proceeds"),
                filed_basis=filed,
                added=added - sum((each.added for each in found), ZERO)
                if is_last
                else min(added, max(ZERO, took)),
                reported_disallowed=part(piece.reported_disallowed, "reported_disallowed"),
                deferred=by_effect[Effect.DEFERRED],
                lost=by_effect[Effect.LOST],
                recorded=by_effect[Effect.RECORDED],
                term=stands,
                moved=mine,
            )
        )
    return found
