"""Until when a proposal can be decided: its end by market days, and the trade day through which a revision stands."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from compliance.firm import firm_settings
from rebalancing.engine.market.calendars import NEW_YORK
from rebalancing.proposals import expiry
from tests.spec.drawn import rows

AS_SHIPPED = firm_settings.folded([], on=date(2026, 11, 20))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        made for   | days | ends             | why
        2026-11-23 | 0    | 2026-11-23 16:00 | the close of the day itself
        2026-11-23 | 1    | 2026-11-24 16:00 |
        2026-11-23 | 3    | 2026-11-27 13:00 | Thanksgiving is no market day, and the day after closes early
        2026-11-27 | 1    | 2026-11-30 16:00 | over the weekend
        2026-12-24 | 1    | 2026-12-28 16:00 | over Christmas
        2026-12-31 | 5    | 2027-01-08 16:00 | over the turn of the year
        """
    ),
)
def test_a_proposal_ends_at_a_close_so_many_market_days_on(row: dict[str, str]) -> None:
    assert expiry.ends_at(date.fromisoformat(row["made for"]), days=int(row["days"])) == moment(row["ends"])


@pytest.mark.parametrize(
    "row",
    rows(
        """
        built            | now              | waits for  | over | why
        2026-11-23 18:00 | 2026-11-23 19:00 |            | no   | made after Monday's close, for Tuesday
        2026-11-23 18:00 | 2026-11-24 15:59 |            | no   | the whole of Tuesday
        2026-11-23 18:00 | 2026-11-24 16:00 | 2026-11-24 | no   | from Tuesday's close it waits for Tuesday's prices
        2026-11-23 18:00 | 2026-11-25 11:00 | 2026-11-24 | no   | they never came
        2026-11-24 08:00 | 2026-11-25 15:59 |            | no   | repriced in the morning, it stands through the next day
        2026-11-20 18:00 | 2026-11-23 15:59 |            | no   | Friday to Monday is one market day
        2026-11-20 18:00 | 2026-11-23 16:00 | 2026-11-23 | no   |
        2026-11-25 18:00 | 2026-11-27 12:59 |            | no   | over Thanksgiving
        2026-11-25 18:00 | 2026-11-27 13:00 | 2026-11-27 | no   | an early close
        2026-11-27 18:00 | 2026-12-01 16:00 |            | yes  | its end is here: it waits for nothing
        """
    ),
)
def test_a_revision_stands_as_long_as_the_rule_says(row: dict[str, str]) -> None:
    life = expiry.life(
        built_at=moment(row["built"]),
        expires_at=moment("2026-12-01 16:00"),
        figures=AS_SHIPPED,
        at=moment(row["now"]),
    )

    waits_for = date.fromisoformat(row["waits for"]) if row["waits for"] else None
    assert (life.waits_for, life.is_over) == (waits_for, row["over"] == "yes")
