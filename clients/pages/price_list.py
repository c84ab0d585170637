"""The list of prices by day and source, and the held securities whose price is missing or old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, QuerySet
from django.urls import reverse

from clients import access, figures
from clients.models import Price, Security
from clients.pages.import_list import counted
from clients.securities import manual_prices, securities
from compliance.clock import EASTERN
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing.engine.market.calendars import new_york

DAY = forms.DateInput(attrs={"type": "date"})
DAYS_SHOWN = 10
DAYS_BACK = 21
"""Calendar days that hold the market days shown, over any run of holidays."""


class PriceFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    day = django_filters.DateFilter(field_name="as_of_on", label="Day", widget=DAY)
    source = django_filters.CharFilter(max_length=40)
    standing = django_filters.ChoiceFilter(choices=Price.Standing.choices)
    security = django_filters.NumberFilter(field_name="security__pk", max_digits=18, decimal_places=0)


KIND = Kind(
    name="prices",
    about=("price_list", "prices"),
    filters=PriceFilters,
    orderings={
        "as_of_on": ("as_of_on", "-security__symbol", "-source", "-pk"),
        "symbol": ("security__symbol", "-as_of_on", "source", "pk"),
    },
    usual="-as_of_on",
    first_down=frozenset({"as_of_on"}),
    searched=("security__symbol", "security__name"),
)
HEADER = (
    "symbol",
    "day",
    "source",
    "price",
    "standing",
    "disputed_with",
    "decided_by",
    "reason",
    "received_at",
)


@dataclass(frozen=True, slots=True)
class Row:
    price: Price
    security_url: str
    standing: str
    note: str
    retire_url: str


@dataclass(frozen=True, slots=True)
class ListPage:
    heading: str
    rows: tuple[Row, ...]
    listing: Listing
    day: date | None
    stale_url: str
    disputed_url: str
    disputed_count: int


@dataclass(frozen=True, slots=True)
class StaleRow:
    """A held security without a usable price of the last market day. `last_on` None: none at all."""

    security: Security
    url: str
    last_on: date | None
    last_price: Decimal | None
    source: str
    age_days: int | None
    is_usable: bool
    households_count: int
    enter_url: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """A market day: the sources that came, how many held securities have a price of it, and how many have none."""

    day: date
    sources: str
    known: int
    missing: int
    disputed: int
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class StalePage:
    heading: str
    market_on: date
    rows: tuple[StaleRow, ...]
    list_url: str
    days: tuple[DayRow, ...] = ()


def with_day(asked: Asked) -> Asked:
    """The last day with any price, where the address asks for nothing."""
    if asked.texts or asked.view or asked.faults or (day := securities.latest_price_day()) is None:
        return asked
    query = {"page": asked.page or "", "ordering": asked.ordering, "export": asked.export}
    return Asked.of(replace(KIND, defaults={"day": day.isoformat()}), query)


def show_list(user: Any, asked: Asked) -> ListPage:
    """The prices of a view, by default of the last day."""
    held = access.prices_for(user)
    found, pager = listing.page_of(asked, _wanted(held, asked))
    by_source = dict(
        asked.narrowed(held, without=["source"]).order_by().values_list("source").annotate(Count("pk"))
    )
    return ListPage(
        heading=counted(pager.count, "price"),
        rows=tuple(_row(one) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked,
                    "standing",
                    "Filter by standing",
                    [
                        ("", "All", None),
                        *((value, str(label), None) for value, label in Price.Standing.choices),
                    ],
                ),
                listing.chips(
                    asked,
                    "source",
                    "Filter by source",
                    [
                        ("", "Every source", sum(by_source.values())),
                        *((source, source, count) for source, count in sorted(by_source.items())),
                    ],
                ),
            ),
            columns={"symbol": "Security", "as_of_on": "Day"},
        ),
        day=asked.chosen.get("day"),
        stale_url=reverse("clients:price_stale"),
        disputed_url=reverse("clients:prices_disputed"),
        disputed_count=access.disputed_prices_for(user).count(),
    )


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every price of the view, under `HEADER`."""
    for one in _wanted(access.prices_for(user), asked):
        yield (
            *(one.security.symbol, one.as_of_on, one.source, one.price, one.get_standing_display()),
            *(one.disputed_with, str(one.decided_by or ""), one.reason, one.received_at),
        )


