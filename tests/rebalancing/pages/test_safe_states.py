"""Safe states: what is missing stops a trade, never makes one; it is a line in red with the form that cures it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Account, Price, Security, TaxLot, TaxProfile
from rebalancing import market_days
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.desk import Desk, on_record
from tests.factories.households import another
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    return on_record()


def missing(desk: Desk, person: Any = None) -> dict[str, str]:
    """What the household's page says is missing, with where it is cured."""
    answer = as_(person or desk.ana).get(reverse("clients:household", args=[desk.household.public_id]))
    return {one.kind.code: one.url for one in page_of(answer).missing}


def test_without_a_policy_nothing_is_sold_and_the_page_leads_to_its_first_one(desk: Desk) -> None:
    """No target is no order to liquidate."""
    okafor = another("okafor", "Okafor", advisor=desk.ana)

    scan()

    assert Reading.objects.get(household=okafor).outcome == Reading.Outcome.NO_POLICY
    assert not Proposal.objects.filter(household=okafor).exists()
    answer = as_(desk.ana).get(reverse("clients:household", args=[okafor.public_id]))
    assert {one.kind.code: bool(one.url) for one in page_of(answer).missing}["no_policy"]


def test_a_missing_price_stops_the_household_and_leads_to_where_it_is_entered(desk: Desk) -> None:
    Price.objects.filter(security__symbol="ZUS").delete()

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, reading.value) == (Reading.Outcome.DATA, None)
    assert not Proposal.objects.exists()
    assert missing(desk, cast.tom())["no_price"]


def test_a_missing_tax_profile_is_told_with_its_form(desk: Desk) -> None:
    TaxProfile.objects.filter(tax_unit__accounts__household=desk.household).delete()
    Account.objects.filter(household=desk.household).update(agreement_signed_on=date(2020, 1, 2))

    scan()

    reading = Reading.objects.get()
    assert "tax" in reading.reason.lower()
    assert missing(desk).keys() & {"no_profile", "unconfirmed_profile"}


def test_a_lot_without_a_basis_has_an_unknown_gain_and_never_one_of_zero(desk: Desk) -> None:
    lot = TaxLot.objects.filter(
        account__household=desk.household, account__tax_treatment=Account.TaxTreatment.TAXABLE, closed_on=None
    ).order_by("pk")[0]
    TaxLot.objects.filter(pk=lot.pk).update(basis=None, unadjusted_basis=None, basis_status="unknown")

    loaded = portfolios.load(
        desk.household, as_of_on=LAST_FRIDAY, trade_on=market_days.trade_day(SUNDAY_NOON)
    )

    assert isinstance(loaded, portfolios.Portfolio)
    assert {one.basis for one in loaded.household.lots if one.id == lot.public_id} <= {None}
    scan()
    for proposal in Proposal.objects.all():
        for use in lot.proposed_uses.filter(order__revision__proposal=proposal):
            assert use.gain is None
    page = as_(desk.ana).get(reverse("clients:household", args=[desk.household.public_id]))
    assert "tax unknown" in words_of(page)


def test_the_day_page_of_a_household_that_was_not_measured_says_why(desk: Desk) -> None:
    security = Security.objects.get(symbol="ZUS")
    Price.objects.filter(security=security).delete()
    scan()

    answer = as_(desk.ana).get(
        reverse("clients:household_day", args=[desk.household.public_id, LAST_FRIDAY.isoformat()])
    )

    assert "No class was measured." in words_of(answer)
    assert security.symbol in words_of(answer)
