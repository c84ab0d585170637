"""A policy from its first draft to the day it is replaced: written by Ana, decided by Rui, signed by Mia and Ana."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clients import figures
from clients.households import households
from clients.models import Household, Person, Policy, PolicySignature
from clients.policies import drafts, gaps, policies, signatures
from compliance import clock
from compliance.audit_trail import audit
from compliance.models import Review
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, Stale
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.policy_versions import (
    approved,
    begun,
    edited,
    signed_by,
    signed_by_mia,
    today,
    written,
)
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 signed by hand"


@pytest.fixture
def millers() -> Household:
    """The Millers with version 1 in force; Mia Miller has a sign-in of her own."""
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    households.grant_sign_in(
        Person.objects.get(), user=cast.mia(), may_see="household", by=SET_UP, at=SUNDAY_NOON
    )
    return household


def signed_by_ana(policy: Policy) -> Any:
    return signed_by(cast.ana(), policy)


def test_from_the_first_draft_until_it_replaces_the_one_in_force(millers: Household) -> None:
    policy = begun(millers)
    ana = as_(cast.ana())

    # The task list names what is missing, and nothing goes to review before.
    page = page_of(ana.get(reverse("clients:policy_edit", args=[policy.public_id])))
    assert {task.label for task in page.tasks if not task.is_done} >= {"Purpose", "Tax guidance"}
    refused = ana.post(reverse("clients:policy_submit", args=[policy.public_id]))
    assert "The policy is not complete yet." in words_of(refused)

    policy = approved(written(policy))
    assert policy.state == "approved"
    assert "We have agreed on a new version with you." in words_of(as_(cast.mia()).get("/portfolio/"))

    assert signed_by_ana(policy).status_code == 302
    assert Policy.objects.get(pk=policy.pk).state == "approved"
    assert signed_by_mia(policy).status_code == 302

    first, second = Policy.objects.order_by("version")
    assert (first.state, second.state) == ("superseded", "adopted")
    assert (second.effective_on, second.fingerprint) == (today(), policies.fingerprint_of(second))
    assert (second.signed_by_client_on, second.signed_by_advisor_on) == (today(), today())
    assert list(second.signatures.values_list("party", "method", "fingerprint")) == [
        ("advisor", "signed_in", second.fingerprint),
        ("client", "signed_in", second.fingerprint),
    ]
    assert [event.action for event in audit.trail(about=second)] == [
        *("policy.drafted", "policy.edited", "policy.submitted", "policy.approved"),
        *("policy.signed", "policy.signed", "policy.adopted"),
    ]
    assert audit.differences(about=[second]) == []
    assert "It is in force." in words_of(
        as_(cast.mia()).get(reverse("clients:policy_to_sign", args=[second.public_id]))
    )


def test_the_editor_shows_the_bands_before_anything_is_saved(millers: Household) -> None:
    policy = begun(millers)

    answer = edited(as_(cast.ana()), policy, action="show", targets__1__band="relative", targets__1__share="25",
                    targets__1__target="10")  # fmt: skip

    row = page_of(answer).bands[1]
    assert (row.name, row.lower, row.upper) == ("US stocks", D("0.075"), D("0.125"))
    assert row.dollars is not None
    value = page_of(answer).value
    assert row.dollars[0] == (value * D("0.075")).quantize(D("0.01"))
    assert Policy.objects.get(pk=policy.pk).targets.get(asset_class__code="us_stock").weight_target == D(
        "0.58"
    )


def test_a_band_wider_than_half_its_target_cannot_be_saved(millers: Household) -> None:
    policy = begun(millers)

    answer = edited(as_(cast.ana()), policy, targets__0__points="40")

    assert answer.status_code == 422
    assert "wider than half the target" in words_of(answer)
    assert not audit.trail(about=policy).filter(action="policy.edited").exists()


def test_an_edit_is_on_the_trail_with_both_values(millers: Household) -> None:
    policy = begun(millers)

    edited(as_(cast.ana()), policy, terms__band_preference="tight", terms__risk="Low")

    event = audit.trail(about=policy).get(action="policy.edited")
    changed = json.loads(event.facts)["changed"]
    assert changed["Risk"] == {"before": "Moderate", "after": "Low"}
    assert changed["US stocks: band"] == {
        "before": "53 to 63% (5 points either side)",
        "after": "54.25 to 61.75% (5 points either side)",
    }


def test_a_draft_from_an_example_fills_in_the_household(millers: Household) -> None:
    policy = begun(millers, source="example-balanced")

    purpose = policy.sections.get(code="purpose").text
    assert "the portfolio of Miller" in purpose
    assert "between Mia Miller and Ana" in purpose
    assert gaps.PLACEHOLDER.findall(" ".join(one.text for one in policy.sections.all())) == []
    # International stocks are no class on record here: the targets no longer add up, and the task list says so.
    assert [task.sentence for task in gaps.of(policy, on=today()) if task.label == "Targets"] == [
        "The targets add up to 80 percent instead of 100."
    ]


def test_nothing_in_review_changes_not_even_in_the_database(millers: Household) -> None:
    policy = written(begun(millers))
    as_(cast.ana()).post(reverse("clients:policy_submit", args=[policy.public_id]))
    content = drafts.content_of(policy)

    with pytest.raises(Conflict, match="cannot be edited"):
        drafts.save(policy, content, by=Actor.person(cast.ana()), at=clock.now())
    for change in (
        lambda: Policy.objects.filter(pk=policy.pk).update(risk="Wild"),
        lambda: policy.sections.update(text="Other words."),
        lambda: policy.targets.update(weight_target=D("0.1")),
        lambda: policy.targets.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_author_cannot_approve_her_own_policy(millers: Household) -> None:
    policy = written(begun(millers))
    as_(cast.ana()).post(reverse("clients:policy_submit", args=[policy.public_id]))
    review = Review.objects.get(subject_id=policy.public_id)

    page = page_of(as_(cast.ana()).get(reverse("compliance:review", args=[review.public_id])))

    assert page.refusal.startswith("You ")
    assert [line.label for line in page.shown.lines][:2] == ["Purpose", "How we keep to the plan"]


def test_what_came_back_is_edited_and_decided_again(millers: Household) -> None:
    policy = approved(written(begun(millers)))
    signed_by_ana(policy)
    before = policies.fingerprint_of(policy)
    as_(cast.ana()).post(
        reverse("clients:policy_reopen", args=[policy.public_id]), {"reason": "The client wants less risk."}
    )
    edited(as_(cast.ana()), policy, terms__risk="Low")

    policy = approved(Policy.objects.get(pk=policy.pk))

    assert policies.fingerprint_of(policy) != before
    signed_by_mia(policy)
    # Ana's signature was under the earlier text and does not count for this one.
    assert Policy.objects.get(pk=policy.pk).state == "approved"
    signed_by_ana(policy)
    assert Policy.objects.get(pk=policy.pk).state == "adopted"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seen": "0" * 64}, "The policy is not what you were shown."),
        ({"typed_name": "Carl Miller"}, "Type it exactly: Mia Miller."),
        ({"password": "a guess"}, "This is not your password."),
        ({"agree": ""}, "Check the box to say that you agree."),
    ],
)
def test_a_client_signs_exactly_what_she_read_in_her_own_name(
    millers: Household, changes: dict[str, str], says: str
) -> None:
    policy = approved(written(begun(millers)))

    answer = signed_by_mia(policy, **changes)

    assert answer.status_code in (409, 422)
    assert says in words_of(answer)
    assert not PolicySignature.objects.filter(policy=policy).exists()


def test_a_signature_never_changes(millers: Household) -> None:
    policy = approved(written(begun(millers)))
    signed_by_ana(policy)

    for change in (
        lambda: PolicySignature.objects.filter(policy=policy).update(name="Otto"),
        lambda: PolicySignature.objects.filter(policy=policy).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_signed_document_is_kept_with_its_digest(millers: Household) -> None:
    policy = approved(written(begun(millers)))
    ana = Actor.person(cast.ana())

    with pytest.raises(BadInput, match="not a PDF"):
        on_paper(policy, document=b"a picture", by=ana)
    with pytest.raises(Stale):
        on_paper(policy, seen="0" * 64, by=ana)
    given = on_paper(policy, by=ana)

    assert (given.method, bytes(given.document or b"")) == ("paper", PDF)
    assert len(given.document_sha256) == 64
    signed_by_ana(policy)
    assert Policy.objects.get(pk=policy.pk).signed_by_client_on == today() - timedelta(days=1)


def on_paper(policy: Policy, *, by: Actor, **changes: Any) -> PolicySignature:
    return signatures.record_document(
        policy,
        **{
            "party": "client",
            "name": "Mia Miller",
            "signed_on": today() - timedelta(days=1),
            "document": PDF,
            "document_name": "signed.pdf",
            "seen": policies.fingerprint_of(policy),
            **changes,
        },
        by=by,
        at=clock.now(),
    )


def test_a_policy_of_a_later_day_waits_and_the_old_one_stays_in_force(millers: Household) -> None:
    policy = begun(millers)
    day = today() + timedelta(days=10)
    edited(as_(cast.ana()), policy, terms__starts_on=day.isoformat())
    policy = approved(written(policy))
    signed_by_ana(policy)
    signed_by_mia(policy)
    at = clock.now()

    assert signatures.adopt_due(by=signatures.ADOPTION, at=at) == []
    in_force = policies.in_force(millers, on=day)
    assert in_force is not None
    assert in_force.version == 1

    assert [
        one.version for one in signatures.adopt_due(by=signatures.ADOPTION, at=at + timedelta(days=10))
    ] == [2]
    assert signatures.adopt_due(by=signatures.ADOPTION, at=at + timedelta(days=10)) == []
    assert Policy.objects.get(version=2).effective_on == day


def test_two_drafts_never_compete(millers: Household) -> None:
    begun(millers)

    answer = as_(cast.ana()).post(
        reverse("clients:policy_begin", args=[millers.public_id]),
        {"source": "empty", "model": str(Policy.objects.get(version=1).model_id)},
    )

    assert answer.status_code == 409
    assert "already under way" in words_of(answer)


def test_a_discarded_draft_stays_readable_and_makes_room(millers: Household) -> None:
    policy = begun(millers)

    as_(cast.ana()).post(
        reverse("clients:policy_discard", args=[policy.public_id]), {"reason": "Not needed."}
    )

    assert Policy.objects.get(pk=policy.pk).state == "discarded"
    assert as_(cast.ana()).get(reverse("clients:policy", args=[policy.public_id])).status_code == 200
    assert begun(millers).version == 3


def test_clients_see_no_drafts_and_strangers_nothing(millers: Household) -> None:
    policy = written(begun(millers))
    address = reverse("clients:policy_to_sign", args=[policy.public_id])

    assert as_(cast.mia()).get(address).status_code == 404
    approved(policy)
    assert as_(cast.mia()).get(address).status_code == 200
    assert as_(cast.hal()).get(address).status_code == 404
    assert as_(cast.ana()).get(address).status_code == 403


def test_two_versions_side_by_side_in_words_and_numbers(millers: Household) -> None:
    policy = begun(millers)
    edited(
        as_(cast.ana()), policy,
        targets__0__target="38", targets__1__target="60", terms__gain_budget="5000", words__purpose="To retire.",
    )  # fmt: skip
    ana = as_(cast.ana())

    page = page_of(ana.get(reverse("clients:policy_changes", args=[policy.public_id])))

    told = [(line.label, line.before, line.after) for line in page.lines]
    assert told == [
        ("Purpose", "", "To retire."),
        ("US bonds: target", "40%", "38%"),
        ("US bonds: band", "35 to 45% (5 points either side)", "33 to 43% (5 points either side)"),
        ("US stocks: target", "58%", "60%"),
        ("US stocks: band", "53 to 63% (5 points either side)", "55 to 65% (5 points either side)"),
        ("Realized gains a year", "none agreed", "$5,000.00"),
        ("Last reviewed with the client", "Mar 2, 2026", figures.day(today())),
    ]
    answer = ana.get(reverse("api:policy-changes", args=[policy.public_id]))
    assert [(row["what"], row["before"], row["after"]) for row in answer.json()] == told


def test_a_program_writes_a_draft(millers: Household) -> None:
    policy = begun(millers)
    address = reverse("api:policy-content", args=[policy.public_id])
    ana = as_(cast.ana())
    read = ana.get(address)
    body = read.json()
    body["terms"]["risk"] = "Low"
    body["targets"][0] |= {"target": "0.6", "band": "relative", "share": "0.25"}

    lost = ana.put(address, body, content_type="application/json")
    saved = ana.put(
        address, body, content_type="application/json", headers={"If-Match": read.headers["ETag"]}
    )

    assert lost.status_code == 428
    assert saved.status_code == 200, saved.content
    assert Policy.objects.get(pk=policy.pk).risk == "Low"
    assert {task["what"] for task in saved.json()["tasks"] if not task["is_done"]} >= {"Targets", "Purpose"}
