"""A loss is washed by a purchase in the IRA: the ledger says so, the custodian does not, and the accountant is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import Account, RealizedGain, Security
from tests.factories import households
from tests.factories.bundles import MILLERS, bundle
from tests.journeys.conftest import Firm
from tests.journeys.custody import still_inside

pytestmark = pytest.mark.django_db


def test_a_loss_that_the_ira_has_washed(firm: Firm) -> None:
    # The custodian's files: a sale at a loss in the taxable account, and four days later a purchase in the IRA.
    households.loaded(still_inside())
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0001"),
        security=Security.objects.get(symbol="ZUS"),
        key="2025-01-15>2026-11-09",
        acquired_on=date(2025, 1, 15),
        sold_on=date(2026, 11, 9),
        quantity=D(100),
        proceeds=D(9_000),
        basis=D(9_500),
        term="long",
    )
    bought = [*MILLERS["transactions"], "11110002,buy,2026-11-13,T2,ZUS,40,90,-3600.00"]
    households.loaded(bundle(transactions=bought), name="bought.zip")

    # Ana opens the household's taxes and follows the ledger: 40 of the 100 shares lose their part for good.
    ana = firm.ana.opens("/households/").follows("Miller").follows("People and taxes").follows("Tax ledger")
    ana.reads("−$300.00", "$200.00 of it lost for good", "100 sh. ZUS")
    ana.reads("The 1099-B will not show this wash sale")

    # She types what the custodian's statement says; the difference is explained, and nothing is left.
    ana.follows("Type the custodian’s year-to-date gains").presses(
        "Type the custodian’s year-to-date gains",
        as_of_on="2026-11-20",
        short="0",
        long="-500",
        document="Statement of November",
    )
    ana.reads("+$200.00: losses disallowed by purchases in other accounts", "Explained")

    # The accountant gets the columns of Form 8949, with the code of a wash sale and who governs.
    file = ana.downloads("CSV").decode()
    assert "D,100 sh. ZUS,2025-01-15,2026-11-09,9000.00,9500.00,W,200.00,-300.00" in file
    assert "Form 1099-B governs" in file

    # The calendar says until when nobody buys it back, and from when other shares may be sold at a loss.
    ana.follows("Wash calendar").reads(
        "may be bought again from Dec 10, 2026",
        "Whether there are accounts elsewhere is not on record for Mia Miller",
    )

    # Mia has a plan at work that buys the same fund on payday. From then on no day is safe.
    ana.follows("Declare an account elsewhere").presses(
        "Declare an account elsewhere",
        name="Plan at work",
        registration="plan_401k",
        buys="ZUS",
        declared_on="2026-11-20",
    )
    ana.reads("No day is safe for a loss in ZUS", "1 account elsewhere declared and not seen")

    # Over the firm Cora sees the return, and leads her home there.
    firm.cora.opens("/tax-ledgers/").reads("Miller")
