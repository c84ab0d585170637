"""A custodian file's content by account, read from the stored bytes, without writing anything."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from clients.custodians.fidelity import fidelity_lots
from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen, Fault, ParsedFile
from clients.custodians.schwab import schwab_lots
from clients.encryption import blind_index
from clients.households import accounts
from clients.imports import file_reading
from clients.models import CustodianFile
from clients.securities import securities

NEW_YORK = ZoneInfo("America/New_York")

# In import order; positions first, since they describe their securities best.
BY_ACCOUNT = (RowKind.POSITION, RowKind.LOT, RowKind.CASH, RowKind.TRANSACTION, RowKind.CLOSED_LOT)

# Layouts whose lots cover only the symbols they name; all others cover the whole account.
LOTS_BY_SYMBOL = frozenset({schwab_lots.SLUG, fidelity_lots.SLUG_OPEN})

KEY = "clients.file_account.key"


class FileChanged(Exception):
    """A stored file whose bytes no longer match their digest."""


def parse(file: CustodianFile) -> ParsedFile:
    """Parse the stored bytes; the same bytes always give the same result.

    Raises `FileChanged` when the bytes no longer match the digest they were received with.
    """
    content = bytes(file.content)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileChanged(
            f"Custodian file {file.public_id} was changed in storage. Restore it from a backup."
        )
    return file_reading.read(file.name, content, received_on(file))


def received_on(file: CustodianFile) -> date:
    """The market day on which a file was received."""
    return file.received_at.astimezone(NEW_YORK).date()


def key_of(seen: AccountSeen) -> str:
    """The stored form of a file's name for an account: a digest, since it may be the full number."""
    return blind_index(seen.key, purpose=KEY)


@dataclass(frozen=True, slots=True)
class Contents:
    """A parsed file with its rows grouped by account."""

    parsed: ParsedFile
    received_on: date
    by_account: dict[tuple[RowKind, str], list[Any]]
    numbers_described: frozenset[str]
    days: dict[tuple[RowKind, str], date] = field(default_factory=dict)
    """The days that were asked for, since each is asked several times."""

    @classmethod
    def of(cls, file: CustodianFile, parsed: ParsedFile) -> Contents:
        by_account: dict[tuple[RowKind, str], list[Any]] = defaultdict(list)
        for kind in BY_ACCOUNT:
            for row in getattr(parsed, kind.value):
                by_account[kind, row.account].append(row)
        described = frozenset(row.number for row in parsed.accounts)
        return cls(parsed, received_on(file), by_account, described)

    def rows(self, kind: RowKind, seen: AccountSeen) -> list[Any]:
        return self.by_account.get((kind, seen.key), [])

    def day(self, kind: RowKind, seen: AccountSeen) -> date:
        """The day of an account's rows of a kind: their latest, otherwise the file's day, otherwise its
        arrival.
        """
        place = (kind, seen.key)
        if place not in self.days:
            said = {getattr(row, "as_of", None) for row in self.rows(kind, seen)}
            known = [day for day in said if day is not None]
            self.days[place] = max(known, default=None) or self.parsed.as_of or self.received_on
        return self.days[place]

    def naming_securities(self, wanted: Iterable[AccountSeen]) -> Iterator[Any]:
        """The rows of these accounts that name a security, the most detailed kinds first; of several that name
        it alike the first one.
        """
        keys = [seen.key for seen in wanted]
        met: set[tuple[object, ...]] = set()
        for kind in (RowKind.POSITION, RowKind.CLOSED_LOT, RowKind.LOT, RowKind.TRANSACTION):
            for key in keys:
                for row in self.by_account.get((kind, key), ()):
                    names = (row.symbol, row.cusip, getattr(row, "option", None))
                    if names not in met:
                        met.add(names)
                        if securities.symbol_named_by(row):
                            yield row

    def symbols_of_lots(self, seen: AccountSeen) -> frozenset[str] | None:
        """The symbols whose lots may be closed; None where the file covers the whole account."""
        if self.parsed.layout not in LOTS_BY_SYMBOL:
            return None
        return frozenset(row.symbol for row in self.rows(RowKind.LOT, seen))

    def describes(self, seen: AccountSeen) -> bool:
        """Whether the file itself describes the account, so that it can be opened."""
        return seen.number in self.numbers_described

    def shown(self, key: str | None) -> str | None:
        """An account of the file in a form that may be stored unencrypted, by the key of its rows."""
        seen = next((one for one in self.parsed.accounts_seen if one.key == key), None)
        if seen is None:
            return f"····{key[-4:]}" if key else None
        return " ".join(part for part in accounts.display_form(seen) if part)

    def fault_as_json(self, fault: Fault) -> dict[str, Any]:
        """A fault as it is stored with the file, without a full account number."""
        return asdict(fault) | {"account": self.shown(fault.account)}
