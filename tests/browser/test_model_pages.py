"""A model from its draft to done in a real browser: edit, preview, publish, follow; and its pages on every screen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clients.models import ModelPortfolio
from compliance.models import Review
from rebalancing.model_changes import impacts
from rebalancing.models import ImpactRun, Proposal, ScanRun
from rebalancing.scans import readings, scans
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import SUNDAY_NOON
from tests.factories.households import a_managed_household
from tests.rebalancing.model_changes.changing import REPLACED, WIDE, drafted, previewed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def test_from_the_editor_to_a_proposal(page_of: SignedIn) -> None:
    """ZUB takes the place of ZUS for the Millers, who stand inside their bands."""
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model", targets=WIDE)
    model = ModelPortfolio.objects.get()
    ana = page_of(cast.ana())
    ana.goto(reverse("clients:model", args=[model.public_id]))
    ana.get_by_role("link", name="Draft the next version").click()
    ana.get_by_label("Why a new version").fill("ZUB costs less.")
    ana.get_by_role("button", name="Draft the next version").click()
    symbols = ana.get_by_label("of sleeve total of US stocks", exact=False).and_(
        ana.locator("input[name$='.symbol']")
    )
    symbols.nth(0).fill("ZUB")
    symbols.nth(1).fill("ZUS")
    ana.get_by_label("Use of symbol 2 of sleeve total of US stocks").select_option("legacy")
    ana.get_by_role("button", name="Save the draft").click()
    ana.get_by_role("link", name="See the draft").click()
    assert ana.get_by_role("cell", name="Not bought, sold as taxes allow, any account").count() == 1

    ana.get_by_role("link", name="Impact preview").click()
    ana.get_by_role("button", name="Preview the impact").click()
    impacts.work(worker="here", now=lambda: SUNDAY_NOON, households_max=9)
    ana.goto(reverse("rebalancing:model_impact", args=[ImpactRun.objects.get().public_id]))
    assert ana.get_by_text("because of this version").first.is_visible()
    assert not Proposal.objects.exists()

    ana.goto(reverse("clients:model", args=[model.public_id]))
    ana.get_by_role("link", name="Send the draft to review").click()
    ana.get_by_role("button", name="Send the draft to review").click()
    ana.get_by_role("button", name="Send the draft to review").click()
    review = Review.objects.get(subject_kind="model", state="open")
    rui = page_of(cast.rui())
    rui.goto(reverse("compliance:review", args=[review.public_id]))
    rui.get_by_label("Approve exactly this").check()
    rui.locator(
        "form:has(input[name=verdict]) button[type=submit], form:has(input[name=verdict]) button"
    ).first.click()
    assert model.versions.get(version=2).state == "published"

    ana.goto(reverse("rebalancing:model_rollout", args=[model.public_id, 2]))
    ana.get_by_role("button", name="Scan these households now").click()
    scans.work(
        worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=ScanRun.objects.get(), households_max=9
    )
    ana.reload()
    ana.get_by_role("link", name="Open the proposal").click()
    assert Proposal.objects.get().public_id in ana.url


@pytest.mark.thorough
def test_the_pages_of_models(page_of: SignedIn) -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model", targets=WIDE)
    model = ModelPortfolio.objects.get()
    run = previewed(drafted(*REPLACED))
    look(
        page_of,
        cast.ana(),
        {
            "model-list": reverse("clients:model_list"),
            "model-version": f"{reverse('clients:model', args=[model.public_id])}?version=2",
            "model-editor": reverse("clients:model_edit", args=[model.public_id]),
            "model-ask": reverse("clients:model_ask", args=[model.public_id]),
            "model-uses": f"{reverse('clients:model_uses')}?symbol=ZUS",
            "model-substitute": reverse("clients:model_substitute"),
            "model-impact": reverse("rebalancing:model_impact", args=[run.public_id]),
            "model-rollout": reverse("rebalancing:model_rollout", args=[model.public_id, 1]),
        },
    )
