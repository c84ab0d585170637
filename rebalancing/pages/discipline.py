"""The monitor of overrides: forced and skipped trades by advisor, on volatile market days and on the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from compliance.firm import firm_settings
from compliance.firm.waiting_figures import OVERRIDE_RATE
from rebalancing import access, market_days
from rebalancing.waiting import discipline
from rebalancing.waiting.discipline import Count, Row


@dataclass(frozen=True, slots=True)
class Shown:
    """One advisor's line; the shares in words."""

    advisor: str
    calm: Count
    calm_rate: str
    volatile: Count
    volatile_rate: str
    unknown: Count
    alert: str


@dataclass(frozen=True, slots=True)
class DisciplinePage:
    heading: str
    limit: str
    decided_least: int
    rows: tuple[Shown, ...]
    overrides_url: str


def show(user: Any, *, at: datetime) -> DisciplinePage:
    """The page for one person: the advisors of the rebalances in their scope, of the last year."""
    on = market_days.last_close(at)
    figures = firm_settings.in_force(on=market_days.new_york_date(at))
    found = discipline.rows(
        access.proposals_for(user), access.hold_overrides_for(user), on=on, figures=figures
    )
    alerts = sum(1 for one in found if one.alert)
    heading = (
        f"{alerts} advisor{'' if alerts == 1 else 's'} to look at"
        if alerts
        else "Nobody forces or skips more than usual"
    )
    return DisciplinePage(
        heading=heading,
        limit=figures.shown(OVERRIDE_RATE),
        decided_least=discipline.DECIDED_MIN,
        rows=tuple(_shown(one) for one in found),
        overrides_url=reverse("rebalancing:hold_override_list"),
    )


def _shown(row: Row) -> Shown:
    return Shown(
        advisor=row.advisor,
        calm=row.calm,
        calm_rate=_rate(row.calm.rate),
        volatile=row.volatile,
        volatile_rate=_rate(row.volatile.rate),
        unknown=row.unknown,
        alert=row.alert,
    )


def _rate(rate: Decimal | None) -> str:
    return "none decided" if rate is None else f"{rate * 100:.0f}%"
