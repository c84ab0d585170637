"""What the list of custodian files and the upload page say, and how a file is described on both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.urls import reverse

from clients import access
from clients.custodians import registry
from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount
from compliance.clock import moment_text
from compliance.refusals import Refusal

PAGE_SIZE = 50
FILTERS = (
    ("", "All"),
    (CustodianFile.State.PREVIEWED, "Ready to confirm"),
    (CustodianFile.State.LOADED, "Loaded"),
    (CustodianFile.State.REFUSED, "Refused"),
    (CustodianFile.State.DISCARDED, "Discarded"),
)
EMPTY = {
    "": "No files yet",
    CustodianFile.State.PREVIEWED: "No file waits to be confirmed",
    CustodianFile.State.LOADED: "No file has been loaded yet",
    CustodianFile.State.REFUSED: "No file was refused",
    CustodianFile.State.DISCARDED: "No file was discarded",
}


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    url: str
    count: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One file of the list. `note` is what a person should know before opening it."""

    url: str
    name: str
    layout: str
    custodian: str
    as_of_on: date | None
    received_at: datetime
    received_by: str
    state: str
    state_label: str
    note: str


@dataclass(frozen=True, slots=True)
class ListPage:
    heading: str
    filters: tuple[Filter, ...]
    rows: tuple[Row, ...]
    pager: Page[Any]
    query: str
    empty: str
    upload_url: str
    disputed_count: int
    disputed_url: str
    refusal_to_import: str | None


@dataclass(frozen=True, slots=True)
class UploadPage:
    form: Any
    size_max_mb: int
    layouts: tuple[str, ...]
    received: tuple[Row, ...]
    list_url: str


def import_list(user: Any, *, state: str, number: str | None) -> ListPage:
    """The files this person may read, newest first; five queries."""
    files = access.files_for(user)
    counts = dict(files.order_by().values_list("state").annotate(Count("pk")))
    counts[""] = sum(counts.values())
    chosen = files.filter(state=state) if state else files
    chosen = (
        chosen.defer("content")
        .select_related("received_by", "loaded_by")
        .annotate(
            accounts_count=Count("accounts"),
            unbound_count=Count("accounts", filter=Q(accounts__state=FileAccount.State.UNBOUND)),
            refused_count=Count("accounts", filter=Q(accounts__state=FileAccount.State.REFUSED)),
        )
        .order_by("-received_at", "-pk")
    )
    pager = Paginator(chosen, PAGE_SIZE).get_page(number)
    waiting = counts.get(CustodianFile.State.PREVIEWED, 0)
    return ListPage(
        heading=_files_waiting(waiting),
        filters=tuple(
            Filter(
                label=label,
                url=f"?state={value}" if value else "?",
                count=counts.get(value, 0),
                is_on=value == state,
            )
            for value, label in FILTERS
        ),
        rows=tuple(_row(file) for file in pager),
        pager=pager,
        query=f"state={state}" if state else "",
        empty=EMPTY[state],
        upload_url=reverse("clients:import_upload"),
        disputed_count=access.disputed_prices_for(user).count(),
        disputed_url=reverse("clients:prices_disputed"),
        refusal_to_import=access.refusal_to_import(user),
    )


def import_upload(form: Any, received: list[CustodianFile]) -> UploadPage:
    """The upload form; after a partly refused upload also what did arrive."""
    return UploadPage(
        form=form,
        size_max_mb=custodian_files.SIZE_MAX // 2**20,
        layouts=tuple(layout.name for layout in registry.LAYOUTS),
        received=tuple(_row(file) for file in received),
        list_url=reverse("clients:import_list"),
    )


def already_imported(file: CustodianFile) -> str:
    """What to tell somebody who hands in bytes that were here before."""
    if file.state == CustodianFile.State.PREVIEWED and file.loaded_at:
        return (
            f"{file.name} was loaded before, and the record has changed since. It waits to be loaded again."
        )
    came = f"on {moment_text(file.received_at)} by {handed_in_by(file.received_by, file.channel)}"
    if file.state == CustodianFile.State.LOADED and file.loaded_at:
        by = handed_in_by(file.loaded_by, file.channel)
        return (
            f"{file.name} was already imported by {by} on {moment_text(file.loaded_at)}. Nothing was changed."
        )
    return (
        f"The same file was received {came} and is {file.get_state_display().lower()}. Nothing was changed."
    )


def _files_waiting(count: int) -> str:
    if not count:
        return "No file waits to be confirmed"
    return "1 file waits to be confirmed" if count == 1 else f"{count} files wait to be confirmed"


def _row(file: CustodianFile) -> Row:
    return Row(
        url=reverse("clients:import_detail", args=[file.public_id]),
        name=file.name,
        layout=layout_of(file),
        custodian=custodian_of(file),
        as_of_on=file.as_of_on,
        received_at=file.received_at,
        received_by=handed_in_by(file.received_by, file.channel),
        state=file.state,
        state_label=file.get_state_display(),
        note=_note(file),
    )


def _note(file: CustodianFile) -> str:
    if file.state == CustodianFile.State.REFUSED:
        return file.faults[0]["rule"] if file.faults else ""
    if file.state == CustodianFile.State.DISCARDED:
        return "Settled without loading"
    total = getattr(file, "accounts_count", 0)
    unbound, refused = getattr(file, "unbound_count", 0), getattr(file, "refused_count", 0)
    parts = [counted(total, "account")] if total else []
    parts += [f"{unbound} not bound"] if unbound else []
    parts += [f"{refused} left out" if file.loaded_at else f"{refused} with faults"] if refused else []
    return ", ".join(parts)


def layout_of(file: CustodianFile) -> str:
    try:
        return registry.by_slug(file.layout).name
    except KeyError:
        return "Not recognized"


def custodian_of(file: CustodianFile) -> str:
    return dict(Account.Custodian.choices).get(file.custodian, "") if file.custodian else ""


def handed_in_by(user: Any, channel: str) -> str:
    return str(user) if user else f"the {CustodianFile.Channel(channel).label.lower()}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words_of(name: str, refusal: Refusal) -> str:
    """A refusal at the door, with the name of the file it is about."""
    return f"{name}: {refusal.sentence} {refusal.how_to_fix}"
