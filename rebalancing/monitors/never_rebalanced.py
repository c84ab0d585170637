"""CM-02: a household stays outside its bands, and nobody trades or says why not; or its stocks are far off, at any time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clients import figures
from compliance.firm.monitor_figures import EQUITY_DRIFT, NEVER_DAYS
from rebalancing.models import Alarm, Reading
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, more_than

CODE: str = Alarm.Monitor.NEVER
NEEDS: tuple[str, ...] = ("days_outside", "longest", "equity_drift", "equity_most")


def fires(facts: Columns) -> Truth:
    """Outside for longer than the firm allows, or stocks further from their target than it allows."""
    return more_than(facts["days_outside"], facts["longest"]) | more_than(
        facts["equity_drift"], facts["equity_most"]
    )


def cases(firm: Firm) -> list[Case]:
    found = []
    for household, reading in firm.measured.items():
        since = firm.outside_since.get(household)
        drift = _equity_drift(reading, firm.equity)
        found.append(
            Case(
                household,
                {
                    "days_outside": (firm.on - since).days if since else 0,
                    "longest": firm.of(NEVER_DAYS),
                    "equity_drift": drift,
                    "equity_most": firm.of(EQUITY_DRIFT),
                },
                words={"since": figures.day(since) if since else "", "worst": reading.worst_class},
            )
        )
    return found


def tell(case: Case) -> str:
    days, longest = case.facts["days_outside"], case.facts["longest"]
    assert isinstance(days, int)
    assert isinstance(longest, int)
    if days > longest:
        return (
            f"Outside its bands since {case.words['since']}, {days} days, without a trade or a hold on record; "
            f"the furthest class is {case.words['worst']}."
        )
    drift = case.facts["equity_drift"]
    assert isinstance(drift, Decimal)
    return f"Stocks together are {drift * 100:.1f} points from their target."


def _equity_drift(reading: Reading, equity: Mapping[str, bool | None]) -> Decimal | None:
    """How far all stocks together are from their target; None where accounts are measured by themselves, or nobody has
    said of a class whether it is stocks.
    """
    rows = [one for one in reading.measures if one.get("account") is None]
    if not rows or any(equity.get(one["asset_class"]) is None for one in rows):
        return None
    return abs(sum((Decimal(one["drift"]) for one in rows if equity[one["asset_class"]]), Decimal(0)))
