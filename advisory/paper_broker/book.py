"""What the paper broker remembers, in a file of its own: numbers, what it sent, orders, and what it will still say.

It serves as the engine's store too. What is said is numbered, and changes the order it is about, in one transaction, so
that a broker that is killed goes on where it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fixcore.session.state import ADMIN_MSG_TYPES
from fixcore.store.base import MessageStore

from advisory.paper_broker.behavior import Order, Say, Step

TABLES = """
CREATE TABLE IF NOT EXISTS numbers (only INTEGER PRIMARY KEY CHECK (only = 1), out INTEGER, in_ INTEGER, began TEXT, execution INTEGER);
INSERT OR IGNORE INTO numbers VALUES (1, 1, 1, '', 0);
CREATE TABLE IF NOT EXISTS sent (number INTEGER PRIMARY KEY, raw BLOB);
CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS orders (
    reference TEXT PRIMARY KEY, broker_order TEXT, symbol TEXT, suffix TEXT, side TEXT, quantity TEXT, limit_price TEXT,
    done TEXT DEFAULT '0', paid TEXT DEFAULT '0', state TEXT DEFAULT '0', trouble TEXT DEFAULT '', known_as TEXT,
    trade_on TEXT
);
CREATE TABLE IF NOT EXISTS fills (reference TEXT, of INTEGER, execution TEXT, quantity TEXT, price TEXT, PRIMARY KEY (reference, of));
CREATE TABLE IF NOT EXISTS due (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL, reference TEXT, step TEXT, raw TEXT DEFAULT '', said INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
"""
OPEN_STATES = ("0", "1", "5")
"""FIX's OrdStatus of an order that can still trade: new, partly filled, replaced."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be said now: a step of an order's story, or a message that is ready as it is."""

    key: int
    reference: str
    step: Step | None
    ready: str


class Book(MessageStore):
    """The file of one counterparty."""

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        self._now = now
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.row_factory = sqlite3.Row
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.executescript(TABLES)
        self.saying: tuple[int, dict[str, Any]] | None = None
        """The due row whose message is being numbered, and what then becomes of its order."""

    # ---- The engine's store ----------------------------------------------------------------

    def get(self, begin_seq: int, end_seq: int) -> list[bytes]:
        rows = self._all(
            "SELECT raw FROM sent WHERE number BETWEEN ? AND ? ORDER BY number", begin_seq, end_seq
        )
        return [bytes(row["raw"]) for row in rows]

    def set(self, seq_num: int, message: bytes) -> None:
        with self._together():
            kind = next((part[3:] for part in message.split(b"\x01") if part.startswith(b"35=")), b"")
            if kind.decode() not in ADMIN_MSG_TYPES:
                self._do("INSERT OR REPLACE INTO sent VALUES (?, ?)", seq_num, message)
                if self.saying is not None:
                    key, changes = self.saying
                    self._do("UPDATE due SET said = 1 WHERE id = ?", key)
                    self._apply(changes)
            self._do("UPDATE numbers SET out = ?", seq_num + 1)

    def next_sender_msg_seq_num(self) -> int:
        return int(self._one("SELECT out FROM numbers")["out"])

    def next_target_msg_seq_num(self) -> int:
        return int(self._one("SELECT in_ FROM numbers")["in_"])

    def incr_next_sender_msg_seq_num(self) -> None:
        """Nothing: `set` did."""

    def incr_next_target_msg_seq_num(self) -> None:
        self._do("UPDATE numbers SET in_ = in_ + 1")

    def set_next_sender_msg_seq_num(self, seq_num: int) -> None:
        self._do("UPDATE numbers SET out = ?", seq_num)

    def set_next_target_msg_seq_num(self, seq_num: int) -> None:
        self._do("UPDATE numbers SET in_ = ?", seq_num)

    def get_creation_time(self) -> datetime:
        began = self._one("SELECT began FROM numbers")["began"]
        return datetime.fromisoformat(began) if began else self._now()

    def set_creation_time(self, when: datetime) -> None:
        self._do("UPDATE numbers SET began = ?", when.isoformat())

    def reset(self) -> None:
        with self._together():
            self._do("UPDATE numbers SET out = 1, in_ = 1, began = ?", self._now().isoformat())
            self._do("DELETE FROM sent")
            self._do("DELETE FROM seen")

    def refresh(self) -> None:
        """Nothing is kept in memory."""

    def close(self) -> None:
        self._file.close()

    # ---- What the broker knows -------------------------------------------------------------

    def first_time(self, number: int) -> bool:
        """Whether a message is seen for the first time; in the caller's transaction."""
        return bool(self._file.execute("INSERT OR IGNORE INTO seen VALUES (?)", (number,)).rowcount)

    def has_seen(self, number: int) -> bool:
        """Whether a message of theirs was taken."""
        return self._file.execute("SELECT 1 FROM seen WHERE number = ?", (number,)).fetchone() is not None

    def together(self) -> _Together:
        """Everything inside is kept, or nothing."""
        return self._together()

    def add(self, order: Order, *, symbol: str, suffix: str, trouble: str, trade_on: date) -> bool:
        """Take an order; False for one that is known already."""
        found = self._file.execute(
            "INSERT OR IGNORE INTO orders (reference, broker_order, symbol, suffix, side, quantity, limit_price, trouble,"
            " known_as, trade_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order.reference,
                f"PB-{order.reference}",
                symbol,
                suffix,
                order.side,
                str(order.quantity),
                "" if order.limit is None else str(order.limit),
                trouble,
                order.reference,
                trade_on.isoformat(),
            ),
        )
        return bool(found.rowcount)

    def order(self, reference: str) -> sqlite3.Row | None:
        """An order by our reference, or by the ClOrdID that took its place."""
        found: sqlite3.Row | None = self._file.execute(
            "SELECT * FROM orders WHERE reference = ? OR known_as = ?", (reference, reference)
        ).fetchone()
        return found

    def fill(self, reference: str, of: int) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._file.execute(
            "SELECT * FROM fills WHERE reference = ? AND of = ?", (reference, of)
        ).fetchone()
        return found

    def fills_so_far(self, reference: str) -> int:
        return int(self._one("SELECT count(*) AS n FROM fills WHERE reference = ?", reference)["n"])

    def next_execution(self) -> str:
        """An ExecID that was never given; the counter outlives a reset."""
        self._do("UPDATE numbers SET execution = execution + 1")
        number = int(self._one("SELECT execution FROM numbers")["execution"])
        return f"PX{number:07d}"

    def plan(self, reference: str, steps: Iterable[Step]) -> None:
        """Say these things, one after the other, from now on."""
        moment = self._now().timestamp()
        for step in steps:
            moment += step.after
            text = json.dumps([step.say, step.after, str(step.quantity), str(step.price), step.of, step.text])
            self._do("INSERT INTO due (at, reference, step) VALUES (?, ?, ?)", moment, reference, text)

    def plan_message(self, reference: str, message: str, *, after: float) -> None:
        """Send a message that is ready as it is."""
        self._do(
            "INSERT INTO due (at, reference, step, raw) VALUES (?, ?, '', ?)",
            self._now().timestamp() + after,
            reference,
            message,
        )

    def forget_plans(self, reference: str) -> None:
        """An order that was canceled or replaced does not go on as planned."""
        self._do("DELETE FROM due WHERE reference = ? AND said = 0 AND step != ''", reference)

    def due(self) -> list[Due]:
        """What is to be said by now, in its order."""
        rows = self._all(
            "SELECT * FROM due WHERE said = 0 AND at <= ? ORDER BY at, id", self._now().timestamp()
        )
        return [Due(row["id"], row["reference"], _step(row["step"]), row["raw"]) for row in rows]

    def drop(self, key: int) -> None:
        """What was due makes no sense any more."""
        self._do("UPDATE due SET said = 1 WHERE id = ?", key)

    def resting(self) -> list[sqlite3.Row]:
        """Open orders about which nothing more is planned: their limits keep them from trading."""
        return self._all(
            "SELECT * FROM orders AS o WHERE state IN ('0', '1', '5') AND trouble != 'silence' AND NOT EXISTS"
            " (SELECT 1 FROM due WHERE reference = o.reference AND said = 0)"
        )

    def orders(self) -> list[sqlite3.Row]:
        """Every order that it ever had, the oldest first."""
        return self._all("SELECT * FROM orders ORDER BY rowid")

    def anything_planned(self) -> bool:
        """Whether something is still to be said, now or later."""
        return bool(self._one("SELECT count(*) AS n FROM due WHERE said = 0")["n"])

    def update(self, changes: dict[str, Any]) -> None:
        """Change an order now, in the caller's transaction."""
        self._apply(changes)

    # ---- What it was told to do ------------------------------------------------------------

    def setting(self, name: str) -> str:
        row = self._file.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row["value"]) if row else ""

    def set_setting(self, name: str, value: str) -> None:
        self._do("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)

    # ---- The file --------------------------------------------------------------------------

    def _apply(self, changes: dict[str, Any]) -> None:
        values = {name: str(value) for name, value in changes.items() if name not in ("reference", "fill")}
        if values:
            listed = ", ".join(f"{name} = ?" for name in values)
            self._do(
                f"UPDATE orders SET {listed} WHERE reference = ?",  # noqa: S608 - the names are ours.
                *values.values(),
                changes["reference"],
            )
        if fill := changes.get("fill"):
            self._do(
                "INSERT OR REPLACE INTO fills VALUES (?, ?, ?, ?, ?)", changes["reference"], *map(str, fill)
            )

    def _together(self) -> _Together:
        return _Together(self._file)

    def _do(self, statement: str, *values: Any) -> None:
        self._file.execute(statement, values)

    def _one(self, statement: str, *values: Any) -> sqlite3.Row:
        row: sqlite3.Row = self._file.execute(statement, values).fetchone()
        return row

    def _all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        return list(self._file.execute(statement, values))


class _Together:
    """One transaction; an inner one is part of the outer."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file, self._is_outer = file, False

    def __enter__(self) -> None:
        self._is_outer = not self._file.in_transaction
        if self._is_outer:
            self._file.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        if self._is_outer:
            self._file.execute("COMMIT" if kind is None else "ROLLBACK")


def _step(text: str) -> Step | None:
    if not text:
        return None
    say, after, quantity, price, of, words = json.loads(text)
    return Step(Say(say), after, Decimal(quantity), Decimal(price), of, words)
