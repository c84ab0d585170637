"""CM-05: trades have settled, and the client has no summary of them."""

from __future__ import annotations

from clients import figures
from compliance.firm.monitor_figures import TOLD_WITHIN
from rebalancing.models import Alarm
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, is_set, more_than

CODE: str = Alarm.Monitor.NOT_TOLD
NEEDS: tuple[str, ...] = ("is_told", "days_since", "most")


def fires(facts: Columns) -> Truth:
    """Not told, although more market days than promised have passed since settlement."""
    return ~is_set(facts["is_told"]) & more_than(facts["days_since"], facts["most"])


def cases(firm: Firm) -> list[Case]:
    return [
        Case(
            one.household,
            {
                "is_told": one.is_told,
                "days_since": firm.sessions_since(one.settles_on),
                "most": firm.of(TOLD_WITHIN),
            },
            about=one.public_id,
            words={"settled": figures.day(one.settles_on)},
        )
        for one in firm.released
    ]


def tell(case: Case) -> str:
    return (
        f"The trades that settled by {case.words['settled']} have no client summary, {case.facts['days_since']} market days "
        "later."
    )
