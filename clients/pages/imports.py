"""What the import pages say: the list, the upload, and one file from its preview to its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.urls import reverse

from clients import access, custodian_files
from clients.custodians import registry
from clients.custodians.rows import RowKind
from clients.forms import Binding
from clients.models import Account, CustodianFile, FileAccount
from compliance.refusals import Refusal

PAGE_SIZE = 50
FAULTS_ON_PAGE_MAX = 200
NOT_COMPARED = None

KINDS = {
    RowKind.SECURITY: "Securities",
    RowKind.PRICE: "Prices",
    RowKind.ACCOUNT: "Accounts",
    RowKind.POSITION: "Positions",
    RowKind.LOT: "Tax lots",
    RowKind.CASH: "Cash",
    RowKind.TRANSACTION: "Transactions",
    RowKind.CLOSED_LOT: "Closed lots",
}
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
    refusal_to_import: str | None


@dataclass(frozen=True, slots=True)
class UploadPage:
    form: Any
    size_max_mb: int
    layouts: tuple[str, ...]
    received: tuple[Row, ...]
    list_url: str


@dataclass(frozen=True, slots=True)
class KindCount:
    """Rows of one kind. None where nothing could be compared, because the account is not known yet."""

    kind: str
    new: int | None
    changed: int | None
    unchanged: int | None
    disappeared: int | None


@dataclass(frozen=True, slots=True)
class AccountBlock:
    """An account as the file names it, which of ours it is, and what loading would do to it."""

    mask: str
    label: str
    account: str
    last4: str
    household: str
    state: str
    state_label: str
    counts: tuple[KindCount, ...]
    form: Binding | None
    bind_url: str
    cannot_bind: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    file: str
    line: int
    column: str
    value: str
    rule: str
    how_to_fix: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    caption: str
    stated: Decimal
    summed: Decimal
    gap: Decimal


@dataclass(frozen=True, slots=True)
class DetailPage:
    """One file: what it is, what it would do or did, and what is wrong with it."""

    heading: str
    lead: str
    name: str
    reference: str
    state: str
    state_label: str
    layout: str
    custodian: str
    as_of_on: date | None
    received_at: datetime
    received_by: str
    channel: str
    size: int
    digest: str
    settled_at: datetime | None
    settled_by: str
    rows_by_kind: tuple[tuple[str, int], ...]
    accounts: tuple[AccountBlock, ...]
    unbound: tuple[AccountBlock, ...]
    faults: tuple[FaultRow, ...]
    faults_left_off: int
    warnings: tuple[str, ...]
    totals: tuple[TotalRow, ...]
    may_decide: bool
    ready_count: int
    left_out_count: int
    refusal_to_import: str | None
    load_url: str
    discard_url: str
    rows_url: str
    list_url: str


def import_list(user: Any, *, state: str, number: str | None) -> ListPage:
    """The files this person may read, newest first; four queries."""
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


def import_detail(user: Any, file: CustodianFile, *, failed: Binding | None = None) -> DetailPage:
    """One file. `failed` is a binding form that came back with errors; it stands at its account."""
    refusal = access.refusal_to_import(user)
    may_decide = refusal is None and file.state == CustodianFile.State.PREVIEWED
    rows = list(file.accounts.select_related("account__household"))
    can_bind = may_decide and bool(file.custodian)
    candidates = _candidates(user, file) if can_bind and _unbound(rows) else []
    accounts = tuple(_account(file, row, candidates, failed, may_decide=may_decide) for row in rows)
    ready = sum(1 for row in rows if row.state == FileAccount.State.READY)
    heading, lead = _told(file, rows)
    return DetailPage(
        heading=heading,
        lead=lead,
        name=file.name,
        reference=file.public_id,
        state=file.state,
        state_label=file.get_state_display(),
        layout=_layout(file),
        custodian=_custodian(file),
        as_of_on=file.as_of_on,
        received_at=file.received_at,
        received_by=_person(file.received_by, file.channel),
        channel=file.get_channel_display(),
        size=file.size,
        digest=file.sha256,
        settled_at=file.loaded_at,
        settled_by=_person(file.loaded_by, file.channel) if file.loaded_at else "",
        rows_by_kind=tuple(
            (label, count)
            for kind, label in KINDS.items()
            if (count := file.preview.get("rows", {}).get(kind))
        ),
        accounts=accounts,
        unbound=tuple(one for one in accounts if one.form is not None),
        faults=tuple(
            FaultRow(
                file=fault["file"],
                line=fault["line"],
                column=fault["column"],
                value=fault["value"],
                rule=fault["rule"],
                how_to_fix=fault["how_to_fix"],
            )
            for fault in file.faults[:FAULTS_ON_PAGE_MAX]
        ),
        faults_left_off=file.preview.get("faults_left_off", 0)
        + max(0, len(file.faults) - FAULTS_ON_PAGE_MAX),
        warnings=tuple(_warning(one) for one in file.preview.get("warnings", [])),
        totals=tuple(_total(one) for one in file.preview.get("totals", [])),
        may_decide=may_decide,
        ready_count=ready,
        left_out_count=len(rows) - ready,
        refusal_to_import=refusal,
        load_url=reverse("clients:import_load", args=[file.public_id]),
        discard_url=reverse("clients:import_discard", args=[file.public_id]),
        rows_url=reverse("clients:import_rows", args=[file.public_id]),
        list_url=reverse("clients:import_list"),
    )


def already_imported(file: CustodianFile) -> str:
    """What to tell somebody who hands in bytes that were here before."""
    from compliance.clock import moment_text

    came = f"on {moment_text(file.received_at)} by {_person(file.received_by, file.channel)}"
    if file.state == CustodianFile.State.LOADED and file.loaded_at:
        by = _person(file.loaded_by, file.channel)
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
        layout=_layout(file),
        custodian=_custodian(file),
        as_of_on=file.as_of_on,
        received_at=file.received_at,
        received_by=_person(file.received_by, file.channel),
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
    parts = [_count(total, "account")] if total else []
    parts += [f"{unbound} not bound"] if unbound else []
    parts += [f"{refused} left out" if file.loaded_at else f"{refused} with faults"] if refused else []
    return ", ".join(parts)


def _told(file: CustodianFile, rows: list[FileAccount]) -> tuple[str, str]:
    """The heading sentence of a file's page, and the line below it."""
    state = CustodianFile.State
    by_state = {one: sum(1 for row in rows if row.state == one) for one in FileAccount.State.values}
    if file.state == state.REFUSED:
        return (
            "This file cannot be loaded",
            "Nothing of it was kept but the file itself and what is wrong with it.",
        )
    if file.state == state.DISCARDED:
        return "This file was discarded", "It was settled without loading. Nothing of it reached the record."
    if file.state == state.LOADED:
        loaded = by_state[FileAccount.State.LOADED]
        left_out = len(rows) - loaded
        heading = f"{_count(loaded, 'account')} loaded" if rows else "The file is loaded"
        if left_out:
            return heading, f"{_count(left_out, 'account')} left out wholly; see the reasons below."
        return heading, "Every account of the file reached the record."
    ready, unbound = by_state[FileAccount.State.READY], by_state[FileAccount.State.UNBOUND]
    if not rows:
        return "Ready to load", "The file names no accounts; it brings securities or prices."
    if not ready:
        return (
            f"{_count(unbound, 'account')} must be bound first" if unbound else "No account can be loaded",
            "Each account is loaded wholly or not at all, and only once we know which one it is.",
        )
    heading = f"{_count(ready, 'account')} ready to load"
    if unbound:
        return heading, (
            f"{_count(unbound, 'account')} not bound to one of ours yet. Bind first: what is left out of a file stays out."
        )
    return heading, "Each account is loaded wholly or not at all."


