"""Custodian files: receiving, previewing, loading. The only way facts about holdings come in.

A file is kept byte for byte and recognised by its digest. Loading is all-or-nothing for each account:
half an account is worse than none. Nothing of a refused file is kept but the file and its faults.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, transaction

from clients import accounts, holdings, lots, securities
from clients.custodians import registry, reporting
from clients.custodians.reading import Upload
from clients.custodians.rows import AccountSeen, Fault, ParsedFile, RowKind
from clients.models import Account, CustodianFile, FileAccount, Security
from compliance import audit
from compliance.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict

SIZE_MAX = 32 * 1024 * 1024
NEW_YORK = ZoneInfo("America/New_York")

_BY_ACCOUNT = (RowKind.POSITION, RowKind.LOT, RowKind.CASH, RowKind.TRANSACTION)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of handing a file in. `is_known` says that the same bytes were here before.

    `parsed` is what a new file said, for a caller who loads it at once.
    """

    file: CustodianFile
    is_known: bool
    parsed: ParsedFile | None = field(default=None, repr=False)


def receive(
    content: bytes, *, name: str, channel: str, user_id: int | None, by: Actor, at: datetime
) -> Receipt:
    """Keep a file, recognise its layout and prepare its preview. The same bytes twice are one file.

    Raises `BadInput` for an empty or oversized upload; anything else that is wrong with the file is
    kept with it as faults, since the person needs to see them.
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
            audit.record(audit.Action.FILE_RECOGNISED, about=file, by=by, at=at, name=_safe_name(name))
            return Receipt(file, is_known=True)
        parsed = _prepare(file)
        refused = file.state == CustodianFile.State.REFUSED
        audit.record(
            audit.Action.FILE_REFUSED if refused else audit.Action.FILE_RECEIVED,
            about=file,
            by=by,
            at=at,
            name=file.name,
            sha256=digest,
            layout=file.layout,
            faults=len(file.faults),
        )
    return Receipt(file, is_known=False, parsed=parsed)


@transaction.atomic
def bind(
    file_account: FileAccount, *, account: Account, user_id: int, by: Actor, at: datetime
) -> CustodianFile:
    """Say which account a masked number means, and prepare the file's preview again."""
    file = CustodianFile.objects.select_for_update().get(pk=file_account.file_id)
    if file.state != CustodianFile.State.PREVIEWED:
        raise Conflict("This file is settled already.", "Upload the newer export instead.")
    accounts.bind(
        custodian=file.custodian,
        mask=file_account.mask,
        label=file_account.label,
        account=account,
        user_id=user_id,
        by=by,
        at=at,
    )
    _prepare(file)
    return file


@transaction.atomic
def discard(file: CustodianFile, *, by: Actor, at: datetime) -> CustodianFile:
    """Settle a file without loading it. The bytes and the trail stay."""
    file = CustodianFile.objects.select_for_update().get(pk=file.pk)
    if file.state != CustodianFile.State.PREVIEWED:
        raise Conflict("This file is settled already.", "There is nothing to discard.")
    file.state = CustodianFile.State.DISCARDED
    file.save(update_fields=["state"])
    audit.record(audit.Action.FILE_REFUSED, about=file, by=by, at=at, because="discarded by a person")
    return file


