"""What the firm decides of itself, each asked for and approved by two people as at the door of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from advisory.models import User
from advisory.showroom.demo.people import FIRM
from compliance.clock import EASTERN
from compliance.doors import changes, registry, reviewing
from compliance.models.decisions import Verdict
from compliance.people.actors import Actor

DECIDED: Mapping[str, Mapping[str, Any]] = {
    "compliance:setting_firm": {
        "name": FIRM,
        "address": "7 Lantern Wharf\nBoston, MA 02110",
        "letterhead": "A fictional SEC-registered investment adviser",
        "contact": "desk@evermere.example",
        "reason": "As on Form ADV.",
    },
    "compliance:setting_orders": {
        "wait_for_session": False,
        "reason": "The broker of the demonstration trades on paper at any hour.",
    },
}
"""What is typed at which door."""


def set_up(*, asked_by: User, approved_by: User, at: datetime) -> None:
    """Propose what letters say of the firm and when its orders leave, and approve both."""
    for door, typed in DECIDED.items():
        _decide(door, typed, asked_by=asked_by, approved_by=approved_by, at=at)


def _decide(
    address: str, typed: Mapping[str, Any], *, asked_by: User, approved_by: User, at: datetime
) -> None:
    door, on = registry.form_door(address), at.astimezone(EASTERN).date()
    present = door.now(None, user=asked_by, on=on)
    form = door.bound({**present, **typed, "effective_on": on}, None, user=asked_by, on=on)
    assert form.is_valid(), form.errors
    change = changes.propose(door, form, parameters={}, by=Actor.person(asked_by), at=at)
    review = changes.review_of(change)
    reviewing.decide(
        review, Verdict.APPROVED, seen=review.fingerprint, text="", by=Actor.person(approved_by), at=at
    )
