"""Who follows a model reads on the rollout page that its next version waits, was moved or was called off."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Household, ModelVersion
from clients.policies import model_schedules
from compliance.people.actors import Actor
from rebalancing.models import Proposal
from rebalancing.proposals import proposals, staleness
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.households import a_managed_household
from tests.factories.model_versions import DECEMBER_1, scheduled
from tests.pages import as_, page_of
from tests.rebalancing.model_changes.changing import REPLACED, WIDE, drafted, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model", targets=WIDE)


def page(version: ModelVersion) -> Any:
    address = reverse("rebalancing:model_rollout", args=[version.model.public_id, version.version])
    return page_of(as_(cast.ana()).get(address))


def call_off(version: ModelVersion) -> None:
    ana = cast.ana()
    model_schedules.call_off(
        version.model, reason="The fund closes.", user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON
    )
    version.refresh_from_db()


def test_those_who_follow_it_see_that_it_waits(millers: Household) -> None:
    version = scheduled(millers.policies.get().model.model)

    shown = page(version)

    assert shown.notice == (
        "This version waits for its day, Dec 1, 2026. Whoever follows the model has version 1."
    )
    assert [(row.stage, row.reason, row.is_done) for row in shown.rows] == [
        ("scheduled", "Takes effect on Dec 1, 2026.", False)
    ]
    assert shown.scan_url == ""


def test_those_who_follow_it_see_that_it_was_called_off(millers: Household) -> None:
    version = scheduled(millers.policies.get().model.model, effective_on=DECEMBER_1)
    call_off(version)

    shown = page(version)

    assert shown.notice == (
        "Ana called this version off on Nov 22, 2026, before its day: The fund closes. Whoever follows the model has "
        "version 1."
    )
    assert [(row.stage, row.label, row.reason, row.is_done) for row in shown.rows] == [
        ("stays", "Stays with the version before", "Version 1 is in force.", True)
    ]
    answer = as_(cast.ana()).get(
        reverse("api:model-rollout", args=[version.model.public_id, version.version])
    )
    assert answer.json()["notice"] == shown.notice


def test_a_proposal_already_made_with_it_is_stale_and_withdrawn_from_the_page(millers: Household) -> None:
    """On Sunday what is traded on Monday is planned with Monday's version; it is called off before Monday."""
    version = published(drafted(*REPLACED), effective_on=MONDAY)
    scan()
    proposal = Proposal.objects.get()
    assert proposals.current(proposal).model_used == version
    call_off(version)

    causes = staleness.causes(proposals.current(proposal), at=SUNDAY_NOON)[1]
    assert [str(one) for one in causes if one.input == "model"] == [
        "model: shown Balanced, version 2, now Balanced, version 1"
    ]
    shown = page(version)
    assert [(row.stage, row.is_done) for row in shown.rows] == [("earlier", False)]
    assert as_(cast.ana()).post(shown.withdraw_url).status_code == 302

    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert [row.stage for row in page(version).rows] == ["stays"]


def test_the_day_of_the_page_is_the_trade_day(millers: Household) -> None:
    """Published for Monday, it is in force on Sunday's next trade day, and no longer said to wait."""
    version = scheduled(millers.policies.get().model.model, effective_on=date(2026, 11, 23))

    shown = page(version)

    assert (shown.is_in_force, shown.notice) == (True, "")
