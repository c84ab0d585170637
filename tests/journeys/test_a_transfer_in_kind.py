"""Shares come from another firm without their basis: expected, shown by a file, awaited for fifteen days, complete."""

from __future__ import annotations

from datetime import date

import pytest

from clients.models import Account
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import LOTS, POSITIONS, TRANSACTIONS, custodian_bundle
from tests.journeys.evenings import evening, typed

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, LATE = date(2026, 11, 23), date(2026, 11, 24), date(2026, 12, 14)
CAME = "11110001,transfer_in,2026-11-23,T9,ZUB,100,,0.00"


def a_file(firm: Firm, day: date, lot: str) -> None:
    firm.clock.at = evening(day)
    tables = {
        "positions": [*POSITIONS, "11110001,{day},ZUB,100,no"],
        "lots": [*LOTS, lot],
        "transactions": [*TRANSACTIONS, CAME],
    }
    rows = {kind: [one.format(day=day) for one in each] for kind, each in tables.items()}
    households.loaded(custodian_bundle(day.isoformat(), stock="84", **rows), at=evening(day))


def test_shares_come_without_their_basis_and_the_basis_follows(firm: Firm) -> None:
    account = Account.objects.get(name="Taxable")
    ana = firm.ana.opens(f"/accounts/{account.public_id}/").follows("Expect a transfer in kind")
    typed(
        ana, "Expect a transfer in kind",
        direction="in", elsewhere="Old Broker", symbol="ZUB", shares="100", expected_on="2026-11-25",
    )  # fmt: skip
    ana.reads("100 ZUB from Old Broker to Taxable", "Expected")
    transfer = ana.address

    a_file(firm, MONDAY, "11110001,{day},ZUB,A9,,100,,unknown")
    ana.opens(transfer).reads(
        "Arrived, basis awaited", "Its basis is awaited since Nov 23, 2026.", "end on Dec 8, 2026"
    )

    # The fifteen days are over: homes say so.
    firm.clock.at = evening(LATE)
    ana.opens("/").reads("The basis of ZUB has not come")

    firm.clock.at = evening(TUESDAY)
    a_file(firm, TUESDAY, "11110001,{day},ZUB,A9,2019-05-06,100,3000.00,covered")
    ana.opens(transfer).reads("Complete", "nothing was sold and nothing bought", "$3,000.00")
    ana.opens("/restatements/").reads("Basis came late")


def test_a_transfer_that_does_not_come_ends_without(firm: Firm) -> None:
    account = Account.objects.get(name="Taxable")
    ana = firm.ana.opens(f"/accounts/{account.public_id}/transfer/")
    typed(
        ana, "Expect a transfer in kind",
        direction="out", elsewhere="New Broker", symbol="ZBD", shares="100", expected_on="2026-11-25",
    )  # fmt: skip
    ana.opens("/holds/").reads("100 ZBD leave for New Broker.")

    ana.opens("/transfers/").follows("100 ZBD").follows("End it without")
    ana.presses("End it without", reason="The client stays with us.")
    ana.reads("Ended without", "The client stays with us.")
    assert "100 ZBD leave for New Broker." not in ana.opens("/holds/").text
