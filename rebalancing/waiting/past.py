"""What held the household back on the market days before: since when a reason stands, and which has ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from clients.models import Household
from rebalancing.models import Reading
from rebalancing.portfolios.market import Market
from rebalancing.waiting.reason import Effect, HoldReason, Owner

DAYS = 21
"""How many readings are looked at: more than the longest wait that the firm can set for an orderly market."""
LASTS = frozenset({Effect.HOLDS, Effect.PARTLY})


@dataclass(frozen=True, slots=True)
class Past:
    """The reasons of earlier market days, the newest day first."""

    days: tuple[tuple[date, tuple[dict[str, Any], ...]], ...] = ()

    @property
    def days_held(self) -> tuple[tuple[str, int], ...]:
        """For each reason that held on the last day, how many days in a row it had by then."""
        counts: dict[str, int] = {}
        standing = {_code(one) for one in _of(self.days[:1]) if _effect(one) is Effect.HOLDS}
        for _, told in self.days:
            standing &= {_code(one) for one in told if _effect(one) is Effect.HOLDS}
            for code in standing:
                counts[code] = counts.get(code, 0) + 1
        return tuple(sorted(counts.items()))

    def dated(self, found: Iterable[HoldReason], *, on: date) -> tuple[HoldReason, ...]:
        """The reasons with the market day since which each has stood."""
        since = {
            _key(one): date.fromisoformat(one["since"]) if one.get("since") else day
            for day, told in self.days[:1]
            for one in told
            if _effect(one) is not Effect.ENDED
        }
        return tuple(replace(one, since=since.get(one.key, on)) for one in found)

    def ended(self, found: Iterable[HoldReason], *, asked: Collection[str] | None) -> tuple[HoldReason, ...]:
        """What held on the last day and does not any more, among the codes that were `asked` about today (None: all)."""
        now = {one.key for one in found}
        return tuple(
            HoldReason(
                code=_code(one),
                sentence=str(one["sentence"]),
                ends_on=None,
                because="Its cause has ended.",
                owner=Owner.MACHINE,
                effect=Effect.ENDED,
                subject=str(one.get("subject", "")),
                since=date.fromisoformat(one["since"]) if one.get("since") else None,
            )
            for one in _of(self.days[:1])
            if _effect(one) in LASTS and _key(one) not in now and (asked is None or _code(one) in asked)
        )


def of(household: Household, *, before: date, market: Market | None = None) -> Past:
    """The last reading of each market day before one. `market` has those of the households that are read together."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, tuple[date, list[Any]]]]:
        place = Window(
            RowNumber(), partition_by="household", order_by=(F("run__market_on").desc(), F("read_at").desc())
        )
        found = (
            Reading.objects.filter(household__in=keys, run__market_on__lt=before)
            .exclude(outcome=Reading.Outcome.FAILED)
            .annotate(place=place)
            .filter(place__lte=DAYS)
            .order_by("household_id", "place")
        )
        for key, day, told in found.values_list("household_id", "run__market_on", "holds"):
            yield key, (day, told)

    rows = (market or Market(before)).rows_of(household.pk, ("past", before), fetch)
    newest: dict[date, tuple[dict[str, Any], ...]] = {}
    for day, told in rows:
        newest.setdefault(day, tuple(told))
    return Past(tuple(newest.items()))


def _of(days: Iterable[tuple[date, tuple[dict[str, Any], ...]]]) -> list[dict[str, Any]]:
    return [one for _, told in days for one in told]


def _code(told: dict[str, Any]) -> str:
    return str(told["code"])


def _key(told: dict[str, Any]) -> tuple[str, str]:
    return _code(told), str(told.get("subject", ""))


def _effect(told: dict[str, Any]) -> Effect:
    """Readings made before reasons had an effect held everything back."""
    return Effect(told.get("effect", Effect.HOLDS))
