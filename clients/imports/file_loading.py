"""Loads a previewed file's accounts: each completely or not at all.

The accounts of a file are read, compared and written together, some hundred at a time. Where the database refuses
something, the half with the odd row is found by halving, until only its account is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen, Fault, PriceRow
from clients.custodians.statement_times import stated_time
from clients.encryption import blind_index
from clients.holdings import bulk
from clients.holdings.account_changes import AccountChange, LoadedFile
from clients.households import accounts, former_numbers
from clients.imports import (
    collecting,
    file_books,
    file_comparing,
    file_followers,
    file_writing,
    symbol_changes,
)
from clients.imports.file_comparing import Comparing, Outcome
from clients.imports.file_contents import Contents, key_of
from clients.imports.file_questions import Asked, Question
from clients.models import Account, CustodianFile, FileAccount, Security
from clients.securities import price_disputes, prices, securities
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.firm import firm_settings
from compliance.firm.price_figures import JUMP_FACTOR
from compliance.people.actors import Actor
from rebalancing.engine.market.calendars import NEW_YORK, CalendarError, new_york

OPENS_AT = time(9, 30)

TOGETHER = 250
"""The most accounts that are compared and written at once: memory stays flat however large the file is."""

LOCK = 0x66696C65
"""Of PostgreSQL's advisory locks: who restates securities or prices from a file."""

Wanted = tuple[AccountSeen, Account, FileAccount]


