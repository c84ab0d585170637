"""Shares that leave in kind: an IRA distributes them at the value of the day, a client gives them to a charity."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from clients.imports import custodian_files
from clients.models import Account, CustodianFile, Hold, Price, Security, TaxLot, Transfer
from clients.pages import transfers as pages
from clients.transfers import movements, transfers
from clients.transfers.transfers import Terms
from compliance.people.actors import Actor
from compliance.refusals import BadInput
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories.at_doors import acted, door
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, a_managed_household, received
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
STATE = Transfer.State
SATURDAY = date(2026, 11, 21)
OUT = "11110002,transfer_out,2026-11-21,T8,ZBD,-100,,0.00"
IN = "11110001,transfer_in,2026-11-21,T9,ZBD,100,,0.00"


@pytest.fixture(autouse=True)
def _millers() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def account(last4: str) -> Account:
    return Account.objects.get(number_last4=last4)


def zbd() -> Security:
    return Security.objects.get(symbol="ZBD")


def distributed(**other: Any) -> Transfer:
    """100 ZBD of the IRA are to go to the taxable account."""
    terms: dict[str, Any] = {
        "from_account": account("0002"), "to_account": account("0001"), "elsewhere": "", "security": zbd(),
        "shares": D(100), "expected_on": date(2026, 11, 27), "kind": "distribution", **other,
    }  # fmt: skip
    ana = cast.ana()
    return transfers.expect(Terms(**terms), user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON)


def file(lot: str) -> CustodianFile:
    """Saturday's file: 100 ZBD have left the IRA and stand in the taxable account as this lot."""
    day = [row.replace("2026-11-20", "2026-11-21") for row in MILLERS["positions"]]
    lots = [row.replace("2026-11-20", "2026-11-21") for row in MILLERS["lots"]]
    rows = {
        "positions": [row.replace("ZBD,1500", "ZBD,1400").replace("ZBD,1000", "ZBD,1100") for row in day],
        "lots": [*(row.replace("1500,127000.00", "1400,118533.33") for row in lots), lot],
        "cash": [row.replace("2026-11-20", "2026-11-21") for row in MILLERS["cash"]],
        "transactions": [*MILLERS["transactions"], OUT, IN],
    }
    found = received(bundle(**rows), at=MONDAY_NOON)
    return custodian_files.load(
        found, confirmed=found.preview.get("confirm", ""), user_id=None, by=SET_UP, at=MONDAY_NOON
    )


def lot(acquired: str = "", basis: str = "", status: str = "unknown") -> str:
    return f"11110001,2026-11-21,ZBD,D1,{acquired},100,{basis},{status}"


def carried(row: Transfer) -> list[dict[str, str]]:
    """What the page's links fill in at the lots' own door, where files state a lot otherwise than the law."""
    shown = pages.show(cast.ana(), Transfer.objects.get(pk=row.pk), on=date(2026, 11, 23))
    urls = [one.correct_url for one in shown.arrived if one.correct_url]
    return [{name: one[0] for name, one in parse_qs(urlsplit(url).query).items()} for url in urls]


def test_a_distribution_without_a_basis_begins_with_the_closing_price_of_its_day() -> None:
    row = distributed()

    file(lot())

    row.refresh_from_db()
    assert (row.state, row.left_on, row.arrived_on) == (STATE.NO_BASIS, SATURDAY, SATURDAY)
    (given,) = carried(row)
    assert (given["acquired_on"], given["basis"], given["basis_status"]) == (
        "2026-11-21",
        "8000.00",
        "covered",
    )
    assert "our closing price of Nov 20, 2026" in given["evidence"]
    page = words_of(as_(cast.ana()).get(door("transfer", row.public_id)))
    assert "$80.00 a share" in page
    assert "a new holding period begins the day after" in page


def test_the_iras_own_day_and_cost_are_not_carried_along() -> None:
    row = distributed(value=D("81.25"))

    file(lot("2021-06-01", "8466.67", "covered"))

    (given,) = carried(row)
    assert (given["acquired_on"], given["basis"]) == ("2026-11-21", "8125.00")


