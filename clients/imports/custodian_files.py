"""Custodian files: receiving, previewing, loading. All data about holdings is imported here.

A file is kept byte for byte and recognized by its digest. Loading is all-or-nothing for each account, because
a partial account is worse than none. Of a refused file only the bytes and its faults are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DataError, IntegrityError, transaction

from clients.custodians import reporting
from clients.custodians.rows import ParsedFile
from clients.households import accounts, bindings
from clients.imports import file_journal, file_questions, file_rehearsing
from clients.imports.file_contents import Contents, key_of, parse
from clients.imports.file_loading import Loading, why_unstorable
from clients.imports.file_questions import Question
from clients.models import Account, CustodianFile, FileAccount
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict

SIZE_MAX = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of receiving a file. `is_known` means that the same bytes were received before. `parsed` is
    the content of a new file, for a caller that loads it at once.
    """

    file: CustodianFile
    is_known: bool
    parsed: ParsedFile | None = field(default=None, repr=False)


def receive(
    content: bytes,
    *,
    name: str,
    channel: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
    at_once: file_rehearsing.AtOnce | None = None,
) -> Receipt:
    """Keep a file, recognize its layout and prepare its preview. The same bytes twice are one file. Raises
    `BadInput` for an empty or oversized upload; any other problem is stored with the file as faults, so that
    the person can see them.

    Where `at_once` says so, the rehearsal behind the preview is kept instead of rolled back: the file is then loaded,
    having been compared with the record once. Known bytes are never loaded by themselves.
    """
    if not content:
        raise BadInput("The file is empty.", "Export it again and upload the new file.")
    if len(content) > SIZE_MAX:
        raise too_large(len(content))
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        file, is_new = CustodianFile.objects.get_or_create(
            sha256=digest,
            defaults={
                "name": _safe_name(name),
                "content": content,
                "size": len(content),
                "channel": channel,
                "received_at": at,
                "received_by_id": user_id,
            },
        )
        if not is_new:
            audit.record(audit.Action.FILE_RECOGNIZED, about=file, by=by, at=at, name=_safe_name(name))
            return Receipt(_looked_at_again(file, by=by, at=at), is_known=True)
        parsed = parse(file)
        with audit.lines_last(first=lambda: _record_received(file, by=by, at=at)):
            rehearsed = file_rehearsing.prepare(
                file, Contents.of(file, parsed), at_once=at_once, by=by, at=at
            )
            if rehearsed is not None and rehearsed.is_kept:
                _settle(file, rehearsed, user_id=user_id, by=by, at=at)
    return Receipt(file, is_known=False, parsed=parsed)


def bind(
    file_account: FileAccount, *, account: Account, user_id: int, by: Actor, at: datetime
) -> CustodianFile:
    """Bind a masked number to an account, and prepare the file's preview again. Raises as `bind_all`."""
    return bind_all(file_account.file_id, {file_account: account}, user_id=user_id, by=by, at=at)


@transaction.atomic
@audit.lines_last()
def bind_all(
    file_id: int, chosen: Mapping[FileAccount, Account], *, user_id: int, by: Actor, at: datetime
) -> CustodianFile:
    """Bind masked numbers of one file to accounts, and prepare the file's preview again, once.

    A mask is bound for all later files. A nickname without digits, which any client's file may have, is bound
    for this file only. Raises `BadInput` for a full number, which can only mean its own account, and
    `Conflict` when another account of the file is already bound to this one; then nothing is bound.
    """
    file = CustodianFile.objects.select_for_update().get(pk=file_id)
    if file.state != CustodianFile.State.PREVIEWED:
        raise Conflict("This file is already settled.", "Upload the newer export instead.")
    contents = Contents.of(file, parse(file))
    bound_here: dict[str, Account] = {}
    for file_account, account in chosen.items():
        seen = next(one for one in contents.parsed.accounts_seen if key_of(one) == file_account.key)
        if seen.number is not None:
            raise BadInput(
                "The file has the full account number, and no account on record has it.",
                "Open the account, or correct its number.",
            )
        custodian = file.custodian or account.custodian
        if seen.mask:
            mask, label = accounts.display_form(seen)
            bindings.bind(
                custodian=custodian, mask=mask, label=label, account=account, user_id=user_id, by=by, at=at
            )
        else:
            bindings.refuse_other_custodian(account, custodian)
            bound_here[file_account.key] = account
            audit.record(
                audit.Action.ACCOUNT_BOUND,
                about=account,
                by=by,
                at=at,
                label=file_account.label,
                file=file.public_id,
            )
    file_rehearsing.prepare(file, contents, bound_here=bound_here, by=by, at=at)
    for account in chosen.values():
        if file.accounts.filter(account=account).count() > 1:
            raise Conflict(
                f"Another account of this file is already {account}.",
                "Each account can appear only once in a file. Choose the one this number means.",
            )
    return file


@transaction.atomic
def discard(file: CustodianFile, *, by: Actor, at: datetime) -> CustodianFile:
    """Discard a file without loading it. Its bytes and audit events are kept."""
    file = CustodianFile.objects.select_for_update().get(pk=file.pk)
    if file.state != CustodianFile.State.PREVIEWED:
        raise Conflict("This file is already settled.", "There is nothing to discard.")
    file.state = CustodianFile.State.DISCARDED
    file.save(update_fields=["state"])
    audit.record(audit.Action.FILE_REFUSED, about=file, by=by, at=at, because="discarded by a person")
    return file


