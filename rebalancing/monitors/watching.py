"""Every monitor asked over the whole firm. The list is written by hand: a new monitor is one file and its name here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.monitors import (
    accounts_alike,
    cash_flow_ignored,
    client_not_told,
    hold_outlived,
    idle_cash,
    never_rebalanced,
    not_read,
    rebalanced_too_often,
)
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.monitor import Case, MonitorModule
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact

MONITORS: tuple[MonitorModule, ...] = (
    not_read,
    never_rebalanced,
    client_not_told,
    idle_cash,
    cash_flow_ignored,
    accounts_alike,
    rebalanced_too_often,
    hold_outlived,
)
"""The weightiest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a monitor found: what an alarm is made of."""

    monitor: str
    household: int
    about: str
    sentence: str
    figures: dict[str, str | None]


def found(firm: Firm) -> tuple[Found, ...]:
    """Everything that the monitors find now."""
    return tuple(
        Found(str(kind.CODE), case.household, case.about, kind.tell(case), _as_text(case))
        for kind in MONITORS
        for case in firing(kind, kind.cases(firm))
    )


def firing(kind: MonitorModule, cases: Sequence[Case]) -> list[Case]:
    """The cases that fire: asked at once over floats, and again exactly where those are too close to tell."""
    if not cases:
        return []
    exact = columns.rows(*(case.facts for case in cases))

    def of_row(row: int) -> Columns:
        return {name: column[row : row + 1] for name, column in exact.items()}

    told = columns.decide(kind.fires, columns.floats(exact), of_row)
    return [case for case, fires in zip(cases, told, strict=True) if fires]


def _as_text(case: Case) -> dict[str, str | None]:
    return {name: _text(fact) for name, fact in case.facts.items()}


def _text(fact: Fact) -> str | None:
    if fact is None:
        return None
    if isinstance(fact, Decimal):
        return f"{fact:f}"
    return fact.isoformat() if isinstance(fact, date) else str(fact)