def load(
    file: CustodianFile,
    *,
    parsed: ParsedFile | None = None,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> CustodianFile:
    """Take a previewed file into the record: each account wholly or not at all.

    `parsed` saves reading the bytes a second time when they were received a moment ago. Raises `Conflict` when the file was settled in between, so that a second click changes nothing, and
    `Blocked` while none of its accounts is known: once loaded, the same bytes would be turned away.
    """
    with transaction.atomic():
        file = CustodianFile.objects.select_for_update().get(pk=file.pk)
        if file.state != CustodianFile.State.PREVIEWED:
            raise Conflict(
                f"This file was {file.get_state_display().lower()} already.",
                "Open it to read its receipt.",
            )
        parsed = parse(file)
        if parsed.accounts_seen and not _has_something_to_load(file, parsed):
            raise Blocked(
                "None of this file's accounts can be loaded yet.",
                "Bind them to accounts on record first, or discard the file.",
            )
        generated = bool(parsed.prices) and all(row.source == "generated" for row in parsed.prices)
        known = securities.take_in(parsed.securities, is_generated=generated)
        known |= securities.add_unclassified(parsed.positions)
        known |= _named_elsewhere(parsed, known)
        counts = {
            "securities": len(parsed.securities),
            "prices": securities.add_prices(parsed.prices, source=file.custodian or file.layout, at=at),
        }
        faults: list[Fault] = []
        opened = _open_accounts(parsed, faults, by=by, at=at)
        contents = _Contents.of(parsed)
        loaded = [
            _load_account(file, contents, seen, opened, known, faults, by=by, at=at)
            for seen in parsed.accounts_seen
        ]
        file.state = CustodianFile.State.LOADED
        file.loaded_at, file.loaded_by_id = at, user_id
        file.faults = [*file.faults, *(_fault_as_json(fault) for fault in faults)]
        file.receipt = {**counts, "accounts": loaded}
        file.save(update_fields=["state", "loaded_at", "loaded_by", "faults", "receipt"])
        audit.record(
            audit.Action.FILE_LOADED,
            about=file,
            by=by,
            at=at,
            layout=file.layout,
            accounts_loaded=sum(1 for one in loaded if one["state"] == FileAccount.State.LOADED),
            accounts_left_out=sum(1 for one in loaded if one["state"] != FileAccount.State.LOADED),
            **counts,
        )
    return file


def rows_with_faults(file: CustodianFile, *, by: Actor, at: datetime) -> str:
    """The file's own rows as CSV with what is wrong beside each. Taking them out is on the trail."""
    text = reporting.annotated_csv(parse(file), bytes(file.content))
    with transaction.atomic():
        audit.record(audit.Action.DATA_EXPORTED, about=file, by=by, at=at, rows=text.count("\n"))
    return text


def too_large(size: int) -> BadInput:
    """The refusal of a file of `size` bytes, which a door may raise before it reads them."""
    return BadInput(
        f"The file is {size / 2**20:.0f} MB; files may hold up to {SIZE_MAX // 2**20} MB.",
        "Split it by account, or send fewer years of history at once.",
    )


def parse(file: CustodianFile) -> ParsedFile:
    """What the kept bytes say; the same bytes always say the same."""
    day = file.received_at.astimezone(NEW_YORK).date()
    content = bytes(file.content)
    layout = registry.detect(file.name, content)
    if isinstance(layout, registry.NotRecognised):
        reasons = "; ".join(f"not a {name}: {reason}" for name, reason in layout.reasons)
        fault = Fault(file.name, 0, "", reasons, layout.sentence, layout.how_to_fix)
        return ParsedFile(layout="", custodian=None, name=file.name, as_of=None, faults=(fault,))
    return layout.parse(Upload(file.name, content, day))


def _prepare(file: CustodianFile) -> ParsedFile:
    """Recognise the layout and write down what loading would do, account by account."""
    parsed = parse(file)
    file.layout = parsed.layout
    file.custodian = parsed.custodian or ""
    file.as_of_on = parsed.as_of
    file.faults = [_fault_as_json(fault) for fault in parsed.faults]
    file.state = CustodianFile.State.REFUSED if parsed.refused else CustodianFile.State.PREVIEWED
    file.accounts.all().delete()
    if not parsed.refused:
        known = Security.objects.in_bulk(_symbols(parsed), field_name="symbol")
        contents = _Contents.of(parsed)
        FileAccount.objects.bulk_create(
            _previewed(file, contents, seen, known) for seen in parsed.accounts_seen
        )
    file.preview = {
        "rows": {kind.value: len(getattr(parsed, kind.value)) for kind in RowKind},
        "faults_left_off": parsed.faults_left_off,
        "warnings": [
            {"line": caution.line, "sentence": caution.sentence, "account": caution.account}
            for caution in parsed.warnings
        ],
        "totals": [
            {"caption": total.caption, "stated": str(total.stated), "summed": str(total.summed)}
            for total in parsed.totals
        ],
    }
    file.save()


def _has_something_to_load(file: CustodianFile, parsed: ParsedFile) -> bool:
    ready = file.accounts.filter(state=FileAccount.State.READY)
    return bool(parsed.securities or parsed.prices) or ready.exists()


def _previewed(
    file: CustodianFile, contents: _Contents, seen: AccountSeen, known: dict[str, Security]
) -> FileAccount:
    parsed = contents.parsed
    described = any(row.number == seen.number for row in parsed.accounts)
    account = accounts.known_as(seen, custodian=parsed.custodian)
    state = FileAccount.State.READY if account or described else FileAccount.State.UNBOUND
    if seen.key in parsed.accounts_refused:
        state = FileAccount.State.REFUSED
    counts: dict[str, Any] = {
        kind.value: {"new": len(rows)} for kind in _BY_ACCOUNT if (rows := contents.rows(kind, seen))
    }
    if account is not None:
        counts |= _compared(contents, seen, account, known)
    return FileAccount(
        file=file,
        mask=seen.mask or _masked(seen.number or seen.key),
        label=seen.label or "",
        account=account,
        state=state,
        counts=counts,
    )


def _compared(
    contents: _Contents, seen: AccountSeen, account: Account, known: dict[str, Security]
) -> dict[str, Any]:
    """New, changed and disappeared rows against the record, where every symbol is on record already."""
    parsed = contents.parsed
    compared: dict[str, Any] = {}
    positions = [row for row in contents.rows(RowKind.POSITION, seen) if row.symbol in known]
    if RowKind.POSITION in parsed.covers:
        compared["positions"] = holdings.position_changes(account, positions, known).counts
    if RowKind.LOT in parsed.covers:
        rows = [row for row in contents.rows(RowKind.LOT, seen) if row.symbol in known]
        day = parsed.as_of or date.min
        compared["lots"] = lots.changes(account, rows, securities=known, as_of_on=day).counts
    if RowKind.TRANSACTION in parsed.covers:
        rows = contents.rows(RowKind.TRANSACTION, seen)
        on_record = set(account.transactions.values_list("key", flat=True))
        fresh = sum(1 for row in rows if holdings.transaction_key(row) not in on_record)
        compared["transactions"] = {"new": fresh, "unchanged": len(rows) - fresh}
    return compared


def _open_accounts(parsed: ParsedFile, faults: list[Fault], *, by: Actor, at: datetime) -> dict[str, Account]:
    """The accounts that the file itself describes, opened or restated, by their number."""
    opened: dict[str, Account] = {}
    for row in parsed.accounts:
        result = accounts.open_or_restate(row, by=by, at=at)
        if isinstance(result, Account):
            opened[row.number] = result
        else:
            faults.append(
                Fault(
                    row.origin.file,
                    row.origin.line,
                    "",
                    "",
                    result.rule,
                    result.how_to_fix,
                    account=row.number,
                )
            )
    return opened


def _load_account(
    file: CustodianFile,
    contents: _Contents,
    seen: AccountSeen,
    opened: dict[str, Account],
    known: dict[str, Security],
    faults: list[Fault],
    *,
    by: Actor,
    at: datetime,
) -> dict[str, Any]:
    """Load one account inside a savepoint, so that a failure leaves nothing of it behind."""
    parsed = contents.parsed
    row = file.accounts.get(mask=seen.mask or _masked(seen.number or seen.key), label=seen.label or "")
    account = opened.get(seen.number or "") or accounts.known_as(seen, custodian=parsed.custodian)
    if seen.key in parsed.accounts_refused or any(fault.account == seen.key for fault in faults):
        row.state = FileAccount.State.REFUSED
    elif account is None:
        row.state = FileAccount.State.UNBOUND
    elif older := _older_than_record(parsed, account):
        row.state = FileAccount.State.REFUSED
        faults.append(Fault(file.name, 0, "", "", *older, account=seen.key))
    else:
        try:
            with transaction.atomic():
                _write_account(file, contents, seen, account, known, by=by, at=at)
            row.state, row.account = FileAccount.State.LOADED, account
        except DatabaseError as error:
            row.state = FileAccount.State.REFUSED
            faults.append(
                Fault(
                    file.name,
                    0,
                    "",
                    "",
                    f"The record refused a row of this account: {str(error).splitlines()[0]}",
                    "Correct the row; nothing of this account was kept.",
                    account=seen.key,
                )
            )
    row.save(update_fields=["state", "account"])
    return {
        "mask": row.mask,
        "label": row.label,
        "account": account.public_id if account else None,
        "state": row.state,
        "counts": row.counts,
    }


def _write_account(
    file: CustodianFile,
    contents: _Contents,
    seen: AccountSeen,
    account: Account,
    known: dict[str, Security],
    *,
    by: Actor,
    at: datetime,
) -> None:
    parsed = contents.parsed
    day = parsed.as_of or file.received_at.astimezone(NEW_YORK).date()
    if RowKind.POSITION in parsed.covers:
        holdings.replace_positions(
            account, contents.rows(RowKind.POSITION, seen), securities=known, as_of_on=day, source_file=file
        )
    if RowKind.LOT in parsed.covers:
        rows = contents.rows(RowKind.LOT, seen)
        # A custodian's lot file may speak for one symbol only; our own speaks for the whole account.
        symbols = frozenset(row.symbol for row in rows) if parsed.custodian else None
        found = lots.changes(
            account, rows, securities=known, as_of_on=day, source_file=file, covers_symbols=symbols
        )
        lots.replace_from_file(found, as_of_on=day)
    if RowKind.CASH in parsed.covers:
        holdings.replace_cash(account, contents.rows(RowKind.CASH, seen), as_of_on=day, source_file=file)
    if RowKind.TRANSACTION in parsed.covers:
        holdings.add_transactions(
            account, contents.rows(RowKind.TRANSACTION, seen), securities=known, source_file=file
        )
    if parsed.covers & {RowKind.POSITION, RowKind.LOT} and account.positions.exists():
        holdings.reconcile(account, as_of_on=day, by=by, at=at)


def _older_than_record(parsed: ParsedFile, account: Account) -> tuple[str, str] | None:
    """Why a file must not overwrite newer holdings, with the way out."""
    newest = account.positions.order_by("-as_of_on").values_list("as_of_on", flat=True).first()
    if RowKind.POSITION in parsed.covers and newest and parsed.as_of and parsed.as_of < newest:
        return (
            f"The file is of {parsed.as_of}; the record holds {newest} already.",
            "Load a newer file. An older one would undo what is known.",
        )
    return None


@dataclass(frozen=True, slots=True)
class _Contents:
    """A parsed file with its rows sorted by the account they belong to, once."""

    parsed: ParsedFile
    by_account: dict[tuple[RowKind, str], list[Any]]

    @classmethod
    def of(cls, parsed: ParsedFile) -> _Contents:
        by_account: dict[tuple[RowKind, str], list[Any]] = defaultdict(list)
        for kind in _BY_ACCOUNT:
            for row in getattr(parsed, kind.value):
                by_account[kind, row.account].append(row)
        return cls(parsed, by_account)

    def rows(self, kind: RowKind, seen: AccountSeen) -> list[Any]:
        return self.by_account.get((kind, seen.key), [])


def _symbols(parsed: ParsedFile) -> set[str]:
    held = {row.symbol for row in parsed.positions} | {row.symbol for row in parsed.lots}
    return held | {row.symbol for row in parsed.transactions if row.symbol}


def _named_elsewhere(parsed: ParsedFile, known: dict[str, Security]) -> dict[str, Security]:
    """Securities that lots or transactions name and the file does not describe."""
    missing = _symbols(parsed) - set(known)
    found = Security.objects.in_bulk(missing, field_name="symbol")
    strangers = [Security(symbol=one, name=one, kind=Security.Kind.OTHER) for one in missing - set(found)]
    Security.objects.bulk_create(strangers)
    return found | {security.symbol: security for security in strangers}


def _fault_as_json(fault: Fault) -> dict[str, Any]:
    told = asdict(fault)
    if fault.account:
        told["account"] = _masked(fault.account)
    return told


def _masked(number: str) -> str:
    """All that may be kept in the clear of an account number."""
    return f"····{number[-4:]}"


def _safe_name(name: str) -> str:
    """The last part of a file's name, without control characters, cut to what the column holds."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:200] or "upload"
