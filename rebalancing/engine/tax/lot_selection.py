"""Which lots a sale uses: the custodians' methods as sort keys, specific lots and average basis.

In law there are three ways only: first-in first-out by default, specific identification, and average basis
for funds and reinvestment-plan stock (IRC 1012; Treas. Reg. 1.1012-1). Everything else is specific
identification by a rule. A method orders lots; it does not find the least tax (see `lot_taxes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO, share_of
from rebalancing.engine.tax.holding_periods import Term, term


class Method(StrEnum):
    """The disposal methods custodians name, each an order of lots."""

    FIFO = "FIFO"
    LIFO = "LIFO"
    HIFO = "HIFO"
    LOFO = "LOFO"
    HIFO_LONG_TERM_FIRST = "HIFO_LONG_TERM_FIRST"
    HIFO_SHORT_TERM_FIRST = "HIFO_SHORT_TERM_FIRST"
    MIN_TAX = "MIN_TAX"
    LOSS_HARVESTER = "LOSS_HARVESTER"
    SPECIFIC = "SPECIFIC"
    AVERAGE = "AVERAGE"


class UnknownBasis(StrEnum):
    """Where a custodian places lots whose basis it does not know."""

    BY_METHOD = "by_method"  # first under FIFO, last under every other method (Fidelity/NFS)
    AS_ZERO = "as_zero"  # as if they had cost nothing (Vanguard)
    LAST = "last"  # last under every method


# Names as custodians write them, in lower case without punctuation.
NAMES: Mapping[str, Method] = {
    "fifo": Method.FIFO,
    "first in first out": Method.FIFO,
    "lifo": Method.LIFO,
    "last in first out": Method.LIFO,
    "hifo": Method.HIFO,
    "hico": Method.HIFO,
    "high cost": Method.HIFO,
    "highest cost": Method.HIFO,
    "hicl": Method.HIFO_LONG_TERM_FIRST,
    "high cost long term": Method.HIFO_LONG_TERM_FIRST,
    "highest cost long term first": Method.HIFO_LONG_TERM_FIRST,
    "hifo long term first": Method.HIFO_LONG_TERM_FIRST,
    "hics": Method.HIFO_SHORT_TERM_FIRST,
    "high cost short term": Method.HIFO_SHORT_TERM_FIRST,
    "highest cost short term first": Method.HIFO_SHORT_TERM_FIRST,
    "hifo short term first": Method.HIFO_SHORT_TERM_FIRST,
    "lofo": Method.LOFO,
    "low cost": Method.LOFO,
    "lowest cost": Method.LOFO,
    "min tax": Method.MIN_TAX,
    "mintax": Method.MIN_TAX,
    "tax lot optimizer": Method.MIN_TAX,
    "tax efficient loss harvester": Method.LOSS_HARVESTER,
    "loss harvester": Method.LOSS_HARVESTER,
    "specific": Method.SPECIFIC,
    "specific lots": Method.SPECIFIC,
    "specified lots": Method.SPECIFIC,
    "average": Method.AVERAGE,
    "average cost": Method.AVERAGE,
    "average basis": Method.AVERAGE,
}


class NotEnoughShares(ValueError):
    """More shares were asked for than the lots hold."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares of one security in one account bought together.

    `basis` is the total adjusted basis in dollars, None when it is unknown. `held_since` is the
    holding-period date where it differs from the trade date (IRC 1223); `since` picks the one that counts.
    """

    id: str
    shares: Decimal
    basis: Decimal | None
    acquired_on: date
    held_since: date | None = None

    @property
    def since(self) -> date:
        """The day from which the holding period counts."""
        return self.held_since or self.acquired_on

    @property
    def cost_per_share(self) -> Decimal | None:
        """Basis for one share in dollars; None when the basis is unknown."""
        return None if self.basis is None else self.basis / self.shares


@dataclass(frozen=True, slots=True)
class LotUse:
    """Shares of one lot in a sale. Dollars; `basis` and `gain` are None when the basis is unknown."""

    lot: str
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    term: Term

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis; negative is a loss."""
        return None if self.basis is None else self.proceeds - self.basis


