"""Fields of the golden file that may stay unread, and absent ones that count as zero, each with its reason.

A field stands here only while an example of the product's own copy needs it (`test_golden_reading.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """For one area (or area/rule): the paths, and why they may be left out of the answer or of the example."""

    key: str
    paths: frozenset[str]
    reason: str


def allowance(key: str, *paths: str, reason: str) -> Allowance:
    return Allowance(key, frozenset(paths), reason)


def allowed(allowances: Iterable[Allowance], key: str) -> set[str]:
    return {path for each in allowances if each.key == key for path in each.paths}


UNREAD = (
    allowance(
        "compliance_rules/PTC-13",
        "before_pct",
        reason="The rule goes by the side and the weight after the trade; the weight before explains the example.",
    ),
    allowance(
        "compliance_rules/PTC-34",
        "filing_status",
        "tax_year",
        reason="They say whose lines these are; the example gives the lines themselves.",
    ),
    allowance(
        "rebalance_destination",
        "look_interval_trading_days",
        reason="How often one looks does not change where a trade found on the day goes.",
    ),
    allowance("rmd_cash", "withdraw_by", reason="The last day of the withdrawal does not change its amount."),
    allowance(
        "wash_sale",
        "accounts",
        reason="The window of a loss is the same for every account of the household.",
    ),
)

NO_INCOME = "The convention on tax: an example names every kind of income and of capital item that there is."
NOTHING_ELSE = "The example names every claim on the account's cash."

ZEROS = (
    allowance(
        "basis", "gift_tax_on_appreciation", reason="Gift tax is due on few gifts, and named where it was."
    ),
    allowance(
        "capital_gain_tax",
        "capital_gain_distributions",
        "nonqualified_dividends",
        "other_ordinary_income",
        reason=NO_INCOME,
    ),
    allowance(
        "lot_marginal_tax",
        "base.capital_gain_distributions",
        "base.nonqualified_dividends",
        "base.other_ordinary_income",
        reason=NO_INCOME,
    ),
    allowance("compliance_rules/PTC-18", "costs", reason=NOTHING_ELSE),
    allowance(
        "compliance_rules/PTC-43",
        "usual_order",
        reason="Zero is the rule's own word for an account without a history of orders.",
    ),
    allowance("rmd_cash", "fees", "qcd", "tax", "withdrawals", reason=NOTHING_ELSE),
    allowance(
        "trade_allocation",
        "minimum_allocation",
        reason="Without a smallest allocation every account keeps its share, however small.",
    ),
)
