"""Three months of simulated days: triggers fire, reasons to wait hold and end, and the record says why for each household and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Household, LifeEvent
from rebalancing.models import Proposal
from tests import records
from tests.journeys.season import families
from tests.journeys.season.days import Season, market_days, passes
from tests.journeys.season.market import LAST, OPENING, THE_SEASON
from tests.journeys.year import spring
from tests.journeys.year.custodians import Custodians
from tests.journeys.year.firm import Firm

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def season(django_db_setup: None, django_db_blocker: Any) -> Iterator[Season]:
    """The firm after its three months, in a database of its own; each test asks what became of one family."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), records.own_database("season"):
        patch.setattr("compliance.broker.notifications.notify", lambda *_, **__: True)
        firm = Firm(Custodians(THE_SEASON), begins=OPENING)
        spring.a_firm_begins(firm)
        spring.what_may_be_bought(firm)
        spring.come_by_workbook(firm, families.workbook())
        families.fill(firm.custodians)
        lived = Season(firm)
        for day, happens in (
            (date(2026, 9, 8), the_balance_of_december_is_entered),
            (date(2026, 9, 14), money_comes_in),
            (date(2026, 9, 28), a_large_sum_is_announced),
            (date(2026, 11, 2), a_job_is_lost),
            (date(2026, 11, 9), somebody_places_a_hold),
            (date(2026, 11, 23), the_job_is_found_and_the_hold_is_lifted),
        ):
            _until(lived, day)
            firm.is_at(day)
            happens(firm)
        _until(lived, date(2026, 12, 5))
        yield lived


def _until(season: Season, day: date) -> None:
    """The market days before a day that have not passed."""
    told = [on for _, on in season.readings]
    first = max(told) if told else None
    left = [on for on in market_days(last=LAST) if on < day and (first is None or on > first)]
    if left:
        passes(season, left[0], left[-1])


# ── What happens ─────────────────────────────────────────────────────────────────────────────────


def the_balance_of_december_is_entered(firm: Firm) -> None:
    """It was asked for since the first day: the IRA came to the firm this year."""
    grant, ira = firm.household("grant"), firm.account(families.ira("grant"))
    firm.does("Ana", "clients:distribution_figure_record", grant, kind="balance", account=ira.public_id, year="2026",
              amount="198000", source="The statement of December 31, 2025")  # fmt: skip


def money_comes_in(firm: Firm) -> None:
    firm.custodians.pays(families.account("chase"), 50_000, firm.today, kind="deposit")


def a_large_sum_is_announced(firm: Firm) -> None:
    drew, account = firm.household("drew"), firm.account(families.account("drew"))
    firm.does("Ana", "clients:cash_need_add", drew, account=account, kind="withdrawal", amount="100000",
              due_on=date(2026, 10, 30), note="A house")  # fmt: skip


def a_job_is_lost(firm: Firm) -> None:
    firm.does("Ana", "clients:life_event_record", firm.household("frost"), kind="job_loss", opened_on=firm.today,
              note="The plant closes.")  # fmt: skip


def somebody_places_a_hold(firm: Firm) -> None:
    firm.does("Ana", "clients:hold_place", firm.household("lane"), kind="advisor", place="household",
              reason="They may move to another custodian.", expires_on=date(2026, 12, 18))  # fmt: skip


def the_job_is_found_and_the_hold_is_lifted(firm: Firm) -> None:
    firm.does("Ana", "clients:life_event_resolve", LifeEvent.objects.get(household__code="frost"),
              resolved_on=firm.today, reason="There is a new job at the same pay.")  # fmt: skip
    lane = firm.household("lane")
    firm.does("Ana", "clients:hold_lift", lane, lane.holds.get(), reason="They stay.")


# ── What became of each ──────────────────────────────────────────────────────────────────────────


def orders_of(code: str, *, side: str = "") -> list[Any]:
    """The orders of a household's proposals, in the last revision of each."""
    found = []
    for proposal in Proposal.objects.filter(household__code=code).order_by("pk"):
        orders = proposal.revisions.latest("number").orders.select_related("account", "security")
        found += [one for one in orders if not side or one.side == side]
    return found


def test_nothing_is_done_where_nothing_is_to_be_done(season: Season) -> None:
    assert len(season.days_of("abbot", outcome="in_band")) == len(list(market_days())), season.told("abbot")
    assert not orders_of("abbot")


def test_bands_are_traded_back_to_and_left_again(season: Season) -> None:
    assert season.days_of("bell", outcome="proposed", trigger="out_of_band")[0] == OPENING, season.told(
        "bell"
    )
    assert len(season.days_of("bell", outcome="proposed")) >= 2, season.told("bell")


def test_new_money_buys_and_sells_nothing(season: Season) -> None:
    days = season.days_of("chase", trigger="cash_arrived")
    assert days, season.told("chase")
    assert days[0] <= date(2026, 9, 16)
    assert orders_of("chase")
    assert not orders_of("chase", side="sell"), season.told("chase")


