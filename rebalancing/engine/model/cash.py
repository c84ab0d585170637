"""Cash of each account when everything has settled, and on every settlement day before that.

    cash          c - u - Σ (1-σ) x + Σ (1+σ) y = cash_a,   c ≥ minimum
    before        Σ (1-σ) x - Σ (1+σ) y + u' ≥ minimum - cash known on the day, of what settles by then

σ is a security's half-spread, x and y are dollars sold and bought; u and u' are what is missing, at a penalty.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Account
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.trades import Trades
from rebalancing.engine.portfolio.objective_prices import SHORT_OF_CASH


class CashBalances:
    """One row an account, and one for each settlement day before the last."""

    def __init__(self, builder: Builder, trades: Trades) -> None:
        self._builder, self._trades = builder, trades
        self._accounts = trades.situation.household.accounts
        self.rows: dict[str, int] = {}
        self.day_rows: dict[str, list[tuple[date, int]]] = {}
        self.columns: dict[str, int] = {}
        self.slacks: dict[tuple[str, str], int] = {}
        traded = {account for account, _ in trades.columns_of}
        for account in self._accounts:
            end = float(trades.situation.cash_at_end(account.id))
            self.rows[account.id] = builder.row(end, end, ("cash", account.id))
            self.day_rows[account.id] = list(self._days(account, is_traded=account.id in traded))

    def _days(self, account: Account, *, is_traded: bool) -> Iterable[tuple[date, int]]:
        situation = self._trades.situation
        for day in situation.cash_days(account.id)[:-1] if account.tradable else ():
            known = account.cash_settled + sum(
                (event.amount for event in situation.events[account.id] if event.on <= day), Decimal(0)
            )
            if is_traded or known < account.minimum_cash:
                least = float(account.minimum_cash - known)
                yield day, self._builder.row(least, INFINITY, ("cash_on", account.id, day))

    def add_trades(self) -> None:
        """Proceeds of sales and the cost of purchases, from their settlement on."""
        builder, trades = self._builder, self._trades
        for (account, security), (sold, bought) in trades.columns_of.items():
            _, spread = trades.quotes[security]
            proceeds, price = 1.0 - spread, 1.0 + spread
            builder.add_each(self.rows[account], sold, -proceeds)
            builder.add_each(self.rows[account], bought, price)
            settles = trades.situation.settles_on[security]
            for day, row in self.day_rows[account]:
                if settles <= day:
                    builder.add_each(row, sold, proceeds)
                    builder.add_each(row, bought, -price)

    def add_columns(self) -> None:
        """The cash left in each account, and what is missing of its minimum."""
        builder, penalty = self._builder, float(SHORT_OF_CASH)
        for account in self._accounts:
            row, id_ = self.rows[account.id], account.id
            least = float(account.minimum_cash) if account.tradable else -INFINITY
            self.columns[id_] = builder.column(0.0, least, INFINITY, ("cash", id_), (row,), (1.0,))
            if not account.tradable:
                continue
            short = builder.column(penalty, 0.0, INFINITY, ("short_of_cash", id_), (row,), (-1.0,))
            self.slacks[Limit.CASH, id_] = short
            rows = [row for _, row in self.day_rows[id_]]
            if rows:
                name = ("short_of_cash_before_settlement", id_)
                early = builder.column(penalty, 0.0, INFINITY, name, rows, [1.0] * len(rows))
                self.slacks[Limit.CASH_UNTIL_SETTLEMENT, id_] = early
