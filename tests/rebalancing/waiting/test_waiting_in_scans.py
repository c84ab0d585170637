"""What a scan makes of the reasons to wait: it holds, says what ends it, goes on without what waits, and notices the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.households import cash_flows, life_events, tax_profiles
from clients.models import Household, Price, Security
from clients.registers import market_facts, register
from compliance.audit_trail import audit
from compliance.firm import waiting_figures
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.cases import case_surroundings
from rebalancing.engine.documents.household import SecurityStatus
from rebalancing.engine.documents.plan import Plan, Side, State
from rebalancing.models import Reading, Revision
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import frontiers, harvests
from rebalancing.scans import deciding
from rebalancing.scans.deciding import ReadingResult
from rebalancing.waiting import overrides, year_end
from rebalancing.waiting.reason import Effect
from tests.clock import LAST_FRIDAY, MONDAY, MONDAY_EVENING, SUNDAY_NOON
from tests.factories import firm_settings, market_days
from tests.factories.deciding import scan
from tests.factories.desk import Desk, a_desk
from tests.factories.households import SET_UP

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Only the taxable account: whatever is sold of the stock fund realizes a gain."""
    return a_desk(taxable_only=True)


def looked_at(household: Household) -> ReadingResult:
    return deciding.decide_outcome(household, market=Market(LAST_FRIDAY), trade_on=MONDAY)


def codes(result: ReadingResult, *effects: Effect) -> list[str]:
    return [one.code for one in result.holds if not effects or one.effect in effects]