def _account(
    file: CustodianFile,
    row: FileAccount,
    candidates: list[Account],
    failed: Binding | None,
    *,
    may_decide: bool,
) -> AccountBlock:
    form, why = None, ""
    if may_decide and row.state == FileAccount.State.UNBOUND:
        why = _refusal_to_bind(file, row, candidates)
        if not why:
            is_failed = failed is not None and failed.file_account.pk == row.pk
            form = failed if is_failed else Binding(file_account=row, candidates=candidates)
    return AccountBlock(
        mask=row.mask,
        label=row.label,
        account=row.account.name if row.account else "",
        last4=row.account.number_last4 if row.account else "",
        household=row.account.household.name if row.account else "",
        state=row.state,
        state_label=row.get_state_display(),
        counts=tuple(
            KindCount(
                label,
                counts.get("new", 0),
                *(counts.get(one, NOT_COMPARED) for one in ("changed", "unchanged", "disappeared")),
            )
            for kind, label in KINDS.items()
            if (counts := row.counts.get(kind))
        ),
        form=form,
        bind_url=reverse("clients:import_bind", args=[file.public_id, row.pk]) if form else "",
        cannot_bind=why,
    )


def _refusal_to_bind(file: CustodianFile, row: FileAccount, candidates: list[Account]) -> str:
    """Why a person cannot say which account this is. A whole number is never bound by hand."""
    if row.mask.startswith("····") or not file.custodian:
        return "The file names the whole number, and no account on record has it. Open the account first."
    if not candidates:
        return f"No account at {_custodian(file)} is on record. Open the account first."
    return ""


def _candidates(user: Any, file: CustodianFile) -> list[Account]:
    """The accounts at this file's custodian that a masked number could mean."""
    return list(
        access.accounts_for(user)
        .filter(custodian=file.custodian, closed_on=None)
        .select_related("household", "owner")
        .order_by("household__name", "name", "id")
    )


def _unbound(rows: list[FileAccount]) -> bool:
    return any(row.state == FileAccount.State.UNBOUND for row in rows)


def _warning(one: dict[str, Any]) -> str:
    where = [one["account"] or "", f"line {one['line']}" if one["line"] else ""]
    named = ", ".join(part for part in where if part)
    return f"{named[:1].upper()}{named[1:]}: {one['sentence']}" if named else str(one["sentence"])


def _total(one: dict[str, Any]) -> TotalRow:
    stated, summed = Decimal(one["stated"]), Decimal(one["summed"])
    return TotalRow(one["caption"], stated, summed, stated - summed)


def _layout(file: CustodianFile) -> str:
    try:
        return registry.by_slug(file.layout).name
    except KeyError:
        return "Not recognized"


def _custodian(file: CustodianFile) -> str:
    return dict(Account.Custodian.choices).get(file.custodian, "") if file.custodian else ""


def _person(user: Any, channel: str) -> str:
    return str(user) if user else f"the {CustodianFile.Channel(channel).label.lower()}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words_of(name: str, refusal: Refusal) -> str:
    """A refusal at the door, with the name of the file it is about."""
    return f"{name}: {refusal.sentence} {refusal.how_to_fix}"
