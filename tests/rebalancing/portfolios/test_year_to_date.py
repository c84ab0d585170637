"""The year to date: what is not known of it is said, and what the desk sold itself is in it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.models import Account, Household, RealizedGain, Security, TaxProfile, Transaction
from compliance.models.findings import SeverityLevel
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.models import OrderBatch, Proposal, ProposedLot
from rebalancing.pages import household as household_page
from rebalancing.portfolios import portfolios
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, TUESDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db

SEPTEMBER_8 = date(2026, 9, 8)


def reported(basis: D | None, **facts: Any) -> RealizedGain:
    """A sale of ten shares for 1,000 dollars, as a custodian reports it."""
    return RealizedGain.objects.create(
        **{
            "account": Account.objects.get(number_last4="0001"),
            "security": Security.objects.get(symbol="ZUS"),
            "key": "unknown>2026-09-08:10@1000.00#1",
            "sold_on": SEPTEMBER_8,
            "quantity": D(10),
            "proceeds": D(1000),
            "basis": basis,
            "term": "long",
            **facts,
        }
    )


def a_sale(last4: str = "0001", **facts: Any) -> Transaction:
    """The same sale as a history shows it: without a gain."""
    return Transaction.objects.create(
        **{
            "account": Account.objects.get(number_last4=last4),
            "security": Security.objects.get(symbol="ZUS"),
            "key": "T9",
            "kind": "sell",
            "traded_on": SEPTEMBER_8,
            "quantity": D(-10),
            "amount": D(1000),
            **facts,
        }
    )


def the_return(household: Household, *, trade_on: date = MONDAY) -> TaxUnit:
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=trade_on)
    assert isinstance(found, portfolios.Portfolio), found
    (unit,) = found.household.tax_units
    return unit


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), gain_budget=D(20_000))


def test_a_sale_without_a_basis_is_named_and_not_counted(millers: Household) -> None:
    reported(None)

    unit = the_return(millers)

    assert (unit.realized_short, unit.realized_long, unit.realized_unknown) == (
        D(0),
        D(0),
        "ZUS on September 8",
    )


def test_a_sale_that_no_report_gives_the_gain_of_is_named_too(millers: Household) -> None:
    a_sale()
    a_sale("0002", key="T10")

    assert the_return(millers).realized_unknown == "ZUS on September 8"


@pytest.mark.parametrize(
    ("kind", "quantity"),
    [
        ("redemption", D(-10)),
        ("cash_merger", D(-10)),
        ("liquidation", None),
        ("cash_in_lieu", None),
        ("merger", D(-10)),
        ("spin_off", D(3)),
        ("other", D(-10)),
    ],
)
def test_shares_against_money_are_a_sale_under_any_name(
    millers: Household, kind: str, quantity: D | None
) -> None:
    a_sale(kind=kind, quantity=quantity)

    assert the_return(millers).realized_unknown == "ZUS on September 8"


@pytest.mark.parametrize(
    ("kind", "quantity", "amount"),
    [
        ("merger", D(-10), D(0)),
        ("split", D(10), D(0)),
        ("spin_off", D(3), D(0)),
        ("other", D(-10), D(0)),
        ("other", None, D(1000)),
        ("transfer_out", D(-10), D(0)),
    ],
)
def test_an_exchange_of_shares_for_shares_is_none(
    millers: Household, kind: str, quantity: D | None, amount: D
) -> None:
    a_sale(kind=kind, quantity=quantity, amount=amount)

    assert the_return(millers).realized_unknown == ""


def test_a_sale_that_is_reported_is_known(millers: Household) -> None:
    a_sale()
    reported(D(400))

    unit = the_return(millers)

    assert (unit.realized_long, unit.realized_unknown) == (D(600), "")


def test_figures_confirmed_after_the_sale_settle_it(millers: Household) -> None:
    reported(None)
    a_sale(key="T10", traded_on=SEPTEMBER_8 - timedelta(days=3))

    TaxProfile.objects.update(confirmed_on=SEPTEMBER_8, long_term_before=D(250))

    unit = the_return(millers)
    assert (unit.realized_long, unit.realized_unknown) == (D(250), "")


def test_many_sales_are_counted_after_the_first_five(millers: Household) -> None:
    for number in range(7):
        reported(None, key=str(number), sold_on=SEPTEMBER_8 + timedelta(days=number))

    assert the_return(millers).realized_unknown == (
        "ZUS on September 8, ZUS on September 9, ZUS on September 10, ZUS on September 11, "
        "ZUS on September 12 and 2 more"
    )


@pytest.fixture
def desk() -> Desk:
    return a_desk(taxable_only=True)


def test_what_is_not_known_is_warned_of_and_fails_the_gain_budget(desk: Desk) -> None:
    reported(None)
    TaxProfile.objects.update(gain_budget=D(500_000))

    proposal = desk.propose()

    revision = proposals.current(proposal)
    assert (
        "Mia Miller: the gain or loss of sales this year is not known and not in its figures (ZUS on September 8)."
        in revisions.plan_of(revision).warnings
    )
    assert revision.review is not None
    examination = revision.review.examinations.latest("examined_at")
    told = {row.rule: (row.severity, row.sentence) for row in examination.findings.all()}
    assert told["PTC-32"] == (
        SeverityLevel.BLOCK,
        "We do not know this year's gains of Mia Miller (ZUS on September 8), so this could not be checked.",
    )
    assert told["PTC-34"][0] == SeverityLevel.WARN


@pytest.mark.usefixtures("it_is_sunday_noon")
def test_pages_say_unknown_and_why(desk: Desk, client: Client) -> None:
    reported(None)
    proposal: Proposal = desk.propose()
    client.force_login(desk.ana)

    page = client.get(reverse("rebalancing:proposal", args=[proposal.public_id])).content.decode()
    address = reverse("clients:household", args=[desk.household.public_id])
    record = client.get(address, {"tab": "people"}).content.decode()

    assert "without ZUS on September 8" in page
    assert "The gain or loss of ZUS on September 8 is not known." in record


def test_what_the_desk_sold_counts_until_a_custodian_reports_it(desk: Desk) -> None:
    batch: OrderBatch = desk.release()
    sold = list(ProposedLot.objects.filter(order__side="sell"))
    expected = sum((one.gain + one.disallowed for one in sold if one.gain is not None), D(0))
    assert expected
    symbols = {one.order.security for one in sold}
    assert batch.orders.exists()

    def so_far() -> tuple[D, str]:
        unit = the_return(desk.household, trade_on=MONDAY + timedelta(days=8))
        return unit.realized_short + unit.realized_long, unit.realized_unknown

    assert so_far() == (expected, "")
    for number, security in enumerate(symbols):
        a_sale(key=f"S{number}", security=security, traded_on=MONDAY)
    assert so_far() == (expected, ""), "the custodian's history shows the sale and not its gain"
    for number, security in enumerate(symbols):
        reported(None, key=f"R{number}", security=security, sold_on=MONDAY)
    assert so_far() == (expected, ""), "nor does a report without a basis"
    RealizedGain.objects.update(basis=D(900))
    assert so_far() == (D(100) * len(symbols), "")


def test_the_households_page_counts_what_the_desk_sold_too(desk: Desk) -> None:
    desk.release()
    expected = sum(
        (one.gain + one.disallowed for one in ProposedLot.objects.filter(order__side="sell") if one.gain),
        D(0),
    )
    a_sale(security=ProposedLot.objects.filter(order__side="sell")[0].order.security, traded_on=MONDAY)

    page = household_page.show(desk.ana, desk.household, at=TUESDAY_NOON)

    (unit,) = page.record.tax_units
    assert (unit.net, unit.unknown) == (expected, "")
