"""A fund splits: announced, agreed to by two people, applied on its day; the next file agrees and nothing breaks."""

from __future__ import annotations

from datetime import date

import pytest

from clients.models import CorporateAction, TaxLot
from compliance.models import Review
from rebalancing import tasks
from rebalancing.models import Break
from tests.journeys.conftest import Firm
from tests.journeys.custody import LOTS, POSITIONS
from tests.journeys.evenings import closes, evening, proposed, told, typed, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))


PRICES = {"ZUS": 55, "ZUB": 55, "ZBD": 80}
"""Half the price of the evening before is no dispute after a split."""


def twice(rows: list[str], day: date, place: int) -> list[str]:
    """The rows of a day with twice the shares of the stock fund."""
    found = []
    for row in rows:
        cells = row.format(day=day).split(",")
        if "ZUS" in cells:
            cells[place] = str(2 * int(cells[place]))
        found.append(",".join(cells))
    return found


def announced(firm: Firm) -> CorporateAction:
    """Tom announces what the fund company has written, two for one on Tuesday."""
    firm.tom.opens("/securities/").follows("Corporate actions").follows("Enter a corporate action")
    firm.tom.presses("Continue", kind="split").reads("Stock split", "The basis and its days stay.")
    typed(
        firm.tom,
        "Enter a corporate action",
        symbol="ZUS",
        effective_on=TUESDAY.isoformat(),
        shares_new="2",
        shares_old="1",
        source="The fund company's notice of November 20",
    )
    firm.tom.reads("Announced", "2 for 1", "What it would do to the lots on record")
    return CorporateAction.objects.get()


def agreed(firm: Firm, action: CorporateAction) -> None:
    """Tom has compared the terms and asks for it; Cora decides."""
    firm.tom.opens(f"/corporate-actions/{action.public_id}/agree/")
    typed(firm.tom, "Propose to agree to it", evidence="The notice, page 2.")
    review = Review.objects.get(subject_kind="correction", state="open")
    firm.cora.opens(f"/reviews/{review.public_id}/").reads("2 for 1")
    firm.cora.presses("Record the decision", verdict="approved")
    firm.ana.opens(f"/corporate-actions/{action.public_id}/").reads("Agreed to by", "Tom", "Cora")


def test_a_split_from_its_notice_to_the_custodians_file(firm: Firm) -> None:
    closes(firm, MONDAY, stock="110", finds="proposed")
    proposal = proposed(firm)

    # A proposal of the evening before goes stale with the news, and says why.
    action = announced(firm)
    firm.rui.opens(f"/proposals/{proposal.public_id}/")
    firm.rui.reads("A corporate action is pending on ZUS: Stock split of ZUS on Nov 24, 2026: 2 for 1.")
    agreed(firm, action)
    withdrawn(firm)

    # On its day it is on the lots; until the price of the day is known nobody trades them.
    firm.clock.at = evening(TUESDAY).replace(hour=13)
    tasks.reconcile()
    assert {lot.quantity for lot in TaxLot.objects.filter(key__in=("A1", "A2"))} == {3000, 4000}
    firm.ana.opens(f"/corporate-actions/{action.public_id}/").reads("Applied by us", "no file shows it yet")

    # The next file has it too. Nothing is done twice, nothing is a break, and trading goes on.
    closes(
        firm, TUESDAY, stock="55", finds="proposed",
        prices=[f"{symbol},{TUESDAY},{price},generated" for symbol, price in PRICES.items()],
        positions=twice(POSITIONS, TUESDAY, 3), lots=twice(LOTS, TUESDAY, 5),
    )  # fmt: skip
    assert {lot.quantity for lot in TaxLot.objects.filter(key__in=("A1", "A2"))} == {3000, 4000}
    assert not Break.objects.filter(ended_at=None).exists()
    firm.ana.opens(f"/corporate-actions/{action.public_id}/").reads("Shown by the custodian")


def test_accounts_wait_while_a_split_is_pending(firm: Firm) -> None:
    action = announced(firm)

    closes(firm, MONDAY, stock="110", finds="data")

    told(
        firm, MONDAY, "A corporate action is pending: Stock split of ZUS on Nov 24, 2026: 2 for 1.",
        hold="corporate_action",
    )  # fmt: skip

    # It was another fund's: Tom withdraws it, and the next evening is as any other.
    firm.tom.opens(f"/corporate-actions/{action.public_id}/end/")
    firm.tom.presses("Withdraw a corporate action", reason="It is of another fund.")
    closes(firm, TUESDAY, stock="110", finds="proposed")
