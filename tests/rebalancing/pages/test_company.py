"""Who else is at a proposal: told on its page and before the approval, by name, and only for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rebalancing.pages.proposal import company
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories import desk as desks
from tests.factories.desk import Desk
from tests.pages import as_, page_of, words_of
from tests.spec import drawn

RECORD = "the desk"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

CASES = """
    opened, the last first                          | told
    .                                               |
    Rhea 11:58:20                                   | Rhea 1
    Rhea 12:00:00                                   | Rhea 0
    Rhea 11:45:00                                   | Rhea 15
    Rhea 11:44:59                                   |
    Rhea 11:58:00, Rhea 11:50:00                    | Rhea 2
    me 11:59:00, Theo 11:55:00, Rhea 11:50:00       | Theo 5, Rhea 10
    Rhea 12:00:01                                   |
"""


@pytest.mark.parametrize("case", drawn.rows(CASES), ids=lambda case: case["opened, the last first"])
def test_others_of_the_last_minutes_are_here(case: dict[str, str]) -> None:
    opened = [
        (name, name, datetime.fromisoformat(f"2026-11-22T{at}+00:00"))
        for name, at in (
            one.split() for one in case["opened, the last first"].split(",") if one.strip() not in ("", ".")
        )
    ]

    found = company.among(opened, but="me", at=NOON)

    assert ", ".join(f"{one.name} {one.minutes}" for one in found) == case["told"]


@pytest.fixture
def desk(db: None, it_is_sunday_noon: None) -> Any:
    found = desks.on_record()
    found.propose()
    return found


def test_two_reviewers_see_each_other_and_nobody_sees_themselves(desk: Desk) -> None:
    page = f"/proposals/{desk.proposal.public_id}/"
    first = page_of(as_(desk.rui).get(page))
    assert first.company == ()

    set_clock(SUNDAY_NOON + timedelta(minutes=3))
    seen = as_(cast.cora()).get(page)

    assert [(one.name, one.minutes) for one in page_of(seen).company] == [(str(desk.rui), 3)]
    assert f"Also here: {desk.rui}, 3 minutes ago." in words_of(seen)
    assert [one.name for one in page_of(as_(desk.rui).get(f"{page}approve/")).company] == [str(cast.cora())]

    set_clock(SUNDAY_NOON + timedelta(minutes=30))
    assert page_of(as_(cast.cora()).get(page)).company == ()