def method_named(name: str) -> Method:
    """The method a custodian calls `name`, in any case or punctuation.

    Raises ValueError for a name whose order is not published: send explicit lots there.
    """
    words = " ".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
    if words not in NAMES:
        raise ValueError(
            f"The order of the lot method {name!r} is not known: send explicit lots with each order."
        )
    return NAMES[words]


def in_order(
    method: Method,
    lots: Iterable[Lot],
    price: Decimal,
    on: date,
    unknown: UnknownBasis = UnknownBasis.BY_METHOD,
) -> tuple[Lot, ...]:
    """The lots in the order in which `method` uses them for a sale at `price` dollars a share on `on`.

    Ties go to the oldest acquisition, then to the lot id. Raises ValueError for SPECIFIC, which has no order.
    """
    if method is Method.SPECIFIC:
        raise ValueError("Specific lots have no order of their own: name the lots and their shares.")
    place_under = _PLACES[method]

    def place(lot: Lot) -> tuple[object, ...]:
        basis = ZERO if lot.basis is None and unknown is UnknownBasis.AS_ZERO else lot.basis
        if basis is None:
            first = unknown is UnknownBasis.BY_METHOD and method in (Method.FIFO, Method.AVERAGE)
            return (-1 if first else 1, lot.since, lot.acquired_on, lot.id)
        seen = _Seen(
            since=lot.since,
            cost=basis / lot.shares,
            gain=(price * lot.shares - basis) / lot.shares,
            is_short=term(lot.since, on) is Term.SHORT,
        )
        return (0, *place_under(seen), lot.acquired_on, lot.id)

    return tuple(sorted(lots, key=place))


def select(
    method: Method,
    lots: Sequence[Lot],
    shares: Decimal,
    price: Decimal,
    on: date,
    *,
    unknown: UnknownBasis = UnknownBasis.BY_METHOD,
    specific: Sequence[tuple[str, Decimal]] = (),
) -> tuple[LotUse, ...]:
    """The lots that a sale of `shares` at `price` dollars a share on trade date `on` uses, in order.

    `specific` names lots and shares for Method.SPECIFIC and must add up to `shares`. Under Method.AVERAGE all
    lots share one average and only the holding period goes by first-in first-out (Treas. Reg. 1.1012-1(e)(7));
    one lot of unknown basis makes the average unknown. Lots are of one security in one account.

    Raises NotEnoughShares; ValueError for shares that are not positive or an unknown or unfit specific list.
    """
    if shares <= 0:
        raise ValueError(f"A sale needs a positive number of shares, not {shares}.")
    if method is Method.SPECIFIC:
        return _specific(lots, shares, price, on, specific)
    held = sum((lot.shares for lot in lots), ZERO)
    if shares > held:
        raise NotEnoughShares(f"Cannot sell {shares} shares: the lots hold {held}.")
    pool = average_pool(lots) if method is Method.AVERAGE else None
    uses, left = [], shares
    for lot in in_order(method, lots, price, on, unknown):
        taken = min(left, lot.shares)
        if taken > 0:
            uses.append(_use(lot, taken, price, on, pool))
            left -= taken
    if pool is not None and pool.basis is not None:
        return _last_use_takes_the_rest(uses, share_of(pool.basis, shares, pool.shares))
    return tuple(uses)


def average_pool(lots: Sequence[Lot]) -> Lot:
    """All lots as one with their total shares and basis; unknown as soon as one basis is unknown.

    Source: IRC 1012(d); Treas. Reg. 1.1012-1(e)(7). Raises ValueError without lots.
    """
    if not lots:
        raise ValueError("An average needs at least one lot.")
    bases = [lot.basis for lot in lots if lot.basis is not None]
    return Lot(
        id="average",
        shares=sum((lot.shares for lot in lots), ZERO),
        basis=sum(bases, ZERO) if len(bases) == len(lots) else None,
        acquired_on=min(lot.acquired_on for lot in lots),
        held_since=min(lot.since for lot in lots),
    )


