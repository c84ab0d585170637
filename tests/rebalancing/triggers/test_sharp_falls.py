"""A sharp fall of the market brings a look between two dates, for what the policy names and nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Account, Household, RealizedGain, Security
from clients.policies.targets import TargetSpec
from compliance.firm.trigger_figures import FALL, FALL_SECURITY, FALL_SESSIONS
from rebalancing.models import Proposal, ScanRun
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.days import priced, scan_of
from tests.factories.firm_settings import decided
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

THURSDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (19, 23, 24, 25))


def the_millers(*, prices: dict[str, int] | None = None, **terms: Any) -> Household:
    """Looked at once a year, and on Sunday while inside their bands; ZUB stands for the market."""
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), look="annual", **terms)
    decided(FALL_SECURITY, "ZUB")
    for symbol, price in (prices or {"ZUS": 40}).items():
        priced(symbol, LAST_FRIDAY, price)
    assert scan_of(LAST_FRIDAY, SUNDAY_NOON).outcome == "in_band"
    return household


@pytest.mark.parametrize(
    "row",
    rows(
        """
        sessions | fall | thursday | friday | monday | called
        1        | 0.07 | 60       | 50     | 46.50  | yes
        1        | 0.07 | 60       | 50     | 46.51  | no
        5        | 0.07 | 60       | 50     | 49     | yes
        5        | 0.20 | 60       | 50     | 48     | yes
        5        | 0.21 | 60       | 50     | 48     | no
        5        | 0.07 |          | 50     | 46.50  | yes
        5        | 0.07 | 40       | 50     | 50     | no
        """
    ),
)
def test_what_is_sharp_is_the_firms_to_say(row: dict[str, str]) -> None:
    """From the highest close of the firm's days to the last."""
    the_millers(on_fall="harvest")
    # The yearly look was made in spring; a later one would have answered what fell before it.
    ScanRun.objects.update(market_on=date(2026, 3, 4))
    for setting, value in ((FALL, D(row["fall"])), (FALL_SESSIONS, int(row["sessions"]))):
        if value != setting.default:
            decided(setting, value)
    for day, price in ((THURSDAY, row["thursday"]), (LAST_FRIDAY, row["friday"]), (MONDAY, row["monday"])):
        if price:
            priced("ZUB", day, price)

    reading = scan_of(MONDAY)

    codes = [one["code"] for one in reading.triggers]
    assert ("sharp_fall" in codes) is (row["called"] == "yes"), reading.reason


def test_a_look_for_losses_trades_losses_and_leaves_the_bands_alone() -> None:
    """Stocks lose two fifths; nothing stands below its cost before."""
    wide: Any = (
        TargetSpec(asset_class="us_stock", target=D("0.76"), points=D("0.10")),
        TargetSpec(asset_class="us_bond", target=D("0.22"), points=D("0.10")),
        TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
    )
    household = the_millers(
        prices={"ZUS": 100, "ZBD": 86}, on_fall="harvest", harvests_losses=True, targets=wide
    )
    # There are gains this year that a loss is worth something against.
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0001"), security=Security.objects.get(symbol="ZBD"), key="spring",
        sold_on=date(2026, 5, 5), quantity=D(2_000), proceeds=D(280_000), basis=D(160_000), term="long",
    )  # fmt: skip
    priced("ZUB", MONDAY, 45)
    priced("ZUS", MONDAY, 60)

    reading = scan_of(MONDAY)

    codes = [one["code"] for one in reading.triggers]
    # What else fired is on record, and waits for the look that is due.
    assert codes == ["sharp_fall", "losses", "out_of_band", "out_of_band"]
    revision = Proposal.objects.get().revisions.get()
    assert [one["code"] for one in revision.triggers] == ["sharp_fall", "losses"]
    fall = reading.triggers[0]
    assert fall["sentence"] == (
        "ZUB, which stands for the market, fell 10.0% from $50.00 on Nov 20, 2026 to $45.00 on Nov 23, 2026; after that "
        "the policy asks for a look at losses, and at nothing else."
    )
    assert (fall["figures"]["from_on"], fall["figures"]["to_on"]) == ("2026-11-20", "2026-11-23")
    assert (fall["figures"]["from_price"], fall["figures"]["to_price"]) == ("50.000000", "45.000000")
    page = words_of(as_(cast.ana()).get(f"/households/{household.public_id}/"))
    assert "which stands for the market, fell" in page


def test_a_look_that_finds_nothing_is_on_record_and_is_no_full_look() -> None:
    the_millers(on_fall="harvest")
    priced("ZUB", MONDAY, 45)
    priced("ZUS", MONDAY, 100)

    reading = scan_of(MONDAY)

    assert (reading.outcome, reading.triggers[0]["code"]) == ("not_due", "sharp_fall")
    assert {one["code"] for one in reading.triggers[1:]} == {"out_of_band"}
    assert "Nothing there calls for a trade." in reading.reason
    assert not Proposal.objects.exists()


def test_one_fall_calls_once_and_a_further_one_again() -> None:
    the_millers(on_fall="harvest")
    for day, price in ((MONDAY, 45), (TUESDAY, 45), (WEDNESDAY, 41)):
        priced("ZUB", day, price)

    found = [[one["code"] for one in scan_of(day).triggers] for day in (MONDAY, TUESDAY, WEDNESDAY)]

    assert found == [["sharp_fall"], [], ["sharp_fall"]]


def test_chosen_classes_come_back_and_others_stay_outside_their_bands() -> None:
    the_millers(on_fall="classes", fall_classes="us_bond")
    priced("ZUB", MONDAY, 45)
    priced("ZUS", MONDAY, 20)

    reading = scan_of(MONDAY)

    assert [(one["code"], one["figures"].get("asset_class")) for one in reading.triggers[:2]] == [
        ("sharp_fall", None),
        ("out_of_band", "us_bond"),
    ]
    assert {one["figures"]["asset_class"] for one in reading.triggers[2:]} == {"us_stock", "cash"}


def test_without_the_policys_word_or_the_firms_security_nothing_is_looked_at() -> None:
    the_millers()
    priced("ZUB", MONDAY, 25)

    assert scan_of(MONDAY).triggers == []
