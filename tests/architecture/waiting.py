"""What no door of the product reaches yet, and the planned issue that gives it one.

A function that only tests reach looks like a feature and is none. Where the product does the same with other code, the
two will differ one day; so it is wired, or it is deleted. What a planned feature needs may wait here by its name: a
whole module, or a function, class or method. What only these call waits with them and is not named.
"""

from __future__ import annotations

from functools import cache

from tests.architecture import reachability

RECORD = (
    "the record: policy statements and bands of every kind, models, people and firm settings by their forms"
)
JUDGMENT = "judgment: triggers, reasons to wait, the tax ledger and required distributions"
EXECUTION = "execution: orders, fills, reconciliation and corporate actions"
DESK = "the review desk: edits, reviews that are replaced, retention and what an examiner asks for"
WORTH = "what rebalancing was worth: attribution, the policy laboratory and transition plans"

WAITING: dict[str, set[str]] = {
    RECORD: {
        "compliance.rules.facts.thresholds.Thresholds.tightened",
        "rebalancing.engine.portfolio.asset_location.compare_bonds",
        "rebalancing.engine.portfolio.asset_location.pre_tax_weights",
        "rebalancing.engine.portfolio.drift.drifted_weight",
        "rebalancing.engine.portfolio.drift.outperformance_needed",
    },
    JUDGMENT: set(),
    EXECUTION: {
        "rebalancing.engine.market.calendars.MarketCalendar.closing_early",
        "rebalancing.engine.tax.lot_selection.Lot.cost_per_share",
    },
    DESK: {
        "compliance.review_desk.reviews.supersede",
    },
    WORTH: {
        "rebalancing.engine.portfolio.attribution",
        "rebalancing.engine.portfolio.destinations.moves",
        "rebalancing.engine.portfolio.destinations.opportunistic",
        "rebalancing.engine.portfolio.destinations.threshold_and_destination",
        "rebalancing.engine.portfolio.destinations.weight_after_inner",
        "rebalancing.engine.portfolio.performance",
        "rebalancing.engine.portfolio.rebalancing_premium",
        "rebalancing.engine.transitions",
    },
}

CALLED_BY_FRAMEWORKS = {
    "advisory.middleware.RefusalMiddleware.process_exception": "Django calls it for a view that raises.",
    "advisory.middleware.RefusalMiddleware.process_view": "Django calls it before a view.",
    "advisory.middleware.TokenMiddleware.process_view": "Django calls it before a view.",
    "advisory.people.breached_passwords.BreachedPasswordValidator.get_help_text": "Django calls it for a form.",
    "advisory.people.breached_passwords.BreachedPasswordValidator.validate": "Django calls it for a new password.",
    "compliance.api.schema.SessionScheme": "drf-spectacular finds it by its being defined.",
    "compliance.review_desk.states.diagram": "The drawing in docs/states.md is made with it.",
    "compliance.rules.catalog.as_markdown": "The catalog of rules in docs is made with it.",
}
"""What is used without anybody in the product naming it."""


def listed() -> set[str]:
    return set().union(*WAITING.values())


def issue_of(name: str) -> str:
    """The issue for which a definition waits, by its own name, its module's, or as what something listed calls."""
    parts = name.split(".")
    heads = {".".join(parts[: place + 1]) for place in range(len(parts))}
    by_name = (issue for issue, names in WAITING.items() if names & heads)
    return next(by_name, "") or next((issue for issue in WAITING if name in called_from(issue)), "")


@cache
def called_from(issue: str) -> frozenset[str]:
    """What the definitions that wait for this issue call."""
    definitions = reachability.of_the_product().definitions
    names = WAITING[issue] | {name for name in definitions if name.rpartition(".")[0] in WAITING[issue]}
    return reachability.closure(definitions, names, set())


def table() -> str:
    """What waits, by the planned issue: modules of the engine by their name in it, the rest by theirs."""
    rows = []
    for issue, names in WAITING.items():
        said = ", ".join(f"`{name.removeprefix('rebalancing.engine.')}`" for name in sorted(names))
        rows.append(f"| {issue[0].upper()}{issue[1:]} | {said} |")
    return "\n".join(["| Planned | What it will wire |", "|---|---|", *rows, ""])
