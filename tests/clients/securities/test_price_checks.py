"""What a file of prices should make a person look at before it is loaded, and the page of what is missing by day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.custodians.rows import PriceRow
from clients.models import Price
from clients.securities import price_checks
from rebalancing.engine.market.calendars import new_york
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY_EVENING, SUNDAY_NOON, standing_at
from tests.factories.bundles import table
from tests.factories.households import a_managed_household, received
from tests.pages import as_, words_of
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        days                  | held    | latest     | says
        2026-11-20            | ZUS     | 2026-11-19 |
        2026-11-21            | ZUS     | 2026-11-20 | when the market was closed
        2026-11-26            | ZUS     | 2026-11-20 | which has not come yet
        2026-11-18            | ZUS     | 2026-11-20 | prices of Nov 20, 2026 are on record already
        2026-11-20            | ZUS ZBD | 2026-11-19 | without a price of Nov 20, 2026 in it: ZBD
        """
    ),
)
def test_a_file_of_prices_is_looked_at(row: dict[str, str]) -> None:
    found = price_checks.notice(
        [PriceRow("ZUS", date.fromisoformat(day), D(100), "feed") for day in row["days"].split()],
        held=row["held"].split(),
        latest=date.fromisoformat(row["latest"]),
        today=date(2026, 11, 22),
        calendar=new_york(),
    )

    told = [*found.cautions, *found.notes]
    assert any(row["says"] in one for one in told) if row["says"] else not told


@pytest.mark.django_db
def test_the_preview_says_what_a_price_file_leaves_out_and_of_which_day_it_is() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    with standing_at(SUNDAY_NOON):
        file = received(table("prices", ["ZUS,2026-11-21,101,feed"]), name="prices.csv")

    told = [one["sentence"] for one in file.preview["warnings"]]
    assert any("when the market was closed" in one for one in told), told
    assert any("Held by clients, and without a price" in one and "ZBD" in one for one in told), told


@pytest.mark.django_db
def test_the_page_tells_day_by_day_what_is_missing() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Price.objects.filter(security__symbol="ZBD", as_of_on=LAST_FRIDAY).delete()
    with standing_at(MONDAY_EVENING):
        tom = as_(cast.tom())
        here = words_of(tom.get("/prices/stale/"))
        friday = words_of(tom.get(f"/prices/stale/?day={LAST_FRIDAY}"))
        other = words_of(tom.get("/prices/stale/?day=never"))

    assert "2 held securities without a price of the last market day" in here
    assert "No file came" in here
    assert "1 held security without a price of Nov 20, 2026" in friday
    assert "of the last market day" in other
