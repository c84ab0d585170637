"""What the list of custodian files and the upload page say, and how a file is described on both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import django_filters
from django.db.models import Case, Count, Q, QuerySet, When
from django.urls import reverse

from clients import access
from clients.custodians import registry
from clients.imports import clean_files, custodian_files
from clients.models import Account, CustodianFile, FileAccount
from compliance.clock import moment_text
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.refusals import Refusal


class FileFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(choices=CustodianFile.State.choices)
    custodian = django_filters.CharFilter(max_length=32)
    sha256 = django_filters.CharFilter(label="SHA-256", max_length=64)


KIND = Kind(
    name="imports",
    about=("import_list", "imports"),
    filters=FileFilters,
    orderings={
        # What waits for a person comes first; within it and after it, the newest.
        "waiting": ("is_waiting", "received_at", "pk"),
        "received_at": ("received_at", "pk"),
        "as_of_on": ("as_of_on", "pk"),
        "name": ("name", "pk"),
    },
    usual="-waiting",
    first_down=frozenset({"received_at", "as_of_on"}),
    searched=("name",),
)
HEADER = ("file", "name", "layout", "custodian", "as_of", "received_at", "received_by", "state", "note")
EMPTY = {
    "": "No files yet",
    CustodianFile.State.PREVIEWED: "No file is ready to confirm",
    CustodianFile.State.LOADED: "No file has been loaded yet",
    CustodianFile.State.REFUSED: "No file was refused",
    CustodianFile.State.DISCARDED: "No file was discarded",
    CustodianFile.State.UNDONE: "No file was undone",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One file of the list. `note` is what a person should know before opening it."""

    public_id: str
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
    rows: tuple[Row, ...]
    listing: Listing
    empty: str
    upload_url: str
    to_bind_count: int
    clean_count: int
    clean_doors: tuple[DoorLink, ...]
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


def import_list(user: Any, asked: Asked) -> ListPage:
    """The files this person may read, newest first."""
    files = access.files_for(user)
    by_state = dict(
        asked.narrowed(_ordered(files), without=["state"])
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    found, pager = listing.page_of(asked, _wanted(files, asked))
    return ListPage(
        heading=_files_ready(by_state.get(CustodianFile.State.PREVIEWED, 0)),
        rows=tuple(_row(file) for file in found),
        listing=listing.listing(
            asked,
            pager,
            held=files,
            chips=(
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        ("", "All", sum(by_state.values())),
                        *(
                            (value, str(label), by_state.get(value, 0))
                            for value, label in CustodianFile.State.choices
                        ),
                    ],
                ),
            ),
            columns={"name": "File", "as_of_on": "As of", "received_at": "Received"},
        ),
        empty=EMPTY.get(asked.texts.get("state", ""), EMPTY[""]),
        upload_url=reverse("clients:import_upload"),
        to_bind_count=FileAccount.objects.filter(
            file__in=files.filter(state=CustodianFile.State.PREVIEWED), state=FileAccount.State.UNBOUND
        ).count(),
        clean_count=(clean := len(clean_files.waiting(files))),
        clean_doors=doors.links(("clients:import_load_clean",), user) if clean > 1 else (),
        disputed_count=access.disputed_prices_for(user).count(),
        disputed_url=reverse("clients:prices_disputed"),
        refusal_to_import=access.refusal_to_import(user),
    )


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every file of the view, under `HEADER`."""
    for row in map(_row, _wanted(access.files_for(user), asked)):
        yield (
            row.public_id,
            row.name,
            row.layout,
            row.custodian,
            row.as_of_on,
            row.received_at,
            row.received_by,
            row.state_label,
            row.note,
        )


def _ordered(files: QuerySet[CustodianFile]) -> QuerySet[CustodianFile]:
    return files.annotate(is_waiting=Case(When(state=CustodianFile.State.PREVIEWED, then=1), default=0))


def _wanted(files: QuerySet[CustodianFile], asked: Asked) -> QuerySet[CustodianFile]:
    return asked.narrowed(
        _ordered(files)
        .defer("content")
        .select_related("received_by", "loaded_by")
        .annotate(
            accounts_count=Count("accounts"),
            unbound_count=Count("accounts", filter=Q(accounts__state=FileAccount.State.UNBOUND)),
            refused_count=Count("accounts", filter=Q(accounts__state=FileAccount.State.REFUSED)),
        )
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
        return f"{file.name} was loaded before, and the record has changed since. It can be loaded again."
    came = f"on {moment_text(file.received_at)} by {handed_in_by(file.received_by, file.channel)}"
    if file.state == CustodianFile.State.LOADED and file.loaded_at:
        by = handed_in_by(file.loaded_by, file.channel)
        return (
            f"{file.name} was already imported by {by} on {moment_text(file.loaded_at)}. Nothing was changed."
        )
    return (
        f"The same file was received {came} and is {file.get_state_display().lower()}. Nothing was changed."
    )


def _files_ready(count: int) -> str:
    if not count:
        return "No file is ready to confirm"
    return "1 file is ready to confirm" if count == 1 else f"{count} files are ready to confirm"


def _row(file: CustodianFile) -> Row:
    return Row(
        public_id=file.public_id,
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
    if file.state == CustodianFile.State.UNDONE:
        return file.undone_reason
    if file.state == CustodianFile.State.PREVIEWED:
        why = clean_files.reasons(
            file, unbound=getattr(file, "unbound_count", 0), refused=getattr(file, "refused_count", 0)
        )
        return " ".join(why) or "Clean: it can be loaded as it is"
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
