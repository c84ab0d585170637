"""The drift report as one statement: the reading of each household as of a day, ranked, counted and cut into pages by the database.

What a page shows of its households is read afterwards, for these alone (`drift`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from clients import access as record
from clients.models import BookEntry
from clients.pages.lists import by_book

ORDERINGS = {
    "name": ('name COLLATE "C"', 'code COLLATE "C"'),
    "drift": ("coalesce(drift, 0)",),
    "outside": ("coalesce(outside_value, 0)",),
    "value": ("coalesce(value, 0)",),
}
_USUAL = 'drift IS NULL, coalesce(drift, 0) DESC, name COLLATE "C", code COLLATE "C"'
# Without a class the reading itself says how far its worst class is off; of one class only its measures do.
_OF_ALL = """
    abs(r.worst_drift) AS drift, r.measures @> '[{"is_breached": true}]' AS is_outside, true AS is_told
"""
_OF_CLASS = """
    (SELECT max(abs((one ->> 'weight')::numeric - (one ->> 'target')::numeric)) FROM jsonb_array_elements(r.measures) AS one
        WHERE one ->> 'asset_class' = %(asset_class)s) AS drift,
    coalesce(r.measures @> jsonb_build_array(jsonb_build_object('asset_class', %(asset_class)s::text, 'is_breached', true)), false)
        AS is_outside,
    coalesce(r.measures @> jsonb_build_array(jsonb_build_object('asset_class', %(asset_class)s::text)), false)
        OR EXISTS (SELECT FROM jsonb_array_elements(r.account_weights) AS one WHERE one -> 'weights' ? %(asset_class)s) AS is_told
"""
# Nearly everybody was read in the last whole run or since; only for the others all runs of the past are asked.
_WITH = """
WITH seen AS MATERIALIZED (
    SELECT id, name, code FROM clients_household AS h WHERE {scope}
), runs AS MATERIALIZED (
    SELECT id, market_on FROM rebalancing_scanrun WHERE market_on <= %(day)s
), recent AS MATERIALIZED (
    SELECT id, market_on FROM runs WHERE market_on >= (
        SELECT max(market_on) FROM rebalancing_scanrun WHERE market_on <= %(day)s AND state = 'completed'
        AND households * 2 >= (SELECT max(households) FROM rebalancing_scanrun WHERE market_on <= %(day)s))
), newest AS MATERIALIZED (
    SELECT DISTINCT ON (r.household_id) r.household_id, r.id FROM recent JOIN rebalancing_reading AS r ON r.run_id = recent.id
    WHERE {of_reading} ORDER BY r.household_id, recent.market_on DESC, r.read_at DESC, r.id DESC
), older AS MATERIALIZED (
    SELECT DISTINCT ON (r.household_id) r.household_id, r.id FROM rebalancing_reading AS r JOIN runs ON runs.id = r.run_id
    WHERE r.household_id IN (SELECT id FROM seen EXCEPT SELECT household_id FROM newest)
    ORDER BY r.household_id, runs.market_on DESC, r.read_at DESC, r.id DESC
), latest AS (
    SELECT * FROM newest UNION ALL SELECT * FROM older
), reported AS MATERIALIZED (
    SELECT seen.id, seen.name, seen.code, r.id AS reading, r.value, r.outside_value, {judged}
    FROM seen LEFT JOIN latest ON latest.household_id = seen.id LEFT JOIN rebalancing_reading AS r ON r.id = latest.id
), held AS MATERIALIZED (
    SELECT * FROM reported WHERE {told}
)
"""


class Found(NamedTuple):
    """One household of the report: its key, and the key of its reading."""

    household: int
    reading: int | None


class Counts(NamedTuple):
    """How many households the report is over, how many a book and a class leave, and of these the measured and the outside."""

    everything: int
    held: int
    measured: int
    outside: int
    shown: int


@dataclass(frozen=True)
class Question:
    """What the report is asked: of whom, as of which day, and how it is narrowed and ordered."""

    user: Any
    day: date
    book: int | None
    asset_class: str
    outside: bool
    text: str
    ordering: str

    @cached_property
    def keys(self) -> list[int] | None:
        """The households of this person, None where they are all of the firm's."""
        if by_book.sees_all(self.user):
            return None
        if not record.is_staff(self.user):
            return []
        mine = record.households_for(self.user).filter(
            Q(closed_on=None) | Q(closed_on__gt=self.day), opened_on__lte=self.day
        )
        return list(mine.order_by().values_list("pk", flat=True))

    def looked(self, *, first: int, count: int | None) -> tuple[Counts, list[Found]]:
        """The counts, and the rows from the first one on: both from one look."""
        wanted = ["true"]
        if self.outside:
            wanted.append("is_outside")
        if self.text:
            wanted.append("position(lower(%(text)s) IN lower(name || ' ' || code)) > 0")
        within = " AND ".join(wanted)
        order = ", ".join((*self._chosen(), _USUAL))
        (counted, *rows) = self._asked(
            f"""
            SELECT 0::bigint AS place, (SELECT count(*) FROM seen), count(*), count(drift), count(*) FILTER (WHERE is_outside),
                count(*) FILTER (WHERE {within}) FROM held
            UNION ALL SELECT * FROM (
                SELECT row_number() OVER (ORDER BY {order}) AS place, id, reading, NULL::bigint, NULL::bigint, NULL::bigint
                FROM held WHERE {within} ORDER BY 1 LIMIT %(count)s OFFSET %(first)s
            ) AS page ORDER BY place
            """,  # noqa: S608
            {"first": first, "count": count},
        )
        return Counts(*counted[1:]), [Found(household, reading) for _, household, reading, *_ in rows]

    def _chosen(self) -> Sequence[str]:
        name, way = self.ordering.removeprefix("-"), "DESC" if self.ordering.startswith("-") else "ASC"
        return [f"{one} {way}" for one in ORDERINGS.get(name, ())]

    def _asked(self, what: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        params |= {"day": self.day, "asset_class": self.asset_class, "text": self.text}
        scope, of_reading = (
            "(h.closed_on IS NULL OR h.closed_on > %(day)s) AND h.opened_on <= %(day)s",
            "true",
        )
        if self.keys is not None:
            params["mine"] = self.keys
            scope, of_reading = "h.id = ANY(%(mine)s)", "r.household_id = ANY(%(mine)s)"
        told = "is_told" if self.asset_class else "true"
        if self.book is not None:
            entries = BookEntry.objects.on(self.day).filter(part=BookEntry.Part.ADVISOR, user=self.book)
            params["book"] = list(entries.order_by().values_list("household_id", flat=True))
            told += " AND id = ANY(%(book)s)"
        judged = _OF_CLASS if self.asset_class else _OF_ALL
        with connection.cursor() as cursor:
            cursor.execute(
                f"{_WITH.format(scope=scope, of_reading=of_reading, judged=judged, told=told)} {what}", params
            )
            return list(cursor.fetchall())
