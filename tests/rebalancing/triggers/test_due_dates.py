"""How often a policy asks for a look, and what is done on the days between."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Account, CashFlow, Household, Price
from rebalancing.models import Proposal, Reading
from rebalancing.triggers import due_dates
from rebalancing.triggers.due_dates import Timing
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.days import scan_of
from tests.factories.households import a_managed_household
from tests.spec.drawn import rows

INSIDE = D(40)
"""At this price of ZUS the Millers stand inside every band."""


@pytest.mark.parametrize(
    "row",
    rows(
        """
        look       | on         | first      | following
        daily      | 2026-11-20 | 2026-11-20 | 2026-11-23
        weekly     | 2026-11-23 | 2026-11-23 | 2026-11-30
        weekly     | 2026-11-27 | 2026-11-23 | 2026-11-30
        weekly     | 2026-09-09 | 2026-09-08 | 2026-09-14
        monthly    | 2026-11-23 | 2026-11-02 | 2026-12-01
        monthly    | 2026-12-31 | 2026-12-01 | 2027-01-04
        quarterly  | 2026-11-23 | 2026-10-01 | 2027-01-04
        semiannual | 2026-06-30 | 2026-01-02 | 2026-07-01
        annual     | 2026-11-23 | 2026-01-02 | 2027-01-04
        """
    ),
)
def test_a_period_begins_with_its_first_session(row: dict[str, str]) -> None:
    first, following = due_dates.period(row["look"], date.fromisoformat(row["on"]))

    assert (first.isoformat(), following.isoformat()) == (row["first"], row["following"])


@pytest.mark.parametrize(
    "row",
    rows(
        """
        look        | session | day | since      | on         | first      | following
        monthly     | 4       |     |            | 2026-11-23 | 2026-11-05 | 2026-12-04
        monthly     | 4       |     |            | 2026-12-03 | 2026-11-05 | 2026-12-04
        monthly     | 4       |     |            | 2026-12-04 | 2026-12-04 | 2027-01-07
        quarterly   | 4       |     |            | 2026-10-05 | 2026-07-07 | 2026-10-06
        quarterly   | 4       |     |            | 2027-01-04 | 2026-10-06 | 2027-01-07
        monthly     |         | 25  |            | 2026-12-24 | 2026-11-25 | 2026-12-28
        monthly     |         | 15  |            | 2026-11-13 | 2026-10-15 | 2026-11-16
        monthly     |         | 15  |            | 2026-11-16 | 2026-11-16 | 2026-12-15
        annual      |         | 15  |            | 2026-01-14 | 2025-01-15 | 2026-01-15
        weekly      | 4       |     |            | 2026-11-27 | 2026-11-23 | 2026-11-30
        anniversary |         |     | 2024-03-01 | 2026-11-23 | 2026-03-02 | 2027-03-01
        anniversary |         |     | 2024-03-01 | 2026-02-27 | 2025-03-03 | 2026-03-02
        anniversary | 4       |     | 2024-11-26 | 2026-11-27 | 2026-11-27 | 2027-11-26
        anniversary |         |     | 2024-02-29 | 2026-11-23 | 2026-03-02 | 2027-03-01
        anniversary |         |     | 2024-02-29 | 2028-02-29 | 2028-02-29 | 2029-02-28
        anniversary |         |     | 2026-11-24 | 2026-11-23 | 2026-11-24 | 2027-11-24
        """
    ),
)
def test_a_period_may_begin_later_in_its_month_or_on_an_anniversary(row: dict[str, str]) -> None:
    """A holiday moves the day to the next market day; what a month has not begun yet belongs to the period before."""
    timing = Timing(
        session=int(row["session"] or 1),
        day=int(row["day"]) if row["day"] else None,
        since=date.fromisoformat(row["since"]) if row["since"] else None,
    )

    first, following = due_dates.period(row["look"], date.fromisoformat(row["on"]), timing)

    assert (first.isoformat(), following.isoformat()) == (row["first"], row["following"])


def a_household(**terms: Any) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), **terms)


def on_sunday() -> Reading:
    return scan_of(date(2026, 11, 20), SUNDAY_NOON)


def on_monday_evening() -> Reading:
    return scan_of(date(2026, 11, 23), SUNDAY_NOON + timedelta(days=1, hours=6))


pytestmark = pytest.mark.django_db


def test_a_look_that_was_taken_is_not_taken_again_before_it_is_due() -> None:
    a_household(look="monthly")
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)
    first = on_sunday()
    Price.objects.filter(security__symbol="ZUS").update(price=D(100))

    second = on_monday_evening()

    assert first.outcome == "in_band"
    assert (second.outcome, second.reason) == (
        "not_due",
        "The policy is evaluated once a month; the next evaluation is due on December 1.",
    )
    assert second.measures, "what was weighed is kept although nothing follows from it"
    assert not Proposal.objects.exists()


def test_money_due_out_does_not_wait_for_a_look() -> None:
    a_household(look="annual")
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)
    on_sunday()
    taxable = Account.objects.get(number_last4="0001")
    CashFlow.objects.create(account=taxable, kind="withdrawal", amount=D(-60_000), due_on=date(2026, 11, 30))

    reading = on_monday_evening()

    assert reading.outcome != "not_due"
    assert reading.triggers[0]["code"] == "cash_due"
    # What else fired is on record, and waits for the look.
    assert {one["code"] for one in reading.triggers[1:]} == {"out_of_band"}


def test_a_look_that_came_to_nothing_is_still_due() -> None:
    household = a_household(look="quarterly")
    household.accounts.update(reconciliation="never")
    assert on_sunday().outcome == "data"
    household.accounts.update(reconciliation="reconciled")

    assert on_monday_evening().outcome == "proposed"


def test_a_calendar_rebalances_inside_the_bands_once_a_period() -> None:
    a_household(calendar="quarterly")
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)

    first = on_sunday()

    assert [one["code"] for one in first.triggers] == ["calendar"]
    assert first.triggers[0]["sentence"] == (
        "The policy rebalances once a quarter, and this is the first evaluation of the period."
    )
    assert first.outcome in {"proposed", "no_benefit"}
    if first.outcome == "no_benefit":
        assert on_monday_evening().outcome == "in_band"
