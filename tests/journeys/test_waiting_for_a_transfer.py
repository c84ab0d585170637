"""An account is on its way: measured and not traded until its new custodian's file has come, or until the desk lifts its hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from clients.models import Account, Hold
from tests.factories.bundles import MILLERS
from tests.journeys.conftest import Firm
from tests.journeys.custody import CASH, LOTS, POSITIONS
from tests.journeys.evenings import closes, ended, told, traded, typed, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
MONDAY_NOON, TUESDAY_NOON = (datetime(2026, 11, day, 17, tzinfo=UTC) for day in (23, 24))


def taxable() -> Account:
    return Account.objects.get(name="Taxable")


def as_schwab_has_it(day: date) -> dict[str, Any]:
    """The account under its new number, as the new custodian's file brings it."""

    def there(rows: list[str]) -> list[str]:
        return [one.replace("11110001", "55550001").format(day=day) for one in rows]

    accounts = [
        one.replace("11110001", "55550001").replace(",house,", ",schwab,", 1) if one.startswith("11110001") else one
        for one in MILLERS["accounts"]
    ]  # fmt: skip
    moved = {"positions": there(POSITIONS), "lots": there(LOTS), "cash": there(CASH), "transactions": []}
    return {"accounts": accounts, **moved}


def test_the_desk_places_a_hold_and_lifts_it(firm: Firm) -> None:
    firm.clock.at = MONDAY_NOON
    tom = firm.tom.opens(f"/households/{firm.household.public_id}/hold/")
    tom.presses(
        "Place a hold",
        kind="transfer",
        place=f"account:{taxable().public_id}",
        reason="It moves to Schwab by the end of the week.",
        expires_on="2026-12-04",
    )

    closes(firm, MONDAY, stock="110", finds="proposed")
    told(firm, MONDAY, "It moves to Schwab by the end of the week.", hold="transfer_pending")
    assert {account for account, _, _ in traded(firm)} == {"IRA"}

    # It stays where it is: Tom lifts the hold, and says why.
    firm.clock.at = TUESDAY_NOON
    withdrawn(firm)
    hold = Hold.objects.get()
    tom.opens(f"/households/{firm.household.public_id}/holds/{hold.public_id}/lift/")
    tom.presses("Lift the hold", reason="They stay with us.")
    closes(firm, TUESDAY, stock="110", finds="proposed")
    ended(firm, TUESDAY, "It moves to Schwab by the end of the week.")


def test_an_account_that_has_moved_is_traded_once_its_file_has_come(firm: Firm) -> None:
    firm.clock.at = MONDAY_NOON
    tom = firm.tom.opens(f"/accounts/{taxable().public_id}/move/")
    typed(tom, "Move it", custodian="schwab", number="55550001", moved_on="2026-11-23")

    only_the_ira = {
        name: [one.format(day=MONDAY) for one in rows if one.startswith("11110002")]
        for name, rows in (("positions", POSITIONS), ("lots", LOTS), ("cash", CASH))
    }
    accounts = [one for one in MILLERS["accounts"] if one.startswith("11110002")]
    closes(firm, MONDAY, stock="110", finds="proposed", accounts=accounts, transactions=[], **only_the_ira)
    told(
        firm, MONDAY, "Taxable is not traded:",
        "It ends when the transfer is done and a file shows the account at its custodian.",
        hold="transfer_pending",
    )  # fmt: skip
    assert {account for account, _, _ in traded(firm)} == {"IRA"}

    withdrawn(firm)
    closes(firm, TUESDAY, stock="110", finds="proposed", **as_schwab_has_it(TUESDAY))
    ended(firm, TUESDAY, "Taxable is not traded:")
