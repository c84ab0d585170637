"""Wash sales: which part of a loss is disallowed, and where its basis and holding period go.

Replacement shares are matched one by one: earliest loss first, earliest purchase first, each share once,
never shares of the lot that was sold. Sales are taken in order of date on wash-adjusted basis, so that a
replacement sold at a loss can wash again. Source: IRC 1091, 1223(3); Treas. Reg. 1.1091-1, 1.1091-2;
Rev. Rul. 56-602 (same lot), Rev. Rul. 2008-5 (IRA).

Conservation: recognized gain less open basis changes only by what is lost for good or recorded with a spouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from rebalancing.engine.money import ZERO, share_of
from rebalancing.engine.tax.holding_periods import Term, tacked_on, term

WINDOW_DAYS = 30  # before and after the sale: 61 calendar days with the day itself, IRC 1091(a)


class Owner(StrEnum):
    """In whose hands shares are, as the rule sees it (Pub. 550; Rev. Rul. 2008-5)."""

    SELF_TAXABLE = "self_taxable"
    SPOUSE_TAXABLE = "spouse_taxable"
    IRA = "ira"
    ROTH_IRA = "roth_ira"
    HSA = "hsa"
    PLAN = "plan"  # SEP, SIMPLE, solo 401(k) and other plans the client directs
    SPOUSE_IRA = "spouse_ira"
    SPOUSE_ROTH_IRA = "spouse_roth_ira"

    @property
    def is_taxed(self) -> bool:
        """True where gains and losses are recognized: taxable accounts of either spouse."""
        return self in (Owner.SELF_TAXABLE, Owner.SPOUSE_TAXABLE)


class Effect(StrEnum):
    """What becomes of a disallowed loss."""

    DEFERRED = "deferred"  # into the basis of the replacement, IRC 1091(d)
    LOST = "lost"  # for good: the replacement is in a retirement or health account, Rev. Rul. 2008-5
    RECORDED = "recorded"  # a replacement in the spouse's or other hands: basis effect unsettled, so kept beside the lot


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Shares acquired together; `cost` in dollars for all of them, `on` the trade date.

    Only acquisitions of one `wash_group` replace each other; None means that section 1091 does not apply.
    `is_purchase` is False for gifts, inheritances and tax-free exchanges, which replace nothing.
    `held_since` is the holding-period date where it differs; `shares_used` of the shares have already
    disallowed another loss (Treas. Reg. 1.1091-1(e)). `holder` tells taxpayers of one kind of owner apart: a loss
    moves into the basis of a replacement in the same hands only. `lot` names the purchase that several of these are
    parts of, sold one after the other: none of them replaces another (Rev. Rul. 56-602).
    """

    id: str
    on: date
    shares: Decimal
    cost: Decimal
    owner: Owner = Owner.SELF_TAXABLE
    wash_group: str | None = ""
    is_purchase: bool = True
    held_since: date | None = None
    shares_used: Decimal = ZERO
    holder: str = ""
    lot: str = ""

    @property
    def purchase(self) -> str:
        """The purchase that these shares are from."""
        return self.lot or self.id


@dataclass(frozen=True, slots=True)
class Sale:
    """Shares of one lot sold on trade date `on` for `proceeds` dollars after costs."""

    id: str
    on: date
    lot: str
    shares: Decimal
    proceeds: Decimal


@dataclass(frozen=True, slots=True)
class Settings:
    """Open points of the rule, as the firm reads them.

    `earlier_lots_replace`: a different lot, bought inside the window but *before* the shares sold, counts as a
    replacement. True is the literal and cautious reading.
    """

    earlier_lots_replace: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a lot with its own basis (dollars, all shares) and holding-period date."""

    shares: Decimal
    basis: Decimal
    held_since: date
    is_used: bool = False  # These shares have disallowed a loss once and never will again.


@dataclass(frozen=True, slots=True)
class Match:
    """Replacement shares and the loss in dollars that they disallow.

    `adjusted_on` is the new holding-period date of those shares; None where basis and date stay as they were.
    """

    replacement: str
    shares: Decimal
    disallowed: Decimal
    effect: Effect
    adjusted_on: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sold piece. Dollars; `realized` before the rule, `recognized` after it.

    Sales in accounts that are not taxed realize nothing.
    """

    sale: str
    lot: str
    on: date
    shares: Decimal
    proceeds: Decimal
    basis: Decimal
    realized: Decimal
    term: Term
    matches: tuple[Match, ...] = ()

    @property
    def disallowed(self) -> Decimal:
        """The part of the loss that cannot be deducted now, as a positive amount."""
        return sum((match.disallowed for match in self.matches), ZERO)

    @property
    def recognized(self) -> Decimal:
        """What goes on the return this year."""
        return self.realized + self.disallowed


