"""What happened to proposals since the last close, as an advisor and a reviewer read it in the morning."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from compliance.people.actors import Actor
from rebalancing.pages.lists import overnight
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON, standing_at
from tests.factories.days import priced, scan_of
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, words_of

pytestmark = pytest.mark.django_db

MONDAY_NIGHT = datetime.combine(MONDAY, time(23), tzinfo=UTC)
TUESDAY_MORNING = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def desk() -> Desk:
    made = a_desk()
    with standing_at(SUNDAY_NOON):
        made.propose()
    return made


def labels(user: object, at: datetime) -> list[str]:
    return [row.label for row in overnight.show(user, at=at).rows]


def test_a_morning_tells_what_the_evening_did(desk: Desk) -> None:
    assert labels(desk.ana, SUNDAY_NOON) == ["New"]
    with standing_at(MONDAY_NIGHT):
        priced("ZUS", MONDAY, "100.50")
        scan_of(MONDAY)
    found = overnight.show(desk.rui, at=TUESDAY_MORNING)

    assert found.since == MONDAY
    assert [(row.label, row.household, row.by) for row in found.rows] == [("Repriced", "Miller", "scan")]
    assert (
        found.rows[0].why
        == "Repriced at the prices of November 23: ZUS +0.5%. The orders are the same, share for share."
    )
    assert found.sentence == "1 repriced"
    with standing_at(TUESDAY_MORNING):
        for user in (desk.ana, desk.rui):
            assert "Since the close of" in words_of(as_(user).get("/"))
        answer = as_(desk.rui).get(found.rows[0].url)
        assert "Prices that moved" in words_of(answer)
        assert "Repriced at the prices of November 23: ZUS +0.5%." in words_of(answer)
        told = as_(desk.rui).get(f"/api/v1/proposals/{desk.proposal.public_id}/").json()
        assert told["waits_for"] is None


def test_what_people_decide_is_there_too_and_links_to_the_proposal(desk: Desk) -> None:
    with standing_at(SUNDAY_NOON):
        proposals.request_changes(
            desk.proposal, seen=desk.seen(), text="Less in bonds.", by=Actor.person(desk.rui), at=SUNDAY_NOON
        )
    found = overnight.show(desk.ana, at=SUNDAY_NOON)

    assert {row.label for row in found.rows} == {"New", "Changes requested"}
    assert {row.url for row in found.rows} == {f"/proposals/{desk.proposal.public_id}/"}


def test_nobody_reads_of_households_outside_their_book(desk: Desk) -> None:
    assert labels(cast.someone("Oda", "advisor"), SUNDAY_NOON) == []


def test_a_revision_that_waits_for_prices_says_so(desk: Desk) -> None:
    tuesday = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    with standing_at(tuesday):
        page = as_(desk.rui).get(f"/proposals/{desk.proposal.public_id}/")
        assert "This revision waits for the closing prices of Nov 23" in words_of(page)
        told = as_(desk.rui).get(f"/api/v1/proposals/{desk.proposal.public_id}/").json()
        assert date.fromisoformat(told["waits_for"]) == MONDAY
