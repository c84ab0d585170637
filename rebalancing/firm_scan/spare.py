"""Households in which so much cash stands above its target that the triggers of cash have to be asked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
from django.db import connection

from compliance.firm.cash_figures import (
    CASH_AMOUNT,
    CASH_SHARE,
    CASH_WITHIN,
    INCOME_AMOUNT,
    INCOME_DAYS,
    INCOME_SHARE,
)
from rebalancing.engine.market.calendars import new_york
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.history import Histories
from rebalancing.firm_scan.kernel import Weights
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import Flags
from rebalancing.triggers.columns import at_least
from rebalancing.triggers.spare_cash import DEPOSITS, PAID_OUT, reaches

_MOVED = """
    SELECT DISTINCT a.household_id
    FROM clients_transaction AS t JOIN clients_account AS a ON a.id = t.account_id
    WHERE a.household_id = ANY(%(households)s) AND t.traded_on BETWEEN %(since)s AND %(until)s
    AND t.kind = ANY(%(kinds)s)
"""


def found(facts: FirmFacts, weights: Weights, past: Histories) -> Flags:
    """The households of which a trigger of cash may fire. Cash that came in, income and idle cash need something on record of
    earlier days; without any, nothing is known to have come in, and today is the first day.
    """
    at, cash = weights.household, facts.classes.cash
    of = weights.dollars
    excess = of.value[:, cash] - weights.bands.target[at, cash] * of.investable
    excess = np.where(of.investable > 0, excess + of.investable_error, 0.0)
    figures = facts.market.settings_on(facts.trade_on)
    large = np.zeros(len(at), dtype=np.bool_)
    for amount, share in ((CASH_AMOUNT, CASH_SHARE), (INCOME_AMOUNT, INCOME_SHARE)):
        given = {
            "value": of.investable,
            "amount": _all(figures.of(amount), len(at)),
            "share": _all(figures.of(share), len(at)),
        }
        large |= ~reaches(excess, given).no
    least = at_least(excess, facts.policies.minimum_trade[at] / 100)
    large &= (excess > 0) & ~least.no
    told = np.zeros(len(facts.households), dtype=np.bool_)
    told[at[large]] = True
    return told & (past.was_read | _moved(facts, told & ~past.was_read))


def _all(figure: Decimal, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.full(count, float(figure))


def _moved(facts: FirmFacts, which: Flags) -> Flags:
    """Of these households, those with a deposit or a payment in the firm's days."""
    moved = np.zeros(len(facts.households), dtype=np.bool_)
    if not which.any():
        return moved
    figures = facts.market.settings_on(facts.trade_on)
    since = facts.market_on
    for _ in range(figures.of(CASH_WITHIN)):
        since = new_york().session_before(since)
    since = min(since, facts.market_on - timedelta(days=figures.of(INCOME_DAYS)))
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVED,
            {
                "households": facts.households[which].tolist(),
                "since": since,
                "until": facts.market_on,
                "kinds": [str(kind) for kind in (*DEPOSITS, *PAID_OUT)],
            },
        )
        keys = sorted(key for (key,) in cursor.fetchall())
    _, at = among(facts.households, np.array(keys, dtype=np.int64))
    moved[at] = True
    return moved
