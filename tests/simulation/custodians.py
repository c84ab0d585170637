"""What the custodians hold, in books of their own: they learn of trades from what the desk hands out and what brokers executed.

Nothing here asks the product's record, so that the record can be compared with it.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from types import MappingProxyType

from rebalancing.engine.market.calendars import new_york
from tests.simulation import actions
from tests.simulation.books import ZERO, Book, Closed, Lot, Movement
from tests.simulation.issuers import Event
from tests.simulation.market import CENT, Market

TABLES = {
    "prices": "symbol,on,price,source",
    "positions": "account,as_of,symbol,quantity,reinvest",
    "lots": "account,as_of,symbol,lot_id,acquired_on,quantity,basis_total,basis_status",
    "cash": "account,as_of,kind,amount,settles_on",
    "transactions": "account,kind,trade_on,settles_on,transaction_id,symbol,quantity,price,amount",
    "closed_lots": "account,symbol,quantity,opened_on,closed_on,proceeds,basis_total",
}


@dataclass(frozen=True)
class Instruction:
    """An order as it reached a custodian: the lots it is to relieve, in their order."""

    reference: str
    number: str
    symbol: str
    is_sale: bool
    shares: D
    limit: D | None
    lots: tuple[tuple[str, D], ...] = ()


class Custodians:
    """Every account, wherever it is kept."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.books: dict[str, Book] = {}
        self.instructed: list[tuple[date, Instruction]] = []
        self.restated: set[tuple[str, str]] = set()
        """Lots whose basis was restated: account and key."""
        self.other_lots: set[str] = set()
        """Sales for which other lots were relieved than we told, by our reference."""
        self._last = 0

    def _next(self) -> int:
        self._last += 1
        return self._last

    # ── What happens to an account ───────────────────────────────────────────────────────────────

    def moves_money(self, number: str, dollars: D, on: date, kind: str) -> None:
        """A client pays in or takes out, or the custodian takes its fee."""
        book = self.books[number]
        book.moves.append(Movement(f"T{self._next()}", kind, on, on, "", ZERO, ZERO, dollars))

    def pays_dividends(self, on: date) -> None:
        for symbol in sorted(self.market.funds):
            if rate := self.market.dividend(symbol, on):
                for book in self.books.values():
                    held = book.shares().get(symbol, ZERO)
                    if paid := (held * rate).quantize(CENT, ROUND_HALF_UP):
                        book.moves.append(
                            Movement(f"T{self._next()}", "dividend", on, on, symbol, ZERO, ZERO, paid)
                        )

    def trades(
        self,
        number: str,
        symbol: str,
        shares: D,
        dollars: D,
        on: date,
        *,
        order: str,
        lots: Sequence[tuple[str, D]],
        takes_told_lots: bool = True,
    ) -> None:
        """Book a trade of ours: shares bought are positive, and dollars are what was paid or received, positive."""
        book, settles = self.books[number], new_york().add_settlement_days(on, 1)
        price = (dollars / abs(shares)).quantize(D("0.000001"))
        kind, paid = ("buy", -dollars) if shares > 0 else ("sell", dollars)
        key = f"T{self._next()}"
        book.moves.append(Movement(key, kind, on, settles, symbol, shares, price, paid, order))
        if shares > 0:
            book.lots.append(Lot(symbol, f"L{key}", on, shares, dollars))
            return
        for lot, part in self._relieved(book, symbol, -shares, lots if takes_told_lots else ()):
            if lots and not dict(lots).get(lot.key):
                self.other_lots.add(order)
            basis = (lot.basis * part / lot.shares).quantize(CENT, ROUND_HALF_UP)
            proceeds = (dollars * part / -shares).quantize(CENT, ROUND_HALF_UP)
            book.closed.append(Closed(order, symbol, lot.key, part, lot.acquired, on, proceeds, basis))
            lot.shares, lot.basis = lot.shares - part, lot.basis - basis
        book.lots = [lot for lot in book.lots if lot.shares]

    @staticmethod
    def _relieved(book: Book, symbol: str, shares: D, wanted: Sequence[tuple[str, D]]) -> list[tuple[Lot, D]]:
        """The lots that were named, in their order; then the oldest ones."""
        standing = {lot.key: lot for lot in book.lots if lot.symbol == symbol}
        oldest = sorted(standing.values(), key=lambda lot: (lot.acquired, lot.key))
        left, found, taken = shares, [], defaultdict(lambda: ZERO)
        for key, most in [*wanted, *((lot.key, lot.shares) for lot in oldest)]:
            if key not in standing or not left:
                continue
            part = min(left, most, standing[key].shares - taken[key])
            if part > 0:
                found.append((standing[key], part))
                taken[key] += part
                left -= part
        assert not left, f"{book.number} sold {left} {symbol} that it does not hold"
        return found

    def restates_a_lot(self, chance: random.Random) -> None:
        """The basis of a lot was wrong all along, and is one percent higher."""
        number = chance.choice(sorted(self.books))
        lot = chance.choice(self.books[number].lots)
        lot.basis = (lot.basis * D("1.01")).quantize(CENT)
        self.restated.add((number, lot.key))

    def books_action(self, event: Event) -> None:
        """Book what an issuer did in every account that holds its security."""
        for book in self.books.values():
            actions.booked(book, event, self._next)

    # ── By file ──────────────────────────────────────────────────────────────────────────────────

    def take_files(self, files: Mapping[str, str], on: date) -> None:
        """A trader brought a release's files: the orders, and the lot sheet beside them."""
        lots: dict[str, list[tuple[str, D]]] = defaultdict(list)
        for row in _rows(files.get("lots", "")):
            lots[row["order_id"]].append((row["lot_id"], D(row["lot_qty_to_sell"])))
        for row in _rows(files["orders"]):
            known = {one.reference for _, one in self.instructed}
            if row["order_id"] not in known:
                self.instructed.append(
                    (
                        on,
                        Instruction(
                            row["order_id"],
                            row["account"],
                            self.market.named(row["symbol"]),
                            row["side"] == "SELL",
                            D(row["quantity"]),
                            D(row["limit"]) if row["limit"] else None,
                            tuple(lots[row["order_id"]]),
                        ),
                    )
                )

    def works_files(self, on: date, filled: Mapping[str, D], *, takes_told_lots: bool = True) -> None:
        """Execute what was handed in for a day, sales first. `filled` are shares by reference where it is not all of them."""
        today = [one for day, one in self.instructed if day == on]
        for one in sorted(today, key=lambda one: (not one.is_sale, one.reference)):
            price = self.quoted(one.symbol, on, is_sale=one.is_sale)
            if one.limit is not None and (price < one.limit if one.is_sale else price > one.limit):
                continue
            shares = filled.get(one.reference, one.shares)
            if shares > 0:
                self.trades(
                    one.number,
                    one.symbol,
                    -shares if one.is_sale else shares,
                    (shares * price).quantize(CENT, ROUND_HALF_UP),
                    on,
                    order=one.reference,
                    lots=one.lots,
                    takes_told_lots=takes_told_lots,
                )

    def quoted(self, symbol: str, on: date, *, is_sale: bool) -> D:
        """What a share costs during a day: the close before it, and half the spread."""
        close = self.market.before(symbol, on)
        away = close * self.market.known[symbol].half_spread_bps / 10_000
        return (close - away if is_sale else close + away).quantize(CENT, ROUND_HALF_UP)

    # ── What they send ───────────────────────────────────────────────────────────────────────────

    def bundle(
        self, custodian: str, on: date, wrong: Mapping[str, D] = MappingProxyType({})
    ) -> tuple[str, bytes]:
        """The file of a day: what is held, and what was booked since the last file that arrived. `wrong` are prices that are not
        those of the market.
        """
        books = [one for one in self.books.values() if one.custodian == custodian]

        def called(name: str) -> str:
            return self.market.symbol(name, on) if name else ""

        rows: dict[str, list[str]] = {
            "prices": [
                f"{called(name)},{on},{wrong.get(name, self.market.price(name, on))},{custodian}"
                for name in self.market.funds
            ],
            "positions": [
                f"{book.number},{on},{called(symbol)},{count:f},no"
                for book in books
                for symbol, count in book.shares().items()
            ],
            "lots": [
                f"{book.number},{on},{called(lot.symbol)},{lot.key},{lot.acquired},{lot.shares:f},{lot.basis},covered"
                for book in books
                for lot in book.lots
            ],
            "cash": [row for book in books for row in _cash(book, on)],
            "transactions": [
                f"{book.number},{one.kind},{one.traded_on},{one.settles_on},{one.key},{called(one.symbol)},"
                f"{one.shares if one.shares else ''},{one.price if one.price else ''},{one.dollars}"
                for book in books
                for one in book.moves[book.told :]
            ],
            "closed_lots": [
                f"{book.number},{called(one.symbol)},{one.shares:f},{one.acquired},{one.sold_on},{one.proceeds},{one.basis}"
                for book in books
                if book.is_taxable
                for one in book.closed[book.told_closed :]
            ],
        }
        return f"{custodian}-{on}.zip", zipped(rows, on)

    def arrived(self, custodian: str, on: date) -> None:
        """The desk has the file of a day: the next one begins after it."""
        for book in self.books.values():
            if book.custodian == custodian:
                book.told, book.told_closed, book.told_on = len(book.moves), len(book.closed), on
                book.told_lots = {lot.key: (lot.symbol, lot.shares, lot.basis) for lot in book.lots}


def packed_again(content: bytes) -> bytes:
    """The same tables in another archive: other bytes that say the same."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), old.read(name))
    return out.getvalue()


def zipped(rows: Mapping[str, Iterable[str]], on: date) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for kind, some in rows.items():
            entry = zipfile.ZipInfo(f"{kind}.csv", (on.year, on.month, on.day, 18, 0, 0))
            archive.writestr(entry, "\n".join([TABLES[kind], *some, ""]))
    return out.getvalue()


def _cash(book: Book, on: date) -> list[str]:
    rows = [f"{book.number},{on},settled,{book.cash(settled_by=on)},"]
    return rows + [
        f"{book.number},{on},pending,{dollars},{day}"
        for day, dollars in book.to_settle(on).items()
        if dollars
    ]


def _rows(text: str) -> list[dict[str, str]]:
    if not text:
        return []
    head, *lines = [line for line in text.splitlines() if line]
    names = head.split(",")
    return [dict(zip(names, line.split(","), strict=True)) for line in lines]
