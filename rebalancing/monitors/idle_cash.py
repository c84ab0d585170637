"""CM-03: cash lies idle above its target, market day after market day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients import figures
from compliance.firm.monitor_figures import IDLE_DAYS, IDLE_ROOM
from rebalancing.models import Alarm
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, more_than

CODE: str = Alarm.Monitor.IDLE_CASH
NEEDS: tuple[str, ...] = ("days_idle", "most")


def fires(facts: Columns) -> Truth:
    """Idle for more market days than the firm allows."""
    return more_than(facts["days_idle"], facts["most"])


def cases(firm: Firm) -> list[Case]:
    most, room = firm.of(IDLE_DAYS), firm.of(IDLE_ROOM)
    found = []
    for household, seen in firm.cash_weights(most + 60).items():
        idle = idle_days(seen, room)
        if idle:
            last, first = idle[0], idle[-1]
            found.append(
                Case(
                    household,
                    {"days_idle": firm.sessions_since(first[0]) + 1, "most": most},
                    words={
                        "since": figures.day(first[0]),
                        "weight": figures.weight(last[1]),
                        "target": figures.weight(last[2]),
                    },
                )
            )
    return found


def idle_days(
    seen: list[tuple[date, Decimal, Decimal]], room: Decimal
) -> list[tuple[date, Decimal, Decimal]]:
    """The days without a break, the newest first, on which cash was above its target by more than the room."""
    found = []
    for one in seen:
        if one[1] - one[2] <= room:
            break
        found.append(one)
    return found


def tell(case: Case) -> str:
    return (
        f"Cash is {case.words['weight']} against a target of {case.words['target']}, idle since {case.words['since']}, "
        f"{case.facts['days_idle']} market days."
    )
