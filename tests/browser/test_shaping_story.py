"""One plan from the scan's draft to its approval: chosen on the frontier, shaped by hand, kept, and approved by a colleague who shows
who they are.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from rebalancing.models import Proposal, Revision
from rebalancing.proposals import proposals
from tests.browser.conftest import SignedIn
from tests.cast import PASSWORD
from tests.factories.deciding import answer_findings
from tests.factories.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_from_the_frontier_over_an_edit_to_an_approval(
    page_of: SignedIn, settings: Any, script: bool
) -> None:
    settings.STEP_UP_MINUTES = 5
    desk = a_desk(taxable_only=True)
    desk.propose()
    address = reverse("rebalancing:proposal", args=[desk.proposal.public_id])

    # Ana takes the plan that goes to target.
    ana = page_of(desk.ana, script=script)
    ana.goto(address)
    ana.get_by_role("link", name="See tax against drift as a picture").click()
    ana.get_by_role("button", name="To target", exact=True).click()
    expect(ana.get_by_role("heading", name=re.compile("To target"))).to_be_visible()
    ana.get_by_label("Why").fill("The client has asked to be on target before the year ends.")
    ana.get_by_role("button", name="Use this plan as revision 2").click()
    expect(ana.get_by_text("Revision 2 is in review.")).to_be_visible()

    # She sells a little less of it, and reads what that costs before she keeps it.
    ana.get_by_role("link", name="Change single trades").click()
    ana.get_by_role("button", name=re.compile("Another amount of ZUS")).first.click()
    ana.get_by_label("Amount").first.fill("500")
    ana.get_by_role("button", name="Work it out").click()
    expect(ana.get_by_role("rowheader", name=re.compile("Sell exactly 500 shares of ZUS"))).to_be_visible()
    ana.get_by_label("Why").fill("The rest waits until January.")
    ana.get_by_role("button", name="Keep as revision 3").click()
    expect(ana.get_by_text("Revision 3 is in review.")).to_be_visible()

    # Rui approves what he was shown, and only with his password.
    answer_findings(desk.proposal)
    rui = page_of(desk.rui, script=script)
    rui.goto(address)
    rui.get_by_role("button", name="Check and approve").click()
    if rui.get_by_label("I have read the notes above").count():
        rui.get_by_label("I have read the notes above").check()
    rui.get_by_role("button", name="Approve exactly this").click()
    expect(rui.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    rui.get_by_label("Your password").fill(PASSWORD)
    rui.get_by_role("button", name="Confirm and go on").click()
    expect(rui.get_by_role("heading", level=1)).to_have_text("Approved")

    approved = proposals.current(desk.proposal)
    assert (approved.number, Revision.objects.count()) == (3, 3)
    assert Proposal.objects.get().state == Proposal.State.APPROVED
