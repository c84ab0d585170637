"""The tone of a state or severity. The word is always shown too, so tone is never the only sign.

Tones: plain (nothing to do), action (someone has to act), attention (look here), breach (stopped), order (in
order), quiet (closed). Each has its own shape as well as its color, so that they can be told apart in
grayscale.
"""

from __future__ import annotations

TONE_BY_STATE = {
    # Proposals and reviews
    "draft": "plain",
    "drafted": "plain",
    "examined": "plain",
    "open": "action",
    "in_review": "action",
    "awaiting_consent": "action",
    "changes_requested": "attention",
    "returned": "attention",
    "stale": "attention",
    "held": "attention",
    "blocked": "breach",
    "approved": "order",
    "rejected": "breach",
    "withdrawn": "quiet",
    "superseded": "quiet",
    "expired": "quiet",
    # Items of compliance's queue
    "urgent": "breach",
    "attention": "attention",
    "notice": "plain",
    # Orders
    "released": "order",
    "not_traded": "attention",
    "held_out": "action",
    "partly_done": "attention",
    "sent": "order",
    "filled": "order",
    "partly_filled": "attention",
    "part_filled": "attention",
    "working": "action",
    "exported": "order",
    "gathering": "plain",
    "canceled": "quiet",
    "cancelled": "quiet",
    # Runs, items and imports
    "queued": "plain",
    "waiting": "plain",
    "running": "action",
    "previewed": "action",
    "received": "plain",
    "ready": "action",
    "unbound": "attention",
    "loaded": "order",
    "loading": "action",
    "new": "action",
    "changed": "action",
    "unchanged": "quiet",
    "discarded": "quiet",
    "done": "order",
    "closed": "order",
    "skipped": "quiet",
    "partial": "attention",
    "stalled": "attention",
    "refused": "breach",
    "failed": "breach",
    "unreconciled": "attention",
    # Policies and models
    "adopted": "order",
    "signed": "order",
    "published": "order",
    "scheduled": "order",
    # Readings
    "inside": "order",
    "outside": "breach",
    "unknown": "attention",
}

SEVERITIES = {
    "block": ("Blocks", "breach"),
    "reason": ("Needs a reason", "attention"),
    "needs_reason": ("Needs a reason", "attention"),
    "note": ("Note", "plain"),
    "pass": ("Passed", "order"),
    "passed": ("Passed", "order"),
}


def tone_of(state: str) -> str:
    """A state without a tone is shown plain."""
    return TONE_BY_STATE.get(state.lower(), "plain")


def words_of(state: str) -> str:
    return state.replace("_", " ").replace("-", " ").capitalize()


def severity_of(name: str) -> tuple[str, str]:
    """The label and tone of a finding's severity. An unknown one raises: a blocker must never look like a
    note.
    """
    try:
        return SEVERITIES[name.lower()]
    except KeyError:
        raise ValueError(
            f"no severity is called {name!r}; known are {', '.join(sorted(SEVERITIES))}"
        ) from None
