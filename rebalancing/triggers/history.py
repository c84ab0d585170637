"""When a household was last looked at: the facts about the past that due dates, falls and changes compare with."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q

from clients.models import Household
from rebalancing.models import Reading
from rebalancing.portfolios.market import Market

TOLD = ("looked_on", "evaluated_at", "calendar_on", "fall_on")
CALENDAR, SHARP_FALL = "calendar", "sharp_fall"
LOOKED = (
    Reading.Outcome.IN_BAND,
    Reading.Outcome.PROPOSED,
    Reading.Outcome.PENDING,
    Reading.Outcome.NO_BENEFIT,
)
"""Outcomes that complete an evaluation; after any other outcome it is still due."""
SEEN = (*LOOKED, Reading.Outcome.NOT_DUE)
"""Outcomes after which a fall of the market has been answered, if only by finding nothing."""
EVALUATED = (Reading.Outcome.IN_BAND, Reading.Outcome.PROPOSED, Reading.Outcome.NO_BENEFIT)
"""Outcomes of a look at the household as it was then. While a proposal is open nothing is weighed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What earlier days left behind; None where there was nothing. Days are market days.

    A look that a fall of the market called for was no full one and counts for its own column only.
    """

    looked_on: date | None = None
    evaluated_at: datetime | None = None
    calendar_on: date | None = None
    fall_on: date | None = None


def of(household: Household, *, before: date, market: Market | None = None) -> History:
    """The household's history before a market day. `market` has those of the households that are read together."""
    (found,) = (market or Market(before)).rows_of(
        household.pk, ("history", before), lambda keys: _of_households(keys, before=before)
    ) or (History(),)
    return found


def _of_households(keys: Collection[int], *, before: date) -> Iterable[tuple[int, History]]:
    after_fall = Q(triggers__contains=[{"code": SHARP_FALL}])
    by_calendar = Q(triggers__contains=[{"code": CALENDAR}])
    own = Reading.objects.filter(household__in=keys, run__market_on__lt=before).order_by()
    found = own.values("household").annotate(
        looked_on=Max("run__market_on", filter=Q(outcome__in=LOOKED) & ~after_fall),
        evaluated_at=Max("read_at", filter=Q(outcome__in=EVALUATED) & ~after_fall),
        calendar_on=Max("run__market_on", filter=Q(outcome__in=LOOKED) & by_calendar),
        fall_on=Max("run__market_on", filter=Q(outcome__in=SEEN) & after_fall),
    )
    for key, looked_on, evaluated_at, calendar_on, fall_on in found.values_list("household", *TOLD):
        yield (
            key,
            History(looked_on=looked_on, evaluated_at=evaluated_at, calendar_on=calendar_on, fall_on=fall_on),
        )
