"""The wash calendar: which windows are open on a day, and from when one may act without washing. Pure values.

After a sale at a loss nobody of the household buys back for 30 days; after a purchase nobody sells other shares of the
same at a loss for 30 days (IRC 1091(a)). Calendar days: holidays move nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax import wash_sales
from rebalancing.engine.tax.wash_sales import Effect
from rebalancing.tax_ledger.pieces import Piece, Purchase
from rebalancing.tax_ledger.washes import Corrected, Entry


class Act(StrEnum):
    """What the calendar is about."""

    BUY = "buy"
    SELL_AT_A_LOSS = "sell_at_a_loss"


WORDS = {
    Act.BUY: "may be bought again from",
    Act.SELL_AT_A_LOSS: "may be sold at a loss again from",
}


@dataclass(frozen=True, slots=True)
class Window:
    """One open window. `safe_on` is its first day after; None: it stays open, because somebody buys by themselves.

    `shares` is how many shares wash or are washed, `loss` the dollars that a purchase would disallow now.
    """

    act: Act
    group: str
    symbol: str
    on: date | None
    safe_on: date | None
    account: str
    shares: Decimal
    loss: Decimal | None
    because: str

    @property
    def sentence(self) -> str:
        """`ZUS may be bought again from December 24, 2026.`"""
        if self.safe_on is None:
            return f"{self.symbol} has no safe day for a loss: {self.because}"
        return f"{self.symbol} {WORDS[self.act]} {self.safe_on:%B} {self.safe_on.day}, {self.safe_on.year}."


@dataclass(frozen=True, slots=True)
class Standing:
    """Purchases that happen by themselves: elsewhere, or as reinvested dividends in an account that is seen."""

    symbol: str
    group: str
    account: str
    because: str


def open_on(
    day: date, corrected: Corrected, purchases: Sequence[Purchase], standing: Iterable[Standing] = ()
) -> tuple[Window, ...]:
    """The windows that are open on a day, the first to close first; those that stay open come last."""
    found = [*_after_losses(day, corrected.entries), *_after_purchases(day, purchases, corrected.used)]
    found += [
        Window(Act.SELL_AT_A_LOSS, one.group, one.symbol, None, None, one.account, ZERO, None, one.because)
        for one in standing
    ]
    return tuple(
        sorted(
            found, key=lambda one: (one.safe_on is None, one.safe_on or day, one.symbol, one.act, one.account)
        )
    )


def _after_losses(day: date, entries: Sequence[Entry]) -> Iterable[Window]:
    for entry in entries:
        piece = entry.piece
        recognized = entry.recognized
        if (
            piece.wash_group is None
            or recognized is None
            or recognized >= 0
            or not piece.place.owner.is_taxed
        ):
            continue
        if not piece.sold_on <= day <= wash_sales.last_blocked_day(piece.sold_on):
            continue
        yield Window(
            act=Act.BUY,
            group=piece.wash_group,
            symbol=piece.symbol,
            on=piece.sold_on,
            safe_on=wash_sales.first_safe_purchase_day(piece.sold_on),
            account=piece.place.name,
            shares=_still_open(entry),
            loss=-recognized,
            because=f"sold at a loss in {piece.place.name}",
        )


def _still_open(entry: Entry) -> Decimal:
    """The shares of a loss that nothing has washed yet."""
    matched = sum((one.shares for one in entry.moved), ZERO)
    return max(ZERO, entry.shares - matched)


def _after_purchases(
    day: date, purchases: Sequence[Purchase], used: Mapping[str, Decimal]
) -> Iterable[Window]:
    for one in purchases:
        safe_on = wash_sales.first_safe_loss_sale_day(one.on)
        left = one.shares - used.get(one.id, ZERO)
        if one.wash_group is None or not one.is_purchase or left <= 0 or one.gone_on is not None:
            continue
        if not one.on <= day < safe_on:
            continue
        yield Window(
            act=Act.SELL_AT_A_LOSS,
            group=one.wash_group,
            symbol=one.symbol,
            on=one.on,
            safe_on=safe_on,
            account=one.place.name,
            shares=left,
            loss=None,
            because=f"bought in {one.place.name}",
        )


@dataclass(frozen=True, slots=True)
class Replaced:
    """A replacement with what it took over: dollars of basis, and the day from which it counts as held.

    `basis` None: the basis on file is unknown, so the adjusted one is too.
    """

    symbol: str
    account: str
    bought_on: date
    shares: Decimal
    added: Decimal
    held_since: date | None
    from_symbol: str
    sold_on: date
    effect: Effect
    is_held: bool


def replacements(
    corrected: Corrected, pieces: Sequence[Piece], purchases: Sequence[Purchase]
) -> tuple[Replaced, ...]:
    """Every share that has disallowed a loss beyond the custodians' own reports, piece by piece: each is used once."""
    bought: dict[str, Piece | Purchase] = {one.id: one for one in pieces}
    bought |= {one.id: one for one in purchases}
    held = {one.id for one in purchases}
    found = []
    for entry in corrected.entries:
        for moved in entry.moved:
            one = bought[moved.replacement]
            on = one.on if isinstance(one, Purchase) else one.acquired_on or one.sold_on
            found.append(
                Replaced(
                    symbol=one.symbol,
                    account=one.place.name,
                    bought_on=on,
                    shares=moved.shares,
                    added=moved.amount,
                    held_since=moved.adjusted_on,
                    from_symbol=entry.piece.symbol,
                    sold_on=entry.piece.sold_on,
                    effect=moved.effect,
                    is_held=moved.replacement in held,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.sold_on, one.bought_on, one.symbol, one.account)))
