"""What loading a file would do, account by account: counts and cautions, writing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Max

from clients import accounts, gains, holdings, lots, securities, security_decisions
from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen
from clients.file_contents import BY_ACCOUNT, Contents, key_of
from clients.models import Account, CustodianFile, FileAccount, Security


def accounts_of(
    file: CustodianFile, contents: Contents, *, bound_here: Mapping[str, Account]
) -> list[FileAccount]:
    """One unsaved row for each account of the file. `bound_here` are bindings for this file only, by key."""
    parsed = contents.parsed
    known = securities.on_record(contents.naming_securities(parsed.accounts_seen))
    return [_account(file, contents, seen, known, bound_here) for seen in parsed.accounts_seen]


def told(contents: Contents, rows: list[FileAccount]) -> dict[str, Any]:
    """What the preview says about the file as a whole."""
    parsed = contents.parsed
    warnings = [
        {"line": caution.line, "sentence": caution.sentence, "account": contents.shown(caution.account)}
        for caution in parsed.warnings
    ]
    warnings += [
        {"line": row.origin.line, "sentence": sentence, "account": contents.shown(row.account)}
        for row in parsed.closed_lots
        if (sentence := gains.why_left_out(row))
    ]
    warnings += [
        {
            "line": 0,
            "sentence": f"No security {symbol} is on record, so its prices are left out. Describe it first.",
            "account": None,
        }
        for symbol in securities.symbols_unknown(parsed.prices, described=parsed.securities)
    ]
    warnings += [
        {"line": 0, "sentence": sentence, "account": None}
        for sentence in security_decisions.kept(parsed.securities)
    ]
    by_key = {row.key: row for row in rows}
    for seen in parsed.accounts_seen:
        row = by_key.get(key_of(seen))
        if row is None:
            continue
        sentences = _of_different_days(contents, seen, row.account)
        warnings += [
            {"line": 0, "sentence": sentence, "account": contents.shown(seen.key)} for sentence in sentences
        ]
    return {
        "rows": {kind.value: len(getattr(parsed, kind.value)) for kind in RowKind},
        "faults_left_off": parsed.faults_left_off,
        "warnings": warnings,
        "totals": [
            {"caption": total.caption, "stated": str(total.stated), "summed": str(total.summed)}
            for total in parsed.totals
        ],
    }


def _account(
    file: CustodianFile,
    contents: Contents,
    seen: AccountSeen,
    known: Mapping[str, Security],
    bound_here: Mapping[str, Account],
) -> FileAccount:
    parsed = contents.parsed
    account = accounts.known_as(seen, custodian=parsed.custodian) or bound_here.get(key_of(seen))
    state = FileAccount.State.READY if account or contents.describes(seen) else FileAccount.State.UNBOUND
    if seen.key in parsed.accounts_refused:
        state = FileAccount.State.REFUSED
    counts: dict[str, Any] = {}
    # What is left out brings nothing and takes nothing away: to compare it would say that all of it disappeared.
    if state != FileAccount.State.REFUSED:
        counts = {
            kind.value: {"new": len(rows)} for kind in BY_ACCOUNT if (rows := contents.rows(kind, seen))
        }
        if account is not None:
            counts |= _compared(contents, seen, account, known)
    mask, label = accounts.printed(seen)
    return FileAccount(
        file=file, key=key_of(seen), mask=mask, label=label, account=account, state=state, counts=counts
    )


def _compared(
    contents: Contents, seen: AccountSeen, account: Account, known: Mapping[str, Security]
) -> dict[str, Any]:
    """New, changed and disappeared rows against the record."""
    covers = contents.parsed.covers
    compared: dict[str, Any] = {}
    if RowKind.POSITION in covers:
        rows = contents.rows(RowKind.POSITION, seen)
        compared["positions"] = holdings.position_changes(account, rows, known).counts
    if RowKind.LOT in covers:
        rows = contents.rows(RowKind.LOT, seen)
        symbols = contents.symbols_of_lots(seen)
        found = lots.changes(
            account,
            [row for row in rows if row.symbol in known],
            securities=known,
            as_of_on=contents.day(RowKind.LOT, seen),
            covers_symbols=None if symbols is None else symbols & known.keys(),
        ).counts
        strangers = sum(1 for row in rows if row.symbol not in known)
        compared["lots"] = found | {"new": found["new"] + strangers}
    if RowKind.TRANSACTION in covers:
        rows = contents.rows(RowKind.TRANSACTION, seen)
        fresh = holdings.transactions_not_on_record(
            account, rows, securities=known, layout=contents.parsed.layout
        )
        compared["transactions"] = {"new": len(fresh), "unchanged": len(rows) - len(fresh)}
    if RowKind.CLOSED_LOT in covers:
        rows = contents.rows(RowKind.CLOSED_LOT, seen)
        described = [row for row in rows if securities.symbol_named_by(row) in known]
        counts = gains.changes(
            account, described, securities=known, as_of_on=contents.day(RowKind.CLOSED_LOT, seen)
        ).counts
        compared["closed_lots"] = counts | {"new": counts["new"] + len(rows) - len(described)}
    return compared


def _of_different_days(contents: Contents, seen: AccountSeen, account: Account | None) -> list[str]:
    """Cautions where positions and lots are not of one day: a difference may only be a matter of days."""
    brings = {
        kind: contents.day(kind, seen) if contents.rows(kind, seen) else None
        for kind in (RowKind.POSITION, RowKind.LOT)
    }
    positions_on, lots_on = brings[RowKind.POSITION], brings[RowKind.LOT]
    if positions_on and lots_on:
        return [] if positions_on == lots_on else [_apart(positions_on, lots_on)]
    if account is None:
        return []
    if positions_on and RowKind.LOT not in contents.parsed.covers:
        lots_on = account.lots.filter(closed_on=None).aggregate(day=Max("as_of_on"))["day"]
    elif lots_on and RowKind.POSITION not in contents.parsed.covers:
        positions_on = account.positions.aggregate(day=Max("as_of_on"))["day"]
    return [_apart(positions_on, lots_on)] if positions_on and lots_on and positions_on != lots_on else []


def _apart(positions_on: date, lots_on: date) -> str:
    return (
        f"Positions are of {positions_on} and lots of {lots_on}. "
        "Trades between the two days show up as a difference."
    )