@dataclass(slots=True)
class Loading:
    """The load of one file. Mutable: it collects faults and prices as it runs."""

    file: CustodianFile
    contents: Contents
    by: Actor
    at: datetime
    faults: list[Fault] = field(default_factory=list)
    known: dict[str, Security] = field(default_factory=dict)
    accounts_by_key: dict[str, Account] = field(default_factory=dict)
    positions_loaded: list[Any] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    cautions: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changes_something: bool = False
    receipt: dict[str, Any] = field(default_factory=dict)
    is_kept: bool = False
    """Whether what a rehearsal wrote stays."""
    told: list[AccountChange] = field(default_factory=list)
    jump_factor: int = field(init=False)
    """By how much a figure may change before a person has to confirm it."""

    def __post_init__(self) -> None:
        self.jump_factor = firm_settings.in_force(on=self.at.astimezone(EASTERN).date()).of(JUMP_FACTOR)

    @property
    def keeps_nothing(self) -> bool:
        """Whether no account was loaded and nothing else in the file is new."""
        return (
            bool(self.contents.parsed.accounts_seen)
            and FileAccount.State.LOADED not in self.states.values()
            and not self.changes_something
        )

    def run(self) -> None:
        """Write everything; `receipt` says what."""
        with collecting.put_off():
            self.receipt = self._run()

    def _run(self) -> dict[str, Any]:
        parsed = self.contents.parsed
        generated = bool(parsed.prices) and all(row.source == "generated" for row in parsed.prices)
        rows = {row.key: row for row in self.file.accounts.select_related("account")}
        self._resolve(rows)
        if parsed.securities or parsed.prices:
            _one_at_a_time()
        self._rename()
        described = {row.symbol for row in parsed.securities}
        before = securities.facts_of(described)
        self.known = securities.add_or_update(parsed.securities, is_generated=generated)
        self.changes_something |= securities.facts_of(described) != before
        named = [seen for seen in parsed.accounts_seen if seen.key in self.accounts_by_key]
        self.known |= securities.add_unclassified(self.contents.naming_securities(named))
        source = self.file.custodian or self.file.layout
        price_count = self._add_prices(parsed.prices, source=source)
        wanted = self._wanted(rows)
        for start in range(0, len(wanted), TOGETHER):
            self._load(wanted[start : start + TOGETHER])
        price_count += self._add_prices(self._prices_of_positions(), source=source)
        self.cautions += file_followers.follow(LoadedFile(self.file, self.told, self.by, self.at))
        for row in rows.values():
            row.counts = (
                {} if row.state == FileAccount.State.REFUSED else self.counts.get(row.key, row.counts)
            )
            self.states[row.key] = row.state
        keep_accounts(rows.values())
        return {
            "securities": len(parsed.securities),
            "prices": price_count,
            "accounts": [_receipt(row) for row in rows.values()],
        }

    def _add_prices(self, rows: Sequence[PriceRow], *, source: str) -> int:
        count, differs = prices.add_prices(rows, source=source, at=self.at, known=self.known)
        self.changes_something |= differs > 0
        priced = {row.symbol for row in rows}
        keys = dict(Security.objects.filter(symbol__in=priced).values_list("symbol", "pk"))
        keys |= {symbol: security.pk for symbol, security in self.known.items()}
        places = {(keys[row.symbol], row.on) for row in rows if row.symbol in keys}
        self.cautions += [
            f"The price of {one.security} on {one.as_of_on} by {one.source}, {one.price.normalize():f}, is in dispute "
            f"with {one.disputed_with.normalize():f}: it is not used until a person decides."
            for one in price_disputes.find_new(places, at=self.at)
            if one.disputed_with is not None
        ]
        return count

    def _rename(self) -> None:
        """Rename securities before anything in the file looks them up."""
        for change in symbol_changes.find(self.contents, accounts_by_key=self.accounts_by_key):
            self.cautions.append(change.sentence)
            symbol_changes.rename(
                change.security,
                change.symbol,
                on=self.contents.parsed.as_of or self.contents.received_on,
                source_file=self.file,
                by=self.by,
                at=self.at,
            )
            self.changes_something = True

    def _resolve(self, rows: Mapping[str, FileAccount]) -> None:
        """Find or open the accounts and lock them, so that two files cannot restate one concurrently."""
        self._lock_known(rows)
        opened = self._open_accounts()
        for seen in self.contents.parsed.accounts_seen:
            row = rows[key_of(seen)]
            account = opened.get(seen.number or "") or row.account
            if account is not None:
                self.accounts_by_key[seen.key] = account
        keys = [account.pk for account in self.accounts_by_key.values()]
        times = Counter(keys)
        for key, account in list(self.accounts_by_key.items()):
            if times[account.pk] > 1:
                del self.accounts_by_key[key]
                self._fault(
                    f"Several accounts of the file mean {account}.",
                    "Each account can appear only once in a file. Ask compliance to release the wrong binding.",
                    account=key,
                )
        locked = (
            Account.objects.select_for_update(of=("self",)).select_related("cash", "household").order_by("pk")
        )
        by_pk = {account.pk: account for account in locked.filter(pk__in=keys)}
        self.accounts_by_key = {key: by_pk[account.pk] for key, account in self.accounts_by_key.items()}

    def _lock_known(self, rows: Mapping[str, FileAccount]) -> None:
        """Lock every account on record that the file means before anything is written.

        In a fixed order, so that two files with the same accounts cannot deadlock.
        """
        named = {blind_index(row.number, purpose=accounts.NUMBER) for row in self.contents.parsed.accounts}
        bound = {row.account_id for row in rows.values() if row.account_id}
        known = Account.objects.filter(Q(number_index__in=named) | Q(pk__in=bound)).order_by("pk")
        list(known.select_for_update().values_list("pk"))

    def _open_accounts(self) -> dict[str, Account]:
        """The accounts that the file itself describes, opened or restated, by number."""
        opened: dict[str, Account] = {}
        rows = self.contents.parsed.accounts
        on_record = accounts.OnRecord.of(rows)
        for row in rows:
            result = accounts.open_or_restate(row, on_record=on_record, by=self.by, at=self.at)
            if isinstance(result, accounts.Described):
                opened[row.number] = result.account
                self.changes_something |= result.is_new or bool(result.changed)
                if result.custodian_before:
                    self.questions.append(
                        Question(
                            Asked.CUSTODIAN_CHANGED,
                            str(result.account),
                            result.custodian_before,
                            result.account.custodian,
                        )
                    )
            else:
                origin = row.origin
                self._fault(
                    result.rule, result.how_to_fix, account=row.number, file=origin.file, line=origin.line
                )
        return opened

    def _wanted(self, rows: Mapping[str, FileAccount]) -> list[Wanted]:
        """The accounts of the file that can be loaded; the others say why not."""
        left_out = set(self.contents.parsed.accounts_refused) | {fault.account for fault in self.faults}
        found: list[Wanted] = []
        for seen in self.contents.parsed.accounts_seen:
            row, account = rows[key_of(seen)], self.accounts_by_key.get(seen.key)
            if seen.key in left_out:
                row.state = FileAccount.State.REFUSED
            elif account is None:
                row.state = FileAccount.State.UNBOUND
            elif why := self._why_renumbered(seen, account):
                row.state = FileAccount.State.REFUSED
                self._fault(*why, account=seen.key)
            else:
                found.append((seen, account, row))
        return found

    def _load(self, wanted: Sequence[Wanted]) -> None:
        """Load these accounts together; by halves, where the database refuses a row of one of them."""
        try:
            with transaction.atomic(), audit.lines_last():
                found = self._compare(wanted)
                file_writing.write(
                    [one for one in found if isinstance(one, Outcome)], file=self.file, by=self.by, at=self.at
                )
        except (DatabaseError, ArithmeticError) as error:
            if len(wanted) > 1:
                half = len(wanted) // 2
                self._load(wanted[:half])
                self._load(wanted[half:])
                return
            found = [_unstorable(error)]
        for (seen, account, row), one in zip(wanted, found, strict=True):
            if isinstance(one, Outcome):
                row.state, row.account = FileAccount.State.LOADED, account
                self._keep(row, one)
            else:
                row.state = FileAccount.State.REFUSED
                self._fault(*one, account=seen.key)

    def _compare(self, wanted: Sequence[Wanted]) -> list[Outcome | tuple[str, str]]:
        """What the file would change in each account, or why the account is left out and what to do."""
        pairs = [(seen, account) for seen, account, _ in wanted]
        book = file_books.read(pairs, self.contents, layout=self.file.layout, known=self.known)
        given = Comparing(self.file, self.contents, self.known, self.jump_factor, self.by, self.at)
        found: list[Outcome | tuple[str, str]] = []
        for seen, account in pairs:
            if older := self._why_older(
                file_books.newest_on_record(seen, account, self.contents, book), seen
            ):
                found.append(older)
                continue
            try:
                with audit.lines_last():
                    found.append(file_comparing.compare(seen, account, book, given))
            except (DatabaseError, ArithmeticError) as error:
                found.append(_unstorable(error))
        return found

    def _keep(self, row: FileAccount, one: Outcome) -> None:
        """Take over what was found about an account that is written."""
        self.counts[row.key] = one.counts
        self.questions += one.questions
        self.cautions += one.cautions
        self.kept += one.kept
        self.changes_something |= one.differs
        self.positions_loaded += self.contents.rows(RowKind.POSITION, one.seen)
        if (told := one.told(self.contents)) is not None:
            self.told.append(told)

    def _why_renumbered(self, seen: AccountSeen, account: Account) -> tuple[str, str] | None:
        """Why the file must not load under a number that the account no longer has."""
        on = self.contents.parsed.as_of or self.contents.received_on
        return former_numbers.refusal(seen.number, account, on=on, purpose=accounts.NUMBER)

    def _why_older(
        self, newest_on_record: Mapping[RowKind, date | None], seen: AccountSeen
    ) -> tuple[str, str] | None:
        """Why the file must not overwrite newer holdings, and what to do. Each kind is checked separately."""
        for kind, newest in newest_on_record.items():
            day = self.contents.day(kind, seen)
            if newest is not None and day < newest:
                return (
                    f"The file's {kind.value} are of {day}; the record holds those of {newest} already.",
                    "Load a newer file. An older one would overwrite newer data.",
                )
        return None

    def _prices_of_positions(self) -> list[PriceRow]:
        """Prices from the loaded positions, where the file has no price table with another price."""
        day = self.contents.parsed.as_of or self.contents.received_on
        stated = {(row.symbol, row.on) for row in self.contents.parsed.prices}
        found = prices.prices_of(self.positions_loaded, on=day)
        closes = {on: self._close_day(on) for on in {row.on for row in found}}
        if None in closes.values():
            self.cautions.append(
                "The file was made while the market was open: its prices are not closing prices and are left out."
            )
        dated = [replace(row, on=close) for row in found if (close := closes[row.on]) is not None]
        return [row for row in dated if (row.symbol, row.on) not in stated]

    def _close_day(self, day: date) -> date | None:
        """The session whose close a statement's prices are from: the last one by then; None during a session."""
        calendar = new_york()
        try:
            session = calendar.session_on_or_before(day)
            before = calendar.session_before(day)
        except CalendarError:
            return day
        if session < day:
            return session
        for moment in self._times_on(day):
            if moment < OPENS_AT:
                return before
            if moment < calendar.close_of(day):
                return None
        return session

    def _times_on(self, day: date) -> list[time]:
        """When the file was made on that day, as it states, and when it was received."""
        received = self.file.received_at.astimezone(NEW_YORK)
        times = [received.time()] if received.date() == day else []
        if day == self.contents.parsed.as_of and (stated := stated_time(bytes(self.file.content))):
            times.append(stated)
        return sorted(times)

    def _fault(self, rule: str, how_to_fix: str, *, account: str, file: str = "", line: int = 0) -> None:
        self.faults.append(Fault(file or self.file.name, line, "", "", rule, how_to_fix, account=account))


def _one_at_a_time() -> None:
    """Wait for a file that restates the firm's securities or prices at this moment, until it is written or rolled back.

    The rows are the same for all such files. Without this two of them hold some each and wait for the others.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def keep_accounts(rows: Iterable[FileAccount]) -> None:
    """Write the state, the account and the counts of a file's accounts."""
    bulk.update(
        FileAccount,
        ("state", "account", "counts"),
        [(row.pk, row.state, row.account_id, row.counts) for row in rows],
    )


def _unstorable(error: Exception) -> tuple[str, str]:
    return why_unstorable(error), "Correct the row; nothing of this account was kept."


def why_unstorable(error: Exception) -> str:
    """The database's error about a value, first line only."""
    said = str(error).splitlines()
    return f"The record refused a row of this file: {said[0] if said else 'a number is too large'}"


def _receipt(row: FileAccount) -> dict[str, Any]:
    return {
        "mask": row.mask,
        "label": row.label,
        "account": row.account.public_id if row.account else None,
        "state": row.state,
        "counts": row.counts,
    }
