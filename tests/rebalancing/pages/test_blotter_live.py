"""Pages of the desk that ask for themselves again: from the moment a release starts until nothing moves by itself."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rebalancing.execution import releases
from tests.clock import SUNDAY_NOON
from tests.factories.trading import Floor, a_floor
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def floor() -> Floor:
    return a_floor(1)


def test_the_blotter_and_the_report_follow_a_release_from_its_start(floor: Floor) -> None:
    tom = as_(floor.tom)
    assert tom.get(reverse("rebalancing:blotter_in_hand")).status_code == 286

    release = floor.start()
    report = reverse("rebalancing:release_report", args=[release.public_id])
    waiting = tom.get(reverse("rebalancing:blotter_in_hand"))
    assert (waiting.status_code, "every 3s" in waiting.content.decode()) == (200, True)
    assert "every 3s" in tom.get(report).content.decode()

    releases.carry_on(release, by=floor.by_tom, now=lambda: SUNDAY_NOON)
    # Its blocks go by file, which waits for a person.
    over = tom.get(reverse("rebalancing:blotter_in_hand"))
    assert (over.status_code, "hx-trigger" in over.content.decode()) == (286, False)
    assert "hx-trigger" not in tom.get(report).content.decode()
