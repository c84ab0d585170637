"""The custodian gives an account another number: announced by one person, confirmed by another, and the old one stays known."""

from __future__ import annotations

from datetime import date

import pytest

from clients.models import Account
from compliance.refusals import Blocked
from tests.factories import households
from tests.factories.bundles import table
from tests.journeys.conftest import Firm
from tests.journeys.custody import POSITIONS
from tests.journeys.evenings import evening

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


def positions(number: str) -> bytes:
    rows = [
        one.format(day=MONDAY).replace("11110001", number) for one in POSITIONS if one.startswith("11110001")
    ]
    return table("positions", rows)


def test_the_number_changes_and_the_account_stays_the_same(firm: Firm) -> None:
    account = Account.objects.get(name="Taxable")
    page = f"/accounts/{account.public_id}/"
    ana = firm.ana.opens(page).follows("The custodian changes its number")
    ana.presses("Announce it", number="22220009", from_on="2026-11-22", document="Notice of November 20")
    ana.reads("announced by", "To be confirmed")

    tom = firm.tom.opens(page).follows("Confirm the new number")
    tom.presses("Confirm the new number", status=422, last_four="0001")
    tom.presses("Confirm the new number", last_four="0009")
    tom.opens(page).reads("Former numbers", "the custodian changed the number")

    firm.clock.at = evening(MONDAY)
    with pytest.raises(Blocked, match="it is ····0009 now"):
        households.loaded(positions("11110001"), name="positions.csv", at=evening(MONDAY))
    file = households.loaded(positions("22220009"), name="positions.csv", at=evening(MONDAY))
    assert file.accounts.get().account == account