def test_a_large_sum_is_raised_once_and_in_time(season: Season) -> None:
    waits = season.days_of("drew", hold="withdrawal_soon", effect="partly")
    days = season.days_of("drew", trigger="cash_due")
    assert days, season.told("drew")
    assert waits[0] == date(2026, 9, 28), season.told("drew")
    assert waits[-1] < days[0], season.told("drew")
    assert date(2026, 10, 21) <= days[0] <= date(2026, 10, 28), season.told("drew")
    assert orders_of("drew", side="sell")
    bought = orders_of("drew", side="buy")
    assert not bought, (bought, season.told("drew"))


def test_losses_are_swapped_and_nothing_else_is_touched(season: Season) -> None:
    assert season.days_of("ezra", outcome="proposed", trigger="losses"), season.told("ezra")
    sold = {one.security.symbol for one in orders_of("ezra", side="sell")}
    assert sold <= {"VEA", "VWO"}, sold
    assert {one.account.number for one in orders_of("ezra")} == {families.account("ezra")}


def test_a_life_event_freezes_until_it_is_resolved(season: Season) -> None:
    held = season.days_of("frost", outcome="held", hold="life_event")
    assert held, season.told("frost")
    assert date(2026, 11, 2) <= held[0] <= held[-1] < date(2026, 11, 23), season.told("frost")
    assert season.days_of("frost", outcome="proposed")[0] >= date(2026, 11, 23), season.told("frost")


def test_a_required_distribution_is_raised_before_its_day(season: Season) -> None:
    days = season.days_of("grant", trigger="cash_due")
    assert days, season.told("grant")
    assert date(2026, 11, 2) <= days[0] < date(2026, 12, 1), season.told("grant")
    assert all(one.account.number == families.ira("grant") for one in orders_of("grant")), season.told(
        "grant"
    )


def test_gains_of_the_years_end_wait_for_january(season: Season) -> None:
    assert season.days_of("hale", hold="year_end_gains"), season.told("hale")
    late = [day for day in season.days_of("hale", outcome="proposed") if day >= date(2026, 11, 15)]
    assert not late, season.told("hale")


def test_a_quarterly_look_waits_for_its_quarter(season: Season) -> None:
    assert season.days_of("irwin", outcome="not_due"), season.told("irwin")
    assert not orders_of("irwin"), season.told("irwin")


def test_a_disorderly_market_holds_for_three_days_at_most(season: Season) -> None:
    held = season.days_of("jones", outcome="held", hold="disorderly_market")
    assert held, season.told("jones")
    days = list(market_days())
    in_a_row = longest = 0
    for day in days:
        in_a_row = in_a_row + 1 if day in held else 0
        longest = max(longest, in_a_row)
    assert longest <= 3, season.told("jones")


def test_lots_that_are_almost_long_term_are_left_alone(season: Season) -> None:
    held = season.days_of("kemp", outcome="held", trigger="out_of_band", hold="almost_long_term")
    assert held, season.told("kemp")
    for day in held:
        for one in season.readings["kemp", day].holds:
            assert one["code"] != "almost_long_term" or (one["ends_on"], one["effect"]) == (
                "2026-12-16",
                "holds",
            )
    for order in orders_of("kemp", side="sell"):
        for lot in order.lots.all():
            assert lot.acquired_on != date(2025, 12, 15), season.told("kemp")


def test_a_persons_hold_ends_when_it_is_lifted(season: Season) -> None:
    held = season.days_of("lane", outcome="held", hold="hold_advisor")
    assert held, season.told("lane")
    assert held[-1] < date(2026, 11, 23)
    assert season.days_of("lane", outcome="proposed"), season.told("lane")


# ── What the record says ─────────────────────────────────────────────────────────────────────────


def test_every_household_and_market_day_has_its_reason(season: Season) -> None:
    for code in families.FAMILIES:
        for day in market_days():
            reading = season.readings[code, day]
            assert reading.reason, (code, day)
            if reading.outcome == "held":
                assert all(one["because"] and one["sentence"] for one in reading.holds), (
                    code,
                    day,
                    reading.holds,
                )


@pytest.mark.parametrize("code", families.FAMILIES)
def test_the_timeline_answers_why_for_every_day(season: Season, code: str) -> None:
    household = Household.objects.get(code=code)
    words = season.firm.reads("Ana", reverse("clients:household_timeline", args=[household.public_id]))
    assert "No scan read" not in words, words[:3000]
    for day in list(market_days())[::9]:
        page = season.firm.reads("Ana", reverse("clients:household_day", args=[household.public_id, day]))
        first = season.readings[code, day].reason.split(". ")[0].rstrip(".")
        assert first in page, (code, day, first, page[:4000])


def test_each_trigger_and_hold_of_the_season_fired_and_ended(season: Season) -> None:
    fired = {one["code"] for reading in season.readings.values() for one in reading.triggers}
    held = {one["code"] for reading in season.readings.values() for one in reading.holds}
    assert fired >= {"out_of_band", "cash_arrived", "cash_due", "losses"}, fired
    assert held >= {
        "life_event", "year_end_gains", "disorderly_market", "hold_advisor", "almost_long_term", "withdrawal_soon",
    }, held  # fmt: skip
    ended = {
        one["code"]
        for reading in season.readings.values()
        for one in reading.holds
        if one.get("effect") == "ended"
    }
    assert ended >= {"life_event", "disorderly_market", "hold_advisor", "withdrawal_soon"}, ended
