from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from advisory.models import User
from compliance.audit_trail import audit
from compliance.models import AuditEvent, ChangeRequest, RestrictedIssuer
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from compliance.review_desk import findings, threads
from compliance.rules.findings.severity import Severity
from tests.clock import TUESDAY_NOON
from tests.factories.reviews import SHOWN, an_answer, an_open_review, approve

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(client: Client) -> Any:
    def get(user: User, name: str, *args: object, **query: str) -> Any:
        client.force_login(user)
        return client.get(reverse(name, args=args), query)

    return get


@pytest.fixture
def post(client: Client) -> Any:
    def post(user: User, name: str, *args: object, **data: str) -> Any:
        client.force_login(user)
        return client.post(reverse(name, args=args), data)

    return post


def test_compliance_reads_the_whole_trail_newest_first(get: Any, ana: User, rui: User, cora: User) -> None:
    approve(an_open_review(ana), rui)

    answer = get(cora, "compliance:audit_list")

    assert answer.status_code == 200
    rows = answer.context["page"].rows
    assert [row.action for row in rows][:2] == ["Review decided", "Review requested"]
    assert len(rows) == AuditEvent.objects.count()


def test_an_advisor_reads_her_own_acts(get: Any, ana: User, rui: User) -> None:
    approve(an_open_review(ana), rui)

    assert [row.actor for row in get(ana, "compliance:audit_list").context["page"].rows] == ["Ana"]


def test_a_client_has_no_business_in_the_trail(get: Any, carl: User) -> None:
    assert get(carl, "compliance:audit_list").status_code == 403


@pytest.mark.parametrize("who", ["ana", "rui", "tess", "carl"])
def test_the_queue_is_for_compliance(who: str, get: Any, request: pytest.FixtureRequest) -> None:
    assert get(request.getfixturevalue(who), "compliance:queue").status_code == 403


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ({"action": "review.decided"}, 1),
        ({"about_kind": "review"}, 2),
        ({"household": "hh_alder"}, 2),
        ({"household": "hh_other"}, 0),
        ({"since": "2000-01-01", "until": "2000-01-02"}, 0),
        ({"since": "2000-01-01"}, 8),  # Three people joined, with a role each.
    ],
    ids=str,
)
def test_filters_narrow_the_list(
    query: dict[str, str], seen: int, get: Any, ana: User, rui: User, cora: User
) -> None:
    approve(an_open_review(ana), rui)

    assert len(get(cora, "compliance:audit_list", **query).context["page"].rows) == seen


@pytest.mark.parametrize(
    "query", [{"action": "no.such"}, {"since": "x"}, {"since": "2026-02-02", "until": "2026-02-01"}]
)
def test_a_filter_that_cannot_be_is_said_so(query: dict[str, str], get: Any, cora: User) -> None:
    answer = get(cora, "compliance:audit_list", **query)

    assert answer.status_code == 422
    assert b"There is a problem" in answer.content


def test_opening_an_event_is_itself_on_the_trail(get: Any, ana: User, cora: User) -> None:
    an_open_review(ana)

    asked = AuditEvent.objects.get(action="review.requested")
    answer = get(cora, "compliance:audit_event", asked.seq)

    assert b"matches its hash" in answer.content
    opened = AuditEvent.objects.get(action="event.viewed")
    assert (opened.about_id, opened.person_ref, opened.household_ref) == (
        str(asked.seq),
        str(cora.pk),
        "hh_alder",
    )


def test_an_event_out_of_scope_is_not_found(get: Any, ana: User, rui: User) -> None:
    an_open_review(ana)

    assert get(rui, "compliance:audit_event", 1).status_code == 404


def test_a_changed_event_says_that_it_was_changed(get: Any, ana: User, cora: User) -> None:
    an_open_review(ana)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE compliance_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE compliance_auditevent SET actor_label = 'Max'")

    assert b"changed after it was written" in get(cora, "compliance:audit_event", 1).content


