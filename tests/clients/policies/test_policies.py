"""Adopting a policy and publishing a model: only on an approval that still stands, and only once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import AssetClass, ModelVersion, Policy
from clients.policies import model_portfolios, policies
from clients.policies.model_trees import ClassSpec
from clients.policies.targets import TargetSpec
from compliance.models import Approval
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, Stale
from compliance.review_desk import reviews
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, approved, the_millers

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 11, 22)


def a_model() -> ModelVersion:
    AssetClass.objects.get_or_create(code="cash", defaults={"name": "Cash"})
    return model_portfolios.draft(
        code="cash", name="Cash", description="", classes=[ClassSpec("cash", D(1), ())], by=SET_UP,
        at=SUNDAY_NOON,
    )  # fmt: skip


def a_yes_to_the_model(version: ModelVersion, rui: Any) -> Approval:
    digest = model_portfolios.fingerprint_of(version)
    return approved(SubjectKind.MODEL, version.model.public_id, digest, reviewer=rui)


def publish(version: ModelVersion, approval: Approval, rui: Any) -> ModelVersion:
    return model_portfolios.publish(
        version, approval=approval, effective_on=SUNDAY, user_id=rui.pk, by=Actor.person(rui), at=SUNDAY_NOON
    )


def a_policy(model: ModelVersion) -> Policy:
    return policies.draft(
        the_millers(), model=model, targets=[TargetSpec(asset_class="cash", target=D(1), points=D("0.05"))],
        objectives="Keep.", risk="None", horizon_years=1, signed_by_client_on=SUNDAY,
        signed_by_advisor_on=SUNDAY, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip


def a_yes_to_the_policy(draft: Policy, rui: Any) -> Approval:
    return approved(SubjectKind.POLICY, draft.public_id, policies.fingerprint_of(draft), reviewer=rui)


def adopt(draft: Policy, approval: Approval, rui: Any, *, effective_on: date = SUNDAY) -> Policy:
    return policies.adopt(
        draft,
        approval=approval,
        effective_on=effective_on,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )


def test_an_approval_that_was_withdrawn_adopts_no_policy(rui: Any) -> None:
    model = a_model()
    publish(model, a_yes_to_the_model(model, rui), rui)
    draft = a_policy(model)
    approval = a_yes_to_the_policy(draft, rui)
    reviews.withdraw(approval.review, "A second thought.", by=Actor.person(rui), at=SUNDAY_NOON)

    with pytest.raises(Stale):
        adopt(draft, approval, rui)

    assert Policy.objects.get().state == "draft"


def test_an_approval_is_used_up_by_what_it_allowed(rui: Any) -> None:
    model = a_model()
    approval_of_model = a_yes_to_the_model(model, rui)
    publish(model, approval_of_model, rui)
    draft = a_policy(model)
    approval = a_yes_to_the_policy(draft, rui)
    adopt(draft, approval, rui)

    for used in (approval_of_model, approval):
        with pytest.raises(Conflict):
            reviews.withdraw(used.review, "Too late.", by=Actor.person(rui), at=SUNDAY_NOON)


def test_no_policy_follows_a_model_that_may_still_be_edited(rui: Any) -> None:
    draft = a_policy(a_model())

    with pytest.raises(BadInput, match="is not published"):
        adopt(draft, a_yes_to_the_policy(draft, rui), rui)


def test_a_policy_of_tomorrow_does_not_leave_today_without_one(rui: Any) -> None:
    model = a_model()
    publish(model, a_yes_to_the_model(model, rui), rui)
    draft = a_policy(model)

    with pytest.raises(BadInput, match="cannot take effect after the day"):
        adopt(draft, a_yes_to_the_policy(draft, rui), rui, effective_on=SUNDAY + timedelta(days=1))
