"""Emotions over discipline: which days count as volatile, and when compliance is asked to look."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from compliance.firm.firm_settings import InForce
from rebalancing.models import HoldOverride, Proposal
from rebalancing.waiting import discipline
from rebalancing.waiting.discipline import Count
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.desk import a_desk

FIRST = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("calm", "volatile", "together", "said"),
    [
        (D("0.05"), D("0.05"), D("0.05"), ""),
        (D("0.05"), D("0.10"), D("0.06"), ""),  # Exactly twice is not more than twice.
        (D("0.05"), D("0.11"), D("0.06"), "11% on volatile days against 5% on the others."),
        (D(0), D("0.01"), D("0.01"), "1% on volatile days against 0% on the others."),
        (D("0.10"), D("0.10"), D("0.10"), ""),  # At the limit.
        (D("0.12"), D("0.10"), D("0.11"), "11% were forced or skipped, more than 10%."),
        (None, None, None, ""),
        (None, D("0.09"), D("0.09"), ""),  # Nothing to compare with.
    ],
)
def test_compliance_is_asked_to_look(
    calm: D | None, volatile: D | None, together: D | None, said: str
) -> None:
    assert discipline.alert(calm, volatile, together, limit=D("0.10")) == said


def test_a_tenth_of_the_days_is_volatile_and_fewer_than_ten_tell_nothing() -> None:
    days = {FIRST + timedelta(days=n): D(n) for n in range(20)}

    assert discipline.volatile_days(days) == {FIRST + timedelta(days=18), FIRST + timedelta(days=19)}
    assert discipline.volatile_days(dict(list(days.items())[:9])) == frozenset()


def test_a_share_of_nothing_is_unknown() -> None:
    assert Count().rate is None
    assert Count().plus(forced=True).plus(skipped=True).plus().plus().rate == D("0.5")


@pytest.mark.django_db
def test_a_proposal_that_was_withdrawn_counts_for_its_advisor() -> None:
    a_desk()
    scan()
    Proposal.objects.update(state=Proposal.State.WITHDRAWN, closed_at=SUNDAY_NOON)

    found = discipline.rows(
        Proposal.objects.all(), HoldOverride.objects.all(), on=LAST_FRIDAY, figures=InForce(LAST_FRIDAY)
    )

    # Too few prices are on record to say how the market was.
    assert [(row.advisor, row.unknown) for row in found] == [("Ana", Count(1, 0, 1))]
    # One is too few to tell anything of Ana.
    assert found[0].alert == ""


def test_ten_rebalances_tell_something_of_a_person() -> None:
    def alert_of(count: Count) -> str:
        return discipline.row_of("Ana", {"calm": count}, D("0.10")).alert

    assert alert_of(Count(9, 0, 9)) == ""
    assert alert_of(Count(10, 1, 1)) == "20% were forced or skipped, more than 10%."
