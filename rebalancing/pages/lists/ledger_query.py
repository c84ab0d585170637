"""The returns of a book as one statement: ranked, counted and cut into pages by the database.

What a return has used of its budget follows from its profile alone where nothing of the household was sold, and the database works
it out. Households that sold something are worked out by the ledger (`computed`), which knows wash sales, and join the statement as
they are. What a payment comes to is law, and known of the returns that are worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from clients.models import Account, Household, RealizedGain, StatedGains, Transaction
from rebalancing import market_days
from rebalancing.models import Order
from rebalancing.portfolios import own_sales

STATES = ("over", "near", "unknown", "differs", "payment")
ORDERINGS = {
    "household": ('household COLLATE "C"', 'unit COLLATE "C"'),
    "used": ("coalesce(share, 0)",),
    "net": ("net",),
    "unknown": ("unknown",),
}
_USUAL = 'coalesce(share, 0) DESC, household COLLATE "C", unit COLLATE "C"'
_WITH = """
WITH per_unit AS (
    SELECT u.id, u.household_id, h.name AS household, h.code, u.name AS unit, u.last_tax_year, p.gain_budget AS unit_limit,
        coalesce(p.short_term_before + p.long_term_before, 0) AS net,
        p.short_term_before - p.short_term_carryover + p.long_term_before + p.distributions_expected - p.long_term_carryover AS base,
        p.id AS profile
    FROM clients_taxunit AS u JOIN clients_household AS h ON h.id = u.household_id
    LEFT JOIN clients_taxprofile AS p ON p.tax_unit_id = u.id AND p.tax_year = %(year)s
    WHERE {scope} AND NOT u.household_id = ANY(%(worked_out)s)
), per_household AS (
    SELECT household_id, count(*) AS units, sum(base) AS base,
        CASE WHEN count(profile) = count(unit_limit) THEN sum(unit_limit) END AS units_limit
    FROM per_unit GROUP BY household_id
), budgeted AS (
    SELECT unit.id, unit.household_id, unit.household, unit.code, unit.unit, unit.net,
        CASE WHEN whole.units = 1 OR unit.unit_limit IS NULL THEN greatest(whole.base, 0) ELSE greatest(unit.base, 0) END AS used,
        CASE
            WHEN whole.units > 1 AND unit.unit_limit IS NOT NULL THEN unit.unit_limit
            WHEN whole.base IS NOT NULL THEN coalesce(policy.gain_budget, whole.units_limit)
        END AS "limit"
    FROM per_unit AS unit JOIN per_household AS whole ON whole.household_id = unit.household_id
    LEFT JOIN clients_policy AS policy ON policy.household_id = unit.household_id AND policy.state = 'adopted'
        AND policy.effective_on <= %(on)s
    WHERE unit.last_tax_year IS NULL OR unit.last_tax_year >= %(year)s
), listed AS MATERIALIZED (
    SELECT id, household_id, household, code, unit, net, 0::bigint AS unknown, used / nullif("limit", 0) AS share,
        array_remove(ARRAY[CASE WHEN used >= "limit" THEN 'over' END, CASE WHEN used >= %(near)s * "limit" THEN 'near' END], NULL)
            AS states
    FROM budgeted
    UNION ALL
    SELECT c.id, u.household_id, h.name, h.code, u.name, c.net, c.unknown, c.share, string_to_array(c.states, ' ')
    FROM unnest(%(units)s::bigint[], %(nets)s::numeric[], %(unknowns)s::bigint[], %(shares)s::numeric[], %(states)s::text[])
        AS c (id, net, unknown, share, states)
    JOIN clients_taxunit AS u ON u.id = c.id JOIN clients_household AS h ON h.id = u.household_id
)
"""


class Computed(NamedTuple):
    """One return that the ledger has worked out: its key, by what it is ranked, and its states, a word each."""

    unit: int
    net: Decimal
    unknown: int
    share: Decimal | None
    states: str


class Found(NamedTuple):
    """One return of a page."""

    unit: int
    household: int


def sold(households: QuerySet[Household], *, year: int, on: date) -> set[int]:
    """The households of these that the ledger has to work out: with a sale of the year or the one before, or a custodian's figure."""
    since, until = date(year - 1, 1, 1), min(on, date(year, 12, 31))
    released = market_days.opened_at(since - timedelta(days=own_sales.RELEASED_BEFORE_DAYS))
    taxed = {"account__tax_treatment": Account.TaxTreatment.TAXABLE}
    found: set[int] = set()
    for rows in (
        RealizedGain.objects.filter(sold_on__range=(since, until), **taxed),
        Transaction.objects.filter(
            traded_on__range=(since, until), security__isnull=False, amount__gt=0, **taxed
        ),
        Order.objects.filter(batch__released_at__gte=released, **taxed),
        StatedGains.objects.filter(tax_year=year, ended_at=None),
    ):
        found.update(rows.order_by().values_list("account__household", flat=True).distinct())
    return set(households.filter(pk__in=found).order_by().values_list("pk", flat=True))


