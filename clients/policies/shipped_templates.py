"""Generic examples of policy texts that come with the product. A firm adapts them; they are not legal advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shipped:
    code: str
    name: str
    content: dict[str, Any]


SECTIONS = {
    "purpose": (
        "This policy says how {firm} manages the portfolio of {household}. It is agreed between {clients} and "
        "{advisor}, so that decisions in good and bad markets follow a plan that was made calmly."
    ),
    "discipline": (
        "The mix of asset classes below fits the goals and the risk that were agreed. Markets move the portfolio away "
        "from it. We bring it back when a class leaves its band, and not because of forecasts or news."
    ),
    "will": (
        "We will measure the portfolio against its bands, use new money and withdrawals first, weigh taxes and costs "
        "before a trade, have a second person review every proposal, and explain each change in writing."
    ),
    "will_not": (
        "We will not predict markets, trade to be busy, let a class leave its band unnoticed, or realize gains beyond "
        "the budget below without asking."
    ),
    "parties": (
        "{clients} decides about goals, risk and this policy. {advisor} prepares the policy and proposals. A reviewer "
        "at {firm} who did not prepare a proposal approves it. Compliance watches that the rules are kept."
    ),
    "return_need": (
        "The portfolio should grow faster than prices over the horizon below, and pay planned withdrawals when they are "
        "due. No return is promised."
    ),
    "risk_capacity": (
        "The mix was chosen so that a severe year for stocks would be unpleasant and would not endanger the goals."
    ),
    "constraints": (
        "Money needed within a year is held in cash outside the model. No legal or other limits are known beyond the "
        "restrictions listed in this policy."
    ),
    "instruments": (
        "Diversified funds and exchange-traded funds of the model portfolio, individual securities that came with the "
        "accounts, and cash. No borrowing, short sales or options."
    ),
    "waiting": (
        "We hold trades back when their tax and cost outweigh the benefit, when a lot is about to become long-term, when "
        "a wash sale would follow, when prices or holdings are not reliable, and when the client's situation is changing."
    ),
    "lots": (
        "We sell the tax lots that cost the least tax, long-term before short-term. Losses are checked against purchases "
        "in all accounts of the household that we know of, thirty days before and after."
    ),
    "reporting": "A written summary after each change, and a review with {clients} at least once a year.",
    "changes": (
        "A change of this policy is a new version. It takes effect once it has been reviewed and signed again."
    ),
}
TERMS: dict[str, Any] = {
    "tax_guidance": (
        "Prefer trades in accounts where nothing is taxed. In taxable accounts prefer long-term lots with the highest "
        "cost, and stay within the gain budget."
    ),
    "look": "daily",
    "edge_is_breach": True,
    "uses_cash_flows": True,
    "harvest_rebalances": False,
    "destination_taxable": "halfway",
    "destination_sheltered": "target",
    "minimum_trade": "250",
}


def _targets(weights: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"asset_class": code, "target": weight, "band": "cash", "points": "0.03"}
        if code == "cash"
        else {"asset_class": code, "target": weight, "band": "narrower", "points": "0.05", "share": "0.25"}
        for code, weight in weights.items()
    ]


def _template(
    code: str, name: str, *, objectives: str, risk: str, horizon: int, weights: dict[str, str]
) -> Shipped:
    terms = {**TERMS, "objectives": objectives, "risk": risk, "horizon_years": horizon}
    return Shipped(code, name, {"terms": terms, "sections": SECTIONS, "targets": _targets(weights)})


SHIPPED = (
    _template(
        "example-growth",
        "Example: growth, 80% stocks",
        objectives="Long-term growth for {household}; swings along the way are accepted.",
        risk="High",
        horizon=20,
        weights={"us_stock": "0.53", "intl_stock": "0.27", "us_bond": "0.18", "cash": "0.02"},
    ),
    _template(
        "example-balanced",
        "Example: balanced, 60% stocks",
        objectives="Growth and income in balance for {household}.",
        risk="Moderate",
        horizon=12,
        weights={"us_stock": "0.40", "intl_stock": "0.20", "us_bond": "0.38", "cash": "0.02"},
    ),
    _template(
        "example-income",
        "Example: income, 35% stocks",
        objectives="Steady income for {household}, with some growth to keep up with prices.",
        risk="Low",
        horizon=6,
        weights={"us_stock": "0.24", "intl_stock": "0.11", "us_bond": "0.60", "cash": "0.05"},
    ),
)
