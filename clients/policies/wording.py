"""The terms of a policy in words: one label and one way of saying each value, for page, document, diff and trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clients import figures
from clients.models import Policy, PolicyRestriction, PolicySection, PolicyTarget
from clients.policies import triggering

LABELS: dict[str, str] = {
    "objectives": "Objectives",
    "risk": "Risk",
    "loss_limit": "Largest loss in a year the client can accept",
    "horizon_years": "Horizon",
    "benchmark": "Benchmark",
    "equity_cap": "Most that may be in stocks",
    "discretion": "Discretion",
    "level": "Measured",
    "pooling_allowed": "Accounts are balanced together",
    "look": "Bands are looked at",
    "calendar": "Rebalanced on a schedule",
    "due_session": "Market day on which a period begins",
    "due_day": "Day of the month on which a period begins",
    "soft_breach": "A class outside its band",
    "sleeve_bands": "The parts of a class have bands",
    "on_fall": "After a sharp fall of the market",
    "fall_classes": "Classes looked at after a fall",
    "edge_is_breach": "A weight exactly on the edge",
    "band_preference": "Width of the bands",
    "sheltered_band_share": "Width where no account is taxable",
    "tracking_error_limit": "Tracking error that calls for a proposal",
    "destination_taxable": "Traded back, where an account is taxable",
    "destination_sheltered": "Traded back, where no account is taxable",
    "destination_additions": "Filled up, a class below its band",
    "uses_cash_flows": "New money and withdrawals rebalance first",
    "harvests_losses": "Losses are harvested",
    "harvest_rebalances": "What harvesting losses may trade",
    "short_term_gains_allowed": "Short-term gains are allowed",
    "gain_budget": "Realized gains a year",
    "cash_reserve": "Kept in cash, outside the model",
    "minimum_trade": "Smallest trade",
    "tax_guidance": "Tax guidance",
    "text": "More",
    "starts_on": "Takes effect",
    "reviewed_on": "Last reviewed with the client",
    "next_review_on": "Next review",
    "model": "Model portfolio",
}
"""The columns of a version that are signed, by name, in the order in which they are read."""

PRINTED_ONLY = frozenset(
    {"objectives", "risk", "loss_limit", "horizon_years", "benchmark", "tax_guidance", "text"}
)
"""What people agree on in words: it is printed, compared and signed, and nothing computes with it."""
YES_NO = {
    "pooling_allowed": ("yes", "no, each by itself"),
    "sleeve_bands": ("yes, in proportion to the class's", "no"),
    "edge_is_breach": ("is outside", "is inside"),
    "uses_cash_flows": ("yes", "no"),
    "harvests_losses": ("yes", "no"),
    "harvest_rebalances": ("everything, as in a rebalancing", "a position at a loss and its replacement"),
    "short_term_gains_allowed": ("yes", "no"),
}
EMPTY = {
    "equity_cap": "no limit of its own",
    "loss_limit": "none named",
    "benchmark": "none named",
    "calendar": "no, by bands only",
    "due_day": "none, by market days",
    "on_fall": "no look",
    "fall_classes": "none",
    "tracking_error_limit": "none",
    "destination_additions": "as far as one above it is trimmed",
    "gain_budget": "none agreed",
    "starts_on": "once everybody has signed",
}
CHOICES: dict[str, dict[Any, str]] = {
    "level": dict(Policy.Level.choices),
    "look": dict(Policy.Look.choices),
    "calendar": dict(Policy.Look.choices),
    "soft_breach": dict(Policy.SoftBreach.choices),
    "on_fall": dict(Policy.OnFall.choices),
    "discretion": dict(Policy.Discretion.choices),
    "band_preference": dict(Policy.Preference.choices),
    "destination_taxable": dict(Policy.Destination.choices),
    "destination_sheltered": dict(Policy.Destination.choices),
    "destination_additions": dict(Policy.Destination.choices),
}
FOLLOWS: dict[str, tuple[str, str]] = {
    Policy.Follows.MODEL: (
        "Follow the model by name",
        "The signatures cover the targets and bands; the firm chooses the securities, so later versions of the model apply without new signatures.",
    ),
    Policy.Follows.VERSION: (
        "Pin this version",
        "The signatures cover exactly this version of the model; a later version applies only once a new policy is signed.",
    ),
}
"""The two ways of naming a model: what the editor calls each, and what is signed with it."""
WEIGHTS = {"equity_cap", "loss_limit", "sheltered_band_share", "tracking_error_limit"}
DOLLARS = {"gain_budget", "cash_reserve", "minimum_trade"}


def said(name: str, value: Any) -> str:
    """A term's value in words; empty for a text that nobody wrote."""
    if value is None or value == "":
        return EMPTY.get(name, "")
    if name in YES_NO:
        return YES_NO[name][0 if value else 1]
    if name in WEIGHTS:
        suffix = " of the others" if name == "sheltered_band_share" else ""
        return f"{figures.weight_trimmed(Decimal(value))}%{suffix}"
    if name in DOLLARS:
        return figures.money(Decimal(value))
    if name in triggering.SAYINGS:
        return triggering.SAYINGS[name](value)
    if name == "horizon_years":
        return figures.counted(int(value), "year")
    if isinstance(value, date):
        return figures.day(value)
    return CHOICES.get(name, {}).get(value, str(value))


