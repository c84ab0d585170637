"""CM-07: a household that no scan reads, whoever switched what off: it must be noticed, because nothing else would."""

from __future__ import annotations

from clients import figures
from compliance.firm.monitor_figures import UNREAD_DAYS
from rebalancing.models import Alarm
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, more_than

CODE: str = Alarm.Monitor.UNREAD
NEEDS: tuple[str, ...] = ("days_unread", "most")


def fires(facts: Columns) -> Truth:
    """Left unread on more scan days than the firm allows."""
    return more_than(facts["days_unread"], facts["most"])


def cases(firm: Firm) -> list[Case]:
    found = []
    for key, household in firm.households.items():
        last = firm.last_read.get(key)
        # Until it is opened nobody has to read it; from then on, every day of a scan counts.
        unread = [
            day for day in firm.scan_days if day >= household.opened_on and (last is None or day > last)
        ]
        found.append(
            Case(
                key,
                {"days_unread": len(unread), "most": firm.of(UNREAD_DAYS)},
                words={"last": f"last read on {figures.day(last)}" if last else "never read"},
            )
        )
    return found


def tell(case: Case) -> str:
    return (
        f"No scan has read it on the last {case.facts['days_unread']} scan days; it was {case.words['last']}."
    )
