"""Holding periods: when a gain turns long-term, and how periods are added to each other.

Trade dates only. The day of acquisition is excluded and the day of sale included (Rev. Rul. 66-7, 66-97,
70-598); long-term means *more than* one year (IRC 1222); months are counted, not days (Caspe v. United
States, 694 F.2d 1116).
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)


class Term(StrEnum):
    """The character of a gain or loss (IRC 1222)."""

    SHORT = "short"
    LONG = "long"


def first_day_counted(acquired_on: date) -> date:
    """The first day that counts: the day after the acquisition trade date (Rev. Rul. 66-7)."""
    return acquired_on + ONE_DAY


def same_day_next_year(day: date) -> date:
    """The same calendar day one year later; 29 February becomes 1 March, never 28 February."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 3, 1)
    return day.replace(year=day.year + 1)


def first_long_term_day(acquired_on: date) -> date:
    """The first sale trade date on which a lot bought on `acquired_on` is long-term.

    Source: IRC 1222; Rev. Rul. 66-7 (the day of purchase is left out; an asset bought on the last day of a
    month completes each month on the last day of a month).
    """
    return same_day_next_year(first_day_counted(acquired_on))


def term(acquired_on: date, sold_on: date) -> Term:
    """Short or long for a sale on `sold_on` (trade dates; `acquired_on` is the holding-period date).

    Raises ValueError when the sale lies before the acquisition.
    """
    if sold_on < acquired_on:
        raise ValueError(
            f"Sold on {sold_on}, before it was acquired on {acquired_on}: check both trade dates."
        )
    return Term.LONG if sold_on >= first_long_term_day(acquired_on) else Term.SHORT


def days_until_long_term(acquired_on: date, on: date) -> int:
    """Calendar days from `on` to the first long-term day; 0 once a sale on `on` is long-term."""
    return max(0, (first_long_term_day(acquired_on) - on).days)


def tacked_on(acquired_on: date, *, held_from: date, held_to: date) -> date:
    """The holding-period date of replacement shares: their own date moved back by the days the others were held.

    `held_from` is the holding-period date of the shares sold, `held_to` the trade date of their sale. Where the
    replacement was bought before that sale the literal rule counts the overlap twice; so do we.
    Source: IRC 1223(3) (wash sales). Raises ValueError when `held_to` lies before `held_from`.
    """
    if held_to < held_from:
        raise ValueError(f"The shares sold on {held_to} cannot have been held from {held_from}.")
    return acquired_on - (held_to - held_from)
