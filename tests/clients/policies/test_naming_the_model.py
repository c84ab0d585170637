"""A policy follows its model by name or pins one version, and everybody who signs is told what that means."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clients.households import households
from clients.models import Household, Person, Policy
from clients.policies import gaps, policies
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.policy_versions import approved, begun, edited, signed_by, signed_by_mia, today, written
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

BY_NAME = "The signatures cover the targets and bands; the firm chooses the securities, so later versions of the model apply without new signatures."
PINNED = "The signatures cover exactly this version of the model; a later version applies only once a new policy is signed."


@pytest.fixture
def millers() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    households.grant_sign_in(
        Person.objects.get(), user=cast.mia(), may_see="household", by=SET_UP, at=SUNDAY_NOON
    )
    return household


def test_the_editor_offers_both_and_says_what_is_signed(millers: Household) -> None:
    policy = begun(millers)

    words = words_of(as_(cast.ana()).get(reverse("clients:policy_edit", args=[policy.public_id])))

    assert f"Follow the model by name. {BY_NAME}" in words
    assert f"Pin this version. {PINNED}" in words


def test_the_task_list_and_the_comparison_say_which(millers: Household) -> None:
    policy = begun(millers)
    edited(as_(cast.ana()), policy, terms__follows="model")
    policy = Policy.objects.get(pk=policy.pk)

    note = next(one.note for one in gaps.of(policy, on=today()) if one.label == "Model portfolio")
    page = page_of(as_(cast.ana()).get(reverse("clients:policy_changes", args=[policy.public_id])))

    assert note == f"Balanced, in the version in force. {BY_NAME}"
    told = {line.label: (line.before, line.after) for line in page.lines}
    assert told["Model portfolio"] == ("Balanced, version 1 only", "Balanced, in the version in force")


def test_programs_write_and_read_it(millers: Household) -> None:
    policy = begun(millers)
    ana = as_(cast.ana())
    address = reverse("api:policy-content", args=[policy.public_id])
    read = ana.get(address)
    body = read.json()
    assert body["terms"]["follows"] == "version"
    body["terms"]["follows"] = "model"

    saved = ana.put(
        address, body, content_type="application/json", headers={"If-Match": read.headers["ETag"]}
    )

    assert saved.status_code == 200
    assert f"Balanced, in the version in force. {BY_NAME}" in {one["note"] for one in saved.json()["tasks"]}
    shown = ana.get(f"/api/v1/policies/{policy.public_id}/").json()
    assert (shown["follows"], shown["model_label"]) == ("model", "Balanced, in the version in force")


@pytest.mark.parametrize(("follows", "says"), [("model", BY_NAME), ("version", PINNED)])
def test_the_client_reads_it_before_signing_and_once_it_is_in_force(
    millers: Household, follows: str, says: str
) -> None:
    policy = approved(written(begun(millers), terms__follows=follows))
    mia = as_(cast.mia())
    assert says in words_of(mia.get(reverse("clients:policy_to_sign", args=[policy.public_id])))

    signed_by(cast.ana(), policy)
    signed_by_mia(policy)

    adopted = Policy.objects.get(pk=policy.pk)
    assert (adopted.state, adopted.follows) == ("adopted", follows)
    assert says in words_of(as_(cast.ana()).get(reverse("clients:policy", args=[policy.public_id])))
    own = mia.get(f"/api/v1/policies/{policy.public_id}/").json()
    assert own["model_label"] == adopted.model_label


def test_what_is_named_is_part_of_the_fingerprint(millers: Household) -> None:
    policy = begun(millers)
    before = policies.fingerprint_of(policy)

    edited(as_(cast.ana()), policy, terms__follows="model")

    assert policies.fingerprint_of(policy) != before
