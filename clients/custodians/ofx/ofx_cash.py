"""Core cash that an OFX statement shows twice: as available cash, and as shares of its sweep fund.

The fund may have any name, so its figures decide: a fund at a dollar a share that is worth the available
cash to the cent is that cash, unless the statement's own total counts both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from clients.custodians import symbols
from clients.custodians.kinds import SecurityKind
from clients.custodians.rows import PositionRow

ZERO, ONE = Decimal(0), Decimal(1)


def is_fund_of_cash(row: PositionRow) -> bool:
    """Whether a holding is a fund at a dollar a share; a missing price counts as a dollar."""
    is_fund = (
        row.kind in {SecurityKind.MUTUAL_FUND, SecurityKind.MONEY_MARKET}
        or symbols.is_money_market(row.symbol)
        or "money market" in (row.name or "").casefold()
    )
    return is_fund and row.price in {None, ONE} and row.quantity is not None and row.quantity == row.value


def counted_twice(
    available: Decimal, positions: Sequence[PositionRow], balances: Iterable[Decimal]
) -> tuple[PositionRow, ...]:
    """The funds that repeat the available cash; none where the statement's total counts both.

    `balances` are the figures of the statement's list of balances, among which a total may stand.
    """
    if available <= 0:
        return ()
    funds = [row for row in positions if is_fund_of_cash(row)]
    same = [row for row in funds if row.value == available][:1]
    if not same and len(funds) > 1 and sum((row.value or ZERO for row in funds), ZERO) == available:
        same = funds
    known = [row.value for row in positions if row.value is not None]
    both = sum(known, available)
    if same and len(known) == len(positions) and both in set(balances):
        return ()
    return tuple(same)
