"""The refusals of the gallery: one that only says why, and one with what moved and what to do next."""

from __future__ import annotations

from compliance.doors import refused
from compliance.doors.refused import Known
from compliance.refusals import Cause, NotAllowed, Stale, Step

NOT_ALLOWED = NotAllowed(
    "You changed the tax budget in revision 3, so a colleague has to review it.",
    "Ask one of the reviewers: Rui Costa, Mei Lin.",
)
MOVED = refused.told(
    Stale(
        "A price moved by more than 2% since this was drafted.",
        "Work it out again, or ask for it.",
        causes=(Cause("ZUS", "5.20% more than when it was drafted.", "$100.00", "$105.20"),),
    ),
    known=Known(
        (
            Step("Work it out again", "#", is_form=True),
            Step(
                "Ask Rui Costa",
                "#",
                is_form=True,
                asks=("text", "Your question to Rui Costa", "Please decide on it."),
            ),
            Step("Open the proposal as it is now", "#"),
        ),
        who="Rui Costa (reviewer) can.",
    ),
)
