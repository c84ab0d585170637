"""Three months of market days: what happens on each, and what the record says of each household and day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Reading
from tests.journeys.season import families
from tests.journeys.season.market import LAST, OPENING
from tests.journeys.year.firm import Firm


@dataclass
class Season:
    """The firm, and by household and day what its scan recorded."""

    firm: Firm
    readings: dict[tuple[str, date], Reading] = field(default_factory=dict)

    def outcomes(self, code: str) -> list[tuple[date, str]]:
        """One household's outcomes, day by day."""
        return [(day, one.outcome) for (who, day), one in sorted(self.readings.items()) if who == code]

    def days_of(self, code: str, *, outcome: str = "", trigger: str = "", hold: str = "") -> list[date]:
        """The days of one household with this outcome, this trigger and this hold."""
        return [
            day
            for (who, day), one in sorted(self.readings.items(), key=lambda item: item[0][1])
            if who == code
            and (not outcome or one.outcome == outcome)
            and (not trigger or any(each["code"] == trigger for each in one.triggers))
            and (not hold or any(each["code"] == hold for each in one.holds))
        ]


def market_days(first: date = OPENING, last: date = LAST) -> Iterator[date]:
    day = new_york().session_on_or_after(first)
    while day <= last:
        yield day
        day = new_york().session_after(day)


def passes(season: Season, first: date, last: date, *, traded: bool = True) -> None:
    """Each market day of a span: what was proposed the evening before is traded, the market closes, and all are read."""
    for day in market_days(first, last):
        if traded:
            season.firm.trades(day)
        run = season.firm.closes(day)
        assert run is not None, day
        for one in run.readings.select_related("household"):
            season.readings[one.household.code, day] = one
        missing = set(families.FAMILIES) - {code for code, on in season.readings if on == day}
        assert not missing, (day, missing)
