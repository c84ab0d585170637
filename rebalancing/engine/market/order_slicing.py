"""Sizing an order for the market: slices, limits, round lots, whole shares, what is too small.

Prices and amounts are dollars, fractions of one are named so, times are New York's. The thresholds are the
firm's settings; the values here are what the product ships with. Round lots: Regulation NMS Rule 600(b) as
in force since 3 November 2025.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files

from rebalancing.engine.market.calendars import OPEN, MarketCalendar, wall_clock
from rebalancing.engine.money import ONE, ZERO, cents, shares_down, shares_up, to_increment

BASIS_POINT = Decimal("0.0001")


class SlicingError(ValueError):
    """An order that cannot be sized from the figures given."""


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Purpose(StrEnum):
    """Why shares are sold decides which way they are rounded."""

    REBALANCE = "rebalance"
    RAISE_CASH = "raise_cash"
    CLOSE = "close"


class Release(StrEnum):
    """Whether an order may go out now."""

    NOW = "RELEASE"
    NEXT_SESSION = "HOLD_TO_NEXT_SESSION"
    AFTER_OPEN = "HOLD_UNTIL_AFTER_OPEN"


@dataclass(frozen=True, slots=True)
class Slices:
    """An order cut to the daily cap: shares per day, in order."""

    daily_cap: Decimal
    shares: tuple[Decimal, ...]

    @property
    def days(self) -> int:
        return len(self.shares)


@dataclass(frozen=True, slots=True)
class IlliquidPolicy:
    """When a security counts as illiquid and when such orders wait.

    ``volume_usd_least`` is 20-day average dollars a day, ``spread_most`` a fraction of price; the minutes
    are at either end of a session.
    """

    volume_usd_least: Decimal = Decimal(5_000_000)
    spread_most: Decimal = Decimal("0.005")
    last_minutes: int = 30
    first_minutes: int = 15


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """Whether to release, and why. ``minutes_to_close`` is None outside a session."""

    is_illiquid: bool
    minutes_to_close: int | None
    decision: Release


@dataclass(frozen=True, slots=True)
class LotSplit:
    """Shares in round lots and what is left over. An odd lot has no price penalty: nothing is forced."""

    round_lot: int
    round_lots: int
    odd_shares: Decimal


@dataclass(frozen=True, slots=True)
class Quantity:
    """Shares to order, what they are worth, and how far that is from what was asked (dollars, unsigned)."""

    shares: Decimal
    amount: Decimal
    difference: Decimal


def slices(shares: Decimal, *, volume_shares: Decimal, participation_max: Decimal) -> Slices:
    """Cut an order into days of at most ``participation_max`` of the average daily volume.

    Raises `SlicingError` when the cap is below one share: such an order goes to the block desk.
    """
    cap = shares_down(volume_shares * participation_max)
    if not cap > ZERO:
        raise SlicingError(f"{participation_max} of {volume_shares} shares a day is less than one share.")
    full_days, rest = divmod(shares, cap)
    parts = (cap,) * int(full_days) + ((rest,) if rest else ())
    return Slices(daily_cap=cap, shares=parts)


def is_illiquid(*, volume_usd: Decimal, spread: Decimal, policy: IlliquidPolicy = IlliquidPolicy()) -> bool:
    """Below the volume or above the spread of the policy."""
    return volume_usd < policy.volume_usd_least or spread > policy.spread_most


def release_decision(
    at: datetime,
    calendar: MarketCalendar,
    *,
    volume_usd: Decimal,
    spread: Decimal,
    policy: IlliquidPolicy = IlliquidPolicy(),
) -> ReleaseDecision:
    """Whether an order may be released at that New York time; early closes count.

    Illiquid orders wait at both ends of a session, and every order waits outside one.
    """
    illiquid = is_illiquid(volume_usd=volume_usd, spread=spread, policy=policy)
    at = wall_clock(at)
    if not calendar.is_session(at.date()):
        return ReleaseDecision(illiquid, None, Release.NEXT_SESSION)
    close = datetime.combine(at.date(), calendar.close_of(at.date()))
    to_close = (close - at) // timedelta(minutes=1)
    from_open = at - datetime.combine(at.date(), OPEN)
    if to_close <= 0:
        return ReleaseDecision(illiquid, None, Release.NEXT_SESSION)
    if from_open < timedelta(0) or (illiquid and from_open < timedelta(minutes=policy.first_minutes)):
        return ReleaseDecision(illiquid, to_close, Release.AFTER_OPEN)
    if illiquid and close - at <= timedelta(minutes=policy.last_minutes):
        return ReleaseDecision(illiquid, to_close, Release.NEXT_SESSION)
    return ReleaseDecision(illiquid, to_close, Release.NOW)


def limit_price(side: Side, *, bid: Decimal, ask: Decimal, collar_bps: Decimal, tick: Decimal) -> Decimal:
    """Marketable limit: the far side of the quote and a collar, rounded to a tick in the client's favor.

    Raises `SlicingError` for a crossed quote or a tick that is not above zero.
    """
    if not ZERO < bid <= ask or not tick > ZERO:
        raise SlicingError(f"A quote of {bid} to {ask} with tick {tick} gives no limit price.")
    if side is Side.BUY:
        price, rounding = ask * (ONE + collar_bps * BASIS_POINT), ROUND_FLOOR
    else:
        price, rounding = bid * (ONE - collar_bps * BASIS_POINT), ROUND_CEILING
    return (price / tick).quantize(ONE, rounding=rounding) * tick


def round_lot(average_close: Decimal, *, on: date) -> int:
    """Shares in a round lot on that day, at that average closing price of the evaluation month.

    A hundred until 2 November 2025, since then fewer for higher-priced stocks (``tables/round_lots.json``).
    """
    tiers, above = next(
        (tiers, above) for from_on, tiers, above in reversed(_round_lot_tiers()) if from_on <= on
    )
    return next((shares for price, shares in tiers if average_close <= price), above)


def split_round_lots(shares: Decimal, average_close: Decimal, *, on: date) -> LotSplit:
    """Divide an order into round lots and odd shares."""
    lot = round_lot(average_close, on=on)
    lots, odd = divmod(shares, lot)
    return LotSplit(round_lot=lot, round_lots=int(lots), odd_shares=odd)


def quantity(
    side: Side,
    target_amount: Decimal,
    price: Decimal,
    *,
    purpose: Purpose = Purpose.REBALANCE,
    held: Decimal | None = None,
    increment: Decimal = ONE,
) -> Quantity:
    """Shares for an amount of dollars, in multiples of ``increment``.

    Buys round down. Sales that raise cash round up, sales that rebalance to the nearest, neither beyond
    what is ``held``; closing sales take everything, fractions included. Raises `SlicingError` for a price
    that is not above zero and for a closing sale of an unknown position.
    """
    if not price > ZERO:
        raise SlicingError(f"A price of {price} sizes no order.")
    wanted = target_amount / price
    if side is Side.BUY:
        shares = shares_down(wanted, increment)
    elif purpose is Purpose.CLOSE:
        if held is None:
            raise SlicingError("A closing sale must know the position it closes.")
        shares = held
    else:
        raising = purpose is Purpose.RAISE_CASH
        shares = shares_up(wanted, increment) if raising else to_increment(wanted, increment)
        shares = shares if held is None else min(shares, held)
    amount = cents(shares * price)
    return Quantity(shares=shares, amount=amount, difference=abs(target_amount - amount))


@cache
def _round_lot_tiers() -> tuple[tuple[date, tuple[tuple[Decimal, int], ...], int], ...]:
    table = json.loads(files("rebalancing.engine").joinpath("tables/round_lots.json").read_text("utf-8"))
    return tuple(
        (
            date.fromisoformat(each["from_on"]),
            tuple((Decimal(tier["price"]), tier["shares"]) for tier in each["up_to"]),
            each["above"],
        )
        for each in table["tiers"]
    )
