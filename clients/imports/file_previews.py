"""The preview of a file: its accounts, their bindings, and what to check before loading.

What loading would change is not computed here: the load itself is rehearsed and rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Max

from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen
from clients.holdings import gains, listings
from clients.households import accounts
from clients.imports import file_questions
from clients.imports.file_contents import BY_ACCOUNT, Contents, key_of
from clients.imports.file_questions import Question
from clients.models import Account, CustodianFile, FileAccount, Position
from clients.securities import decisions, prices


def accounts_of(
    file: CustodianFile, contents: Contents, *, bound_here: Mapping[str, Account]
) -> list[FileAccount]:
    """One unsaved row for each account of the file. `bound_here` are bindings for this file only, by key."""
    parsed = contents.parsed
    found = accounts.find_accounts(parsed.accounts_seen, custodian=parsed.custodian)
    return [
        _account(file, contents, seen, found.get(seen.key) or bound_here.get(key_of(seen)))
        for seen in parsed.accounts_seen
    ]


def told(
    contents: Contents,
    by_record: Sequence[dict[str, Any]],
    questions: Sequence[Question] = (),
    cautions: Sequence[str] = (),
    kept: Sequence[str] = (),
) -> dict[str, Any]:
    """The preview of the file as a whole, with the questions to confirm before loading.

    `by_record` are the warnings that the record gives rise to (`warnings_by_record`). `kept` are cautions about what
    was decided already; they are shown, and hold no file for a person.
    """
    parsed = contents.parsed
    warnings = [
        {"line": caution.line, "sentence": caution.sentence, "account": contents.shown(caution.account)}
        for caution in parsed.warnings
    ]
    warnings += [{"line": 0, "sentence": sentence, "account": None} for sentence in dict.fromkeys(cautions)]
    warnings += [
        {"line": 0, "sentence": sentence, "account": None, "decided": True}
        for sentence in dict.fromkeys(kept)
    ]
    return {
        "rows": {kind.value: len(getattr(parsed, kind.value)) for kind in RowKind},
        "faults_left_off": parsed.faults_left_off,
        "warnings": [*warnings, *by_record],
        "questions": [one.as_json() for one in questions],
        "confirm": file_questions.digest(questions),
        "totals": [
            {"caption": total.caption, "stated": str(total.stated), "summed": str(total.summed)}
            for total in parsed.totals
        ],
    }


def warnings_by_record(contents: Contents, rows: Sequence[FileAccount]) -> list[dict[str, Any]]:
    """What is to be said about the file beside the record as it is before anything of the file is written."""
    parsed = contents.parsed
    warnings: list[dict[str, Any]] = [
        {"line": row.origin.line, "sentence": sentence, "account": contents.shown(row.account)}
        for row in parsed.closed_lots
        if (sentence := gains.reason_left_out(row))
    ]
    warnings += [
        {
            "line": 0,
            "sentence": f"No security {symbol} is on record, so its prices are left out. Describe it first.",
            "account": None,
        }
        for symbol in prices.symbols_unknown(parsed.prices, described=parsed.securities)
    ]
    warnings += [
        {"line": 0, "sentence": sentence, "account": None} for sentence in decisions.kept(parsed.securities)
    ]
    by_key = {row.key: row for row in rows}
    rows_of = {seen.key: by_key.get(key_of(seen)) for seen in parsed.accounts_seen}
    others = _other_days(contents, [row.account_id for row in rows_of.values() if row and row.account_id])
    for seen in parsed.accounts_seen:
        row = rows_of[seen.key]
        if row is None:
            continue
        sentences = _of_different_days(contents, seen, others.get(row.account_id) if row.account_id else None)
        warnings += [
            {"line": 0, "sentence": sentence, "account": contents.shown(seen.key)} for sentence in sentences
        ]
    return warnings


def _account(
    file: CustodianFile,
    contents: Contents,
    seen: AccountSeen,
    account: Account | None,
) -> FileAccount:
    state = FileAccount.State.READY if account or contents.describes(seen) else FileAccount.State.UNBOUND
    if seen.key in contents.parsed.accounts_refused:
        state = FileAccount.State.REFUSED
    counts: dict[str, Any] = {}
    # An account that is left out is not compared, since that would report all its rows as removed.
    if state != FileAccount.State.REFUSED:
        counts = {
            kind.value: {"new": len(rows)} for kind in BY_ACCOUNT if (rows := contents.rows(kind, seen))
        }
    mask, label = accounts.display_form(seen)
    return FileAccount(
        file=file, key=key_of(seen), mask=mask, label=label, account=account, state=state, counts=counts
    )


def _other_days(contents: Contents, keys: Sequence[int]) -> dict[int, date]:
    """The day of the kind that the file does not cover, of each account, where it covers one of the two."""
    covers = contents.parsed.covers & {RowKind.POSITION, RowKind.LOT}
    if covers == {RowKind.POSITION}:
        return listings.newest_of(keys)
    if covers == {RowKind.LOT}:
        held = Position.objects.filter(account__in=keys).order_by().values_list("account")
        return dict(held.annotate(day=Max("as_of_on")))
    return {}


def _of_different_days(contents: Contents, seen: AccountSeen, other: date | None) -> list[str]:
    """Cautions where positions and lots are of different days, which alone can explain a difference.

    `other` is the day on record of the kind that the file does not cover.
    """
    brings = {
        kind: contents.day(kind, seen) if contents.rows(kind, seen) else None
        for kind in (RowKind.POSITION, RowKind.LOT)
    }
    positions_on, lots_on = brings[RowKind.POSITION], brings[RowKind.LOT]
    if positions_on and not lots_on and RowKind.LOT not in contents.parsed.covers:
        lots_on = other
    elif lots_on and not positions_on and RowKind.POSITION not in contents.parsed.covers:
        positions_on = other
    return [_apart(positions_on, lots_on)] if positions_on and lots_on and positions_on != lots_on else []


def _apart(positions_on: date, lots_on: date) -> str:
    return (
        f"Positions are of {positions_on} and lots of {lots_on}. "
        "Trades between the two days show up as a difference."
    )
