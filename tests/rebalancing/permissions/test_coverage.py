"""Whoever covers for a reviewer decides in their place, between the two days only, and the trail says for whom."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from clients.households import books
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.models import Proposal
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.deciding import answer_findings
from tests.factories.desk import a_desk
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

SUNDAY = date(2026, 11, 22)


def cover(away: Any, covered_by: Any, *, starts_on: date) -> None:
    books.cover(
        away,
        covered_by=covered_by,
        part="reviewer",
        starts_on=starts_on,
        ends_on=MONDAY,
        reason="Vacation.",
        on=SUNDAY,
        by=Actor.person(cast.ada()),
        at=SUNDAY_NOON,
    )


def test_a_covering_reviewer_decides_and_the_trail_names_who_was_away() -> None:
    desk = a_desk()
    proposal = desk.propose()
    answer_findings(proposal)
    page = reverse("rebalancing:proposal", args=[proposal.public_id])
    assert as_(cast.rosa()).get(page).status_code == 404
    cover(desk.rui, cast.rosa(), starts_on=SUNDAY)

    rosa = as_(cast.rosa())
    assert rosa.get(page).status_code == 200
    rosa.post(
        reverse("rebalancing:approve", args=[proposal.public_id]), {"seen": desk.seen(), "text": "Agreed."}
    )

    assert Proposal.objects.get().state == Proposal.State.APPROVED
    decided = audit.trail(about=desk.proposal.revisions.get().review).get(action="review.decided")
    assert (decided.actor_label, json.loads(decided.facts)["covering"]) == ("Rosa", "Rui as reviewer")


def test_coverage_that_starts_tomorrow_shows_nothing_today() -> None:
    desk = a_desk()
    proposal = desk.propose()
    cover(desk.rui, cast.rosa(), starts_on=MONDAY)

    answer = as_(cast.rosa()).get(reverse("rebalancing:proposal", args=[proposal.public_id]))

    assert answer.status_code == 404
