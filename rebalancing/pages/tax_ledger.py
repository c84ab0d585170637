"""A household's tax ledger of a year, as the desk reads it and as an accountant takes it along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import django_filters
from django.urls import reverse

from clients import figures
from clients.holdings.stated_gains import AccountYear
from clients.models import Account, Household, StatedGains
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.pages import return_cards
from rebalancing.pages.proposal.outcome import KeyFigure
from rebalancing.pages.return_cards import UnitCard
from rebalancing.tax_ledger import expected, foreseeing, form_8949, ledgers
from rebalancing.tax_ledger.foreseeing import Foreseen
from rebalancing.tax_ledger.ledgers import Ledger, UnitYear
from rebalancing.tax_ledger.reconciling import Compared

TERMS = {Term.SHORT: "Short-term", Term.LONG: "Long-term", None: "Not known"}
YEARS_BACK = 2


class LedgerFilters(django_filters.FilterSet):
    """Which year, and which return of the household."""

    year = django_filters.NumberFilter(label="Year", min_value=2000, max_value=2100, decimal_places=0)
    unit = django_filters.CharFilter(label="Return", max_length=32)


KIND = Kind(name="tax-ledger", about=("household", ""), filters=LedgerFilters)


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account beside its custodian's own figure."""

    compared: Compared
    state: str
    tone: str
    explained: tuple[str, ...]
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One line of the ledger."""

    row: form_8949.Row
    term: str
    account: str
    source: str
    foreseen: str


@dataclass(frozen=True, slots=True)
class File:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class LedgerPage:
    household: Household
    household_url: str
    calendar_url: str
    list_url: str
    year: int
    years: tuple[Tab, ...]
    returns: tuple[Tab, ...]
    figures: tuple[KeyFigure, ...]
    units: tuple[UnitCard, ...]
    accounts: tuple[AccountRow, ...]
    sales: tuple[SaleRow, ...]
    files: tuple[File, ...]
    faults: tuple[Any, ...]
    statement: str


def kind_of(household: Household) -> Kind:
    """What can be asked of this household's ledger; an export is about the household."""
    return replace(KIND, about=("household", household.public_id))


def show(user: Any, household: Household, asked: Asked, *, on: date) -> LedgerPage:
    """The page of a year, or of one return's."""
    year = _year(asked, on)
    ledger = ledgers.of(household, year, on=on)
    code = asked.texts.get("unit", "")
    units = [one for one in ledger.units if not code or one.unit.code == code]
    entries = [entry for unit in units for entry in unit.entries]
    accounts = list(household.accounts.select_related("household", "owner").defer("number"))
    foreseen = foreseeing.of(accounts, entries)
    to_come = expected.of(household, year=year, on=on)
    return LedgerPage(
        household=household,
        household_url=reverse("clients:household", args=[household.public_id]),
        calendar_url=reverse("rebalancing:wash_calendar", args=[household.public_id]),
        list_url=reverse("rebalancing:tax_ledger_list"),
        year=year,
        years=tuple(
            Tab(str(each), f"?{asked.query(year=str(each))}", each == year)
            for each in range(on.year, on.year - YEARS_BACK - 1, -1)
        ),
        returns=(
            Tab("All returns", f"?{asked.query(unit='')}", not code, len(ledger.entries)),
            *(
                Tab(
                    one.unit.name,
                    f"?{asked.query(unit=one.unit.code)}",
                    one.unit.code == code,
                    len(one.entries),
                )
                for one in ledger.units
            ),
        ),
        figures=_figures(ledger, units),
        units=tuple(return_cards.card(user, one, to_come) for one in units),
        accounts=tuple(_accounts(user, ledger, accounts, units)),
        sales=tuple(
            SaleRow(
                row=row,
                term=TERMS[row.entry.term],
                account=row.entry.piece.place.name,
                source=form_8949.source(row.entry),
                foreseen=_foreseen(foreseen.get(row.entry.piece.id)),
            )
            for row in form_8949.rows(entries)
        ),
        files=tuple(
            File(each.upper(), f"?{asked.query(year=str(year), export=each)}") for each in ("csv", "xlsx")
        ),
        faults=asked.faults,
        statement=form_8949.STATEMENT,
    )


