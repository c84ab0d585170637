"""What the page of one custodian file says, from its preview to its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import access
from clients.custodians.kinds import RowKind
from clients.imports import file_journal, file_questions, file_undoing
from clients.models import CustodianFile, FileAccount
from clients.pages import bindings
from clients.pages.import_list import counted, custodian_of, handed_in_by, layout_of
from compliance.clock import moment_text

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
    may_bind: bool
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
class BuiltLine:
    """Something built on a loaded file, with its page if it has one."""

    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class UndoBlock:
    """Whether a loaded file can be taken back, what that restores, and what to do where it cannot."""

    refusal: str
    built: tuple[BuiltLine, ...]
    stale: tuple[BuiltLine, ...]
    restores: tuple[str, ...]
    url: str
    upload_url: str

    @property
    def may_undo(self) -> bool:
        return not self.refusal and not self.built


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
    to_bind_count: int
    bind_url: str
    faults: tuple[FaultRow, ...]
    faults_left_off: int
    warnings: tuple[str, ...]
    totals: tuple[TotalRow, ...]
    may_decide: bool
    may_load: bool
    questions: tuple[str, ...]
    confirm: str
    ready_count: int
    left_out_count: int
    refusal_to_import: str | None
    undo: UndoBlock | None
    undone: str
    load_url: str
    discard_url: str
    changes_url: str
    rows_url: str
    list_url: str


def import_detail(user: Any, file: CustodianFile, *, at: datetime) -> DetailPage:
    """One file."""
    refusal = access.refusal_to_import(user)
    may_decide = refusal is None and file.state == CustodianFile.State.PREVIEWED
    rows = list(file.accounts.select_related("account__household"))
    has_accounts = may_decide and _unbound(rows) and bindings.candidates_for(user, file.custodian).exists()
    accounts = tuple(_account(file, row, has_accounts=has_accounts, may_decide=may_decide) for row in rows)
    ready = sum(1 for row in rows if row.state == FileAccount.State.READY)
    heading, lead = _told(file, rows)
    return DetailPage(
        heading=heading,
        lead=lead,
        name=file.name,
        reference=file.public_id,
        state=file.state,
        state_label=file.get_state_display(),
        layout=layout_of(file),
        custodian=custodian_of(file),
        as_of_on=file.as_of_on,
        received_at=file.received_at,
        received_by=handed_in_by(file.received_by, file.channel),
        channel=file.get_channel_display(),
        size=file.size,
        digest=file.sha256,
        settled_at=file.loaded_at,
        settled_by=handed_in_by(file.loaded_by, file.channel) if file.loaded_at else "",
        rows_by_kind=tuple(
            (label, count)
            for kind, label in KINDS.items()
            if (count := file.preview.get("rows", {}).get(kind))
        ),
        accounts=accounts,
        to_bind_count=sum(1 for one in accounts if one.may_bind),
        bind_url=f"{reverse('clients:binding_list')}?file={file.public_id}",
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
        may_load=may_decide and (ready > 0 or not rows or _describes_more(file)),
        questions=tuple(file_questions.sentence(one) for one in file.preview.get("questions", [])),
        confirm=file.preview.get("confirm", ""),
        ready_count=ready,
        left_out_count=len(rows) - ready,
        refusal_to_import=refusal,
        undo=_undo(file, at=at) if refusal is None and file.state == CustodianFile.State.LOADED else None,
        undone=_undone(file),
        load_url=reverse("clients:import_load", args=[file.public_id]),
        discard_url=reverse("clients:import_discard", args=[file.public_id]),
        rows_url=reverse("clients:import_rows", args=[file.public_id]),
        changes_url=reverse("clients:import_changes", args=[file.public_id])
        if file.state == CustodianFile.State.LOADED and file.changes.exists()
        else "",
        list_url=reverse("clients:import_list"),
    )


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
    if file.state == state.UNDONE:
        return "This file was undone", "The record is as it was before it was loaded."
    if file.state == state.LOADED:
        loaded = by_state[FileAccount.State.LOADED]
        left_out = len(rows) - loaded
        heading = f"{counted(loaded, 'account')} loaded" if rows else "The file is loaded"
        if rows and not loaded:
            heading = "No account loaded, only securities and prices"
        if left_out:
            return heading, f"{counted(left_out, 'account')} left out wholly; see the reasons below."
        return heading, "Every account of the file reached the record."
    loaded_before = file.loaded_at is not None
    ready, unbound = by_state[FileAccount.State.READY], by_state[FileAccount.State.UNBOUND]
    if not rows:
        return "Ready to load", "The file names no accounts; it brings securities or prices."
    if not ready:
        return (
            f"{counted(unbound, 'account')} must be bound first" if unbound else "No account can be loaded",
            "Each account is loaded wholly or not at all, and only once we know which one it is.",
        )
    heading = f"{counted(ready, 'account')} ready to load"
    if unbound:
        return heading, (
            f"{counted(unbound, 'account')} not bound to one of ours yet. Bind first: what is left out of a file stays out."
        )
    if loaded_before:
        return heading, "This file was loaded before. Loading it again would change the record as shown."
    return heading, "Each account is loaded wholly or not at all."


def _undo(file: CustodianFile, *, at: datetime) -> UndoBlock:
    refusal = file_undoing.refusal_to_undo(file, at=at) or ""
    built = [] if refusal else file_undoing.built_on(file)
    return UndoBlock(
        refusal=refusal,
        built=tuple(_built(one) for one in built),
        stale=tuple(_built(one) for one in built if one.would_go_stale),
        restores=tuple(
            file_undoing.counted(table, sum(kinds.values()))
            for table, kinds in sorted(file_journal.counts(file).items())
        ),
        url=reverse("clients:import_undo", args=[file.public_id]),
        upload_url=reverse("clients:import_upload"),
    )


def _built(one: file_undoing.Built) -> BuiltLine:
    return BuiltLine(one.sentence, reverse(one.address[0], args=[one.address[1]]) if one.address else "")


def _undone(file: CustodianFile) -> str:
    """The sentence about the last time the file was undone; empty for one that never was."""
    if file.undone_at is None:
        return ""
    return f"Undone by {file.undone_by} on {moment_text(file.undone_at)}: {file.undone_reason}"


def _describes_more(file: CustodianFile) -> bool:
    """Whether the file brings something besides its accounts: securities or prices."""
    rows = file.preview.get("rows", {})
    return bool(rows.get(RowKind.SECURITY) or rows.get(RowKind.PRICE))


def _account(file: CustodianFile, row: FileAccount, *, has_accounts: bool, may_decide: bool) -> AccountBlock:
    is_open = may_decide and row.state == FileAccount.State.UNBOUND
    why = bindings.why_not(file, row, has_accounts=has_accounts) if is_open else ""
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
        may_bind=is_open and not why,
        cannot_bind=why,
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
