"""A firm's year through its doors, from an empty record in March to the spring after. Chapters build on one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import records
from tests.journeys.year import autumn, invariants, spring, summer, winter
from tests.journeys.year.firm import Firm

pytestmark = pytest.mark.thorough

CHAPTERS: tuple[Callable[[Firm], None], ...] = (
    spring.a_firm_begins,
    spring.what_may_be_bought,
    spring.the_clients_come,
    spring.the_first_scan,
    spring.money_is_due,
    spring.anna_and_ben_marry,
    summer.clara_dies,
    summer.the_coles_part,
    summer.bea_takes_over_from_otto,
    summer.dans_account_moves,
    autumn.evas_policy_is_reviewed,
    autumn.the_model_changes,
    autumn.the_year_ends,
    winter.the_new_year_begins,
    winter.the_return_is_filed,
)
BEFORE_THE_FIRST_SCAN = 3


@pytest.fixture(scope="module")
def firm(django_db_setup: None, django_db_blocker: Any) -> Iterator[Firm]:
    """A firm in a database of its own, whose transactions are real. Nobody listens to the bell; the story calls the workers."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), records.own_database("the_year"):
        patch.setattr("compliance.broker.notifications.notify", lambda *_, **__: True)
        yield Firm()


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The chapters that have been told."""
    return []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[one.__name__ for one in CHAPTERS])
def test_the_year(chapter: Callable[[Firm], None], firm: Firm, told: list[str]) -> None:
    place = CHAPTERS.index(chapter)
    for earlier in CHAPTERS[len(told) : place]:
        told.append(earlier.__name__)
        earlier(firm)
    if len(told) != place:
        pytest.skip("An earlier chapter was not told to its end.")
    told.append(chapter.__name__)
    chapter(firm)
    if place >= BEFORE_THE_FIRST_SCAN:
        invariants.hold(firm)
