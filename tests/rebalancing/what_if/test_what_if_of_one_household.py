"""What a what-if says of one household, by hand: who would be outside, what would move, the gain, the tax and the cost."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import Household, ModelVersion, TaxLot
from rebalancing.firm_scan import facts as firm_facts
from rebalancing.what_if import answers
from rebalancing.what_if.answers import Present
from rebalancing.what_if.changes import Change
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.desk import a_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

RATE = D("0.238")


def asked(change: Change, *, rate: D = RATE) -> tuple[answers.Sum, answers.Sum]:
    present = Present.of(firm_facts.read(market_on=LAST_FRIDAY, trade_on=MONDAY))
    everybody = present.among(set(Household.objects.values_list("pk", flat=True)))
    found = present.ask(change, asked=everybody, rate=rate)
    return answers.sum_of(found.before, everybody), answers.sum_of(found.after, everybody)


# Taxed: 5,000 ZUS at 100 for 310,000 and 1,000 ZBD at 80. Stocks 500,000, bonds 80,000, cash 10,000, 590,000 together. The
# band of stocks is 53% to 63% around 58%, and the policy goes halfway: to 60.5%.
CASES = (
    # change, outside, moved, gain, tax
    (Change(), 1, "143050.00", "54359.00", "12937.44"),
    # Six points: the upper edge is 64%, halfway 61%: 500,000 less 359,900.
    (Change(points=D("0.06")), 1, "140100.00", "53238.00", "12670.64"),
    # 10% of 58% and of 40% is narrower than five points: 5.8 and 4 points. Bonds go to 38%, which stocks pay for.
    (Change(points=D("0.058"), share=D("0.1")), 1, "144200.00", "54796.00", "13041.45"),
    # 25 points for stocks alone: 83%, and halfway to it 84,050 would be sold; bonds still want 141,250.
    (Change(points=D("0.25"), asset_class="us_stock"), 1, "141250.00", "53675.00", "12774.65"),
    # Nothing that moves less than 200,000 is traded: the household is outside and stays so.
    (Change(minimum_trade=D(200_000)), 1, "0.00", "0.00", "0.00"),
)


@pytest.mark.parametrize(("change", "outside", "moved", "gain", "tax"), CASES)
def test_the_estimate_of_a_taxed_account(change, outside, moved, gain, tax):
    a_desk(taxable_only=True)

    before, after = asked(change)

    assert (before.flagged, before.moved, before.gain) == (1, D("143050.00"), D("54359.00"))
    assert (after.flagged, after.moved, after.gain, after.tax) == (outside, D(moved), D(gain), D(tax))


def test_a_class_is_sold_out_of_untaxed_accounts_first():
    a_desk()  # An IRA holds 200,000 of stocks besides; 915,000 together, 146,425 of stocks would be sold.

    before, _ = asked(Change())

    assert (before.moved, before.gain, before.tax) == (D("146425.00"), D("0.00"), D("0.00"))


def test_the_cost_is_half_the_spread_on_both_sides():
    a_desk(taxable_only=True)

    _, after = asked(Change(half_spread=D("0.001")))

    assert after.cost == D("286.10")  # 143,050 sold and bought, at 10 basis points.


def test_a_gain_that_is_not_known_is_in_no_sum():
    a_desk(taxable_only=True)
    TaxLot.objects.filter(key="A1").update(basis=None, basis_status="unknown")

    before, _ = asked(Change())

    assert (before.flagged, before.unknown) == (1, 1)
    assert (before.gain, before.tax, before.moved) == (D("0.00"), D("0.00"), D("143050.00"))


def test_the_weights_of_a_version_become_targets_and_bands_keep_their_width():
    a_desk(taxable_only=True)
    first = ModelVersion.objects.get()

    unchanged = asked(Change(version=first))

    assert unchanged[0] == unchanged[1]


def test_wide_bands_leave_nobody_outside():
    a_desk()  # Stocks at 76.5% and bonds at 21.9%.

    before, after = asked(Change(points=D("0.2")))

    assert (before.flagged, after.flagged, after.moved) == (1, 0, D("0.00"))
