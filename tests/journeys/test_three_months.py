"""Three months of simulated days in which every trigger fires and every reason to wait holds and ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests import records
from tests.journeys.season import families
from tests.journeys.season.days import Season, passes
from tests.journeys.season.market import THE_SEASON
from tests.journeys.year import spring
from tests.journeys.year.custodians import Custodians
from tests.journeys.year.firm import Firm

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def season(django_db_setup: None, django_db_blocker: Any) -> Iterator[Season]:
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), records.own_database("season"):
        patch.setattr("compliance.broker.notifications.notify", lambda *_, **__: True)
        firm = Firm(Custodians(THE_SEASON), begins=date(2026, 9, 1))
        spring.a_firm_begins(firm)
        spring.what_may_be_bought(firm)
        spring.come_by_workbook(firm, families.workbook())
        families.fill(firm.custodians)
        yield Season(firm)


def test_probe(season: Season) -> None:
    import time

    t = time.time()
    passes(season, date(2026, 9, 1), date(2026, 12, 4))
    print("days", time.time() - t)
    for (code, day), one in sorted(season.readings.items()):
        print(
            code,
            day,
            one.outcome,
            [t["code"] for t in one.triggers],
            [h["code"] for h in one.holds],
            one.reason[:200],
        )
    pytest.fail("look")
