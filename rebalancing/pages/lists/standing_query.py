"""The state of every household as one statement: who has which state, ranked, counted and cut into pages by the database.

The statement says in SQL which state is a household's and by what it is ranked, and nothing else says it. What a page shows of
its households is read afterwards, for these alone (`standings`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from clients import access as record
from clients.pages.lists import by_book
from compliance.models import SeverityLevel
from compliance.models import State as ReviewState
from rebalancing import market_days
from rebalancing.models import Proposal, Reading

_READ = Reading.Outcome
_STATE = Proposal.State

RANKED = (
    "returned", "blocked", "answer", "consent", "decide", "release", "failed", "impossible", "data", "no_policy", "held",
    "no_benefit", "sent", "unread", "not_due", "in_band",
)  # fmt: skip
"""The states in the order of their urgency, in which a list without another order is ranked."""

BY_OUTCOME: dict[str, str] = {
    _READ.IN_BAND: "in_band",
    _READ.HELD: "held",
    _READ.DATA: "data",
    _READ.NO_POLICY: "no_policy",
    _READ.NOT_DUE: "not_due",
    _READ.NO_BENEFIT: "no_benefit",
    _READ.IMPOSSIBLE: "impossible",
    _READ.FAILED: "failed",
    _READ.PENDING: "sent",
    _READ.PROPOSED: "sent",
}
"""The state of a household without an open proposal, by its latest reading."""

BY_ENDED: dict[str, str] = {
    _STATE.RELEASED: "sent",
    _STATE.FILLED: "sent",
    _STATE.PART_FILLED: "sent",
    _STATE.NOT_TRADED: "unread",
    _STATE.REJECTED: "unread",
    _STATE.WITHDRAWN: "unread",
    _STATE.EXPIRED: "unread",
}
"""And where that reading was in hand and its proposal has ended since, by how."""

ORDERINGS = {
    "name": (),
    "drift": ("abs(coalesce(drift, 0))",),
    "outside": ("coalesce(outside_value, 0)",),
    "value": ("coalesce(value, 0)",),
    "tax": ("coalesce(tax, 0)",),
}
_OF_STATES = "state = ANY(%(states)s)"
_NAME = ('name COLLATE "C"', 'code COLLATE "C"')


def _cases(of: str, by: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN '{key}' THEN '{state}'" for key, state in by.items())
    return f"CASE {of} {cases} END"


_ARRAY = ", ".join(f"'{one}'" for one in RANKED)
_OPEN = ", ".join(f"'{one}'" for one in Proposal.OPEN_STATES)
_IN_HAND = f"'{_READ.PROPOSED}', '{_READ.PENDING}'"
# What is decided about the open proposals is decided for these alone: by far most households have none.
_WITH = f"""
WITH pending AS MATERIALIZED (
    SELECT p.id, p.household_id, first.worst_drift, first.outside_value, first.value, {{tax}} AS tax,
        CASE
            WHEN p.state = '{_STATE.APPROVED}' THEN 'release'
            WHEN p.state = '{_STATE.RETURNED}' AND review.state = '{ReviewState.RETURNED}' THEN 'returned'
            WHEN review.consent_required AND NOT EXISTS (
                SELECT FROM compliance_consent WHERE review_id = review.id AND fingerprint = review.fingerprint
                AND given_at <= %(at)s AND expires_at > %(at)s
            ) THEN 'consent'
            ELSE coalesce((
                SELECT CASE WHEN bool_or(finding.severity = {SeverityLevel.BLOCK:d}) THEN 'blocked' ELSE 'answer' END
                FROM compliance_findingrow AS finding WHERE finding.examination_id = (
                    SELECT id FROM compliance_examination WHERE review_id = review.id ORDER BY examined_at DESC, id DESC LIMIT 1
                ) AND (finding.severity = {SeverityLevel.BLOCK:d} OR finding.severity >= {SeverityLevel.OVERRIDE:d} AND NOT EXISTS (
                    SELECT FROM compliance_override WHERE review_id = review.id AND key = finding.key
                    AND given_at <= %(at)s AND expires_at > %(at)s
                )) HAVING count(*) > 0
            ), 'decide')
        END AS state
    FROM rebalancing_proposal AS p
    JOIN LATERAL (
        SELECT review_id, plan_document FROM rebalancing_revision WHERE proposal_id = p.id ORDER BY number DESC LIMIT 1
    ) AS revision ON true
    LEFT JOIN rebalancing_reading AS first ON first.id = p.reading_id
    LEFT JOIN compliance_review AS review ON review.id = revision.review_id
    WHERE p.state IN ({_OPEN}) AND {{of_pending}}
), standing AS MATERIALIZED (
    SELECT h.id, h.name, h.code, latest.id AS latest, p.id AS proposal, ended.state AS ended, p.tax,
        array_position(ARRAY[{_ARRAY}], s.state) AS rank, s.state,
        CASE WHEN s.is_latest THEN latest.worst_drift ELSE p.worst_drift END AS drift,
        CASE WHEN s.is_latest THEN latest.outside_value ELSE p.outside_value END AS outside_value,
        CASE WHEN s.is_latest THEN latest.value ELSE p.value END AS value
    FROM clients_household AS h
    LEFT JOIN LATERAL (
        SELECT id, outcome, worst_drift, outside_value, value, measures FROM rebalancing_reading
        WHERE household_id = h.id ORDER BY read_at DESC, id DESC LIMIT 1
    ) AS latest ON true
    LEFT JOIN pending AS p ON p.household_id = h.id
    LEFT JOIN LATERAL (
        SELECT state FROM rebalancing_proposal
        WHERE household_id = h.id AND closed_at IS NOT NULL AND p.id IS NULL AND latest.outcome IN ({_IN_HAND})
        ORDER BY closed_at DESC, id DESC LIMIT 1
    ) AS ended ON true
    CROSS JOIN LATERAL (
        SELECT p.id IS NULL OR coalesce(latest.measures <> '[]', false) AS is_latest,
            CASE
                WHEN p.id IS NOT NULL THEN p.state
                WHEN latest.id IS NULL THEN 'unread'
                WHEN ended.state IS NOT NULL THEN {_cases("ended.state", BY_ENDED)}
                ELSE {_cases("latest.outcome", BY_OUTCOME)}
            END AS state
    ) AS s
    WHERE {{scope}}
)
"""  # noqa: S608 - every name is one of ours.
_TAX = "(revision.plan_document::json ->> 'tax_change')::numeric(18, 2)"
"""Read out of the plan's document, and only where a list is ordered or narrowed by it: that takes longer than all the rest."""


