"""What no door of the product reaches yet, and the planned issue that gives it one.

A function that only tests reach looks like a feature and is none. Where the product does the same with other code, the
two will differ one day; so it is wired, or it is deleted. What a planned feature needs may wait here by its name: a
whole module, or a function, class or method. What only these call waits with them and is not named.
"""

from __future__ import annotations

RECORD = (
    "the record: policy statements and bands of every kind, models, people and firm settings by their forms"
)
JUDGMENT = "judgment: triggers, reasons to wait, the tax ledger and required distributions"
EXECUTION = "execution: orders, fills, reconciliation and corporate actions"
DESK = "the review desk: edits, reviews that are replaced, retention and what an examiner asks for"
WORTH = "what rebalancing was worth: attribution, the policy laboratory and transition plans"

WAITING: dict[str, set[str]] = {
    RECORD: {},
    JUDGMENT: {},
    EXECUTION: {},
    DESK: {},
    WORTH: {},
}

CALLED_BY_FRAMEWORKS = {
    "advisory.middleware.RefusalMiddleware.process_exception": "Django calls it for a view that raises.",
    "compliance.api.schema.SessionScheme": "drf-spectacular finds it by its being defined.",
    "compliance.review_desk.states.diagram": "The drawing in docs/states.md is made with it.",
    "compliance.rules.catalog.as_markdown": "The catalog of rules in docs is made with it.",
}
"""What is used without anybody in the product naming it."""


def listed() -> set[str]:
    return set().union(*WAITING.values())


def issue_of(name: str) -> str:
    """The issue for which a definition waits; empty when it waits for none by its own name or its module's."""
    parts = name.split(".")
    heads = {".".join(parts[: place + 1]) for place in range(len(parts))}
    return next((issue for issue, names in WAITING.items() if names & heads), "")
