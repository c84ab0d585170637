"""The list of the rows that loading a file made, changed and removed, each with what it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from django.urls import reverse

from clients.imports import file_journal
from clients.imports.file_undoing import NOUNS
from clients.models import Account, CustodianFile, FileChange, LotListing, Security
from clients.pages.import_list import counted
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing

TABLES = [(f"clients_{name}", many.capitalize()) for name, (_, many) in NOUNS.items()]


class ChangeFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    table = django_filters.ChoiceFilter(choices=TABLES)
    kind = django_filters.ChoiceFilter(choices=FileChange.Kind.choices)


KIND = Kind(
    name="file-changes",
    about=("file_changes", "file_changes"),
    filters=ChangeFilters,
    orderings={"id": ("pk",)},
    usual="id",
)
HEADER = ("table", "row", "what", "account", "change", "details")

# How a row of each table is found and named: the relations to fetch with it, and its words.
_WITH = {
    "cashbalance": ("account",),
    "classweight": ("security", "asset_class"),
    "formersymbol": ("security",),
    "lotlisting": ("account", "security"),
    "lotpiece": ("lot__account", "lot__security"),
    "position": ("account", "security"),
    "price": ("security",),
    "realizedgain": ("account", "security"),
    "replacement": ("security", "replacement"),
    "taxlot": ("account", "security"),
    "transaction": ("account", "security"),
}

# What only says where a row came from; shown with no other change, it is "confirmed by this file".
_WHERE_FROM = frozenset({"source_file_id", "source_line", "as_of_on", "received_at", "reconciled_on"})


@dataclass(frozen=True, slots=True)
class Row:
    """One change of one row. `url` leads to the household or security it belongs to."""

    table: str
    row: int
    what: str
    account: str
    url: str
    kind: str
    kind_label: str
    details: str


@dataclass(frozen=True, slots=True)
class ChangesPage:
    heading: str
    name: str
    file_url: str
    list_url: str
    rows: tuple[Row, ...]
    listing: Listing


def changes(file: CustodianFile, asked: Asked) -> ChangesPage:
    """The rows of a loaded file, in the order in which they changed."""
    held = file.changes.all()
    found, pager = listing.page_of(asked, asked.narrowed(held))
    by_table = file_journal.counts(file)
    total = sum(sum(kinds.values()) for kinds in by_table.values())
    return ChangesPage(
        heading=f"{counted(total, 'row')} changed",
        name=file.name,
        file_url=reverse("clients:import_detail", args=[file.public_id]),
        list_url=reverse("clients:import_list"),
        rows=tuple(told(found)),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked,
                    "kind",
                    "Filter by change",
                    [
                        ("", "All", None),
                        *((value, str(label), None) for value, label in FileChange.Kind.choices),
                    ],
                ),
                listing.chips(
                    asked,
                    "table",
                    "Filter by table",
                    [
                        ("", "All", total),
                        *(
                            (table, label, sum(by_table[table].values()))
                            for table, label in TABLES
                            if table in by_table
                        ),
                    ],
                ),
            ),
        ),
    )


def export(file: CustodianFile, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    for one in told(asked.narrowed(file.changes.all())):
        yield (one.table, one.row, one.what, one.account, one.kind_label, one.details)


def told(found: Iterable[FileChange]) -> Iterator[Row]:
    """These changes in words, with one query a table."""
    found = list(found)
    now = {table: _now(table, keys) for table, keys in _keys(found).items()}
    gone = _GoneNames.of(found)
    for one in found:
        short = one.table.removeprefix("clients_")
        row = now[one.table].get(one.row)
        what, account = _words(row) if row is not None else gone.words(one)
        yield Row(
            table=NOUNS[short][0],
            row=one.row,
            what=what,
            account=str(account) if account else "",
            url=reverse("clients:household", args=[account.household.public_id]) if account else "",
            kind=one.kind,
            kind_label=one.get_kind_display(),
            details=_details(one, row),
        )


def _keys(found: Iterable[FileChange]) -> dict[str, set[int]]:
    keys: dict[str, set[int]] = defaultdict(set)
    for one in found:
        keys[one.table].add(one.row)
    return keys


def _now(table: str, keys: set[int]) -> Mapping[int, Model]:
    model = file_journal.model_of(table)
    related = _WITH.get(table.removeprefix("clients_"), ())
    rows: QuerySet[Any] = model._base_manager.select_related(
        *related, *(f"{one}__household" for one in related if one.endswith("account"))
    )
    if model is Account:
        rows = rows.select_related("household")
    return {row.pk: row for row in rows.filter(pk__in=keys)}


def _words(row: Model) -> tuple[str, Account | None]:
    """What a row is, and the account it belongs to."""
    account = row if isinstance(row, Account) else getattr(row, "account", None)
    lot = getattr(row, "lot", None)
    account = account or (lot.account if lot else None)
    security = getattr(row, "security", None) or (lot.security if lot else None)
    parts = [security.symbol if security else "" if account else str(row)]
    if isinstance(row, Account):
        parts = [str(row)]
    for name in ("key", "as_of_on", "traded_on", "sold_on", "source"):
        value = getattr(row, name, None)
        if name == "as_of_on" and not hasattr(row, "received_at"):
            continue  # Only a price is known by its day.
        if value and not (name == "key" and hasattr(row, "traded_on")):
            parts.append(str(value))
    for name in ("asset_class", "replacement"):
        if other := getattr(row, name, None):
            parts.append(str(other))
    alone = "All lots" if isinstance(row, LotListing) else "Cash"
    return " ".join(part for part in parts if part) or alone, account


@dataclass(frozen=True, slots=True)
class _GoneNames:
    """Names for rows that are no longer there, from their former values."""

    accounts: Mapping[int, Account]
    securities: Mapping[int, Security]

    @classmethod
    def of(cls, found: Iterable[FileChange]) -> _GoneNames:
        removed = [one.was for one in found if one.kind == FileChange.Kind.REMOVED and one.was]
        return cls(
            Account.objects.select_related("household").in_bulk(
                {was["account_id"] for was in removed if was.get("account_id")}
            ),
            Security.objects.in_bulk({was["security_id"] for was in removed if was.get("security_id")}),
        )

    def words(self, one: FileChange) -> tuple[str, Account | None]:
        was = one.was or {}
        security = self.securities.get(was.get("security_id") or 0)
        what = security.symbol if security else str(was.get("symbol") or was.get("code") or f"#{one.row}")
        return what, self.accounts.get(was.get("account_id") or 0)


def _details(one: FileChange, row: Model | None) -> str:
    """Former and present values of a changed row; the figures of a removed one."""
    was: Mapping[str, Any] = one.was or {}
    if one.kind == FileChange.Kind.REMOVED:
        kept = {name: was[name] for name in ("quantity", "market_value", "weight", "rank") if was.get(name)}
        return ", ".join(f"{_label(name)} {value}" for name, value in kept.items())
    if one.kind == FileChange.Kind.MADE or row is None:
        return ""
    told = {name: value for name, value in was.items() if name not in _WHERE_FROM}
    if not told:
        return "Confirmed unchanged, with a new date."
    return ", ".join(
        f"{_label(name)} {_shown(value)} → {_shown(getattr(row, name, None))}"
        for name, value in sorted(told.items())
    )


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ")


def _shown(value: Any) -> str:
    return "–" if value is None or value == "" else str(value)