class Found(NamedTuple):
    """One household of the statement: its key, its state, and by what that was decided."""

    household: int
    state: str
    latest: int | None
    proposal: int | None
    ended: str | None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is narrowed to; `households` are queries of keys that it must be in, all of them."""

    households: tuple[QuerySet[Any], ...] = ()
    value_min: Decimal | None = None
    tax_min: Decimal | None = None
    states: tuple[str, ...] = ()
    ordering: str = ""

    def of_state(self, state: str) -> Narrowed:
        return replace(self, states=(state,)) if state else self

    @property
    def asks_tax(self) -> bool:
        return self.tax_min is not None or self.ordering.removeprefix("-") == "tax"


@dataclass(frozen=True)
class Book:
    """The open households that a person may see at a moment. `only` names some of them, by key."""

    user: Any
    at: datetime
    only: Sequence[int] | None = None
    _params: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _scope(self) -> tuple[str, str]:
        """The conditions on the household and on the household of a proposal."""
        said = []
        if by_book.sees_all(self.user):
            self._params.update(today=market_days.new_york_date(self.at))
            said.append(("(h.closed_on IS NULL OR h.closed_on > %(today)s)", "true"))
        else:
            # A book is named by its keys: one index look-up each, however large the firm is.
            self._params.update(mine=_open_of(self.user, market_days.new_york_date(self.at)))
            said.append(("h.id = ANY(%(mine)s)", "p.household_id = ANY(%(mine)s)"))
        if self.only is not None:
            self._params.update(only=list(self.only))
            said.append(("h.id = ANY(%(only)s)", "p.household_id = ANY(%(only)s)"))
        return " AND ".join(one for one, _ in said), " AND ".join(one for _, one in said)

    def counts(self, narrowed: Narrowed) -> dict[str, tuple[int, int]]:
        """By state how many households of the book have it, and how many of what it is narrowed to; every state is named."""
        return self.looked(narrowed, first=0, count=0)[0]

    def looked(
        self, narrowed: Narrowed, *, first: int, count: int
    ) -> tuple[dict[str, tuple[int, int]], list[Found]]:
        """The counts, of every state, and the rows of a page from the first one on: both from one look at the book."""
        within, params = self._within(replace(narrowed, states=()))
        told: dict[str, tuple[int, int]] = dict.fromkeys(RANKED, (0, 0))
        found = []
        for state, total, inside, *row in self._asked(
            f"""
            SELECT state, count(*), count(*) FILTER (WHERE {within}), NULL, NULL, NULL, 0 FROM standing GROUP BY state
            UNION ALL SELECT * FROM (
                SELECT state, NULL::bigint, id, latest, proposal, ended, row_number() OVER (ORDER BY {_order(narrowed.ordering)})
                FROM standing WHERE {within} AND {_OF_STATES} ORDER BY 7 LIMIT %(count)s OFFSET %(first)s
            ) AS page ORDER BY 7
            """,  # noqa: S608
            {**params, "states": list(narrowed.states or RANKED), "count": count, "first": first},
            with_tax=narrowed.asks_tax,
        ):
            if total is None:
                found.append(Found(inside, state, *row[:3]))
            else:
                told[state] = (total, inside)
        return told, found

    def rows(self, narrowed: Narrowed, *, first: int = 0, count: int | None = None) -> list[Found]:
        """The households it is narrowed to, in order, from the first one on."""
        within, params = self._within(narrowed)
        found = self._asked(
            f"SELECT id, state, latest, proposal, ended FROM standing WHERE {within} AND {_OF_STATES} "  # noqa: S608
            f"ORDER BY {_order(narrowed.ordering)} LIMIT %(count)s OFFSET %(first)s",
            {**params, "states": list(narrowed.states or RANKED), "count": count, "first": first},
            with_tax=narrowed.asks_tax,
        )
        return [Found(*row) for row in found]

    def _within(self, narrowed: Narrowed) -> tuple[str, dict[str, Any]]:
        params: dict[str, Any] = {}
        said = ["true"]
        for name, column in (("value_min", "value"), ("tax_min", "tax")):
            if (least := getattr(narrowed, name)) is not None:
                said.append(f"{column} >= %({name})s")
                params[name] = least
        for number, keys in enumerate(narrowed.households):
            said.append(f"id = ANY(%(keys{number})s)")
            params[f"keys{number}"] = list(keys.order_by().values_list("pk", flat=True))
        return " AND ".join(said), params

    def _asked(self, what: str, params: Mapping[str, Any], *, with_tax: bool) -> list[tuple[Any, ...]]:
        scope, of_pending = self._scope
        standing = _WITH.format(scope=scope, of_pending=of_pending, tax=_TAX if with_tax else "NULL::numeric")
        with connection.cursor() as cursor:
            cursor.execute(
                f"{standing} {what}",
                {**self._params, "at": self.at, **params},
            )
            return list(cursor.fetchall())


def _order(ordering: str) -> str:
    """The ordering asked for, then what needs attention first, then the worst drift."""
    name, way = ordering.removeprefix("-"), "DESC" if ordering.startswith("-") else "ASC"
    chosen = _NAME if name == "name" else ORDERINGS.get(name, ())
    usual = ("rank", "abs(coalesce(drift, 0)) DESC", *_NAME)
    return ", ".join([*(f"{one} {way}" for one in chosen), *usual])


def _open_of(user: Any, today: date) -> list[int]:
    mine = record.households_for(user).filter(Q(closed_on=None) | Q(closed_on__gt=today))
    return list(mine.order_by().values_list("pk", flat=True))