def stale(user: Any, *, at: datetime, day: date | None = None) -> StalePage:
    """The held securities without a price of a market day, those that most households hold first; by default of the last.

    `day` is one of the last market days; another is taken as the last.
    """
    days = _days(user, at=at)
    market_on = day if day in {row.day for row in days} and day is not None else last_close(at)
    rows = stale_rows(user, market_on=market_on)
    of_it = "the last market day" if market_on == last_close(at) else figures.day(market_on)
    heading = (
        f"{counted(len(rows), 'held security').replace('securitys', 'securities')} without a price of {of_it}"
        if rows
        else f"Every held security has a price of {of_it}"
    )
    shown = tuple(replace(row, is_here=row.day == market_on) for row in days)
    return StalePage(heading, market_on, tuple(rows), reverse("clients:price_list"), shown)


def _days(user: Any, *, at: datetime) -> tuple[DayRow, ...]:
    """The last market days, the newest first, by the securities that are held now; three queries."""
    last = last_close(at)
    sessions = new_york().sessions_between(last - timedelta(days=DAYS_BACK), last)[-DAYS_SHOWN:]
    held = set(_holders(user, on=last))
    by_day: dict[date, set[int]] = defaultdict(set)
    sources: dict[date, set[str]] = defaultdict(set)
    disputed: dict[date, int] = defaultdict(int)
    found = Price.objects.filter(security__in=held, as_of_on__gte=sessions[0], as_of_on__lte=last)
    for key, on, source, standing in found.values_list("security", "as_of_on", "source", "standing"):
        sources[on].add(source)
        if standing in securities.USABLE:
            by_day[on].add(key)
        disputed[on] += standing == Price.Standing.DISPUTED
    return tuple(
        DayRow(
            day=on,
            sources=", ".join(sorted(sources[on])),
            known=len(by_day[on]),
            missing=len(held) - len(by_day[on]),
            disputed=disputed[on],
            url=f"{reverse('clients:price_stale')}?day={on}",
            is_here=False,
        )
        for on in reversed(sessions)
    )


def stale_rows(user: Any, *, market_on: date) -> list[StaleRow]:
    """The rows of the list, for the page and the API."""
    holders = _holders(user, on=market_on)
    held = Security.objects.in_bulk(holders.keys())
    usable = securities.prices_on(market_on, securities=holders.keys())
    old = {key for key in holders if key not in usable or usable[key].as_of_on < market_on}
    last = {
        one.security_id: one
        for one in Price.objects.filter(
            security__in=old, standing__in=securities.USABLE, as_of_on__lte=market_on
        )
        .order_by("security_id", "-as_of_on", "source", "pk")
        .distinct("security_id")
    }
    rows = [
        StaleRow(
            security=held[key],
            url=reverse("clients:security", args=[key]),
            last_on=last[key].as_of_on if key in last else None,
            last_price=last[key].price if key in last else None,
            source=last[key].source if key in last else "",
            age_days=(market_on - last[key].as_of_on).days if key in last else None,
            is_usable=key in usable,
            households_count=len(holders[key]),
            enter_url=reverse("clients:price_enter", args=[key]),
        )
        for key in old
    ]
    return sorted(rows, key=lambda row: (row.is_usable, -row.households_count, row.security.symbol))


def last_close(at: datetime) -> date:
    """The last market day whose close has passed."""
    calendar, local = new_york(), at.astimezone(EASTERN)
    session = calendar.session_on_or_before(local.date())
    if session == local.date() and local.time() < calendar.close_of(session):
        return calendar.session_before(session)
    return session


def _holders(user: Any, *, on: date) -> dict[int, set[int]]:
    """The households this person may see that hold each security, by keys. Cash funds at a dollar count too."""
    accounts = access.accounts_for(user, on=on).filter(closed_on=None)
    lots = accounts.filter(lots__closed_on=None).values_list("lots__security", "household")
    positions = accounts.exclude(positions__quantity=0).values_list("positions__security", "household")
    found: dict[int, set[int]] = defaultdict(set)
    for security, household in (*lots, *positions):
        if security is not None:
            found[security].add(household)
    return found


def _wanted(held: QuerySet[Price], asked: Asked) -> QuerySet[Price]:
    return asked.narrowed(held.select_related("security", "decided_by"))


def _row(one: Price) -> Row:
    notes = [
        f"against {one.disputed_with.normalize():f}" if one.disputed_with is not None else "",
        f"{one.decided_by}: {one.reason}" if one.decided_by else "",
    ]
    is_manual = one.source == manual_prices.SOURCE and one.standing == Price.Standing.ACCEPTED
    return Row(
        price=one,
        security_url=reverse("clients:security", args=[one.security_id]),
        standing=one.get_standing_display(),
        note="; ".join(note for note in notes if note),
        retire_url=reverse("clients:price_retire", args=[one.pk]) if is_manual else "",
    )