def test_a_lot_that_the_custodian_states_rightly_asks_for_nothing_and_replaces_no_sale() -> None:
    row = distributed()

    file(lot("2026-11-21", "8000.00", "covered"))

    row.refresh_from_db()
    assert (row.state, carried(row)) == (STATE.COMPLETE, [])
    lots = list(TaxLot.objects.filter(account=account("0001"), security=zbd(), closed_on=None))
    (came,) = (one for one in lots if one.acquired_on == SATURDAY)
    assert movements.moved_lots(lots) == {came.pk}


def test_without_a_price_the_value_is_asked_for_and_not_guessed() -> None:
    row = distributed()
    file(lot())

    Price.objects.filter(security=zbd()).delete()

    assert carried(row) == []
    assert "no price is on record" in pages.sentence(Transfer.objects.get(pk=row.pk), on=SATURDAY)


def test_an_advisor_enters_corrects_and_ends_a_distribution_on_the_iras_page() -> None:
    ira = account("0002")
    assert "Expect a distribution in kind" in words_of(as_(cast.ana()).get(door("account", ira.public_id)))
    typed = {
        "symbol": "zbd",
        "shares": "100",
        "expected_on": "2026-11-27",
        "other": account("0001").public_id,
    }

    acted(cast.ana(), door("transfer_distribute", ira.public_id), **typed)
    row = Transfer.objects.get()
    acted(
        cast.ana(),
        door("transfer_distribution_correct", row.public_id),
        **{**typed, "value": "82", "shares": "90"},
    )
    row.refresh_from_db()

    assert (row.kind, row.from_account, row.to_account) == ("distribution", ira, account("0001"))
    assert (row.shares, row.value, row.hold and row.hold.kind) == (D(90), D(82), Hold.Kind.TRANSFER)
    assert str(row) == "Distribution in kind: 90 ZBD from IRA to Taxable"
    assert as_(cast.ana()).get(door("transfer_correct", row.public_id)).status_code == 403
    acted(cast.ana(), door("transfer_end", row.public_id), reason="In cash instead.")
    assert Transfer.objects.get().state == STATE.ENDED


def test_shares_are_given_to_a_charity_and_held_until_they_have_left() -> None:
    taxable = account("0001")

    acted(
        cast.ana(), door("transfer_give", taxable.public_id), elsewhere="Harbor Food Bank", symbol="ZUS", shares="50",
        expected_on="2026-11-27",
    )  # fmt: skip
    row = Transfer.objects.get()
    acted(
        cast.ana(), door("transfer_gift_correct", row.public_id), elsewhere="Harbor Food Bank", symbol="ZUS",
        shares="40", expected_on="2026-11-27",
    )  # fmt: skip

    row.refresh_from_db()
    assert (row.kind, row.shares, row.target) == ("gift", D(40), "Harbor Food Bank")
    assert Hold.objects.filter(lifted_at=None).get().reason == "40 ZUS leave for Harbor Food Bank."
    Transfer.objects.update(left_on=SATURDAY)
    assert "No gain is recognized" in words_of(as_(cast.ana()).get(door("transfer", row.public_id)))
    body = as_(cast.ana()).get(f"/api/v1/transfers/{row.public_id}/").json()
    assert (body["kind"], body["value"]) == ("gift", None)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"from_account": None, "to_account": "0001", "elsewhere": "Old Broker"}, "are of IRAs"),
        ({"from_account": "0001", "to_account": None, "elsewhere": "Old Broker"}, "are of IRAs"),
        ({"kind": "gift", "to_account": None, "elsewhere": "Food Bank"}, "is a distribution"),
        ({"kind": "gift", "from_account": "0002"}, "leaves an account of ours for a charity"),
        ({"kind": "transfer"}, "is distributed, at the value of that day"),
        ({"kind": "transfer", "from_account": "0001", "to_account": "0002"}, "contributions are cash"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_instead(other: dict[str, Any], sentence: str) -> None:
    accounts = {
        name: account(last) if last else None
        for name, last in other.items()
        if name in ("from_account", "to_account")
    }
    with pytest.raises(BadInput, match=sentence):
        distributed(**{**other, **accounts})


def test_doors_open_where_their_kind_belongs() -> None:
    assert as_(cast.ana()).get(door("transfer_distribute", account("0001").public_id)).status_code == 403
    assert as_(cast.ana()).get(door("transfer_give", account("0002").public_id)).status_code == 403
    page = page_of(as_(cast.ana()).get(door("transfer_give", account("0001").public_id)))
    assert [one.name for one in page.form] == ["elsewhere", "symbol", "shares", "expected_on", "document"]
