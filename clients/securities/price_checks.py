"""What a file of prices should make a person look at before it is loaded: the wrong day, and what it leaves out.

Two lines for one security and day are refused by the reader, and a symbol that is not on record is left out and named;
jumps and sources that disagree are told by the rehearsal of the load (`price_disputes`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from clients import figures
from clients.custodians.rows import PriceRow
from clients.models import Security
from clients.securities import securities
from compliance.clock import EASTERN
from rebalancing.engine.market.calendars import MarketCalendar, UncoveredYear, new_york

NAMED_MAX = 8
HISTORY = 5
"""A file of more days than this brings history: it is not asked for what is held."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """`cautions` hold a file for a person; `notes` are only shown."""

    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def notice(
    rows: Sequence[PriceRow],
    *,
    held: Collection[str],
    latest: date | None,
    today: date,
    calendar: MarketCalendar,
) -> Noticed:
    """What is to be said. `held` are the symbols that clients hold, `latest` is the last day with any price on record."""
    days = sorted({row.on for row in rows})
    told = [
        *(f"It has prices of {figures.day(day)}, which has not come yet." for day in days if day > today),
        *(
            f"It has prices of {figures.day(day)}, when the market was closed."
            for day in days
            if day <= today and not _is_session(day, calendar)
        ),
    ]
    if not days or len(days) > HISTORY:
        return Noticed(tuple(told))
    newest = days[-1]
    if latest is not None and newest < latest:
        told.append(
            f"Its newest day is {figures.day(newest)}; prices of {figures.day(latest)} are on record already."
        )
    missing = sorted(set(held) - {row.symbol for row in rows if row.on == newest})
    notes = (
        [f"Held by clients, and without a price of {figures.day(newest)} in it: {_named(missing)}."]
        if missing
        else []
    )
    return Noticed(tuple(told), tuple(notes))


def of_file(rows: Sequence[PriceRow], *, at: datetime) -> Noticed:
    """What the record says about a file that brings prices and nothing else."""
    if not rows:
        return Noticed()
    today = at.astimezone(EASTERN).date()
    held = set(
        Security.objects.filter(Q(lots__closed_on=None, lots__isnull=False) | Q(positions__quantity__gt=0))
        .exclude(kind=Security.Kind.MONEY_MARKET)
        .values_list("symbol", flat=True)
        .distinct()
    )
    return notice(
        rows,
        held=held,
        latest=securities.latest_price_day(),
        today=today,
        calendar=new_york(),
    )


def _named(found: Sequence[str]) -> str:
    more = len(found) - NAMED_MAX
    return ", ".join(found[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _is_session(day: date, calendar: MarketCalendar) -> bool:
    try:
        return calendar.is_session(day)
    except UncoveredYear:
        return True
