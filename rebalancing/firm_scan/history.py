"""What earlier days left behind of each household, as arrays: when it was looked at, and what held it back last."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np

from rebalancing.firm_scan import one_row
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import Flags, Ints
from rebalancing.models import Reading
from rebalancing.triggers.history import CALENDAR, EVALUATED, LOOKED, SHARP_FALL


def _outcomes(outcomes: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in outcomes)


_FALL = f"""triggers @> '[{{"code": "{SHARP_FALL}"}}]'"""
_CALENDAR = f"""triggers @> '[{{"code": "{CALENDAR}"}}]'"""
_READINGS = (
    """(
    SELECT r.household_id,
        max(s.market_on) FILTER (WHERE r.outcome IN (<looked>) AND NOT <fall>) AS looked_on,
        max(r.read_at) FILTER (WHERE r.outcome IN (<evaluated>) AND NOT <fall>) AS evaluated_at,
        max(s.market_on) FILTER (WHERE r.outcome IN (<looked>) AND <calendar>) AS calendar_on,
        (array_agg(r.holds <> '[]'::jsonb ORDER BY s.market_on DESC, r.read_at DESC)
            FILTER (WHERE r.outcome <> 'failed'))[1] AS had_reasons
    FROM rebalancing_reading AS r JOIN rebalancing_scanrun AS s ON s.id = r.run_id
    WHERE s.market_on < %(market_on)s AND s.market_on >= %(since)s
    AND (%(households)s::bigint[] IS NULL OR r.household_id = ANY(%(households)s))
    GROUP BY r.household_id
) AS earlier""".replace("<looked>", _outcomes(LOOKED))
    .replace("<evaluated>", _outcomes(EVALUATED))
    .replace("<fall>", _FALL)
    .replace("<calendar>", _CALENDAR)
)
_WANTED = {
    "household": ("household_id", "int4"),
    "looked_on": one_row.day("looked_on"),
    "evaluated_at": one_row.moment("evaluated_at"),
    "calendar_on": one_row.day("calendar_on"),
    "had_reasons": ("coalesce(had_reasons, false)", "bool"),
}


@dataclass(frozen=True, kw_only=True)
class Histories:
    """`triggers.history.History` of each household, but for falls: shape (households,). Days are ordinals, moments microseconds; 0 for none.

    `was_read` says that there is any earlier reading, `had_reasons` that the last one named a reason to wait.
    """

    looked_on: Ints
    evaluated_at: Ints
    calendar_on: Ints
    had_reasons: Flags
    was_read: Flags


LATELY = timedelta(days=30)
"""Who is looked at every day has what counts in these days: the years before are read for nobody in vain."""


def read(households: Ints, *, market_on: date, looks_back: Flags) -> Histories:
    """The history of these households before a market day: of the last days, and of all days for those that were not evaluated
    in them, or whose looks lie further apart (`looks_back`).
    """
    lately = _since(households, market_on - LATELY, market_on=market_on, only=None)
    more = looks_back | (lately.evaluated_at == 0)
    if not more.any():
        return lately
    every = _since(households, date.min, market_on=market_on, only=households[more].tolist())
    return Histories(
        **{
            one.name: np.where(more, getattr(every, one.name), getattr(lately, one.name))
            for one in fields(Histories)
        }
    )


def _since(households: Ints, since: date, *, market_on: date, only: list[int] | None) -> Histories:
    given = {"market_on": market_on, "since": since, "households": only}
    told = one_row.read(_READINGS, _WANTED, given)
    row, at = among(households, told["household"])

    def spread(name: str) -> Ints:
        found = np.zeros(len(households), dtype=np.int64)
        found[at] = told[name][row]
        return found

    was_read = np.zeros(len(households), dtype=np.bool_)
    was_read[at] = True
    return Histories(
        looked_on=spread("looked_on"),
        evaluated_at=spread("evaluated_at"),
        calendar_on=spread("calendar_on"),
        had_reasons=spread("had_reasons") > 0,
        was_read=was_read,
    )


assert Reading.Outcome.FAILED == "failed", "the query names it"
