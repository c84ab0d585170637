"""A household's wash calendar, as the desk reads it and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import django_filters
from django.urls import reverse

from clients import figures
from clients.models import Household, Security
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from rebalancing.engine.tax.wash_sales import Effect
from rebalancing.tax_ledger import calendars
from rebalancing.tax_ledger.calendars import Seen, WashCalendar
from rebalancing.tax_ledger.windows import WORDS, Act, Replaced, Window

HEADER = (
    "day", "symbol", "what", "wash_group", "because", "since", "shares", "loss_at_stake", "account", "coverage",
)  # fmt: skip
EFFECTS = {
    Effect.DEFERRED: "added to its basis",
    Effect.LOST: "lost for good",
    Effect.RECORDED: "recorded beside it, basis unsettled",
}


class CalendarFilters(django_filters.FilterSet):
    """What the calendar is about: buying back, or selling at a loss."""

    what = django_filters.ChoiceFilter(label="What", choices=[(one.value, WORDS[one]) for one in Act])


KIND = Kind(name="wash-calendar", about=("household", ""), filters=CalendarFilters)


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One line: what may be done from when, and why not before."""

    window: Window
    what: str
    because: str
    same: str
    loss: str


@dataclass(frozen=True, slots=True)
class ReplacedRow:
    """A replacement and what it took over."""

    replaced: Replaced
    effect: str


@dataclass(frozen=True, slots=True)
class DeclaredRow:
    """An account elsewhere with its doors."""

    name: str
    what: str
    owner: str
    buys: str
    told: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class File:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class WashCalendarPage:
    household: Household
    household_url: str
    ledger_url: str
    on: date
    heading: str
    sentence: str
    is_whole: bool
    windows: tuple[WindowRow, ...]
    standing: tuple[str, ...]
    replaced: tuple[ReplacedRow, ...]
    seen: tuple[Seen, ...]
    declared: tuple[DeclaredRow, ...]
    silent: tuple[str, ...]
    doors: tuple[DoorLink, ...]
    files: tuple[File, ...]
    faults: tuple[Any, ...]


def kind_of(household: Household) -> Kind:
    """What can be asked of this household's calendar; an export is about the household."""
    return replace(KIND, about=("household", household.public_id))


def show(user: Any, household: Household, asked: Asked, *, on: date) -> WashCalendarPage:
    """The page of one day."""
    found = calendars.of(household, on=on)
    windows = chosen(found, asked)
    same = _symbols_by_group(windows)
    return WashCalendarPage(
        household=household,
        household_url=reverse("clients:household", args=[household.public_id]),
        ledger_url=reverse("rebalancing:tax_ledger", args=[household.public_id]),
        on=on,
        heading=_heading(windows),
        sentence=found.coverage.sentence,
        is_whole=found.coverage.is_whole,
        windows=tuple(
            WindowRow(
                window=one,
                what=_what(one),
                because=_because(one),
                same=", ".join(other for other in same.get(one.group, ()) if other != one.symbol),
                loss=figures.money(one.loss) if one.loss else "",
            )
            for one in windows
            if one.safe_on is not None
        ),
        standing=tuple(_standing(windows)),
        replaced=tuple(ReplacedRow(one, EFFECTS[one.effect]) for one in found.replacements),
        seen=found.coverage.seen,
        declared=tuple(
            DeclaredRow(
                name=one.name,
                what=f"{one.get_registration_display()}{f' at {one.institution}' if one.institution else ''}",
                owner=str(one.owner),
                buys=", ".join(one.buys),
                told=f"{figures.day(one.declared_on)}"
                + (", sends statements" if one.has_statements else ", no statements"),
                doors=doors.links(
                    ("rebalancing:outside_account_change", "rebalancing:outside_account_end"), user, one
                ),
            )
            for one in found.coverage.declared
        ),
        silent=found.coverage.silent,
        doors=doors.links(("rebalancing:outside_account_declare",), user, household),
        files=tuple(File(each.upper(), f"?{asked.query(export=each)}") for each in ("csv", "xlsx")),
        faults=asked.faults,
    )


def export(household: Household, asked: Asked, *, on: date) -> Iterator[tuple[Cell, ...]]:
    """The windows, the first to close first, each with what the calendar covers."""
    found = calendars.of(household, on=on)
    for one in chosen(found, asked):
        yield (
            one.safe_on, one.symbol, one.sentence, one.group, one.because, one.on, one.shares, one.loss,
            one.account, found.coverage.sentence,
        )  # fmt: skip


def chosen(found: WashCalendar, asked: Asked) -> list[Window]:
    """The windows asked for."""
    what = asked.texts.get("what", "")
    return [one for one in found.windows if not what or one.act == what]


def _what(one: Window) -> str:
    return f"{WORDS[one.act]} {figures.day(one.safe_on)}"


def _because(one: Window) -> str:
    return f"{figures.quantity(one.shares)} shares {one.because} on {figures.day(one.on)}"


def _symbols_by_group(windows: list[Window]) -> dict[str, list[str]]:
    """What the firm treats as the same security, in the order of symbols."""
    found: dict[str, list[str]] = {}
    rows = Security.objects.filter(wash_group__code__in={one.group for one in windows}).order_by("symbol")
    for code, symbol in rows.values_list("wash_group__code", "symbol"):
        found.setdefault(code, []).append(symbol)
    return found


def _standing(windows: list[Window]) -> Iterator[str]:
    """What is bought without anybody deciding it, a sentence for each account and cause."""
    symbols: dict[str, list[str]] = {}
    for one in windows:
        if one.safe_on is None:
            symbols.setdefault(one.because, []).append(one.symbol)
    for because, named in symbols.items():
        yield f"No day is safe for a loss in {', '.join(named)}: {because}"


def _heading(windows: list[Window]) -> str:
    closing = [one.safe_on for one in windows if one.safe_on is not None]
    if not closing:
        return "No wash window is open"
    count = f"{len(closing)} wash window{' is' if len(closing) == 1 else 's are'} open"
    return f"{count}; all are closed from {figures.day(max(closing))}"
