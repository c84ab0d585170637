"""Whose price of a day counts, which day a price is of, and what is in dispute until a person decides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from clients.custodians.statement_times import stated_time
from clients.models import CustodianFile, Price, Security
from clients.securities import price_disputes, securities
from compliance.audit_trail import audit
from compliance.firm import price_figures
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.firm_settings import decided
from tests.factories.households import a_managed_household, loaded, received, the_millers

pytestmark = pytest.mark.django_db

FOOTER = '\n"Date downloaded {day} {time} ET"\n'


def fidelity(price: str, *, day: str = "Nov-20-2026", time: str = "4:35 p.m") -> bytes:
    value = D(price) * 100
    return (
        "Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Cost Basis Total,Type\n"
        f"11110003,Fidelity,ZUS,INVENTED US STOCK ETF,100,${price},${value},$9000.00,Cash\n"
        + FOOTER.format(day=day, time=time)
    ).encode()


def prices(*rows: str) -> CustodianFile:
    return loaded(table("prices", list(rows)), name="prices.csv")


def with_a_fidelity_account() -> list[str]:
    return [
        *MILLERS["accounts"],
        "11110003,Fidelity,miller,Mia Miller,individual,fidelity,full,2020-01-02,no,fifo",
    ]


def price_of(symbol: str, on: date = LAST_FRIDAY) -> D | None:
    key = Security.objects.get(symbol=symbol).pk
    found = securities.prices_on(on, securities=[key]).get(key)
    return found.price if found else None


def test_the_firms_order_of_sources_decides_and_never_the_alphabet() -> None:
    the_millers()
    loaded(bundle())
    for row in ("101.00,feed", "101.50,fidelity", "100.50,aaa"):
        prices(f"ZUS,2026-11-20,{row}")

    chosen = []
    for order in (("feed", "generated", "fidelity"), ("fidelity", "feed"), ("generated",)):
        decided(price_figures.SOURCES, order)
        chosen.append(price_of("ZUS"))

    assert chosen == [D("101.00"), D("101.50"), D("100.00")]


def test_a_files_odd_price_is_shown_before_loading_and_values_nobody() -> None:
    household = a_managed_household(
        advisor=cast.ana(), reviewer=cast.rui(), content=bundle(accounts=with_a_fidelity_account())
    )

    file = received(fidelity("82.40"), name="Portfolio_Positions_Nov-20-2026.csv")

    told = [one["sentence"] for one in file.preview["warnings"]]
    assert any("by fidelity, 82.4, is in dispute with 100" in one for one in told), told
    loaded(fidelity("82.40"), name="Portfolio_Positions_Nov-20-2026.csv")
    assert price_of("ZUS") == D(100)
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio), found


@pytest.mark.parametrize(("price", "is_disputed"), [("103.00", False), ("103.01", True), ("96.99", True)])
def test_two_sources_may_lie_three_percent_apart(price: str, is_disputed: bool) -> None:
    the_millers()
    loaded(bundle())

    prices(f"ZUS,2026-11-20,{price},fidelity")

    assert [one.source for one in price_disputes.open_disputes()] == (["fidelity"] if is_disputed else [])


def test_a_days_only_price_far_from_the_last_close_stops_its_households_until_a_person_decides() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Price.objects.filter(security__symbol="ZUS").update(as_of_on=date(2026, 11, 19))
    prices("ZUS,2026-11-20,1000.00,schwab")

    stopped = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(stopped, portfolios.NotMeasurable)
    assert stopped.reasons == (
        "The price of ZUS on 2026-11-20 is in dispute; a person has to decide about it first.",
    )
    (dispute,) = price_disputes.open_disputes()
    cora = Actor.person(cast.cora())
    price_disputes.decide(dispute, accept=False, reason="A slipped decimal.", by=cora, at=SUNDAY_NOON)
    going = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(going, portfolios.Portfolio)
    assert price_of("ZUS") == D(100)


def test_an_accepted_price_counts_first_and_the_decision_is_on_the_trail() -> None:
    the_millers()
    loaded(bundle())
    prices("ZUS,2026-11-20,150.00,schwab")
    (dispute,) = price_disputes.open_disputes()
    cora = Actor.person(cast.cora())

    with pytest.raises(NotAllowed):
        price_disputes.decide(dispute, accept=True, reason="x", by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    with pytest.raises(BadInput):
        price_disputes.decide(dispute, accept=True, reason=" ", by=cora, at=SUNDAY_NOON)
    price_disputes.decide(dispute, accept=True, reason="Read from the tape.", by=cora, at=SUNDAY_NOON)
    with pytest.raises(Conflict):
        price_disputes.decide(dispute, accept=False, reason="Twice.", by=cora, at=SUNDAY_NOON)

    assert price_of("ZUS") == D(150)
    last = audit.trail(about=dispute.security).last()
    assert last is not None
    assert (last.action, "Read from the tape." in last.facts) == ("price.decided", True)
    prices("ZUS,2026-11-20,150.00,schwab", "ZUB,2026-11-20,50,schwab")
    assert (price_of("ZUS"), price_disputes.open_disputes()) == (D(150), [])


def test_a_corrected_price_ends_its_own_dispute() -> None:
    the_millers()
    loaded(bundle())
    prices("ZUS,2026-11-20,150.00,schwab")
    prices("ZUS,2026-11-20,100.10,schwab")

    assert price_disputes.open_disputes() == []


def test_the_firms_own_source_is_disputed_where_only_it_left_the_range() -> None:
    the_millers()
    loaded(bundle())
    prices("ZUS,2026-11-19,100,generated", "ZUS,2026-11-20,1000,generated")
    prices("ZUS,2026-11-20,100.2,schwab")

    assert [one.source for one in price_disputes.open_disputes()] == ["generated"]
    assert price_of("ZUS") == D("100.20")


@pytest.mark.parametrize(
    ("day", "time", "priced_on"),
    [
        ("Nov-20-2026", "4:35 p.m", date(2026, 11, 20)),
        ("Nov-20-2026", "10:35 a.m", None),
        ("Nov-20-2026", "8:05 a.m", date(2026, 11, 19)),
        ("Nov-21-2026", "10:35 a.m", date(2026, 11, 20)),
        ("Nov-22-2026", "10:35 a.m", date(2026, 11, 20)),
    ],
)
def test_a_files_prices_are_those_of_the_last_close_before_it(
    day: str, time: str, priced_on: date | None
) -> None:
    the_millers()
    loaded(bundle(accounts=with_a_fidelity_account()))

    file = loaded(fidelity("100.50", day=day, time=time), name=f"Portfolio_Positions_{day}.csv")

    assert list(Price.objects.filter(source="fidelity").values_list("as_of_on", flat=True)) == (
        [] if priced_on is None else [priced_on]
    )
    told = [one["sentence"] for one in file.preview["warnings"]]
    assert any("not closing prices" in one for one in told) == (priced_on is None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"Date downloaded Nov-27-2026 10:35 a.m ET"', "10:35"),
        ("Date downloaded 11/27/2026 4:36 pm", "16:36"),
        ('"Positions for All-Accounts as of 04:20 PM ET, 11/20/2026"', "16:20"),
        ("<DTASOF>20261127103000.000[-5:EST]", "10:30"),
        ("<DTASOF>20261127000000[-5:EST]", None),
        ("<DTASOF>20261127103000[0:GMT]", None),
        ('"Date downloaded Nov-27-2026 99:35 a.m ET"', None),
        ("nothing", None),
    ],
)
def test_the_time_an_export_states(text: str, told: str | None) -> None:
    found = stated_time(text.encode())

    assert (found and found.strftime("%H:%M")) == told


def test_a_trader_decides_in_the_browser_and_an_advisor_does_not_find_the_list(client: Any) -> None:
    the_millers()
    loaded(bundle())
    prices("ZUS,2026-11-20,150.00,schwab")
    (dispute,) = price_disputes.open_disputes()
    listing = reverse("clients:prices_disputed")
    address = reverse("clients:price_decide", args=[dispute.pk])
    client.force_login(cast.ana())
    assert (client.get(listing).status_code, client.post(address).status_code) == (403, 404)
    client.force_login(cast.tom())

    assert "1 price in dispute" in client.get(listing).content.decode()
    assert "1 price in dispute" in client.get(reverse("clients:import_list")).content.decode()
    unsaid = client.post(address, {"reason": "x"})
    assert (unsaid.status_code, "Say whether the price is right." in unsaid.content.decode()) == (422, True)
    client.post(address, {"decision": "reject", "reason": "A slipped decimal."})

    dispute.refresh_from_db()
    assert (dispute.standing, str(dispute.decided_by)) == ("rejected", "Tom")
    assert "No price is in dispute" in client.get(listing).content.decode()


def test_a_program_decides_through_the_api(client: Any) -> None:
    the_millers()
    loaded(bundle())
    prices("ZUS,2026-11-20,150.00,schwab")
    client.force_login(cast.cora())

    (row,) = client.get("/api/v1/disputed-prices/").json()["results"]
    assert (row["symbol"], row["price"], row["disputed_with"]) == ("ZUS", "150.000000", "100.000000")
    answer = client.post(
        f"/api/v1/disputed-prices/{row['id']}/decide/",
        {"accept": True, "reason": "Read from the tape."},
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["standing"]) == (200, "accepted")
    assert price_of("ZUS") == D(150)


def test_the_command_lists_and_decides(capsys: pytest.CaptureFixture[str]) -> None:
    the_millers()
    loaded(bundle())
    prices("ZUS,2026-11-20,150.00,schwab")
    cora = cast.cora()

    call_command("decide_price")
    assert "ZUS 2026-11-20 schwab: 150.000000, in dispute with 100.000000" in capsys.readouterr().out
    call_command("decide_price", "ZUS", "--reject", "--by", cora.email, "--reason", "A slipped decimal.")

    assert price_disputes.open_disputes() == []
