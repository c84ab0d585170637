"""A hold stays in force although what it holds is gone, or is renewed again and again."""

from __future__ import annotations

from datetime import date

from clients import figures
from clients.models import Hold, TaxLot
from compliance.firm.monitor_figures import HOLD_DAYS
from rebalancing.models import Alarm
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.monitor import Case
from rebalancing.triggers.columns import Columns, Truth, is_set, more_than

CODE: str = Alarm.Monitor.OUTLIVED
NEEDS: tuple[str, ...] = ("days_held", "longest", "cause_gone")


def fires(facts: Columns) -> Truth:
    """Held for longer than the firm allows, renewals counted, or held although nothing of it is left."""
    return is_set(facts["cause_gone"]) | more_than(facts["days_held"], facts["longest"])


def cases(firm: Firm) -> list[Case]:
    standing = list(
        Hold.objects.filter(
            household__in=firm.households, lifted_at=None, expires_on__gte=firm.on
        ).select_related("account", "security")
    )
    first = _first_days(standing)
    gone = {one.pk: _gone(one) for one in standing}
    return [
        Case(
            one.household_id,
            {
                "days_held": (firm.on - first[one.pk]).days,
                "longest": firm.of(HOLD_DAYS),
                "cause_gone": bool(gone[one.pk]),
            },
            about=one.public_id,
            words={
                "kind": one.get_kind_display().lower(),
                "since": figures.day(first[one.pk]),
                "reason": one.reason,
                "gone": gone[one.pk],
            },
        )
        for one in standing
    ]


def tell(case: Case) -> str:
    hold = f"A hold of the kind “{case.words['kind']}” stands since {case.words['since']}"
    if case.words["gone"]:
        return f"{hold}, but {case.words['gone']}."
    return f"{hold}, {case.facts['days_held']} days with its renewals: {case.words['reason']}"


def _first_days(standing: list[Hold]) -> dict[int, date]:
    """The first day of each hold, of the one that it replaces, and so on."""
    replaced = {
        one.pk: one
        for one in Hold.objects.filter(household__in={one.household_id for one in standing}).exclude(
            lifted_at=None
        )
    }
    found = {}
    for one in standing:
        first, before = one.starts_on, one.replaces_id
        while before in replaced:
            first, before = min(first, replaced[before].starts_on), replaced[before].replaces_id
        found[one.pk] = first
    return found


def _gone(hold: Hold) -> str:
    """What is no longer there of what the hold holds, in words; empty where it is all there."""
    if hold.account is not None and hold.account.closed_on is not None:
        return f"{hold.account.name} is closed"
    if (
        hold.security is not None
        and not TaxLot.objects.filter(
            account__household=hold.household_id, security=hold.security, closed_on=None
        ).exists()
    ):
        return f"nobody in the household holds {hold.security.symbol} any more"
    return ""
