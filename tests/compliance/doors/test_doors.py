"""A door is declared once, and opens in the browser and for programs with the same refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from clients.models import Household
from compliance.audit_trail import audit
from compliance.doors import pages, registry
from compliance.models import AuditEvent, ProposedChange, Review
from tests.compliance.doors import an_urlconf
from tests.factories.households import a_managed_household

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.compliance.doors.an_urlconf")]


@pytest.fixture
def millers(ana: Any, rui: Any, monkeypatch: pytest.MonkeyPatch) -> Household:
    monkeypatch.setattr(registry, "_DOORS", dict(registry._DOORS))
    registry.add(an_urlconf.DOORS)
    return a_managed_household(advisor=ana, reviewer=rui)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def the_name(household: Household) -> str:
    return Household.objects.get(pk=household.pk).name


def test_a_checked_door_shows_what_changes_before_it_does(millers: Household, ana: Any) -> None:
    client, url = signed_in(ana), f"/tried/{millers.public_id}/rename/"
    before = millers.name
    first = client.get(url)
    assert first.context["page"].form["name"].value() == before

    typed = {"name": "Miller and Son", "reason": "The son joined.", "door_seen": first.context["page"].seen}
    check = client.post(url, typed)

    page = check.context["page"]
    assert [(line.label, line.before, line.after) for line in page.lines if line.is_change] == [
        ("Name", before, "Miller and Son"),
        ("Reason", "", "The son joined."),
    ]
    assert the_name(millers) == before
    done = client.post(url, {**typed, "door_checked": page.checked})
    assert (done.status_code, the_name(millers)) == (302, "Miller and Son")
    event = AuditEvent.objects.filter(action="household.changed").latest("seq")
    assert '"changed":{"name":{"after":"Miller and Son","before":' in event.facts


def test_the_check_page_leads_back_to_the_form_with_what_was_typed(millers: Household, ana: Any) -> None:
    client, url = signed_in(ana), f"/tried/{millers.public_id}/rename/"
    before = the_name(millers)
    typed = {"name": "Miller and Son", "reason": "The son joined."}
    checked = client.post(url, typed).context["page"].checked

    back = client.post(url, {**typed, "door_checked": checked, "door_back": "1"})

    assert back.templates[0].name == "doors/form.html"
    assert 'value="Miller and Son"' in back.content.decode()
    assert the_name(millers) == before


def test_what_was_typed_on_an_older_page_is_kept_and_not_acted_on(millers: Household, ana: Any) -> None:
    client, url = signed_in(ana), f"/tried/{millers.public_id}/rename/"
    seen = client.get(url).context["page"].seen
    Household.objects.filter(pk=millers.pk).update(name="Changed meanwhile")

    answer = client.post(url, {"name": "Mine", "reason": "x", "door_seen": seen})

    assert answer.status_code == 409
    assert pages.CHANGED_SINCE in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    assert the_name(millers) == "Changed meanwhile"


def test_a_refusal_of_the_verb_stands_on_the_form(millers: Household, ana: Any) -> None:
    client, url = signed_in(ana), f"/tried/{millers.public_id}/rename/"
    page = client.post(url, {"name": "Nobody", "reason": "x"}).context["page"]

    answer = client.post(url, {"name": "Nobody", "reason": "x", "door_checked": page.checked})

    assert answer.status_code == 422
    assert "Nobody is no name. Write another." in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("ana", 200), ("bea", 404), ("rui", 403), ("carl", 404)])
def test_who_may_use_it(millers: Household, who: str, status: int, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(who)
    assert signed_in(user).get(f"/tried/{millers.public_id}/rename/").status_code == status
    assert signed_in(user).get(f"/api/v1/tried/{millers.public_id}/rename/").status_code == status


def test_a_program_edits_what_it_read(millers: Household, ana: Any) -> None:
    client, url = signed_in(ana), f"/api/v1/tried/{millers.public_id}/rename/"
    read = client.get(url)
    assert read.json()["values"] == {"name": millers.name, "is_gone": False}
    body = {"reason": "By program."}

    assert client.post(url, body, "application/json").status_code == 428
    assert client.post(url, body, "application/json", headers={"If-Match": '"x"'}).status_code == 412
    match = {"If-Match": read["ETag"]}
    wrong = client.post(url, {"nmae": "x"}, "application/json", headers=match)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/nmae")
    done = client.post(url, {**body, "name": "The Mills"}, "application/json", headers=match)

    assert (done.status_code, the_name(millers)) == (200, "The Mills")
    assert done.json() == {"sentence": "The household is renamed.", "id": millers.public_id, "change": None}


def test_two_people_make_a_change(millers: Household, ana: Any, cora: Any) -> None:
    before = millers.name
    url = f"/tried/{millers.public_id}/propose/"
    asked = signed_in(ana).post(url, {"name": "Miller Family", "reason": "The client asked."}, follow=True)
    review = Review.objects.get(subject_kind="correction")
    assert "a colleague has to decide" in asked.content.decode()
    assert the_name(millers) == before

    own = signed_in(ana).post(f"/reviews/{review.public_id}/", verdict_on(review))
    assert own.status_code == 403
    page = signed_in(cora).get(f"/reviews/{review.public_id}/").context["page"]
    assert [(one.label, one.before, one.after) for one in page.shown.lines] == [
        ("Name", before, "Miller Family"),
        ("Reason", "", "The client asked."),
    ]
    signed_in(cora).post(f"/reviews/{review.public_id}/", verdict_on(review))

    assert the_name(millers) == "Miller Family"
    change = ProposedChange.objects.get()
    assert change.made_at is not None
    made = AuditEvent.objects.filter(action="household.changed").latest("seq")
    assert made.actor_label == "Cora"
    assert audit.verify().first_bad is None


def test_a_change_that_was_overtaken_is_not_made(millers: Household, ana: Any, cora: Any) -> None:
    signed_in(ana).post(f"/tried/{millers.public_id}/propose/", {"name": "Miller Family", "reason": "x"})
    review = Review.objects.get(subject_kind="correction")
    Household.objects.filter(pk=millers.pk).update(name="Changed meanwhile")

    answer = signed_in(cora).post(f"/reviews/{review.public_id}/", verdict_on(review))

    assert answer.status_code == 409
    assert 'data-label="Now">Changed meanwhile<' in answer.content.decode()
    assert the_name(millers) == "Changed meanwhile"


def test_the_same_change_waits_once(millers: Household, ana: Any) -> None:
    client, url = signed_in(ana), f"/tried/{millers.public_id}/propose/"
    client.post(url, {"name": "Miller Family", "reason": "x"})

    assert client.post(url, {"name": "Miller Family", "reason": "x"}).status_code == 409
    assert ProposedChange.objects.count() == 1


def test_a_program_proposes_and_another_person_decides(millers: Household, ana: Any, cora: Any) -> None:
    url = f"/api/v1/tried/{millers.public_id}/propose/"
    match = {"If-Match": signed_in(ana).get(url)["ETag"]}
    asked = signed_in(ana).post(
        url, {"name": "Miller Family", "reason": "x"}, "application/json", headers=match
    )
    assert (asked.status_code, asked.json()["change"]) == (202, ProposedChange.objects.get().public_id)
    review = Review.objects.get(subject_kind="correction")
    decide = f"/api/v1/reviews/{review.public_id}/decide/"
    body = {"fingerprint": review.fingerprint, "verdict": "approved"}
    key = {"If-Match": f'"{review.fingerprint}"', "Idempotency-Key": "one"}

    done = signed_in(cora).post(decide, body, "application/json", headers=key)
    again = signed_in(cora).post(decide, body, "application/json", headers=key)

    assert (done.status_code, done.json()["state"]) == (200, "approved")
    assert (again.status_code, again.json()) == (200, done.json())
    assert the_name(millers) == "Miller Family"


def verdict_on(review: Review) -> dict[str, str]:
    return {"seen": review.fingerprint, "verdict": "approved", "text": ""}