def load(
    file: CustodianFile,
    *,
    parsed: ParsedFile | None = None,
    confirmed: str = "",
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> CustodianFile:
    """Load a previewed file: each account completely or not at all. Its audit events come last.

    `parsed` avoids reading the bytes again when they were just received; `confirmed` is the preview's
    `confirm` digest, returned by the person who read its questions. Raises `Conflict` when the file was
    settled in between, so that a second click has no effect; `Blocked` when nothing would be loaded, and
    while its questions are not confirmed; and `BadInput` for a value outside any account that the record
    cannot hold.
    """
    try:
        with transaction.atomic(), audit.lines_last():
            file = CustodianFile.objects.select_for_update().get(pk=file.pk)
            if file.state != CustodianFile.State.PREVIEWED:
                raise Conflict(
                    f"This file was already {file.get_state_display().lower()}.",
                    "Open it to read its receipt.",
                )
            contents = Contents.of(file, parsed or parse(file))
            if file.accounts.filter(state=FileAccount.State.UNBOUND).exists():
                # In the meantime a person may have bound the same mask elsewhere, or opened the account.
                file_rehearsing.prepare(file, contents, by=by, at=at)
            loading = Loading(file, contents, by=by, at=at)
            with file_journal.written(file, at=at):
                loading.run()
            if loading.keeps_nothing:
                raise nothing_kept(loading)
            if loading.questions and confirmed != file_questions.digest(loading.questions):
                raise unconfirmed(loading.questions)
            _settle(file, loading, user_id=user_id, by=by, at=at)
    except (DataError, IntegrityError, ArithmeticError) as error:
        raise BadInput(why_unstorable(error), "Correct the row and upload the file again.") from error
    return file


def rows_with_faults(file: CustodianFile, *, by: Actor, at: datetime) -> str:
    """The file's rows as CSV with their faults. The download is recorded on the trail."""
    text = reporting.annotated_csv(parse(file), bytes(file.content))
    with transaction.atomic():
        audit.record(audit.Action.DATA_EXPORTED, about=file, by=by, at=at, rows=text.count("\n"))
    return text


def too_large(size: int) -> BadInput:
    """The refusal of a file of `size` bytes, which a door can raise before reading them."""
    return BadInput(
        f"The file is {size / 2**20:.0f} MB; files may be up to {SIZE_MAX // 2**20} MB.",
        "Split it by account, or send fewer years of history at once.",
    )


def _record_received(file: CustodianFile, *, by: Actor, at: datetime) -> None:
    refused = file.state == CustodianFile.State.REFUSED
    audit.record(
        audit.Action.FILE_REFUSED if refused else audit.Action.FILE_RECEIVED,
        about=file,
        by=by,
        at=at,
        sealing=[("file", file.pk)],
        name=file.name,
        sha256=file.sha256,
        layout=file.layout,
        faults=len(file.faults),
    )


def _settle(file: CustodianFile, loading: Loading, *, user_id: int | None, by: Actor, at: datetime) -> None:
    """Say of a file whose rows are written that it is loaded."""
    receipt = loading.receipt
    file.state = CustodianFile.State.LOADED
    file.loaded_at, file.loaded_by_id = at, user_id
    file.faults = file_rehearsing.all_faults(loading.contents, loading)
    file.receipt = receipt
    file.save(update_fields=["state", "loaded_at", "loaded_by", "faults", "receipt"])
    states = [one["state"] for one in receipt["accounts"]]
    audit.record(
        audit.Action.FILE_LOADED,
        about=file,
        by=by,
        at=at,
        sealing=[("file_loaded", file.pk)],
        layout=file.layout,
        securities=receipt["securities"],
        prices=receipt["prices"],
        accounts_loaded=states.count(FileAccount.State.LOADED),
        accounts_left_out=len(states) - states.count(FileAccount.State.LOADED),
        confirmed=[one.as_json() for one in loading.questions],
    )


class _Unchanged(Exception):
    """Takes back a look at a file that says nothing new."""


def _looked_at_again(file: CustodianFile, *, by: Actor, at: datetime) -> CustodianFile:
    """A file that is received again becomes loadable again if loading it would change something now.

    The record may have changed since: loading the right file again corrects a wrong file of the same day.
    """
    file = CustodianFile.objects.select_for_update().get(pk=file.pk)
    was_loaded = file.state == CustodianFile.State.LOADED
    try:
        with transaction.atomic():
            rehearsed = file_rehearsing.prepare(file, Contents.of(file, parse(file)), by=by, at=at)
            is_open = file.accounts.filter(state=FileAccount.State.UNBOUND).exists()
            if was_loaded and not (rehearsed and (is_open or rehearsed.changes_something)):
                raise _Unchanged
    except _Unchanged:
        file.refresh_from_db()
    return file


def nothing_kept(loading: Loading) -> Blocked:
    """The refusal of a file of which nothing would be loaded."""
    faults = [*loading.faults, *loading.contents.parsed.faults]
    if not faults:
        return Blocked(
            "None of this file's accounts can be loaded yet.",
            "Bind them to accounts on record first, or discard the file.",
        )
    first = faults[0]
    return Blocked(
        f"None of this file's accounts can be loaded. {first.rule}",
        f"{first.how_to_fix} The file can be uploaded again.",
    )


def unconfirmed(questions: Sequence[Question]) -> Blocked:
    """The refusal of a load whose present questions are not confirmed."""
    told = " ".join(file_questions.sentence(one.as_json()) for one in questions[:5])
    return Blocked(told, "Check the figures, and confirm them if they are right.", kind="confirmation-needed")


def _safe_name(name: str) -> str:
    """The last part of a file's name, without control characters, truncated to the column's length."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200] or "upload"