@dataclass(frozen=True, slots=True)
class OpenLot:
    """What is left of an acquisition, in pieces in the order in which they would be sold."""

    id: str
    owner: Owner
    pieces: tuple[Piece, ...]

    @property
    def shares(self) -> Decimal:
        """Shares still held."""
        return sum((piece.shares for piece in self.pieces), ZERO)

    @property
    def basis(self) -> Decimal:
        """Adjusted basis of the shares still held, in dollars."""
        return sum((piece.basis for piece in self.pieces), ZERO)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All sales in the order they were taken, piece by piece, and the lots still open."""

    outcomes: tuple[Outcome, ...]
    open_lots: tuple[OpenLot, ...]


def window(sold_on: date) -> tuple[date, date]:
    """First and last day, both included, on which a purchase touches a loss sale on `sold_on` (IRC 1091(a))."""
    return sold_on - timedelta(days=WINDOW_DAYS), sold_on + timedelta(days=WINDOW_DAYS)


def is_inside_window(day: date, sold_on: date) -> bool:
    """True when a purchase on `day` can disallow a loss of `sold_on`. Calendar days; holidays move nothing."""
    first, last = window(sold_on)
    return first <= day <= last


PRECISION = 60
"""Digits in which lots are split: a lot taken apart piece by piece adds up to itself again, whatever the fractions."""


def last_blocked_day(sold_on: date) -> date:
    """The last day on which a purchase would still wash a loss sale of `sold_on`."""
    return window(sold_on)[1]


def first_safe_purchase_day(sold_on: date) -> date:
    """The first day after a loss sale of `sold_on` on which any household account may buy back."""
    return last_blocked_day(sold_on) + timedelta(days=1)


def first_safe_loss_sale_day(bought_on: date) -> date:
    """The first day after a purchase on `bought_on` on which another lot may be sold at a loss."""
    return bought_on + timedelta(days=WINDOW_DAYS + 1)


def process(
    acquisitions: Sequence[Acquisition], sales: Iterable[Sale], settings: Settings = Settings()
) -> Ledger:
    """Apply section 1091 to all sales of a household, in order of sale date.

    Sales of one day go in order of the original acquisition of the shares sold, then by id. A replacement must
    still be held when the loss is taken: shares bought and sold again before it have nowhere to put the basis.

    Raises ValueError for an unknown or repeated lot, a sale of more shares than are left, or one before its
    acquisition.
    """
    with localcontext(prec=PRECISION):
        return _processed(acquisitions, sales, settings)


def _processed(acquisitions: Sequence[Acquisition], sales: Iterable[Sale], settings: Settings) -> Ledger:
    bought = {acquisition.id: acquisition for acquisition in acquisitions}
    if len(bought) != len(acquisitions):
        raise ValueError("Two acquisitions share an id: give each lot of the household its own.")
    held = {acquisition.id: _opening_pieces(acquisition) for acquisition in acquisitions}
    in_order = list(sales)
    for sale in in_order:
        if sale.lot not in bought:
            raise ValueError(f"Sale {sale.id!r} names lot {sale.lot!r}, which was never acquired.")

    outcomes: list[Outcome] = []
    in_order.sort(key=lambda sale: (sale.on, bought[sale.lot].on, sale.id))
    candidates = sorted(acquisitions, key=lambda acquisition: (acquisition.on, acquisition.id))
    by_group: dict[str | None, list[Acquisition]] = {}
    for candidate in candidates:
        by_group.setdefault(candidate.wash_group, []).append(candidate)
    for sale in in_order:
        lot = bought[sale.lot]
        if sale.on < lot.on:
            raise ValueError(f"Sale {sale.id!r} on {sale.on} lies before its lot was acquired on {lot.on}.")
        for piece in _take(held, sale):
            proceeds = share_of(sale.proceeds, piece.shares, sale.shares)
            outcome = Outcome(
                sale=sale.id,
                lot=sale.lot,
                on=sale.on,
                shares=piece.shares,
                proceeds=proceeds,
                basis=piece.basis,
                realized=proceeds - piece.basis if lot.owner.is_taxed else ZERO,
                term=term(piece.held_since, sale.on),
            )
            if outcome.realized < 0:
                outcome = replace(
                    outcome, matches=_match(outcome, piece, lot, by_group[lot.wash_group], held, settings)
                )
            outcomes.append(outcome)
    return Ledger(
        outcomes=tuple(outcomes),
        open_lots=tuple(OpenLot(a.id, a.owner, tuple(held[a.id])) for a in candidates if held[a.id]),
    )


def _opening_pieces(acquisition: Acquisition) -> list[Piece]:
    since = acquisition.held_since or acquisition.on
    if not 0 <= acquisition.shares_used <= acquisition.shares:
        raise ValueError(
            f"Lot {acquisition.id!r} cannot have {acquisition.shares_used} of its shares used up."
        )
    used_basis = share_of(acquisition.cost, acquisition.shares_used, acquisition.shares)
    pieces = [
        Piece(acquisition.shares_used, used_basis, since, is_used=True),
        Piece(acquisition.shares - acquisition.shares_used, acquisition.cost - used_basis, since),
    ]
    return [piece for piece in pieces if piece.shares > 0]


def _take(held: dict[str, list[Piece]], sale: Sale) -> list[Piece]:
    """Remove the sold shares from their lot, first piece first, and give back what was removed."""
    pieces, taken, left = held[sale.lot], [], sale.shares
    if sale.shares <= 0 or sale.shares > sum((piece.shares for piece in pieces), ZERO):
        raise ValueError(f"Sale {sale.id!r}: lot {sale.lot!r} does not hold {sale.shares} shares to sell.")
    while left > 0:
        head, rest = _split(pieces.pop(0), left)
        taken.append(head)
        left -= head.shares
        if rest is not None:
            pieces.insert(0, rest)
    return taken


def _split(piece: Piece, shares: Decimal) -> tuple[Piece, Piece | None]:
    """The first `shares` of a piece and the rest; basis is divided without losing anything."""
    if shares >= piece.shares:
        return piece, None
    basis = share_of(piece.basis, shares, piece.shares)
    return (
        replace(piece, shares=shares, basis=basis),
        replace(piece, shares=piece.shares - shares, basis=piece.basis - basis),
    )


def _match(
    outcome: Outcome,
    sold: Piece,
    lot: Acquisition,
    candidates: Sequence[Acquisition],
    held: dict[str, list[Piece]],
    settings: Settings,
) -> tuple[Match, ...]:
    """Match the shares of one loss piece with replacements, changing the replacements' pieces in `held`."""
    matches: list[Match] = []
    need, loss = outcome.shares, -outcome.realized
    for candidate in candidates:
        if need == 0:
            break
        if not _may_replace(candidate, lot, outcome.on, settings):
            continue
        effect = _effect(candidate, lot)
        pieces: list[Piece] = []
        for piece in held[candidate.id]:
            if piece.is_used or need == 0:
                pieces.append(piece)
                continue
            washed, rest = _split(piece, need)
            disallowed = share_of(loss, washed.shares, need)
            adjusted_on = None
            if effect is Effect.DEFERRED:
                adjusted_on = tacked_on(washed.held_since, held_from=sold.held_since, held_to=outcome.on)
                washed = replace(washed, basis=washed.basis + disallowed, held_since=adjusted_on)
            pieces.append(replace(washed, is_used=True))
            if rest is not None:
                pieces.append(rest)
            matches.append(Match(candidate.id, washed.shares, disallowed, effect, adjusted_on))
            need, loss = need - washed.shares, loss - disallowed
        held[candidate.id] = pieces
    return tuple(matches)


def _may_replace(candidate: Acquisition, lot: Acquisition, sold_on: date, settings: Settings) -> bool:
    if (
        candidate.purchase == lot.purchase
        or not candidate.is_purchase
        or not is_inside_window(candidate.on, sold_on)
    ):
        return False
    if lot.wash_group is None or candidate.wash_group != lot.wash_group:
        return False
    return settings.earlier_lots_replace or candidate.on >= lot.on


def _effect(replacement: Acquisition, sold: Acquisition) -> Effect:
    if not replacement.owner.is_taxed:
        return Effect.LOST
    is_same = (replacement.owner, replacement.holder) == (sold.owner, sold.holder)
    return Effect.DEFERRED if is_same else Effect.RECORDED
