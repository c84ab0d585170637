"""Previews: real plans of every household that follows the model, and nothing proposed by them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse

from clients.models import Household, ModelVersion
from clients.policies import model_portfolios, model_trees
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.model_changes import impacts
from rebalancing.models import ImpactItem, ImpactRun, Proposal, Reading, ScanRun
from rebalancing.pages import model_changes as pages
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.households import SET_UP, a_managed_household
from tests.pages import as_, page_of
from tests.rebalancing.model_changes.changing import REPLACED, WIDE, drafted, previewed, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def millers() -> Household:
    """Inside their bands with the version they follow, so that only a new version moves them."""
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model", targets=WIDE)


@pytest.fixture
def draft(millers: Household) -> ModelVersion:
    return drafted(*REPLACED)


def test_a_preview_plans_each_household_twice_and_proposes_nothing(draft: ModelVersion) -> None:
    run = previewed(draft)

    item = run.items.get()
    assert (run.state, item.state) == ("completed", "done")
    assert (item.outcome_before, item.outcome_after) == ("in_band", "proposed")
    assert item.traded_before == item.tax_before == 0
    assert item.traded_after is not None
    assert item.traded_after > D(400_000)
    # A2 is sold at a long-term gain of about $10,000; A1, far above its cost, stays.
    assert item.tax_after is not None
    assert D(1_000) < item.tax_after < D(4_000)
    assert item.reason.startswith("It holds $700,000 of ZUS")
    assert not Proposal.objects.exists()
    assert not Reading.objects.exists()
    assert not ScanRun.objects.exists()


def test_the_preview_is_what_the_scan_then_proposes(millers: Household, draft: ModelVersion) -> None:
    item = previewed(draft).items.get()
    published(draft)
    client = as_(cast.ana())
    address = reverse("rebalancing:model_rollout", args=[draft.model.public_id, 2])
    assert [row.stage for row in page_of(client.get(address)).rows] == ["waiting"]

    assert client.post(f"{address}scan/").status_code == 302
    run = ScanRun.objects.get()
    assert list(run.items.values_list("household", flat=True)) == [millers.pk]
    scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=9)

    proposal = Proposal.objects.get()
    revision = proposal.revisions.get()
    assert revision.model_used == draft
    assert sum(order.amount for order in revision.orders.all()) == item.traded_after
    page = page_of(client.get(address))
    assert [(row.stage, row.is_done) for row in page.rows] == [("review", False)]
    assert page.rows[0].proposal_url == reverse("rebalancing:proposal", args=[proposal.public_id])


def test_totals_say_what_the_version_adds(draft: ModelVersion) -> None:
    run = previewed(draft)
    item = run.items.get()

    total = pages.totals([item])

    assert (total.touched, total.new, total.proposed, total.newly_outside, total.unmeasured) == (
        1,
        1,
        1,
        0,
        0,
    )
    assert (total.traded, total.traded_more, total.tax_more) == (
        item.traded_after,
        item.traded_after,
        item.tax_after,
    )


def test_households_that_name_one_version_are_not_touched() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="version", targets=WIDE)

    run = previewed(drafted(*REPLACED))

    assert (run.state, run.items.count()) == ("completed", 0)


def test_a_worker_that_comes_back_late_stores_nothing(draft: ModelVersion) -> None:
    impacts.start(draft, by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    late = impacts.claim(worker="late", at=SUNDAY_NOON)
    assert late is not None
    later = SUNDAY_NOON + timedelta(minutes=20)
    assert impacts.claim(worker="other", at=SUNDAY_NOON) is None
    other = impacts.claim(worker="other", at=later)
    assert other is not None

    with pytest.raises(impacts.LeaseLost):
        impacts.preview(late, later)
    impacts.preview(other, later)

    assert ImpactItem.objects.get().state == "done"


def test_a_household_that_kills_its_workers_is_failed_and_the_run_ends(draft: ModelVersion) -> None:
    impacts.start(draft, by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    for attempt in range(impacts.ATTEMPTS_MAX):
        assert impacts.claim(worker="dies", at=SUNDAY_NOON + timedelta(hours=attempt)) is not None

    assert impacts.claim(worker="dies", at=SUNDAY_NOON + timedelta(hours=9)) is None
    impacts.complete_finished(at=SUNDAY_NOON + timedelta(hours=9))

    assert (ImpactItem.objects.get().state, ImpactRun.objects.get().state) == ("failed", "completed")


def test_one_preview_of_a_version_runs_at_a_time_and_is_cancelled(draft: ModelVersion) -> None:
    ana = Actor.person(cast.ana())
    run = impacts.start(draft, by=ana, at=SUNDAY_NOON)
    with pytest.raises(Conflict, match="is running"):
        impacts.start(draft, by=ana, at=SUNDAY_NOON)

    impacts.cancel(run, at=SUNDAY_NOON)

    assert (ImpactRun.objects.get().state, ImpactItem.objects.get().state) == ("cancelled", "skipped")
    with pytest.raises(Conflict, match="has ended already"):
        impacts.cancel(run, at=SUNDAY_NOON)


def test_an_unfinished_draft_is_not_previewed(draft: ModelVersion) -> None:
    model_portfolios.change(draft, classes=(), note="", by=SET_UP, at=SUNDAY_NOON)

    with pytest.raises(BadInput, match="add up to 0 basis points"):
        impacts.start(draft, by=Actor.person(cast.ana()), at=SUNDAY_NOON)


def test_the_page_says_when_the_draft_has_changed_since(draft: ModelVersion) -> None:
    run = previewed(draft)
    address = reverse("rebalancing:model_impact", args=[run.public_id])
    assert page_of(as_(cast.ana()).get(address)).is_old is False
    model_portfolios.change(draft, classes=model_trees.of(draft), note="Other.", by=SET_UP, at=SUNDAY_NOON)

    assert page_of(as_(cast.ana()).get(address)).is_old is True
    # Otto has no part in the Millers: he sees the totals and none of their figures.
    seen = page_of(as_(cast.otto()).get(address))
    assert (seen.totals.touched, seen.rows, seen.hidden) == (1, (), 1)


def test_proposals_of_an_earlier_version_are_withdrawn_by_their_advisor_and_made_anew(rui: object) -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model")
    scan()
    published(drafted(*REPLACED))
    model = household.policies.get().model.model
    address = reverse("rebalancing:model_rollout", args=[model.public_id, 2])
    page = page_of(as_(cast.ana()).get(address))
    assert [(row.stage, row.reason) for row in page.rows] == [("earlier", "Made with version 1.")]
    assert page_of(as_(cast.tom()).get(address)).withdraw_url == ""

    assert as_(cast.ana()).post(page.withdraw_url).status_code == 302

    assert Proposal.objects.get().state == "withdrawn"
    assert [row.stage for row in page_of(as_(cast.ana()).get(address)).rows] == ["waiting"]
