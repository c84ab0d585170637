"""A reviewer approves small proposals beside each other: what asks for a reason is not offered, each row says what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from compliance.audit_trail import audit
from compliance.firm import batch_figures
from compliance.firm.catalog import BY_CODE
from compliance.models import Approval
from rebalancing import tasks
from rebalancing.models import ApprovalBatchRow, Proposal
from rebalancing.proposals import proposals
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.factories.firm_settings import decided
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def test_a_proposal_that_asks_for_a_reason_is_not_offered(firm: Firm) -> None:
    decided(batch_figures.BATCH_TURNOVER, Decimal(1))
    decided(BY_CODE["rules.order_fraction"], Decimal("0.01"))
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)

    rui = firm.rui.opens("/proposals/").follows("Approve several proposals")
    assert "Miller: " not in rui.text
    rui.presses("Approve exactly these", status=422).reads("Choose at least one proposal.")
    assert not Approval.objects.filter(subject_kind="proposal").exists()


def test_a_batch_of_approvals(firm: Firm) -> None:
    # This firm lets one order be as large as the account, and holds none out.
    decided(BY_CODE["rules.order_fraction"], Decimal(1))
    decided(batch_figures.BATCH_TURNOVER, Decimal(1))
    decided(batch_figures.BATCH_HELD_OUT, 0)
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)
    proposal = Proposal.objects.get()
    seen = proposals.current(proposal).fingerprint

    # Ana made it and is not offered the page. Rui chooses, and the next page shows exactly what he would approve.
    assert "Approve several proposals" not in firm.ana.opens("/proposals/").text
    rui = firm.rui.opens("/").follows("Approve several proposals").reads("Miller: 2 orders")
    typed: dict[str, Any] = {"proposals": proposal.public_id, "text": "Small and plain.", "acknowledge": "on"}
    rui.presses("Approve exactly these", status=200, **typed).reads(
        "Check before you go on", seen[:12], "Together"
    )
    rui.presses("Approve exactly these").reads("1 proposal: 1 not yet looked at")

    # A worker checks each again and approves it by itself; the row says so and leads to the approval.
    tasks.send_orders()
    rui.opens(rui.address).reads("1 proposal: 1 approved", "Small and plain.")
    rui.follows("Reference").reads("Approved", "it has to be somebody other than you")
    row = ApprovalBatchRow.objects.get()
    assert row.approval is not None
    assert (row.seen, row.approval.fingerprint) == (seen, seen)
    assert audit.verify().is_intact
