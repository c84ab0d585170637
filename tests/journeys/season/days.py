"""Three months of market days: what happens on each, and what the record says of each household and day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from clients.models import CashFlow
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

    def days_of(
        self, code: str, *, outcome: str = "", trigger: str = "", hold: str = "", effect: str = ""
    ) -> list[date]:
        """The days of one household with this outcome, this trigger and this reason to wait."""
        return [
            day
            for (who, day), one in sorted(self.readings.items(), key=lambda item: item[0][1])
            if who == code
            and (not outcome or one.outcome == outcome)
            and (not trigger or any(each["code"] == trigger for each in one.triggers))
            and (
                not hold
                or any(
                    each["code"] == hold and (not effect or each["effect"] == effect) for each in one.holds
                )
            )
        ]

    def told(self, code: str) -> str:
        """What happened to one household, in lines: for a failure that explains itself."""
        lines, last = [], None
        for (who, day), one in sorted(self.readings.items(), key=lambda item: item[0][1]):
            said = (
                one.outcome,
                [each["code"] for each in one.triggers],
                [each["code"] for each in one.holds],
            )
            if who == code and said != last:
                lines.append(f"{day} {said[0]} {said[1]} {said[2]} {one.reason}")
                last = said
        return "\n".join(lines)


def market_days(first: date = OPENING, last: date = LAST) -> Iterator[date]:
    """The sessions of the exchange from one day through another."""
    day = new_york().session_on_or_after(first)
    while day <= last:
        yield day
        day = new_york().session_after(day)


def passes(season: Season, first: date, last: date) -> None:
    """Each market day of a span: what was proposed the evening before is traded, the market closes, and all are read."""
    firm = season.firm
    for day in market_days(first, last):
        firm.is_at(day)
        for flow in CashFlow.objects.filter(done_on=None, cancelled_at=None, due_on__lte=day):
            firm.custodians.pays(flow.account.number, abs(flow.amount), day)
            firm.does("Ana", "clients:cash_need_done", flow, done_on=day)
        firm.trades(day, among=tuple(families.FAMILIES))
        run = firm.closes(day)
        assert run is not None, day
        for one in run.readings.select_related("household"):
            season.readings[one.household.code, day] = one
        missing = set(families.FAMILIES) - {code for code, on in season.readings if on == day}
        assert not missing, (day, missing)