def test_the_chain_is_verified_from_the_page_and_the_page_says_so(
    get: Any, post: Any, ana: User, cora: User
) -> None:
    an_open_review(ana)
    assert "not been verified yet" in get(cora, "compliance:audit_list").context["page"].chain.sentence

    assert post(cora, "compliance:verify").status_code == 302

    assert (
        f"Verified to #{AuditEvent.objects.count() - 1} on"
        in get(cora, "compliance:audit_list").context["page"].chain.sentence
    )
    assert post(ana, "compliance:verify").status_code == 403


def test_a_broken_chain_names_its_first_bad_event(get: Any, post: Any, ana: User, cora: User) -> None:
    an_open_review(ana)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE compliance_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE compliance_auditevent SET facts = '{}'")
    post(cora, "compliance:verify")

    chain = get(cora, "compliance:audit_list").context["page"].chain
    assert (chain.tone, chain.first_bad_seq) == ("breach", 1)


def test_the_queue_shows_what_blocks_what_was_refused_and_who_answered(
    get: Any, ana: User, rui: User, rosa: User, cora: User, nina: User, set_clock: Any
) -> None:
    set_clock(TUESDAY_NOON)
    review = an_open_review(ana, answer=an_answer(("PTC-10", Severity.OVERRIDE)))
    with pytest.raises(NotAllowed):
        approve(review, ana)
    finding = review.examinations.get().findings.get()
    findings.override(
        finding,
        reason="tax_cost_accepted",
        text="Client asked.",
        fingerprint=SHOWN,
        expires_at=review.expires_at,
        by=Actor.person(nina),
        at=TUESDAY_NOON,
    )
    threads.request_changes(review, "Sell less.", fingerprint=SHOWN, by=Actor.person(rui), at=TUESDAY_NOON)

    page = get(cora, "compliance:queue").context["page"]

    assert page.heading == "2 items need attention"
    assert [row.asked.text for row in page.changes] == ["Sell less."]
    told = {(row.item.sort.value, row.item.weight.label, row.item.who) for row in page.rows}
    assert told == {
        ("refused", "Needs attention", "Ana"),
        ("change-request", "Needs attention", "Rui"),
        ("override", "To look at", "Nina"),
        ("review", "To look at", "Ana"),
    }
    assert any("so a colleague has to decide" in row.item.sentence for row in page.rows)


def test_compliance_dismisses_from_the_queue(post: Any, ana: User, rui: User, cora: User) -> None:
    review = an_open_review(ana)
    asked = threads.request_changes(review, "Less.", fingerprint=SHOWN, by=Actor.person(rui), at=TUESDAY_NOON)

    assert post(cora, "compliance:dismiss", asked.pk, reason=" ").status_code == 422
    assert post(cora, "compliance:dismiss", asked.pk, reason="Rui is away.").status_code == 302

    assert ChangeRequest.objects.get().lifted_reason == "Rui is away."


def test_the_lists_are_kept_from_the_queue(post: Any, get: Any, cora: User, nina: User) -> None:
    entry = {"issuer": "XYZ Corp", "kind": "watch", "starts_on": "2026-11-23", "reason": "Board seat."}
    assert post(cora, "compliance:restriction_place", **entry).status_code == 422
    entry["unmatched"] = "on"
    assert post(cora, "compliance:restriction_place", **{**entry, "issuer": ""}).status_code == 422
    assert post(cora, "compliance:restriction_place", **entry).status_code == 302
    shown = get(cora, "compliance:queue").content
    assert b"a colleague has to remove it" in shown
    assert b"Today it matches nothing on record." in shown
    placed = RestrictedIssuer.objects.get()

    assert post(cora, "compliance:restriction_lift", placed.public_id, reason="Over.").status_code == 403
    assert post(nina, "compliance:restriction_lift", placed.public_id, reason="Over.").status_code == 302
    assert audit.verify().is_intact


@pytest.mark.parametrize("name", ["compliance:queue", "compliance:audit_list"])
def test_the_pages_cost_the_same_however_much_they_show(name: str, get: Any, ana: User, cora: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            get(cora, name)
        return len(asked)

    an_open_review(ana, subject_id="pr_first")
    queries()  # The first page of a test also fills caches.
    few = queries()
    for number in range(12):
        an_open_review(ana, subject_id=f"pr_{number}")

    assert queries() == few