def said_of(told: Mapping[str, Any], name: str) -> str:
    """A term in words, from a policy as `policies.shown` has it; what it leaves out says what it always said."""
    return said(name, told.get(name, triggering.UNSAID.get(name)))


def model(value: str, names: Mapping[str, str] | None = None) -> str:
    """What a policy names, from a model as `policies.shown` has it: a code, or a code and a version. `names` are those of
    the models by code.
    """
    code, _, version = value.partition("/")
    name = (names or {}).get(code, code)
    return f"{name}, version {version} only" if version else f"{name}, in the version in force"


def band(target: Mapping[str, Any]) -> str:
    """How a band was stated, from a target as `policies.shown` has it."""
    kinds = PolicyTarget.BandKind
    points = f"{_percent(target['points'])} points"
    share = f"{_percent(target['share'])}% of the target"
    multiple = figures.quantity(target["multiple"])
    moves = target["relative_volatility"]
    moves = f", at a volatility of {_percent(moves)}% against the rest" if moves is not None else ""
    return {
        kinds.ABSOLUTE: f"{points} either side",
        kinds.RELATIVE: f"{share} either side",
        kinds.NARROWER: f"the narrower of {points} and {share}",
        kinds.WIDER: f"the wider of {points} and {share}",
        kinds.VOLATILITY: f"{multiple} standard deviations of its drift between two looks{moves}",
        kinds.RISK: f"as wide as adds {_percent(target['risk'])}% tracking error a year{moves}",
        kinds.CASH: f"a minimum, and {points} above the target",
        kinds.ASYMMETRIC: "its own low and high",
    }[kinds(target["band"])]


def span(low: Decimal | None, high: Decimal | None) -> str:
    """A range of weights: "7.5 to 12.5%"."""
    if low is None or high is None:
        return ""
    return f"{figures.weight_trimmed(low)} to {figures.weight_trimmed(high)}%"


def hard(target: Mapping[str, Any]) -> str:
    """The range that trades must never leave; empty where it is the band. A side without its own edge ends with the band."""
    low, high = target["hard_lower"], target["hard_upper"]
    if low is None and high is None:
        return ""
    return span(target["lower"] if low is None else low, target["upper"] if high is None else high)


def restriction(wish: Mapping[str, Any], accounts: Mapping[str, str] | None = None) -> str:
    """A restriction in a line, from one as `policies.shown` has it; `accounts` are names by public id."""
    what = " and ".join(
        part
        for part in (
            wish["security"],
            f"issuer {wish['issuer']}" if wish["issuer"] else "",
            f"sector {wish['sector']}" if wish["sector"] else "",
        )
        if part
    )
    kind = PolicyRestriction.Kind(wish["kind"])
    cap = f" {_percent(wish['weight_cap'])}%" if wish["weight_cap"] is not None else ""
    verb = {"do_not_buy": "Do not buy", "do_not_sell": "Do not sell", "cap": f"No more than{cap} of"}[kind]
    account = (accounts or {}).get(wish["account"], wish["account"])
    where = f", in account {account}" if account else ""
    until = f", until {figures.day(wish['until_on'])}" if wish["until_on"] else ""
    return f"{verb} {what}{where}{until}: {wish['reason']}"


def section(code: str) -> str:
    """The title of a section."""
    return PolicySection.Code(code).label


def _percent(value: Decimal | None) -> str:
    return figures.weight_trimmed(value) if value is not None else ""
