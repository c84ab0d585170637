"""Two custodians who keep their own books: they execute what the desk sends, and write files of what they hold.

The house's accounts come in its own bundle, Schwab's as the exports of positions and of lots, symbol by symbol.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal as D
from typing import Any

from tests.factories.bundles import HEADERS
from tests.journeys.year.market import CENT, THE_YEAR, Market

CLOSED = "account,symbol,quantity,opened_on,closed_on,proceeds,basis_total,loss_disallowed"


@dataclass
class Lot:
    """Shares bought on one day at one price."""

    symbol: str
    acquired: date
    quantity: D
    basis: D
    key: str

    @property
    def unit_cost(self) -> D:
        return self.basis / self.quantity


@dataclass
class Book:
    """One account as its custodian keeps it."""

    number: str
    custodian: str
    is_taxable: bool
    cash: D
    lots: list[Lot] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    has_traded: bool = True

    def holds(self, symbol: str, shares: int, *, since: date, cost: float | D) -> Book:
        """Begin with these shares."""
        basis = (D(str(cost)) * shares).quantize(CENT)
        self.lots.append(Lot(symbol, since, D(shares), basis, f"{self.number[-4:]}-{len(self.lots) + 1}"))
        return self


class Custodians:
    """Every account, wherever it is kept."""

    def __init__(self, market: Market = THE_YEAR) -> None:
        self.market = market
        self.books: dict[str, Book] = {}
        self._last = 0

    def opens(self, number: str, *, cash: float, custodian: str = "house", taxable: bool = True) -> Book:
        """A client's account, with cash."""
        self.books[number] = Book(number, custodian, taxable, D(str(cash)))
        return self.books[number]

    def moves(self, number: str, *, to: str, under: str) -> None:
        """The account goes to another custodian with all it holds, under another number."""
        book = self.books.pop(number)
        book.number, book.custodian, book.has_traded = under, to, True
        self.books[under] = book

    def pays(self, number: str, dollars: float, on: date, *, kind: str = "withdrawal") -> None:
        """Money leaves the account, or comes in with another kind."""
        book = self.books[number]
        amount = D(str(dollars)) if kind in {"deposit", "dividend"} else -D(str(dollars))
        book.cash += amount
        assert book.cash >= 0, f"{number} was overdrawn by a {kind} of {dollars} on {on}: {book.cash}"
        self._last += 1
        book.moves.append(f"{number},{kind},{on},T{self._last},,,,{amount}")

    def reinvests(self, number: str, symbol: str, shares: int, on: date) -> None:
        """A dividend buys shares of the fund that paid it."""
        book, paid = self.books[number], self.market.price(symbol, on)
        dollars = (paid * shares).quantize(CENT)
        self._last += 1
        book.lots.append(Lot(symbol, on, D(shares), dollars, f"R{self._last}"))
        book.moves.append(f"{number},reinvestment,{on},T{self._last},{symbol},{shares},{paid},-{dollars}")

    def executes(self, orders: list[Any], on: date) -> None:
        """Sell the lots that were named, then buy, at the day's closing price."""
        for order in sorted(orders, key=lambda one: one.side, reverse=True):
            book = self.books[order.account.number]
            symbol, shares = order.security.symbol, order.quantity
            paid = self.market.price(symbol, on)
            dollars = (paid * shares).quantize(CENT)
            book.has_traded = True
            self._last += 1
            if order.side == "sell":
                for use in order.lots.all():
                    self._takes(book, symbol, use, on, paid)
                sold = sum((use.quantity for use in order.lots.all()), D(0))
                if rest := shares - sold:
                    self._takes_first(book, symbol, rest)
                book.cash += dollars
                book.moves.append(
                    f"{book.number},sell,{on},T{self._last},{symbol},-{shares:f},{paid},{dollars}"
                )
            else:
                key = f"B{self._last}"
                book.lots.append(Lot(symbol, on, shares, dollars, key))
                book.cash -= dollars
                book.moves.append(
                    f"{book.number},buy,{on},T{self._last},{symbol},{shares:f},{paid},-{dollars}"
                )
            assert book.cash >= 0, (
                f"{book.number} was overdrawn by {order.side} {shares} {symbol}: {book.cash}"
            )

    def _takes(self, book: Book, symbol: str, use: Any, on: date, paid: D) -> None:
        fitting = [
            lot
            for lot in book.lots
            if lot.symbol == symbol and lot.acquired == use.acquired_on and lot.quantity >= use.quantity
        ]
        # The desk's cost may hold a disallowed loss already (IRC 1091(d)), so the nearest one is meant.
        cost = use.unit_cost
        lot = min(fitting, key=lambda one: abs(one.unit_cost - cost) if cost is not None else 0)
        basis = (lot.unit_cost * use.quantity).quantize(CENT)
        if book.is_taxable:
            proceeds = (paid * use.quantity).quantize(CENT)
            book.closed.append(
                f"{book.number},{symbol},{use.quantity:f},{lot.acquired},{on},{proceeds},{basis},"
            )
        self._shrinks(book, lot, use.quantity, basis)

    def _takes_first(self, book: Book, symbol: str, shares: D) -> None:
        while shares:
            lot = min((one for one in book.lots if one.symbol == symbol), key=lambda one: one.acquired)
            taken = min(shares, lot.quantity)
            self._shrinks(book, lot, taken, (lot.unit_cost * taken).quantize(CENT))
            shares -= taken

    @staticmethod
    def _shrinks(book: Book, lot: Lot, shares: D, basis: D) -> None:
        lot.quantity -= shares
        lot.basis -= basis
        if not lot.quantity:
            book.lots.remove(lot)

    def files(self, on: date) -> list[tuple[str, bytes]]:
        """Everything the custodians send at the close of a day."""
        house = [one for one in self.books.values() if one.custodian == "house"]
        schwab = [one for one in self.books.values() if one.custodian == "schwab"]
        found = [(f"house-{on}.zip", _bundle(house, on, self.market))]
        if schwab:
            found.append((f"positions-{on}.csv", _positions(schwab, on, self.market)))
            found += [one for book in schwab if book.has_traded for one in _lots(book, on, self.market)]
        for book in self.books.values():
            book.has_traded, book.moves, book.closed = False, [], []
        return found


