"""CM-03: what was over its target is sold although money that had just come in could have brought it back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clients import figures
from compliance.firm.monitor_figures import FLOW_DAYS, FLOW_LEAST
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Alarm
from rebalancing.monitors.firm import ZERO, Firm
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, more_than

CODE: str = Alarm.Monitor.IGNORED_CASH
NEEDS: tuple[str, ...] = ("inflow", "sold", "least")
STANDS = timedelta(days=30)
"""How long after the release it is asked about: what is done cannot be undone, but it can be learned from."""


def fires(facts: Columns) -> Truth:
    """Both the money that came in and what was sold are more than the firm lets pass: so is the smaller of them."""
    return more_than(facts["inflow"], facts["least"]) & more_than(facts["sold"], facts["least"])


def avoidable_sells(sold: Decimal, inflow: Decimal) -> Decimal:
    """What did not have to be sold, because the money that came in could have been placed instead."""
    return min(sold, inflow)


def inflow_before(deposits: list[tuple[date, Decimal]], sold_on: date, *, days: int) -> Decimal:
    """The money that came in within so many market days before a sale, that day included."""
    first_on = sold_on
    for _ in range(days):
        first_on = new_york().session_before(first_on)
    return sum((amount for on, amount in deposits if first_on <= on <= sold_on), ZERO)


def cases(firm: Firm) -> list[Case]:
    deposits, days = firm.deposits(), firm.of(FLOW_DAYS)
    found = []
    for batch in firm.released:
        if firm.on - batch.on > STANDS or batch.household not in deposits:
            continue
        # A class that is bought as much elsewhere was moved between accounts, not sold down.
        sold = sum((max(ZERO, one.sold - one.bought) for one in batch.by_class.values()), ZERO)
        inflow = inflow_before(deposits[batch.household], batch.on, days=days)
        found.append(
            Case(
                batch.household,
                {"inflow": inflow, "sold": sold, "least": firm.of(FLOW_LEAST)},
                about=batch.public_id,
                words={
                    "on": figures.day(batch.on),
                    "inflow": figures.money(inflow, cents=False),
                    "avoidable": figures.money(avoidable_sells(sold, inflow), cents=False),
                },
            )
        )
    return found


def tell(case: Case) -> str:
    return (
        f"{case.words['inflow']} had just come in when orders of {case.words['on']} sold what was over its target; "
        f"{case.words['avoidable']} of those sales could have been avoided."
    )
