"""Who must sign, and what happens when compliance signs too, as the firm's setting says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from clients.households import households
from clients.models import Household, Person, Policy
from clients.policies import drafts, parties, policies, signatures
from compliance import clock
from compliance.firm.policy_defaults import COMPLIANCE_SIGNS
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.firm_settings import decided as firm_decided
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.policy_versions import approved, begun, decided, signed_by, signed_by_mia, today, written
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def millers() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    households.grant_sign_in(
        Person.objects.get(), user=cast.mia(), may_see="household", by=SET_UP, at=SUNDAY_NOON
    )
    return household


@pytest.fixture
def version(millers: Household) -> Policy:
    """Approved by Rui, and signed by nobody yet."""
    return approved(written(begun(millers)))


def state_of(policy: Policy) -> str:
    return Policy.objects.get(pk=policy.pk).state


def test_as_shipped_the_client_and_the_advisor_sign(version: Policy) -> None:
    digest = policies.fingerprint_of(version)

    assert [one.who for one in parties.outstanding(version, digest=digest, on=today())] == [
        "Mia Miller",
        "Advisor",
    ]


def test_where_the_firm_says_so_compliance_signs_before_anything_is_adopted(version: Policy) -> None:
    firm_decided(COMPLIANCE_SIGNS, True)
    assert signed_by(cast.ana(), version).status_code == 302
    assert signed_by_mia(version).status_code == 302

    assert state_of(version) == "approved"
    page = page_of(as_(cast.ana()).get(reverse("clients:policy", args=[version.public_id])))
    assert page.waits == "Still to sign: Compliance."

    assert signed_by(cast.cora(), version, party="compliance").status_code == 302

    adopted = Policy.objects.get(pk=version.pk)
    assert adopted.state == "adopted"
    assert {(one.party, one.name) for one in adopted.signatures.all()} == {
        ("client", "Mia Miller"),
        ("advisor", "Ana"),
        ("compliance", "Cora"),
    }


def test_nobody_signs_for_another_party(version: Policy) -> None:
    firm_decided(COMPLIANCE_SIGNS, True)

    for person, party in ((cast.ana(), "compliance"), (cast.cora(), "advisor"), (cast.rui(), "advisor")):
        assert signed_by(person, version, party=party).status_code == 403
    assert not version.signatures.exists()


def test_compliance_finds_the_door_on_the_policys_page(version: Policy) -> None:
    page = page_of(as_(cast.cora()).get(reverse("clients:policy", args=[version.public_id])))

    assert "Sign this policy" in [link.label for link in page.links]


def test_compliance_signs_through_the_api_and_is_shown_there(version: Policy) -> None:
    firm_decided(COMPLIANCE_SIGNS, True)
    cora = as_(cast.cora())
    address = f"/api/v1/policies/{version.public_id}/sign/"
    read = cora.get(address)
    body = {"party": "compliance", "typed_name": "Cora", "seen": read.json()["values"]["seen"]}

    lost = cora.post(address, body, content_type="application/json")
    signed = cora.post(
        address, body, content_type="application/json", headers={"If-Match": read.headers["ETag"]}
    )

    assert (lost.status_code, signed.status_code) == (428, 200), signed.content
    shown = cora.get(f"/api/v1/policies/{version.public_id}/").json()
    assert [(one["party"], one["name"]) for one in shown["signatures"]] == [("compliance", "Cora")]
    assert shown["signatures"][0]["fingerprint"] == policies.fingerprint_of(version)


def test_only_compliance_records_its_own_document(version: Policy) -> None:
    with pytest.raises(NotAllowed, match="Only compliance records its own signature"):
        signatures.record_document(
            version,
            party="compliance",
            name="Cora",
            signed_on=today() - timedelta(days=1),
            document=b"%PDF-1.7 signed by hand",
            document_name="signed.pdf",
            seen=policies.fingerprint_of(version),
            by=Actor.person(cast.ana()),
            at=clock.now(),
        )


def test_a_setting_that_comes_later_is_asked_when_the_day_comes(version: Policy) -> None:
    """Signed by two while two were enough: it is adopted at once and stays so."""
    signed_by(cast.ana(), version)
    signed_by_mia(version)
    firm_decided(COMPLIANCE_SIGNS, True, at=clock.now())

    assert state_of(version) == "adopted"


def test_the_client_sees_who_is_still_to_sign(version: Policy) -> None:
    firm_decided(COMPLIANCE_SIGNS, True)

    answer = signed_by_mia(version)

    assert answer.status_code == 302
    words = words_of(as_(cast.mia()).get(reverse("clients:policy_to_sign", args=[version.public_id])))
    assert "Still to sign: Advisor, Compliance." in words


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("returned", "Changes requested by Rui: No loss limit."),
        ("rejected", "Rejected by Rui: No loss limit."),
    ],
)
def test_what_the_desk_said_stands_on_the_policys_page(millers: Household, verdict: str, words: str) -> None:
    policy = written(begun(millers))
    ana = as_(cast.ana())
    address = reverse("clients:policy", args=[policy.public_id])
    ana.post(reverse("clients:policy_submit", args=[policy.public_id]))
    assert page_of(ana.get(address)).sent_back == ()

    decided(policy, verdict, "No loss limit.")

    assert page_of(ana.get(address)).sent_back == (
        words,
        "Reopen it as a draft, correct it, and submit it again.",
    )
    drafts.take_back_settled(by=signatures.ADOPTION, at=clock.now())
    if verdict == "rejected":
        assert page_of(ana.get(address)).sent_back == (words, "Correct it, and submit it again.")


def test_the_portal_links_the_policy_in_force(millers: Household) -> None:
    answer = words_of(as_(cast.mia()).get("/portfolio/"))

    first = Policy.objects.get()
    assert "Read your investment policy" in answer
    for name in ("clients:policy", "rebalancing:policy_pdf"):
        assert reverse(name, args=[first.public_id]) in answer
    page = words_of(as_(cast.mia()).get(reverse("clients:policy", args=[first.public_id])))
    assert "My portfolio" in page
    assert "Accounts covered" in page
