"""The custodian sends another file of the same evening: a lot has another basis. What it does is told, until somebody says why."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import LOTS, custodian_bundle
from tests.journeys.evenings import closes, proposed

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
NINE_PM = datetime(2026, 11, 24, 2, tzinfo=UTC)


def test_a_lot_is_restated_after_a_proposal_was_made_on_it(firm: Firm) -> None:
    closes(firm, MONDAY, stock="110", finds="proposed")
    firm.clock.at = NINE_PM
    lots = [one.replace("1500,60000.00", "1500,58500.00", 1).format(day=MONDAY) for one in LOTS]
    households.loaded(custodian_bundle(MONDAY.isoformat(), stock="110", lots=lots), at=NINE_PM)

    # Ana's home asks; the list leads to the difference, and to the proposal that counted on the old figure.
    ana = firm.ana.opens("/").reads("restated in Taxable")
    ana.follows("Say what it was").follows("Lot of ZUS")
    ana.reads(
        "$60,000.00",
        "$58,500.00",
        "Another file of Nov 23, 2026, a day already on record",
        "It is still held",
    )
    ana.reads("It is open, and stale: it was made on the figures before.")
    restatement = ana.address
    ana.opens(f"/proposals/{proposed(firm).public_id}/").reads(
        "The custodian restated ZUS: basis $60,000.00 → $58,500.00."
    )

    # She says what it was; nobody is asked any more, and the difference stays on record.
    ana.opens(restatement).follows("Say what it was")
    ana.presses("Say what it was", seen_as="correction", remark="A wash sale of 2021 was added twice.")
    ana.reads("A correction that is right", "A wash sale of 2021 was added twice.", "$58,500.00")
    assert "restated in Taxable" not in ana.opens("/").text
