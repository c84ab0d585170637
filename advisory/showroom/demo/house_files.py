"""The demonstration firm's files in the house format: securities with prices, and one book for each advisor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal as D

from advisory.showroom.demo.families import AccountPlan, Family
from advisory.showroom.demo.holdings import Contents
from advisory.showroom.demo.listing import LISTED, SWEEP
from advisory.showroom.demo.markets import Market
from clients.custodians.house import house_writing
from clients.custodians.kinds import CashKind, Discretion, LotMethod, Registration, RowKind
from clients.custodians.rows import AccountRow, CashRow, ClosedLotRow, LotRow, PositionRow, TransactionRow
from rebalancing.engine.money import cents

_METHODS = {"schwab": LotMethod.MIN_TAX, "fidelity": LotMethod.FIFO, "ibkr": LotMethod.FIFO}


def market_file(market: Market) -> bytes:
    """Every security and every daily price."""
    return house_writing.bundle(
        {RowKind.SECURITY: [one.row() for one in LISTED], RowKind.PRICE: list(market.rows())}
    )


def book_file(contents: Sequence[Contents], market: Market) -> bytes:
    """Accounts, positions, lots, cash and transactions of a book."""
    return house_writing.bundle(
        {
            RowKind.ACCOUNT: [account_row(one.family, one.account) for one in contents],
            RowKind.POSITION: [row for one in contents for row in position_rows(one, market)],
            RowKind.LOT: [row for one in contents for row in lot_rows(one, market)],
            RowKind.CASH: [cash_row(one, market) for one in contents],
            RowKind.TRANSACTION: [row for one in contents for row in transaction_rows(one)],
            RowKind.CLOSED_LOT: [row for one in contents for row in closed_lot_rows(one)],
        }
    )


def accounts_file(contents: Iterable[Contents]) -> bytes:
    """Accounts alone, where the custodian's own file brings the holdings."""
    rows = [account_row(one.family, one.account) for one in contents]
    return house_writing.table_csv(RowKind.ACCOUNT, rows).encode()


def lots_file(contents: Iterable[Contents], market: Market) -> bytes:
    """Lots alone, for custodians whose files carry none."""
    rows = [row for one in contents for row in lot_rows(one, market)]
    return house_writing.table_csv(RowKind.LOT, rows).encode()


def transactions_file(contents: Iterable[Contents]) -> bytes:
    """Transactions alone, for accounts whose holdings come in a custodian's own file."""
    rows = [row for one in contents for row in transaction_rows(one)]
    return house_writing.table_csv(RowKind.TRANSACTION, rows).encode()


def account_row(family: Family, account: AccountPlan) -> AccountRow:
    second = None if account.second is None else family.people[account.second].name
    return AccountRow(
        number=account.number,
        label=account.label,
        household=family.code,
        household_name=family.name,
        owner=family.people[account.owner].name,
        owner_second=second,
        registration=Registration(account.registration),
        custodian=account.custodian,
        discretion=Discretion(account.discretion),
        agreement_on=account.opened_on,
        agreement_ends_on=None,
        margin=False,
        lot_method=_METHODS.get(account.custodian, LotMethod.SPECIFIC),
        lot_method_since_on=account.opened_on,
        cash_minimum=D(0),
        opened_on=account.opened_on,
        closed_on=None,
    )


def position_rows(held: Contents, market: Market) -> list[PositionRow]:
    rows = []
    for symbol, of_lots in held.shares().items():
        shares = of_lots + held.extra_shares.get(symbol, D(0))
        price = market.price(symbol)
        rows.append(
            PositionRow(
                account=held.account.number,
                as_of=market.as_of,
                symbol=symbol,
                name=None,
                kind=None,
                cusip=None,
                quantity=shares,
                price=price,
                value=cents(shares * price),
                basis_total=None,
                held_in=None,
                reinvest=held.account.reinvests,
                factor=D(1),
                option=None,
                held_out=None,
            )
        )
    return rows


def lot_rows(held: Contents, market: Market) -> list[LotRow]:
    return [
        LotRow(
            account=held.account.number,
            as_of=market.as_of,
            symbol=lot.symbol,
            lot_id=lot_id(held, place),
            acquired_on=lot.acquired_on,
            acquired_adjusted_on=lot.held_from,
            quantity=lot.quantity,
            unit_cost=lot.price,
            basis_total=lot.basis,
            basis_status=lot.status,
            basis_wash_adjusted=lot.adjusted,
            average_cost=None,
            acquired_by=lot.acquired_by,
            donor_acquired_on=lot.donor_acquired_on,
            donor_basis=lot.donor_basis,
            gift_on=lot.acquired_on if lot.donor_basis is not None else None,
            gift_value=None,
            term=None,
            ordinal=1,
        )
        for place, lot in enumerate(held.lots)
    ]


def cash_row(held: Contents, market: Market) -> CashRow:
    return CashRow(
        account=held.account.number,
        as_of=market.as_of,
        kind=CashKind.SETTLED,
        amount=held.cash,
        settles_on=None,
        sweep_symbol=SWEEP,
    )


def transaction_rows(held: Contents) -> list[TransactionRow]:
    return [
        TransactionRow(
            account=held.account.number,
            kind=one.kind,
            trade_on=one.on,
            settles_on=None,
            transaction_id=_transaction_id(held, place),
            symbol=one.symbol,
            quantity=one.quantity,
            price=one.price,
            amount=one.amount,
            fees=None,
            lot_id=None if one.lot is None else lot_id(held, one.lot),
            related_id=None if one.related is None else _transaction_id(held, one.related),
            description=one.said or None,
            option=None,
            ordinal=1,
        )
        for place, one in enumerate(held.movements)
    ]


def closed_lot_rows(held: Contents) -> list[ClosedLotRow]:
    return [
        ClosedLotRow(
            account=held.account.number,
            symbol=lot.symbol,
            name=None,
            quantity=lot.quantity,
            opened_on=lot.opened_on,
            closed_on=lot.closed_on,
            proceeds=lot.proceeds,
            basis_total=lot.basis,
            gain_short=None,
            gain_long=None,
            wash_sale=None,
            loss_disallowed=None,
            ordinal=1,
        )
        for lot in held.sold
    ]


def lot_id(held: Contents, place: int) -> str:
    """The id of an account's lot in every file."""
    return held.lots[place].key or f"{held.account.number[-4:]}-{place + 1:04d}"


def _transaction_id(held: Contents, place: int) -> str:
    return f"T{held.account.number[-4:]}-{place + 1:05d}"
