"""The thresholds of the rule book as settings: every figure that some rule compares with, by its name there.

The rules declare the figures and their defaults; here stand the words and the bounds. A client's own figure may only be
stricter than the one in force.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from compliance.firm.setting import Group, Kind, Setting
from compliance.rules import book
from compliance.rules.facts.case import Stage
from compliance.rules.facts.thresholds import Stricter, Threshold


class Words(NamedTuple):
    """What people read about a threshold, and what may be set."""

    name: str
    kind: Kind
    least: str
    most: str
    unit: str
    help: str


DAYS, MONTHS, PERCENT, DOLLARS, NUMBER = Kind.WHOLE, Kind.WHOLE, Kind.PERCENT, Kind.DOLLARS, Kind.NUMBER

WORDS: dict[str, Words] = {
    "review_warn_months": Words("Policy review, note", MONTHS, "1", "36", "months", "After its last review."),
    "review_override_months": Words(
        "Policy review, person decides", MONTHS, "1", "60", "months", "After its last review."
    ),
    "profile_months": Words(
        "Client profile, note", MONTHS, "1", "36", "months", "Rule 17a-3(a)(17) asks for 36 months at most."
    ),
    "tax_profile_months": Words("Tax profile, note", MONTHS, "1", "24", "months", "After it was confirmed."),
    "issuer_override": Words(
        "One issuer, person decides", PERCENT, "0.01", "1", "", "Share of the household."
    ),
    "issuer_block": Words("One issuer, blocked", PERCENT, "0.01", "1", "", "Share of the household."),
    "trade_min_usd": Words(
        "Smallest trade", DOLLARS, "0", "100000", "", "Whichever of the two is more, in an account."
    ),
    "trade_min_fraction": Words(
        "Smallest trade, share of the account",
        PERCENT,
        "0",
        "0.05",
        "",
        "Plans leave smaller orders out, unless they close a position, raise cash that is due or take a loss; 0 leaves none out for it.",
    ),
    "long_term_window_days": Words(
        "Almost long-term",
        DAYS,
        "0",
        "366",
        "days",
        "A gain this close to long-term is named, and the engine waits for it.",
    ),
    "long_term_saving_usd": Words(
        "Saving worth waiting for", DOLLARS, "0", "100000", "", "Of tax, by waiting until a lot is long-term."
    ),
    "budget_warn": Words("Gain budget used, note", PERCENT, "0", "1", "", "Share of the yearly budget."),
    "budget_override": Words("Gain budget used, person decides", PERCENT, "0", "2", "", ""),
    "budget_block": Words("Gain budget used, blocked", PERCENT, "0", "2", "", ""),
    "tax_bps_per_point": Words(
        "Tax for a point of drift",
        NUMBER,
        "0",
        "1000",
        "basis points",
        "Of the household's value, for each point of drift removed.",
    ),
    "price_age_minutes": Words(
        "Age of a live price", Kind.WHOLE, "1", "390", "minutes", "While the market is open."
    ),
    "index_move": Words(
        "Move of the market", PERCENT, "0.001", "0.5", "", "Since pricing; a larger one needs a person."
    ),
    "live_price_stages": Words(
        "Stages that need a live price",
        Kind.SEVERAL,
        "",
        "",
        "",
        "Obeyed where prices of the day are loaded; where only closing prices are, no stage needs one.",
    ),
    "participation_warn": Words(
        "Share of the day's volume, note", PERCENT, "0.001", "1", "", "Of the average daily volume."
    ),
    "participation_override": Words(
        "Share of the day's volume, person decides", PERCENT, "0.001", "1", "", ""
    ),
    "order_fraction": Words(
        "Large order, share of the portfolio",
        PERCENT,
        "0.01",
        "1",
        "",
        "Of the household, or of the account where the policy balances each account by itself.",
    ),
    "order_usd": Words("Large order", DOLLARS, "1000", "1000000000", "", ""),
    "order_times_usual": Words(
        "Unusual order", NUMBER, "1", "100", "times", "The median of the account's past orders."
    ),
    "proposal_age_trading_days": Words(
        "Age of a proposal", DAYS, "0", "10", "trading days", "An older one is not decided on."
    ),
    "price_move": Words(
        "Move of a price",
        PERCENT,
        "0.001",
        "0.5",
        "",
        "Since the proposal was made; a larger one makes it stale, and the approval with it.",
    ),
    "distribution_days": Words(
        "Distribution ahead",
        DAYS,
        "0",
        "90",
        "days",
        "Before its record day a taxable account does not buy the fund.",
    ),
    "distribution_fraction": Words(
        "Distribution worth waiting for", PERCENT, "0", "1", "", "The taxable part, of the fund's price."
    ),
    "illiquid_volume_usd": Words(
        "Illiquid below", DOLLARS, "0", "1000000000", "", "Traded on an average day."
    ),
    "illiquid_spread": Words("Illiquid above a spread of", PERCENT, "0.0001", "0.5", "", "Of the price."),
    "illiquid_last_minutes": Words("Illiquid orders wait before the close", DAYS, "0", "390", "minutes", ""),
    "illiquid_first_minutes": Words(
        "Illiquid orders wait after the opening", DAYS, "0", "390", "minutes", ""
    ),
    "limit_collar": Words("Limit, at most from the middle", PERCENT, "0.001", "0.5", "", "Of the market."),
    "limit_collar_illiquid": Words("The same for an illiquid security", PERCENT, "0.001", "0.5", "", ""),
    "market_order_spread": Words(
        "Market orders up to a spread of", PERCENT, "0", "0.5", "", "Wider ones get a limit."
    ),
    "market_order_volume": Words(
        "Market orders up to a share of the day's volume", PERCENT, "0", "1", "", "Larger ones get a limit."
    ),
    "limit_beyond_quote": Words(
        "Limit beyond the quote", PERCENT, "0", "0.05", "", "Beyond its far side, or beyond the last price."
    ),
}

FIXED = {"wash_window_days": "The 30 days before and after a sale are the law's (IRC 1091(a))."}
"""Thresholds that are no setting of the firm, and why."""

STAGES = tuple((stage.value, f"at {stage.value}") for stage in Stage)


def _setting(threshold: Threshold[Any], rules: list[str]) -> Setting[Any]:
    words = WORDS[threshold.name]
    is_set = threshold.stricter is Stricter.MORE
    stricter = {Stricter.LOWER: "Lower is stricter.", Stricter.HIGHER: "Higher is stricter."}
    return Setting(
        code=f"rules.{threshold.name}",
        name=words.name,
        group=Group.RULES,
        kind=words.kind,
        default=_as_words(threshold.default) if is_set else threshold.default,
        help=" ".join(
            part
            for part in (words.help, stricter.get(threshold.stricter, "More stages are stricter."))
            if part
        ),
        read_by=f"rule {', '.join(rules)}",
        unit=words.unit,
        least=Decimal(words.least) if words.least else None,
        most=Decimal(words.most) if words.most else None,
        choices=STAGES if is_set else (),
        required=not is_set,
    )


def _as_words(stages: frozenset[str]) -> tuple[str, ...]:
    return tuple(key for key, _ in STAGES if key in stages)


def _rules_of(threshold: Threshold[Any]) -> list[str]:
    return [rule.RULE.id for rule in book.RULES if threshold in rule.RULE.thresholds]


SETTINGS = tuple(
    _setting(threshold, _rules_of(threshold))
    for name, threshold in book.THRESHOLDS.items()
    if name not in FIXED
)
BY_THRESHOLD: dict[str, Setting[Any]] = {one.code.removeprefix("rules."): one for one in SETTINGS}


def threshold_value(threshold: Threshold[Any], value: Any) -> Any:
    """A setting's value as the rule compares with it."""
    return frozenset(value) if threshold.stricter is Stricter.MORE else value
