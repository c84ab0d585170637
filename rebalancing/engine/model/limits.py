"""Rules with a limit that are neither cash nor tax: caps, turnover and drift; and the slack of every rule.

    cap         Σ share (y - x) ≤ cap · V - value held        turnover   ½ Σ (x + y) ≤ limit · V
    drift       ½ Σ (under + over) ≤ limit · V

Each rule has one slack at a penalty, so that the program always has an answer and names what cannot be met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.classes import Deviation
from rebalancing.engine.model.trades import Trades
from rebalancing.engine.portfolio.objective_prices import slack_price

RuleRows = dict[tuple[str, str], int]


class Limits:
    """One row for each cap, and one each for turnover and drift where they are limited."""

    def __init__(self, builder: Builder, trades: Trades) -> None:
        self._builder, self._trades = builder, trades
        self.rows: RuleRows = {}
        self._caps: dict[str, list[tuple[int, float]]] = {}  # Rows and shares by security.
        total = max(float(trades.situation.investable), 1.0)
        rules, objective = trades.situation.household.rules, trades.situation.household.objective
        self._add_caps()
        is_least_tax = objective.mode is Mode.LEAST_TAX
        limits = (rules.turnover_max, objective.turnover_limit)
        given = [limit for limit in limits if limit is not None]
        if given:
            most = float(min(given)) * total
            self.rows[Limit.TURNOVER, ""] = builder.row(-INFINITY, most, ("turnover",))
        if is_least_tax and objective.drift_max is not None:
            most = float(objective.drift_max) * total
            self.rows[Limit.DRIFT, ""] = builder.row(-INFINITY, most, ("drift",))

    def _add_caps(self) -> None:
        situation = self._trades.situation
        household = situation.household
        for cap in household.rules.caps:
            shares = {s.id: cap.share_of(s) for s in household.securities}
            held = sum(
                (situation.securities[sec].price * situation.quantity((account, sec)) * shares[sec]
                 for account, sec in situation.lots_by_position),
                Decimal(0),
            )  # fmt: skip
            room = float(cap.weight_max * situation.investable - held)
            row = self._builder.row(-INFINITY, room, ("cap", cap.rule, cap.id))
            self.rows[cap.rule, cap.id] = row
            for security, share in shares.items():
                if share:
                    self._caps.setdefault(security, []).append((row, float(share)))

    def add_caps_to_trades(self) -> None:
        """What a dollar traded adds to each cap."""
        for (_, security), (sold, bought) in self._trades.columns_of.items() if self._caps else ():
            for row, share in self._caps.get(security, ()):
                self._builder.add_each(row, sold, -share)
                self._builder.add_each(row, bought, share)

    def add_turnover_to_trades(self) -> None:
        """Half of every dollar traded."""
        row = self.rows.get((Limit.TURNOVER, ""))
        if row is not None:
            self._builder.add_each(row, range(len(self._trades.sells) + len(self._trades.buys)), 0.5)

    def add_drift(self, deviations: Iterable[Deviation]) -> None:
        """Half of every dollar by which a class deviates."""
        row = self.rows.get((Limit.DRIFT, ""))
        if row is not None:
            for deviation in deviations:
                if deviation.is_sleeve:
                    continue
                self._builder.add_each(row, (*deviation.under, *deviation.over), 0.5)


def add_slacks(builder: Builder, trades: Trades, rows: Mapping[tuple[str, str], int]) -> RuleRows:
    """One slack for each rule in ``rows``, at what breaking the rule costs."""
    slacks: RuleRows = {}
    for (rule, subject), row in rows.items():
        price = float(slack_price(trades.situation.household, rule, subject))
        sign = 1.0 if rule == Limit.EDIT else -1.0
        slacks[rule, subject] = builder.column(
            price, 0.0, INFINITY, ("slack", rule, subject), (row,), (sign,)
        )
    return slacks
