"""Required distributions on real pages: an owner of 76 in November, a first year that waits, and an heir."""

from __future__ import annotations

from datetime import date

import pytest

from rebalancing.models import Reading
from tests.clock import SUNDAY_NOON
from tests.factories import distributions, households
from tests.journeys.conftest import Firm
from tests.journeys.custody import still_inside

pytestmark = pytest.mark.django_db


def test_an_owner_of_76_in_november(firm: Firm) -> None:
    distributions.born(firm.household, date(1950, 3, 1))
    households.loaded(still_inside())

    # Nobody knows what the IRA was worth on December 31: the home asks, and leads to the form.
    firm.rui.opens(f"/households/{firm.household.public_id}/required-distributions/?year=2026").reads(
        "The household’s advisor or the trading desk enters it."
    )
    ana = firm.ana.opens("/").reads("A balance of December 31 is asked for")
    ana.follows("Enter the balance").reads("The balance of IRA on December 31, 2025 is not on record.")
    ana.follows("Enter the balance").presses("Record it", amount="474000", source="Form 5498")
    ana.reads("Check before you go on").presses("Record it").reads("The figure is on record.")

    # From then on it is red on the home, the list and the household, until it is raised.
    ana.opens("/").reads("A required distribution is to be taken", "Mia Miller, IRAs: $20,000.00 for 2026.")
    tom = firm.tom.opens("/required-distributions/?year=2026").reads("$20,000.00 still to be taken for 2026")
    assert tom.column("State") == ["To be taken now"]
    tom.follows("Mia Miller").reads("Age reached in 2026", "Uniform Lifetime Table", "23.7", "Form 5498")

    # The scan raises it although every class is inside its band.
    firm.a_scan_at(SUNDAY_NOON)
    assert Reading.objects.get().outcome == Reading.Outcome.PROPOSED
    firm.rui.opens("/proposals/").follows("Miller").reads("has to take $20,000.00 from IRAs for 2026")

    # The custodian's file shows the payment: it is done, and Carl reads it too.
    distributions.paid(firm.household, "20000", date(2026, 11, 20))
    tom.opens("/required-distributions/?year=2026").reads("$0.00 still to be taken for 2026")
    assert tom.column("State") == ["Taken"]
    firm.carl.opens("/portfolio/").reads(
        "has to take $20,000.00 from IRAs for 2026. All of it has been taken."
    )


def test_a_first_year_may_wait_until_april(firm: Firm) -> None:
    distributions.born(firm.household, date(1953, 4, 10))
    distributions.balance(firm.household, by=firm.person("ana"))
    households.loaded(still_inside())

    firm.a_scan_at(SUNDAY_NOON)

    assert Reading.objects.get().outcome == Reading.Outcome.IN_BAND
    ana = firm.ana.opens(f"/households/{firm.household.public_id}/required-distributions/?year=2026")
    ana.reads("First year: it may wait until April 1, 2027, and then two are taken in 2027.", "$17,886.79")


def test_an_heir_takes_every_year(firm: Firm) -> None:
    distributions.terms(firm.household, by=firm.person("ana"))
    distributions.balance(firm.household, by=firm.person("ana"), amount="600000")

    ana = firm.ana.opens(f"/households/{firm.household.public_id}/?tab=cash")
    ana.reads("Required distributions", "Mia Miller, IRA, 2026")
    ana.follows("See the computation")
    ana.reads(
        "Inherited from", "Frank Miller", "Ten-year rule", "Single Life Table", "The account is empty by"
    )
