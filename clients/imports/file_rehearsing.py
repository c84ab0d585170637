"""The preview of a file: its load is rehearsed and rolled back, or kept where the file is to be loaded at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from clients.custodians.rows import Fault
from clients.holdings import bulk
from clients.imports import file_journal, file_loading, file_previews
from clients.imports.file_contents import Contents
from clients.imports.file_loading import Loading, why_unstorable
from clients.models import Account, CustodianFile, FileAccount
from clients.securities import price_checks
from compliance.audit_trail import audit
from compliance.people.actors import Actor

AtOnce = Callable[[CustodianFile, Sequence[FileAccount]], bool]
"""Whether a new file is loaded as soon as it is known what that would do: asked with its preview and its accounts."""


class _Undone(Exception):
    """Rolls back a rehearsal."""


def prepare(
    file: CustodianFile,
    contents: Contents,
    *,
    bound_here: Mapping[str, Account] | None = None,
    at_once: AtOnce | None = None,
    by: Actor,
    at: datetime,
) -> Loading | None:
    """Record what loading would do, account by account, and whether the file can be loaded.

    Returns the rehearsal, whose changes are rolled back unless it says that they are kept; None for a refused file.
    """
    parsed = contents.parsed
    file.layout = parsed.layout
    file.custodian = parsed.custodian or ""
    file.as_of_on = parsed.as_of
    file.faults = [contents.fault_as_json(fault) for fault in parsed.faults]
    file.state = CustodianFile.State.REFUSED if parsed.refused else CustodianFile.State.PREVIEWED
    rows: list[FileAccount] = []
    if not parsed.refused:
        before = {row.key: row for row in file.accounts.select_related("account")}
        kept = {key: row.account for key, row in before.items() if row.account}
        rows = file_previews.accounts_of(file, contents, bound_here=kept | dict(bound_here or {}))
        for row in rows:
            # Reuse the row, so that a page with its form stays valid.
            row.pk = before[row.key].pk if row.key in before else None
        bulk.insert(FileAccount, [row for row in rows if row.pk is None])
    # Before anything is written, since it is about the record as it is.
    noticed = price_checks.of_file([] if parsed.accounts_seen else parsed.prices, at=at)
    by_record = file_previews.warnings_by_record(contents, rows)

    def tell(rehearsed: Loading | None) -> None:
        file.preview = file_previews.told(
            contents,
            by_record,
            rehearsed.questions if rehearsed else (),
            (*noticed.cautions, *(rehearsed.cautions if rehearsed else ())),
            (*noticed.notes, *(rehearsed.kept if rehearsed else ())),
        )
        if rehearsed is not None:
            for row in rows:
                _foresee(row, rehearsed)
            file.faults = all_faults(contents, rehearsed)

    def stays(rehearsed: Loading) -> bool:
        if at_once is None or rehearsed.keeps_nothing:
            return False
        tell(rehearsed)
        return at_once(file, rows)

    rehearsed: Loading | None = None
    if not parsed.refused:
        rehearsed = _rehearse(file, contents, stays=stays, journals=at_once is not None, by=by, at=at)
    if rehearsed is None or not rehearsed.is_kept:
        tell(rehearsed)
        file_loading.keep_accounts(rows)
    file.save(update_fields=("layout", "custodian", "as_of_on", "faults", "state", "preview"))
    return rehearsed


def _rehearse(
    file: CustodianFile,
    contents: Contents,
    *,
    stays: Callable[[Loading], bool],
    journals: bool,
    by: Actor,
    at: datetime,
) -> Loading:
    """Run the load and roll it back, so that the preview never promises what the load refuses; or keep it, where it is
    to stay, with its journal.
    """
    loading = Loading(file, contents, by=by, at=at)
    try:
        with transaction.atomic(), audit.lines_last():
            with file_journal.written(file, at=at) if journals else nullcontext():
                loading.run()
            if not stays(loading):
                raise _Undone
            # What the database checks at the end of a transaction is refused here, where it can be taken back.
            file_journal.check_constraints()
            loading.is_kept = True
    except _Undone:
        pass
    except (DataError, IntegrityError, ArithmeticError) as error:
        loading.is_kept = False
        loading.faults.append(
            Fault(file.name, 0, "", "", why_unstorable(error), "Correct the row and upload the file again.")
        )
    return loading


def _foresee(row: FileAccount, rehearsed: Loading) -> None:
    """Copy the rehearsal's result for an account into its preview."""
    state = rehearsed.states.get(row.key)
    if state == FileAccount.State.LOADED:
        row.state, row.counts = FileAccount.State.READY, rehearsed.counts[row.key]
    elif state == FileAccount.State.REFUSED:
        row.state, row.counts = FileAccount.State.REFUSED, {}


def all_faults(contents: Contents, loading: Loading) -> list[dict[str, Any]]:
    """What is wrong with the rows of the file, and why accounts are left out."""
    return [contents.fault_as_json(fault) for fault in (*contents.parsed.faults, *loading.faults)]
