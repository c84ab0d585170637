"""The firm's name, address and letterhead: asked for and approved by two people, as at the door of the settings."""

from __future__ import annotations

from datetime import datetime

from advisory.models import User
from advisory.showroom.demo.people import FIRM
from compliance.clock import EASTERN
from compliance.doors import changes, registry, reviewing
from compliance.models.decisions import Verdict
from compliance.people.actors import Actor

DOOR = "compliance:setting_firm"
TYPED = {
    "name": FIRM,
    "address": "7 Lantern Wharf\nBoston, MA 02110",
    "letterhead": "A fictional SEC-registered investment adviser",
    "contact": "desk@evermere.example",
    "reason": "As on Form ADV.",
}


def set_up(*, asked_by: User, approved_by: User, at: datetime) -> None:
    """Propose what letters say of the firm, and approve it."""
    door, on = registry.form_door(DOOR), at.astimezone(EASTERN).date()
    present = door.now(None, user=asked_by, on=on)
    form = door.bound({**present, **TYPED, "effective_on": on}, None, user=asked_by, on=on)
    assert form.is_valid(), form.errors
    change = changes.propose(door, form, parameters={}, by=Actor.person(asked_by), at=at)
    review = changes.review_of(change)
    reviewing.decide(
        review, Verdict.APPROVED, seen=review.fingerprint, text="", by=Actor.person(approved_by), at=at
    )
