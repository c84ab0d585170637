"""Required distributions from the record to a proposal: asked for, raised, planned, taken, and told to everybody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.households import distribution_facts, recurring_cash
from clients.households.distribution_facts import Figure
from clients.models import Account, CashFlow, Household, Price
from compliance.firm import firm_settings
from compliance.firm.distribution_figures import MONTHLY, PLAN
from compliance.people.actors import Actor
from rebalancing.distributions import distributions, due_days
from rebalancing.distributions.distributions import Required, State
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.scans import readings, scans
from rebalancing.triggers import columns, required_distribution
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.examples import many
from tests.factories import distributions as made
from tests.factories.distributions import acts, ira
from tests.factories.firm_settings import decided
from tests.factories.households import a_managed_household
from tests.pages import as_

TODAY = date(2026, 11, 23)
MONEY = st.decimals(0, 10**9, places=2)


@pytest.fixture
def millers(db: None) -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), look="annual")
    # Inside every band, so that nothing but the distribution calls for a trade.
    Price.objects.filter(security__symbol="ZUS").update(price=D(40))
    made.born(household, date(1950, 3, 1))
    return household


def required(household: Household, *, year: int = 2026, on: date = TODAY) -> list[Required]:
    return distributions.of([household], year=year, on=on, figures=firm_settings.in_force(on=on))


def one(household: Household, **when: Any) -> Required:
    (found,) = required(household, **when)
    return found


def scanned() -> Reading:
    run = scans.start(
        scan=ScanRun.Scan.DAILY, market_on=date(2026, 11, 20), code_version="test", user_id=None,
        by=Actor.system("timetable"), at=SUNDAY_NOON,
    )  # fmt: skip
    scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=100)
    return Reading.objects.get(run=run)


def test_an_owner_of_76_is_asked_for_the_balance_and_then_told_the_amount(millers: Household) -> None:
    asked = one(millers)
    assert (asked.state, [each.sentence for each in asked.pool.missing]) == (
        State.MISSING,
        ["The balance of IRA on December 31, 2025 is not on record."],
    )

    made.balance(millers, by=cast.ana())

    found = one(millers)
    assert (found.state, found.pool.required, found.settled.remaining, found.to_plan) == (
        State.PRESSING,
        D("20000.00"),
        D("20000.00"),
        D("20000.00"),
    )
    assert found.excise == (D("5000.00"), D("2000.00"))


def test_what_is_open_at_the_end_of_november_is_raised_in_the_ira_though_every_class_is_in_its_band(
    millers: Household,
) -> None:
    made.balance(millers, by=cast.ana())

    reading = scanned()

    assert reading.outcome == Reading.Outcome.PROPOSED
    assert "required_distribution" in [each["code"] for each in reading.triggers]
    assert (
        "Mia Miller has to take $20,000.00 from IRAs for 2026 by December 31; nothing has been taken, and $20,000.00 is in "
        "no plan."
    ) in reading.reason
    orders = Proposal.objects.get().revisions.get().orders.all()
    sold = sum((each.amount for each in orders if each.side == "sell" and each.account == ira(millers)), D(0))
    bought = sum(
        (each.amount for each in orders if each.side == "buy" and each.account == ira(millers)), D(0)
    )
    assert sold - bought >= D(15_000)


def test_a_distribution_that_is_not_pressing_yet_calls_for_nothing(millers: Household) -> None:
    made.balance(millers, by=cast.ana())

    found = one(millers, on=date(2026, 6, 1))

    assert (found.state, found.parts) == (State.OPEN, {date(2026, 12, 15): D("20000.00")})


def test_a_monthly_withdrawal_that_provides_for_it_is_not_raised_twice(millers: Household) -> None:
    made.balance(millers, by=cast.ana())
    terms = recurring_cash.Terms(
        account=ira(millers), kind="withdrawal", amount=D(-5_000), every="month", day=1, starts_on=date(2026, 6, 1),
        until_on=None, count=None, moved="before", note="",
    )  # fmt: skip
    recurring_cash.begin(terms, user_id=None, by=Actor.system("test"), at=SUNDAY_NOON, on=date(2026, 6, 1))

    early = one(millers, on=date(2026, 6, 1))
    assert (early.state, early.planned, early.to_plan) == (State.PLANNED, D("20000.00"), D("0.00"))


def test_money_that_is_planned_comes_off_what_is_raised(millers: Household) -> None:
    made.balance(millers, by=cast.ana())
    CashFlow.objects.create(
        account=ira(millers), kind="distribution", amount=D(-12_000), due_on=date(2026, 12, 10)
    )

    found = one(millers)

    assert (found.planned, found.to_plan, found.state) == (D(12_000), D("8000.00"), State.PRESSING)


def test_what_was_taken_counts_with_what_was_withheld_and_a_gift_once(millers: Household) -> None:
    made.balance(millers, by=cast.ana())
    made.paid(millers, "8000", date(2026, 5, 1))
    made.paid(millers, "2000", date(2026, 5, 1), kind="tax_withheld")
    made.paid(millers, "5000", date(2026, 6, 3))
    made.balance(millers, by=cast.ana(), kind="charitable", amount="5000", taken_on=date(2026, 6, 1))
    made.paid(millers, "300", date(2026, 6, 3), kind="fee")

    found = one(millers)

    assert (found.settled.taken, found.settled.charitable_counted, found.settled.remaining) == (
        D(10_000),
        D(5_000),
        D("5000.00"),
    )


def test_iras_at_other_firms_count_and_may_have_paid(millers: Household) -> None:
    made.balance(millers, by=cast.ana())
    for kind, amount in (("outside_balance", D(237_000)), ("outside_taken", D(30_000))):
        outside = Figure(
            person=ira(millers).owner, kind=kind, year=2026, amount=amount, plan="ira", place="Elsewhere",
            source="Statement",
        )  # fmt: skip
        distribution_facts.record_figure(outside, on=made.TODAY, **acts(cast.ana()))

    found = one(millers)

    assert (found.pool.required, found.state) == (D("30000.00"), State.TAKEN)


def test_the_first_year_waits_until_april_and_then_two_are_due(millers: Household) -> None:
    made.born(millers, date(1953, 4, 10))
    made.balance(millers, by=cast.ana())
    made.balance(millers, by=cast.ana(), year=2027, amount="510000", on=date(2027, 1, 5))

    first = one(millers)
    both = required(millers, year=2027, on=date(2027, 2, 1))

    assert (first.state, first.pool.deadline, first.parts) == (
        State.OPEN,
        date(2027, 4, 1),
        {date(2027, 3, 15): D("17886.79")},
    )
    assert [(each.pool.year, each.pool.required, each.pool.deadline) for each in both] == [
        (2026, D("17886.79"), date(2027, 4, 1)),
        (2027, D("20000.00"), date(2027, 12, 31)),
    ]


def test_a_missed_distribution_of_the_year_before_stays_until_it_is_taken(millers: Household) -> None:
    made.balance(millers, by=cast.ana())

    found = required(millers, year=2027, on=date(2027, 1, 5))

    assert [(each.pool.year, each.state) for each in found] == [
        (2026, State.MISSED),
        (2027, State.MISSING),
    ]
    assert found[0].parts == {date(2027, 1, 8): D("20000.00")}


def test_an_inherited_account_asks_from_whom_and_then_for_its_own_distribution(millers: Household) -> None:
    account = ira(millers)
    millers.accounts.filter(pk=account.pk).update(registration="inherited_ira")
    assert one(millers).pool.missing[0].sentence == "From whom IRA was inherited, and when, is not on record."

    made.terms(millers, by=cast.ana())
    made.balance(millers, by=cast.ana(), amount="100000")

    found = one(millers)
    assert (found.pool.required, found.pool.empty_by, found.pool.is_inherited) == (
        D("7352.94"),
        date(2033, 12, 31),
        True,
    )


def test_an_account_opened_this_year_had_nothing(millers: Household) -> None:
    Account.objects.filter(pk=ira(millers).pk).update(opened_on=date(2026, 2, 1))

    assert one(millers).state is State.NOTHING


def test_equal_parts_are_due_on_the_firms_day_of_each_month(millers: Household) -> None:
    decided(PLAN, MONTHLY, at=datetime(2026, 8, 3, 15, 0, tzinfo=UTC))
    made.balance(millers, by=cast.ana())

    found = one(millers, on=date(2026, 9, 1))

    assert found.parts == {
        date(2026, 9, 15): D("5000.00"),
        date(2026, 10, 15): D("5000.00"),
        date(2026, 11, 13): D("5000.00"),
        date(2026, 12, 15): D("5000.00"),
    }


def test_what_is_due_at_once_is_never_due_after_the_day_of_the_law(millers: Household) -> None:
    figures = firm_settings.in_force(on=TODAY)

    days = [
        next(iter(due_days.planned(D(1), deadline=date(2026, 12, 31), on=on, figures=figures)))
        for on in (date(2026, 12, 14), date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31))
    ]

    assert days == [date(2026, 12, 18), date(2026, 12, 31), date(2026, 12, 31), date(2026, 12, 31)]


@pytest.mark.parametrize("fits", [True, False])
def test_the_money_comes_from_the_account_that_holds_the_cash_or_else_from_the_largest(
    millers: Household, fits: bool
) -> None:
    made.balance(millers, by=cast.ana(), amount="100000" if fits else "474000")

    (flow,) = distributions.money_due(required(millers), [ira(millers)], on=TODAY)

    assert (flow.account, flow.kind, flow.due_on) == (ira(millers), "distribution", date(2026, 11, 27))


def test_the_firms_list_the_household_and_the_home_tell_the_same(millers: Household) -> None:
    made.balance(millers, by=cast.ana())
    ana = as_(cast.ana())

    listed = ana.get("/required-distributions/", {"year": 2026}).context["page"]
    page = ana.get(f"/households/{millers.public_id}/required-distributions/", {"year": 2026}).context["page"]
    api = ana.get("/api/v1/required-distributions/", {"year": 2026}).json()["results"]
    file = ana.get("/required-distributions/", {"year": 2026, "export": "csv"})

    assert [(row.owner, row.pool, row.required) for row in listed.rows] == [
        ("Mia Miller", "IRAs", D("20000.00"))
    ]
    assert [step.value for step in page.cards[0].steps if step.label in {"Divisor", "Required"}] == [
        "23.7",
        "$20,000.00",
    ]
    assert [(one["owner"], one["amount"], one["deadline"]) for one in api] == [
        ("Mia Miller", "20000.00", "2026-12-31")
    ]
    content = b"".join(file.streaming_content) if file.streaming else file.content
    assert b"Mia Miller,IRAs,2026" in content


def test_a_list_is_narrowed_by_state_and_advisor_and_nobody_else_reads_it(millers: Household) -> None:
    made.balance(millers, by=cast.ana())
    client = as_(cast.ana())

    taken = client.get("/required-distributions/", {"year": 2026, "state": "taken"}).context["page"]
    others = client.get("/required-distributions/", {"year": 2026, "advisor": cast.otto().pk}).context["page"]

    assert (taken.rows, others.rows) == ((), ())
    assert as_(cast.carl()).get("/required-distributions/").status_code == 403
    assert as_(cast.otto()).get("/required-distributions/").context["page"].rows == ()


@st.composite
def open_pools(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "to_plan": draw(MONEY),
        "days_left": draw(st.integers(-400, 400)),
        "raise_days": draw(st.integers(5, 120)),
        "outflows": draw(MONEY),
        "cash": draw(MONEY),
        "minimum": draw(MONEY),
    }


@many
@given(st.lists(open_pools(), min_size=1, max_size=6))
def test_one_household_and_the_firm_get_the_same_answer(drawn: list[dict[str, Any]]) -> None:
    exact = columns.rows(*drawn)

    def of_row(row: int) -> columns.Columns:
        return {name: column[row : row + 1] for name, column in exact.items()}

    found = columns.decide(required_distribution.fires, columns.floats(exact), of_row)

    assert list(found) == [
        each["to_plan"] > 0
        and each["days_left"] <= each["raise_days"]
        and each["outflows"] + each["minimum"] > each["cash"]
        for each in drawn
    ]