def export(household: Household, asked: Asked, *, on: date) -> Iterator[tuple[Cell, ...]]:
    """The lines of the year under the columns of Form 8949."""
    ledger = ledgers.of(household, _year(asked, on), on=on)
    code = asked.texts.get("unit", "")
    last4 = dict(household.accounts.values_list("public_id", "number_last4"))
    names = {one.unit.code: one.unit.name for one in ledger.units}
    entries = [entry for unit in ledger.units if not code or unit.unit.code == code for entry in unit.entries]
    for row in form_8949.rows(entries):
        entry, piece = row.entry, row.entry.piece
        yield (
            names.get(row.unit, row.unit), row.box, row.description, row.acquired_on, row.sold_on, row.proceeds,
            row.basis, row.code, row.adjustment, row.gain, row.term, piece.place.name,
            last4.get(piece.place.account, ""), form_8949.source(entry), entry.reported_disallowed,
            entry.beyond_report, entry.lost, row.note, form_8949.STATEMENT,
        )  # fmt: skip


def _year(asked: Asked, on: date) -> int:
    chosen = asked.chosen.get("year")
    return on.year if chosen is None else int(chosen)


def _figures(ledger: Ledger, units: Sequence[UnitYear]) -> tuple[KeyFigure, ...]:
    unknown = sum(len(one.open_unknown) for one in units)
    budget = ledger.budget if len(units) != 1 or len(ledger.units) == 1 else units[0].budget
    disallowed = sum((one.sums.disallowed for one in units), ZERO)
    lost = sum((one.sums.lost for one in units), ZERO)
    left = None if budget is None else budget.left
    return (
        KeyFigure(
            "Short-term",
            figures.money(sum((one.short for one in units), ZERO), signed=True),
            note="net, recognized",
        ),
        KeyFigure(
            "Long-term",
            figures.money(sum((one.long for one in units), ZERO), signed=True),
            note="net, recognized",
        ),
        KeyFigure(
            "Budget left",
            "–"
            if budget is None or budget.limit is None
            else figures.UNKNOWN
            if left is None or unknown
            else figures.money(left, cents=False),
            note="no budget agreed"
            if budget is None or budget.limit is None
            else f"of {figures.money(budget.limit, cents=False)}; {figures.money(budget.used, cents=False)} used"
            + (", without what is not known" if unknown else ""),
            tone="attention" if unknown else "breach" if left is not None and left < 0 else "",
        ),
        KeyFigure(
            "Losses disallowed",
            figures.money(disallowed),
            note=f"{figures.money(lost)} of it lost for good"
            if lost
            else "by wash sales, none lost for good",
        ),
        KeyFigure(
            "Gains not known",
            str(unknown),
            note="sales without a basis" if unknown else "every sale has its basis",
            tone="attention" if unknown else "",
        ),
    )


def _accounts(
    user: Any, ledger: Ledger, accounts: Sequence[Account], units: Sequence[UnitYear]
) -> Iterator[AccountRow]:
    by_id = {one.public_id: one for one in accounts}
    shown = {one.unit.pk for one in units}
    rows = {
        row.public_id: row
        for row in StatedGains.objects.filter(
            account__in=accounts, tax_year=ledger.year, ended_at=None
        ).select_related("account__household")
    }
    for one in ledger.accounts:
        account = by_id[one.account]
        if account.tax_unit_id not in shown:
            continue
        if one.stated is None:
            links = doors.links(("rebalancing:stated_gains_record",), user, AccountYear(account, ledger.year))
        else:
            names = ("rebalancing:stated_gains_correct", "rebalancing:stated_gains_end")
            links = doors.links(names, user, rows[one.stated.id])
        state, tone = state_of(one)
        yield AccountRow(
            compared=one,
            state=state,
            tone=tone,
            explained=tuple(
                f"{figures.money(part.amount, signed=True)}: {part.sentence}." for part in one.parts
            ),
            doors=links,
        )


def state_of(one: Compared) -> tuple[str, str]:
    """How an account stands with its custodian's figure, and the tone."""
    if one.stated is None:
        return "Not compared", "plain"
    if one.rest:
        return f"{figures.money(one.rest, signed=True)} not explained", "breach"
    if one.unknown:
        return "Gains not known", "attention"
    return ("Explained", "order") if one.difference else ("Agrees", "order")


def _foreseen(found: Foreseen | None) -> str:
    if found is None:
        return ""
    if found.short is None or found.long is None:
        return f"By {found.method}: a lot of unknown basis is among those used."
    return (
        f"By {found.method}: {figures.money(found.short, signed=True)} short-term, "
        f"{figures.money(found.long, signed=True)} long-term."
    )