def realized(desk: Desk, **terms: Any) -> None:
    """The year's figures as they are confirmed in November: what was realized elsewhere, and a budget."""
    tax_profiles.confirm(
        desk.household.tax_units.get(),
        tax_year=2026,
        confirmed_on=date(2026, 11, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(180_000),
        state_rate=D("0.044"),
        **terms,
    )


# ── The market ───────────────────────────────────────────────────────────────────────────────────


def test_a_halted_market_holds_the_plan_back_and_says_until_when(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.halted()

    found = looked_at(desk.household)

    assert (found.outcome, codes(found)) == ("held", ["disorderly_market"])
    held = found.holds[0]
    assert held.sentence == "The market is not orderly: the whole market was halted."
    assert held.ends_on == date(
        2026, 11, 27
    )  # Three market days: Tuesday, Wednesday, and Friday after Thanksgiving.
    assert held.since == LAST_FRIDAY


def test_a_wide_spread_holds_only_against_a_usual_one(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    fund = Security.objects.get(symbol="ZUS")
    for days_ago, spread in ((0, "0.004"), (1, "0.001"), (2, "0.001")):
        market_days.quoted(fund, D(spread), on=LAST_FRIDAY - timedelta(days=days_ago))

    assert codes(looked_at(desk.household), Effect.HOLDS) == ["disorderly_market"]


def test_one_wide_quote_among_usual_ones_holds_nothing(desk: Desk) -> None:
    """The spread of a day is the median of its quotes."""
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    fund = Security.objects.get(symbol="ZUS")
    market_days.quoted(fund, D("0.001"), on=LAST_FRIDAY - timedelta(days=1))
    for hour, spread in ((10, "0.02"), (13, "0.001"), (15, "0.001")):
        market_days.quoted(fund, D(spread), on=LAST_FRIDAY, at=time(hour))

    assert "disorderly_market" not in codes(looked_at(desk.household))


def test_a_high_volatility_index_holds(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.index_at(D("41.5"))

    (held,) = [one for one in looked_at(desk.household).holds if one.effect is Effect.HOLDS]
    assert held.sentence == "The market is not orderly: the volatility index stands at 41.50."


def test_the_days_halt_of_a_security_holds_only_what_would_trade_it(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.halted(Security.objects.get(symbol="ZUB"))
    assert "disorderly_market" not in codes(looked_at(desk.household))

    market_days.halted(Security.objects.get(symbol="ZUS"))

    held = {one.code: one for one in looked_at(desk.household).holds}["disorderly_market"]
    assert held.sentence == "The market is not orderly: ZUS was halted."


def test_a_halt_that_goes_on_freezes_what_is_traded_on_an_exchange(desk: Desk) -> None:
    """The rules and the plan read the row that the hold reads: nothing is drafted only to be stopped."""
    register.enter(
        market_facts.HALTS,
        {"security": None, "kind": "halt", "starts_at": SUNDAY_NOON, "source": "Exchange notice"},
        **market_days.acts(),
    )

    loaded = portfolios.load(desk.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(loaded, Portfolio)
    assert {one.status for one in loaded.household.securities} == {SecurityStatus.FROZEN}
    assert {one.security for one in case_surroundings.of(loaded, {}).halts or ()} == {
        one.id for one in loaded.household.securities
    }


def test_a_halt_that_was_entered_wrongly_holds_nothing(desk: Desk) -> None:
    market_days.taken_back(market_days.halted())

    assert "disorderly_market" not in codes(looked_at(desk.household))


# ── Trading anyway ───────────────────────────────────────────────────────────────────────────────


def anyway(desk: Desk, **changes: Any) -> Any:
    values = {
        "code": "disorderly_market",
        "reason": "The client asked for it in writing.",
        "expires_on": MONDAY,
        "on": date(2026, 11, 22),
        "user_id": desk.ana.pk,
        "by": Actor.person(desk.ana),
        "at": SUNDAY_NOON,
        **changes,
    }
    return overrides.make(desk.household, **values)


def test_whoever_trades_anyway_says_why_and_until_when(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.halted()
    with pytest.raises(Conflict, match="not held back"):
        anyway(desk)
    scan()
    override = anyway(desk)

    found = looked_at(desk.household)

    assert found.outcome == "proposed"
    assert "disorderly_market" in codes(found, Effect.OVERRIDDEN)
    assert override.sentence == "The market is not orderly: the whole market was halted."
    assert audit.differences(about=[override]) == []
    with pytest.raises(Conflict, match="set aside already"):
        anyway(desk)

    overrides.end(
        override,
        reason="Enough.",
        on=MONDAY,
        user_id=desk.ana.pk,
        by=Actor.person(desk.ana),
        at=SUNDAY_NOON,
    )

    assert looked_at(desk.household).outcome == "held"


@pytest.mark.parametrize("days", [-1, 11])
def test_it_lasts_the_firms_days_at_most(desk: Desk, days: int) -> None:
    market_days.halted()
    scan()

    with pytest.raises(BadInput, match="at most"):
        anyway(desk, expires_on=date(2026, 11, 22) + timedelta(days=days))


def test_what_a_person_placed_cannot_be_set_aside(desk: Desk) -> None:
    with pytest.raises(BadInput, match="cannot be set aside"):
        anyway(desk, code="life_event")


# ── The end of the year ──────────────────────────────────────────────────────────────────────────


def test_a_year_of_high_gains_ends_without_another_sale_at_a_gain(desk: Desk) -> None:
    """The household that had realized $600,000 and sold for more at the end of November without a word."""
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    realized(desk, distributions_expected=D(600_000))

    found = looked_at(desk.household)

    told = {one.code: one for one in found.holds}[year_end.CODE]
    assert told.effect in (Effect.HOLDS, Effect.PARTLY)
    assert (told.ends_on, told.figures["year_gain"]) == (date(2027, 1, 4), "600000.00")
    assert D(told.figures["tax_now"]) > D(told.figures["tax_january"]) > 0
    assert "$600,000 of gains are realized this year already" in told.sentence
    if found.plan is not None:
        assert [order.id for order in found.plan.orders for sale in order.lots if (sale.gain or 0) > 0] == []


def test_large_drift_does_not_wait_for_january_and_says_what_that_costs(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(1))
    realized(desk, distributions_expected=D(600_000))

    found = looked_at(desk.household)

    told = {one.code: one for one in found.holds}[year_end.CODE]
    assert (found.outcome, told.effect) == ("proposed", Effect.WARNS)
    assert found.plan is not None
    assert any(order.side is Side.SELL for order in found.plan.orders)


def test_a_late_sale_at_a_gain_is_never_made_without_a_word(desk: Desk) -> None:
    """Nothing speaks for January, and both prices are told all the same."""
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    firm_settings.decided(waiting_figures.JANUARY_SAVING, D(1_000_000))

    found = looked_at(desk.household)

    told = {one.code: one for one in found.holds}[year_end.CODE]
    assert (found.outcome, told.effect) == ("proposed", Effect.WARNS)
    assert told.sentence.endswith("January is not cheaper by enough to wait for it.")
    assert (told.figures["tax_now"], told.figures["tax_january"]) != ("0.00", "0.00")


def test_before_the_firms_day_january_is_not_asked(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    firm_settings.decided(waiting_figures.YEAR_END_FROM, (12, 1))
    realized(desk, distributions_expected=D(600_000))

    assert year_end.CODE not in codes(looked_at(desk.household))


def test_what_waits_is_not_sold_when_the_proposal_is_made_anew(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    realized(desk, distributions_expected=D(600_000))
    portfolio = portfolios.load(desk.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(portfolio, portfolios.Portfolio)
    until = date(2027, 1, 4)
    waiting = year_end.without_gains(portfolio, until=until)

    again = year_end.kept_back(portfolio, waiting.household)
    in_january = replace(portfolio, household=replace(portfolio.household, trade_on=until))

    assert again.household == waiting.household
    assert year_end.kept_back(in_january, waiting.household) == in_january


def test_in_january_the_same_sale_is_proposed(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    realized(desk, distributions_expected=D(600_000))
    tax_profiles.confirm(
        desk.household.tax_units.get(),
        tax_year=2027,
        confirmed_on=date(2026, 11, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(180_000),
        state_rate=D("0.044"),
    )

    found = deciding.decide_outcome(desk.household, market=Market(LAST_FRIDAY), trade_on=date(2027, 1, 4))

    assert year_end.CODE not in codes(found)
    assert found.outcome == "proposed"


# ── Life events ──────────────────────────────────────────────────────────────────────────────────


def test_a_life_event_carries_its_paper_and_when_somebody_is_reminded(desk: Desk) -> None:
    event = life_events.record(
        desk.household,
        kind="divorce",
        opened_on=date(2026, 11, 2),
        person=None,
        note="",
        document="Decree, safe 2",
        document_sha256="a" * 64,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    found = looked_at(desk.household)

    assert (found.outcome, codes(found)) == ("held", ["life_event"])
    assert found.holds[0].figures["remind_on"] == "2026-12-02"
    assert found.holds[0].figures["escalate_on"] == "2027-01-01"
    assert audit.differences(about=[event]) == []


def test_money_that_is_due_is_raised_while_an_event_is_open_and_nothing_else_is_traded(desk: Desk) -> None:
    life_events.record(
        desk.household,
        kind="divorce",
        opened_on=date(2026, 11, 2),
        person=None,
        note="",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    cash_flows.expect(
        desk.household.accounts.get(),
        kind="withdrawal",
        amount=D(-40_000),
        due_on=date(2026, 11, 27),
        note="",
        user_id=desk.ana.pk,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    found = looked_at(desk.household)

    assert (found.outcome, codes(found, Effect.PARTLY)) == ("proposed", ["life_event"])
    assert found.plan is not None
    assert {order.side for order in found.plan.orders} == {Side.SELL}


# ── What has ended ───────────────────────────────────────────────────────────────────────────────


def test_the_next_market_day_says_what_has_ended(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.halted()
    scan()
    reading = Reading.objects.get()
    assert [(one["code"], one["effect"], one["since"]) for one in reading.holds] == [
        ("disorderly_market", "holds", "2026-11-20")
    ]

    # On Monday trading has resumed, and there are closing prices of the day.
    for one in list(Price.objects.filter(as_of_on=LAST_FRIDAY)):
        Price.objects.create(
            security=one.security,
            as_of_on=MONDAY,
            price=one.price,
            source=one.source,
            received_at=MONDAY_EVENING,
        )
    monday = deciding.decide_outcome(desk.household, market=Market(MONDAY), trade_on=date(2026, 11, 24))

    assert monday.outcome == "proposed"
    ended = {one.code: one for one in monday.holds if one.effect is Effect.ENDED}
    assert ended.keys() == {"disorderly_market"}
    assert (ended["disorderly_market"].since, ended["disorderly_market"].because) == (
        LAST_FRIDAY,
        "Its cause has ended.",
    )


def test_a_price_that_is_not_of_the_last_close_keeps_the_market_disorderly(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.halted()
    scan()

    monday = deciding.decide_outcome(desk.household, market=Market(MONDAY), trade_on=date(2026, 11, 24))

    held = {one.code: one for one in monday.holds}["disorderly_market"]
    assert (held.effect, held.since) == (Effect.HOLDS, LAST_FRIDAY)
    assert held.sentence == "The market is not orderly: the price of ZBD, ZUS is not of the last close."
    # One of the three market days is over.
    assert held.ends_on == date(2026, 11, 27)


# ── Taxes ────────────────────────────────────────────────────────────────────────────────────────


def test_a_tax_that_the_drift_is_not_worth_is_shown_with_smaller_plans(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    firm_settings.decided(waiting_figures.YEAR_END_FROM, (12, 31))
    firm_settings.decided(waiting_figures.TAX_PER_POINT, D(0))

    found = looked_at(desk.household)

    told = {one.code: one for one in found.holds}.get("tax_exceeds_benefit")
    assert found.outcome == "proposed"
    assert told is not None
    assert told.effect is Effect.WARNS
    desk.propose()
    beside = {one.name for one in frontiers.of(Revision.objects.get())}
    assert {"retirement accounts only", "half this year"} <= beside


def test_that_nothing_is_worth_its_cost_is_an_answer_and_no_hold(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = harvests.proposer

    def left_alone(*asked: Any, **more: Any) -> Any:
        def propose(portfolio: Portfolio) -> tuple[Portfolio, Plan]:
            answered, plan = usual(*asked, **more)(portfolio)
            return answered, replace(plan, state=State.HOLD)

        return propose

    monkeypatch.setattr(harvests, "proposer", left_alone)

    found = looked_at(desk.household)

    assert found.outcome == Reading.Outcome.NO_BENEFIT
    assert codes(found, Effect.HOLDS) == ["cost_above_benefit"]