@dataclass(frozen=True)
class Question:
    """What the list is asked; `households` None are all of the firm's that were open in the year."""

    households: Sequence[int] | None
    worked_out: Sequence[int]
    computed: Sequence[Computed]
    year: int
    on: date
    near: Decimal
    state: str = ""
    text: str = ""
    ordering: str = ""

    def looked(self, *, first: int, count: int | None) -> tuple[dict[str, int], int, list[Found]]:
        """How many returns have each state ("" is all of them), how many are asked for, and these from the first one on."""
        wanted = ["true"]
        if self.state:
            wanted.append("%(state)s = ANY(states)")
        if self.text:
            wanted.append("position(lower(%(text)s) IN lower(concat_ws(' ', household, code, unit))) > 0")
        within = " AND ".join(wanted)
        name, way = self.ordering.removeprefix("-"), "DESC" if self.ordering.startswith("-") else "ASC"
        order = ", ".join((*(f"{one} {way}" for one in ORDERINGS.get(name, ())), _USUAL))
        of_states = ", ".join(f"count(*) FILTER (WHERE '{one}' = ANY(states))" for one in STATES)
        (counted, *rows) = self._asked(
            f"""
            SELECT 0::bigint AS place, count(*), count(*) FILTER (WHERE {within}), {of_states} FROM listed
            UNION ALL SELECT * FROM (
                SELECT row_number() OVER (ORDER BY {order}) AS place, id, household_id, {", ".join(["0::bigint"] * len(STATES))}
                FROM listed WHERE {within} ORDER BY 1 LIMIT %(count)s OFFSET %(first)s
            ) AS page ORDER BY place
            """,  # noqa: S608 - every name is one of ours.
            {"first": first, "count": count},
        )
        _, everything, shown, *by_state = counted
        told = {"": everything, **dict(zip(STATES, by_state, strict=True))}
        return told, shown, [Found(unit, household) for _, unit, household, *_ in rows]

    def _asked(self, what: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        if self.households is None:
            scope = "(h.closed_on IS NULL OR extract(year FROM h.closed_on) >= %(year)s)"
        else:
            scope = "h.id = ANY(%(mine)s)"
        units, nets, unknowns, shares, states = (
            [list(column) for column in zip(*self.computed, strict=True)] if self.computed else [[]] * 5
        )
        params |= {
            "mine": list(self.households or ()), "worked_out": list(self.worked_out), "year": self.year, "on": self.on,
            "near": self.near, "state": self.state, "text": self.text, "units": units, "nets": nets, "unknowns": unknowns,
            "shares": shares, "states": states,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"{_WITH.format(scope=scope)} {what}", params)
            return list(cursor.fetchall())


def households_of(units: Sequence[Found]) -> list[Household]:
    """The households of these returns, each once, in their order."""
    found = Household.objects.in_bulk({one.household for one in units})
    return [found[key] for key in dict.fromkeys(one.household for one in units)]
