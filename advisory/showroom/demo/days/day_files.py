"""The files of one day after the demonstration was built, as the firm's price source and the custodians would send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisory.showroom.demo import custodian_exports, house_files
from advisory.showroom.demo.days import coming_prices
from advisory.showroom.demo.days.account_days import Told
from advisory.showroom.demo.days.troubles import Trouble
from advisory.showroom.demo.files import WrittenFile
from advisory.showroom.demo.holdings import Contents
from advisory.showroom.demo.markets import SOURCE, Market
from clients.custodians.house import house_writing
from clients.custodians.kinds import CashKind, RowKind
from clients.custodians.rows import CashRow, ClosedLotRow, PriceRow
from rebalancing.engine.market.calendars import new_york

WITHOUT_LOTS = frozenset({"fidelity", "ofx"})


def prices(market: Market, *, trouble: Trouble) -> WrittenFile:
    """The day's closes in a file of their own."""
    rows = [
        PriceRow(symbol, market.as_of, close, SOURCE)
        for symbol, close in coming_prices.prices_of(market, trouble=trouble).items()
    ]
    content = house_writing.table_csv(RowKind.PRICE, rows).encode()
    return WrittenFile(f"prices-{market.as_of}.csv", content)


def write(
    contents: Sequence[Contents], told: Mapping[str, Told], market: Market, *, trouble: Trouble
) -> list[WrittenFile]:
    """Every custodian's file of the day, in loading order; a missing one is left out."""
    day = market.as_of
    ours = [held for held in contents if held.account.feed == "house"]
    theirs = [held for held in contents if held.account.feed != "house"]
    written = [
        WrittenFile(f"book-{advisor}-{day}.zip", _book(book, told, market))
        for advisor in sorted({held.family.advisor for held in ours} - {trouble.missing})
        if (book := [held for held in ours if held.family.advisor == advisor])
    ]
    if without_lots := [held for held in theirs if held.account.feed in WITHOUT_LOTS]:
        written.append(WrittenFile(f"lots-on-record-{day}.csv", house_files.lots_file(without_lots, market)))
    if booked := [row for held in theirs for row in told[held.account.number].transactions]:
        content = house_writing.table_csv(RowKind.TRANSACTION, booked).encode()
        written.append(WrittenFile(f"transactions-{day}.csv", content))
    for held in theirs:
        written += _of_custodian(held, market)
    if fidelity := [held for held in theirs if held.account.feed == "fidelity"]:
        name = f"Portfolio_Positions_{day:%b-%d-%Y}.csv"
        written.append(WrittenFile(name, custodian_exports.fidelity_positions(fidelity, market)))
    return written


def _of_custodian(held: Contents, market: Market) -> list[WrittenFile]:
    day, tail = market.as_of, held.account.number[-3:]
    if held.account.feed == "schwab":
        means = held.account.number[-4:]
        name = f"Brokerage_XXX{tail}_Positions_{day:%Y%m%d}.csv"
        return [
            WrittenFile(name, custodian_exports.schwab_positions(held, market), means),
            *(
                WrittenFile(f"{symbol}_Lot_Details_{tail}_{day:%Y%m%d}.csv", content, means)
                for symbol, content in custodian_exports.schwab_lots(held, market)
            ),
        ]
    if held.account.feed == "ibkr":
        return [WrittenFile(f"flex-{tail}-{day}.xml", custodian_exports.ibkr_flex(held, market))]
    if held.account.feed == "ofx":
        return [WrittenFile(f"statement-{tail}-{day}.ofx", custodian_exports.ofx_statement(held, market))]
    return []


def _book(contents: Sequence[Contents], told: Mapping[str, Told], market: Market) -> bytes:
    return house_writing.bundle(
        {
            RowKind.POSITION: [row for one in contents for row in house_files.position_rows(one, market)],
            RowKind.LOT: [row for one in contents for row in house_files.lot_rows(one, market)],
            RowKind.CASH: [row for one in contents for row in _cash(one, told[one.account.number], market)],
            RowKind.TRANSACTION: [row for one in contents for row in told[one.account.number].transactions],
            RowKind.CLOSED_LOT: [row for one in contents for row in _closed(one, told[one.account.number])],
        }
    )


def _cash(held: Contents, told: Told, market: Market) -> list[CashRow]:
    """Settled and not yet settled: what was sold today is there tomorrow."""
    pending = max(told.unsettled, 0 * held.cash)
    whole = house_files.cash_row(held, market)
    settled = CashRow(
        account=whole.account,
        as_of=whole.as_of,
        kind=whole.kind,
        amount=held.cash - pending,
        settles_on=None,
        sweep_symbol=whole.sweep_symbol,
    )
    if not pending:
        return [settled]
    later = CashRow(
        account=whole.account,
        as_of=whole.as_of,
        kind=CashKind.PENDING,
        amount=pending,
        settles_on=new_york().session_after(market.as_of),
        sweep_symbol=None,
    )
    return [settled, later]


def _closed(held: Contents, told: Told) -> list[ClosedLotRow]:
    bought = Contents(held.family, held.account, sold=told.sold)
    return house_files.closed_lot_rows(bought)
