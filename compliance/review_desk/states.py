"""The transitions of a review. The diagram in docs/states.md is generated from this table."""

from __future__ import annotations

from datetime import datetime

from compliance.clock import moment_text
from compliance.models import ACTIVE_STATES, Review, State
from compliance.people.actors import Actor
from compliance.refusals import Conflict

NEXT: dict[State, frozenset[State]] = {
    State.OPEN: frozenset(
        {State.RETURNED, State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED}
    ),
    # Changes were requested: the reviewer lifts the request, or the maker submits a new revision.
    State.RETURNED: frozenset({State.OPEN, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED}),
    # Only until somebody has acted on the approval; after that nothing can be withdrawn.
    State.APPROVED: frozenset({State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED}),
    State.REJECTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
}

_PAST = {
    State.OPEN: "reopened",
    State.RETURNED: "returned for changes",
    State.APPROVED: "approved",
    State.REJECTED: "rejected",
    State.WITHDRAWN: "withdrawn",
    State.EXPIRED: "closed because it expired",
    State.SUPERSEDED: "replaced by a newer revision",
}


def lock(review: Review) -> Review:
    """The review as it is now, its row locked until the end of the transaction."""
    locked: Review = Review.objects.select_for_update(of=("self",)).get(pk=review.pk)
    return locked


def refusal_to_move(review: Review, to: State) -> str | None:
    """Why this review cannot move to `to` from its state, as a sentence."""
    state = State(review.state)
    if review.used_at is not None:
        return f"This was approved and used on {moment_text(review.used_at)}, so it can no longer be changed."
    if to in NEXT[state]:
        return None
    if state in ACTIVE_STATES:
        return f"This review is {State(state).label.lower()}, so it cannot be {_PAST[to]}."
    assert review.settled_at is not None, "the database keeps a settled review's moment"
    return (
        f"This was already {_PAST[state]} by {review.settled_by_label} on {moment_text(review.settled_at)}."
    )


def move(review: Review, to: State, *, by: Actor, at: datetime) -> None:
    """Write the new state. Call it with the row locked, inside the verb's transaction.

    Raises Conflict with the sentence of `refusal_to_move`.
    """
    if sentence := refusal_to_move(review, to):
        raise Conflict(sentence, "Open it again to see where it stands.", kind="already-settled")
    review.state = to
    active = to in ACTIVE_STATES
    review.settled_at = None if active else at
    review.settled_by_label = "" if active else by.label
    review.save(update_fields=["state", "settled_at", "settled_by_label"])


def diagram() -> str:
    """The table as a Mermaid state diagram, for docs/states.md."""
    lines = ["stateDiagram-v2", "    [*] --> open"]
    lines += [
        f"    {state.value} --> {to.value}" for state, ways in NEXT.items() for to in State if to in ways
    ]
    lines += [f"    {state.value} --> [*]" for state, ways in NEXT.items() if not ways]
    return "\n".join(lines) + "\n"