def realized(uses: Iterable[LotUse], of: Term) -> Decimal | None:
    """Net gain of one character over `uses`, in dollars; None when one of them has an unknown basis."""
    total = ZERO
    for use in uses:
        if use.term is of:
            if use.gain is None:
                return None
            total += use.gain
    return total


def _use(lot: Lot, shares: Decimal, price: Decimal, on: date, pool: Lot | None) -> LotUse:
    source = pool or lot
    basis = None if source.basis is None else share_of(source.basis, shares, source.shares)
    return LotUse(lot=lot.id, shares=shares, proceeds=shares * price, basis=basis, term=term(lot.since, on))


def _last_use_takes_the_rest(uses: list[LotUse], basis: Decimal) -> tuple[LotUse, ...]:
    """Averages seldom divide evenly; the parts must still add up to the basis of the sale."""
    before = sum((use.basis for use in uses[:-1] if use.basis is not None), ZERO)
    last = uses[-1]
    rest = LotUse(
        lot=last.lot, shares=last.shares, proceeds=last.proceeds, basis=basis - before, term=last.term
    )
    return (*uses[:-1], rest)


def _specific(
    lots: Sequence[Lot], shares: Decimal, price: Decimal, on: date, named: Sequence[tuple[str, Decimal]]
) -> tuple[LotUse, ...]:
    by_id = {lot.id: lot for lot in lots}
    if len({lot_id for lot_id, _ in named}) != len(named):
        raise ValueError("A lot is named twice in the list of specific lots: add its shares up.")
    if sum((count for _, count in named), ZERO) != shares:
        raise ValueError(f"The specific lots must add up to the {shares} shares sold.")
    for lot_id, count in named:
        if lot_id not in by_id:
            raise ValueError(f"There is no lot {lot_id!r} to sell from.")
        if count <= 0:
            raise ValueError(f"Name a positive number of shares of lot {lot_id!r}, not {count}.")
        if count > by_id[lot_id].shares:
            raise NotEnoughShares(f"Lot {lot_id!r} holds {by_id[lot_id].shares} shares, not {count}.")
    return tuple(_use(by_id[lot_id], count, price, on, None) for lot_id, count in named)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A lot as a method looks at it; cost and gain are for one share."""

    since: date
    cost: Decimal
    gain: Decimal
    is_short: bool


def _min_tax(lot: _Seen) -> tuple[object, ...]:
    """Six classes, each used up before the next; inside, largest loss or smallest gain for a share first."""
    if lot.gain < 0:
        return (0 if lot.is_short else 1, lot.gain)
    if lot.gain == 0:
        return (2 if lot.is_short else 3, lot.gain)
    return (5 if lot.is_short else 4, lot.gain)


def _loss_harvester(lot: _Seen) -> tuple[object, ...]:
    """Four classes, each by highest cost."""
    if lot.gain < 0:
        return (0 if lot.is_short else 1, -lot.cost)
    return (3 if lot.is_short else 2, -lot.cost)


# The place of a lot under each method; smaller goes first.
_PLACES: Mapping[Method, Callable[[_Seen], tuple[object, ...]]] = {
    Method.FIFO: lambda lot: (lot.since,),
    Method.AVERAGE: lambda lot: (lot.since,),
    Method.LIFO: lambda lot: (-lot.since.toordinal(),),
    Method.HIFO: lambda lot: (-lot.cost,),
    Method.LOFO: lambda lot: (lot.cost,),
    Method.HIFO_LONG_TERM_FIRST: lambda lot: (lot.is_short, -lot.cost),
    Method.HIFO_SHORT_TERM_FIRST: lambda lot: (not lot.is_short, -lot.cost),
    Method.MIN_TAX: _min_tax,
    Method.LOSS_HARVESTER: _loss_harvester,
}
