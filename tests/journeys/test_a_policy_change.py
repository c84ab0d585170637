"""A new policy is adopted while a proposal is open: what was made under the old one can no longer be approved."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from clients.models import Policy
from clients.policies import policies
from clients.policies.targets import TargetSpec
from compliance.models import Approval
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from rebalancing.models import Proposal
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import households
from tests.journeys.conftest import Firm
from tests.journeys.custody import november

pytestmark = pytest.mark.django_db


def a_bolder_policy(firm: Firm) -> Policy:
    """Version 2, signed by both sides and approved by Rosa: stocks may now reach 70%."""
    old = policies.in_force(firm.household, on=SUNDAY_NOON.date())
    assert old is not None
    draft = policies.draft(
        firm.household,
        model=old.model,
        targets=[
            TargetSpec(asset_class="us_stock", target=D("0.63"), points=D("0.07")),
            TargetSpec(asset_class="us_bond", target=D("0.35"), points=D("0.07")),
            TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
        ],
        objectives="Growth.",
        risk="Moderate",
        horizon_years=20,
        reviewed_on=date(2026, 11, 20),
        signed_by_client_on=date(2026, 11, 20),
        signed_by_advisor_on=date(2026, 11, 20),
        by=households.SET_UP,
        at=SUNDAY_NOON,
    )
    rosa = cast.rosa()
    approval = households.approved(
        SubjectKind.POLICY, draft.public_id, policies.fingerprint_of(draft), reviewer=rosa
    )
    return policies.adopt(
        draft,
        approval=approval,
        effective_on=date(2026, 11, 20),
        user_id=rosa.pk,
        by=Actor.person(rosa),
        at=firm.clock.at,
    )


def test_a_policy_change(firm: Firm) -> None:
    # Stocks stand at 64.5%, above the 63% of the policy; a proposal waits for Rui.
    households.loaded(november())
    firm.a_scan_at(SUNDAY_NOON)
    proposal = Proposal.objects.get()
    address = f"/proposals/{proposal.public_id}/"
    firm.rui.opens(address).reads("Policy IPS 1")

    # An hour later the Millers have signed a bolder policy, and the desk has adopted it.
    firm.clock.at = SUNDAY_NOON + timedelta(hours=1)
    a_bolder_policy(firm)

    # The page says so before anybody presses anything, and pressing on says it again: nothing is approved.
    rui = firm.rui.opens(address).reads("Prices or facts changed", "IPS 1", "IPS 2")
    rui.presses("Check and approve")
    rui.reads("to settle first")
    assert not rui.may_press("Approve exactly this")
    assert not Approval.objects.filter(subject_kind="proposal").exists()

    # Ana has it worked out again: the second revision stands on the new policy and trades less.
    shares_before = sum(order.quantity for order in proposals.current(proposal).orders.all())
    ana = firm.ana.opens(address)
    ana.presses("Make revision 2", **{"revise-why": "The Millers signed a new policy."})
    ana.reads("Revision 2 is in review.", "Policy IPS 2", "allowed 56–70")
    assert sum(order.quantity for order in proposals.current(proposal).orders.all()) < shares_before

    # Rui decides on that one; the first is kept as it was shown.
    rui.opens(address).reads("Policy IPS 2")
    rui.opens(f"{address}revisions/1/").reads("Policy IPS 1", "Revision 2 is the current one")

    # The household's page links both versions, the old one marked as superseded.
    ana.opens(f"/households/{firm.household.public_id}/?tab=policy").reads("IPS 2")
