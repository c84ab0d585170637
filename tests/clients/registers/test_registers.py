"""The registers' doors: insiders and windows, approved products, arranged trades, trading policies, quotes, halts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest

from clients.models import ArrangedTrade, Household, Insider, ProductApproval
from clients.registers import catalog, files, layouts, market_facts, trading_facts
from tests import cast
from tests.clock import MONDAY
from tests.factories import register_rows
from tests.factories.at_doors import acted, door
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TEN = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def test_an_advisor_records_an_insider_and_a_blackout(millers: Household) -> None:
    mia = millers.people.order_by("pk")[0]
    acted(
        cast.ana(), door("insider_enter", millers.public_id), who=mia.public_id, issuer="Zed Corp", role="officer",
        starts_on="2020-01-02", source="Questionnaire",
    )  # fmt: skip
    insider = Insider.objects.get()
    acted(
        cast.cora(), door("insider_window_enter", insider.public_id), kind="blackout", starts_on="2026-11-01",
        ends_on="2026-12-01", source="Notice of the issuer",
    )  # fmt: skip

    ((_, found),) = trading_facts.insiders([millers.pk], on=MONDAY)
    assert (found.person, found.issuer, found.standing_windows[0].kind) == (mia, "Zed Corp", "blackout")
    page = words_of(as_(cast.ana()).get(door("insider", insider.public_id)))
    assert "Blackout of Zed Corp" in page
    assert "Zed Corp" in words_of(as_(cast.ana()).get(f"/households/{millers.public_id}/?tab=policy"))


def test_an_ended_insider_no_longer_counts(millers: Household) -> None:
    row = register_rows.a_row("insider", millers, person=cast.ana())

    acted(cast.ana(), door("insider_end", row.public_id), reason="She left the company.")

    assert list(trading_facts.insiders([millers.pk], on=MONDAY)) == []


def test_only_compliance_approves_a_complex_product(millers: Household) -> None:
    typed = {"product": "leveraged", "starts_on": "2026-11-01", "reason": "She has traded them for years."}

    refused = as_(cast.ana()).get(door("product_approval_enter", millers.public_id))
    acted(cast.cora(), door("product_approval_enter", millers.public_id), **typed, symbol="ZUS")
    row = ProductApproval.objects.get()
    acted(
        cast.cora(), door("product_approval_change", row.public_id), **typed, symbol="", ends_on="2026-12-31"
    )

    ((_, standing),) = trading_facts.approvals([millers.pk], on=MONDAY)
    assert refused.status_code == 403
    assert (row.security is not None, standing.security, standing.ends_on) == (True, None, date(2026, 12, 31))


def test_a_cross_names_the_other_clients_account(millers: Household) -> None:
    mine, other = (one.public_id for one in millers.accounts.order_by("pk"))
    typed = {"account": mine, "symbol": "ZUS", "side": "buy", "trade_on": "2026-11-23"}
    at_door = door("arranged_trade_enter", millers.public_id)

    without = acted(cast.cora(), at_door, **typed, counterparty="client")
    acted(cast.cora(), at_door, **typed, counterparty="client", other=other)

    assert "names the other client" in words_of(without)
    assert [one.other_account for one in ArrangedTrade.objects.all()] == [millers.accounts.order_by("pk")[1]]
    assert len(list(trading_facts.arranged([millers.pk], on=MONDAY))) == 1


def test_a_fund_says_how_soon_it_may_be_sold(millers: Household) -> None:
    typed = {"symbol": "ZUS", "holding_days": "30", "source": "Prospectus"}

    without = acted(cast.tom(), door("fund_policy_enter"), **typed, redemption_fee="2")
    acted(cast.tom(), door("fund_policy_enter"), **typed, redemption_fee="2", fee_days="60")

    row = market_facts.FUND_POLICIES.standing().get()
    assert "Give both, or neither" in words_of(without)
    assert (row.redemption_fee, row.fee_days) == (D("0.02"), 60)
    assert market_facts.trading_policies() == {row.security_id: row}


def test_quotes_come_one_by_one_or_from_a_file(millers: Household) -> None:
    acted(
        cast.tom(),
        door("quote_enter"),
        symbol="ZUS",
        quoted_at="2026-11-20T09:45",
        bid="99.9",
        ask="100.1",
        source="A",
    )
    text = "symbol,quoted_at,bid,ask\nZUS,2026-11-20 10:00,99.98,100.02\n"
    acted(cast.tom(), door("quote_file"), rows=text, source="Desk")

    key = market_facts.QUOTES.standing().first().security_id
    last = market_facts.last_quotes([key], since=TEN.replace(hour=0), until=TEN)[key]
    assert (last.bid, last.mid, last.spread) == (D("99.98"), D(100), D("0.0004"))
    (fault,) = files.plan(layouts.QUOTES, text.replace("100.02", "9"), source="Desk", on=MONDAY).faults
    assert fault == "Line 2: The bid is above the ask."


def test_a_halt_lasts_until_it_is_ended(millers: Household) -> None:
    acted(
        cast.tom(),
        door("halt_enter"),
        symbol="ZUS",
        kind="halt",
        starts_at="2026-11-20T09:45",
        source="Notice",
    )
    row = market_facts.HALTS.standing().get()

    assert row.in_force(TEN)
    assert market_facts.halts(since=TEN) == {row.security_id: [row]}
    acted(cast.tom(), door("halt_end", row.public_id), reason="Trading resumed.")
    assert market_facts.halts(since=TEN) == {}


@pytest.mark.parametrize("name", [one.name for one in catalog.REGISTERS])
def test_every_register_has_a_page_and_an_endpoint(name: str, millers: Household) -> None:
    row = register_rows.a_row(name, millers, person=cast.ana())

    page = as_(cast.cora()).get(door(name, row.public_id))
    told = as_(cast.cora()).get(f"/api/v1{door(name, row.public_id)}").json()

    assert row.entered_by.get_full_name() in words_of(page)
    assert told["public_id"] == row.public_id


FILES = {
    "fund_policy_file": (
        "symbol,holding_days,redemption_fee,fee_days\nZUS,30,0.02,60\n",
        "Line 2: holding_days '0' cannot be read: days as 30, a fee as the fraction 0.02.",
        ("30,", "0,"),
        "ZUS: no round trip within 30 days, fee 2.00% for 60 days",
    ),
    "halt_file": (
        "symbol,kind,starts_at,ends_at\n,halt,2026-11-20 13:20,2026-11-20 13:35\n",
        "Line 2: It would end before it starts.",
        ("13:35", "13:10"),
        "The whole market: trading halt, from Nov 20, 2026, 13:20 ET",
    ),
    "volatility_level_file": (
        "market_on,level\n2026-11-20,18.25\n",
        "Line 2: 2026-11-21 is not a market day.",
        ("11-20", "11-21"),
        "18.25 on 2026-11-20",
    ),
}
LAYOUTS = {
    "fund_policy_file": layouts.FUND_POLICIES,
    "halt_file": layouts.HALTS,
    "volatility_level_file": layouts.LEVELS,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_loaded_once_and_its_faults_are_named_by_line(name: str, millers: Household) -> None:
    text, fault, (right, wrong), words = FILES[name]
    acted(cast.tom(), door(name), rows=text, source="Desk")

    layout = LAYOUTS[name]
    assert [layout.register.words(row) for row in layout.register.standing()] == [words]
    again = files.plan(layout, text, source="Desk", on=MONDAY)
    assert (again.steps, again.unchanged, again.faults) == ((), 1, ())
    assert files.plan(layout, text.replace(right, wrong), source="Desk", on=MONDAY).faults == (fault,)


def test_trading_resumes_and_the_halt_stays_on_record_for_its_day(millers: Household) -> None:
    acted(cast.tom(), door("halt_enter"), kind="halt", starts_at="2026-11-20T09:45", source="Notice")
    row = market_facts.HALTS.standing().get()

    early = acted(cast.tom(), door("halt_resume", row.public_id), ends_at="2026-11-20T09:40")
    acted(cast.tom(), door("halt_resume", row.public_id), ends_at="2026-11-20T10:05")

    assert "It would end before it starts" in words_of(early)
    day = {"since": TEN.replace(hour=9, minute=30), "until": TEN.replace(hour=16)}
    assert [one.in_force(TEN) for one in market_facts.halts(**day)[None]] == [True]
    assert market_facts.halts(since=TEN.replace(hour=11)) == {}