def _bundle(books: list[Book], on: date, market: Market) -> bytes:
    held = [(book, lot) for book in books for lot in book.lots]
    shares: dict[tuple[str, str], D] = {}
    for book, lot in held:
        shares[book.number, lot.symbol] = shares.get((book.number, lot.symbol), D(0)) + lot.quantity
    tables = {
        "prices": [f"{one},{on},{market.price(one, on)},generated" for one in market.symbols],
        "positions": [f"{number},{on},{symbol},{count:f},no" for (number, symbol), count in shares.items()],
        "lots": [
            f"{book.number},{on},{lot.symbol},{lot.key},{lot.acquired},{lot.quantity:f},{lot.basis},covered"
            for book, lot in held
        ],
        "cash": [f"{book.number},{on},settled,{book.cash}" for book in books],
        "transactions": [row for book in books for row in book.moves],
        "closed_lots": [row for book in books for row in book.closed],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for kind, rows in tables.items():
            header = {**HEADERS, "closed_lots": CLOSED}[kind]
            entry = zipfile.ZipInfo(f"{kind}.csv", (on.year, on.month, on.day, 18, 0, 0))
            archive.writestr(entry, "\n".join([header, *rows, ""]))
    return out.getvalue()


def _positions(books: list[Book], on: date, market: Market) -> bytes:
    lines = [f'"Positions for All-Accounts as of 04:20 PM ET, {on:%m/%d/%Y}"', ""]
    for book in books:
        by_symbol: dict[str, list[Lot]] = {}
        for lot in book.lots:
            by_symbol.setdefault(lot.symbol, []).append(lot)
        lines.append(f'"Individual ...{book.number[-3:]}"')
        lines.append(
            '"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Asset Type",'
        )
        total, basis = book.cash, D(0)
        for symbol, lots in by_symbol.items():
            count = sum((lot.quantity for lot in lots), D(0))
            cost = sum((lot.basis for lot in lots), D(0))
            worth = (count * market.price(symbol, on)).quantize(CENT)
            total, basis = total + worth, basis + cost
            lines.append(
                f'"{symbol}","{symbol} FUND","{count:f}","{market.price(symbol, on)}","${worth:,}","${cost:,}","ETFs & Closed End Funds",'
            )
        lines.append(
            f'"Cash & Cash Investments","--","--","--","${book.cash:,}","--","Cash and Money Market",'
        )
        lines.append(f'"Account Total","--","--","--","${total:,}","${basis:,}","--",')
        lines += ["", ""]
    return "\n".join(lines).encode()


def _lots(book: Book, on: date, market: Market) -> list[tuple[str, bytes]]:
    files = []
    for symbol in dict.fromkeys(lot.symbol for lot in book.lots):
        lots = [lot for lot in book.lots if lot.symbol == symbol]
        head = f'"{symbol} Lot Details for XXXX-{book.number[-4:]} as of 04:20 PM ET, {on:%m/%d/%Y}"'
        columns = '"Open Date","Quantity","Price","Cost/Share","Market Value","Cost Basis","Gain/Loss $","Gain/Loss %","Holding Period",'
        rows = [
            _lot_row(
                f"{lot.acquired:%m/%d/%Y} 00:00:00",
                lot.quantity,
                f"${market.price(symbol, on)}",
                f"${lot.unit_cost:.4f}",
                lot.basis,
                market.price(symbol, on),
            )
            for lot in lots
        ]
        count, basis = sum((lot.quantity for lot in lots), D(0)), sum((lot.basis for lot in lots), D(0))
        rows.append(_lot_row("Total", count, "--", "--", basis, market.price(symbol, on)))
        files.append(
            (f"lots-{symbol}-{book.number[-4:]}-{on}.csv", "\n".join([head, "", columns, *rows, ""]).encode())
        )
    return files


def _lot_row(first: str, count: D, paid: str, unit: str, basis: D, price: D) -> str:
    worth = (count * price).quantize(CENT)
    gain = worth - basis
    return f'"{first}","{count:f}","{paid}","{unit}","${worth:,}","${basis:,}","{"-" if gain < 0 else ""}${abs(gain):,}","{gain / basis:+.2%}","Long Term",'
