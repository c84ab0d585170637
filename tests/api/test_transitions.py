"""Doing things through the API: what was looked at comes first, and a repeat changes nothing."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from compliance import repeats
from compliance.audit_trail import audit
from compliance.models import Approval, Consent, RequestKey
from rebalancing.models import OrderBatch, Proposal, ScanRun
from tests.api.conftest import Program
from tests.clock import SUNDAY_NOON, TUESDAY_NOON
from tests.factories.the_firm import TheFirm

KEY = "3f0e5a52-8a0f-4a3e-9f0a-1f2f9c6a4b11"


def looked_at(firm: TheFirm, program: Program) -> str:
    """The ETag of the open proposal, as a program reads it."""
    etag: str = program.get(f"proposals/{firm.proposal.public_id}/")["ETag"]
    return etag


def approve(firm: TheFirm, user: Any, **headers: str) -> Any:
    program = Program(user)
    return program.post(
        f"proposals/{firm.proposal.public_id}/approve/",
        {"fingerprint": firm.fingerprint, "text": "Agreed.", "acknowledge_warnings": True},
        **headers,
    )


def approvals(firm: TheFirm) -> int:
    return Approval.objects.filter(subject_id=firm.proposal.public_id).count()


def test_a_reviewer_approves_exactly_what_was_looked_at(firm: TheFirm) -> None:
    answer = approve(firm, firm.rui, If_Match=looked_at(firm, Program(firm.rui)))

    assert answer.status_code == 200, answer.content
    approval = Approval.objects.get(subject_id=firm.proposal.public_id)
    assert answer.json() == {
        "proposal": firm.proposal.public_id,
        "state": "approved",
        "revision": 1,
        "fingerprint": firm.fingerprint,
        "reference": approval.public_id,
    }


@pytest.mark.parametrize(
    ("etag", "status", "kind"),
    [
        (None, 428, "precondition-required"),
        ("*", 428, "precondition-required"),
        ('"' + "0" * 64 + '"', 412, "precondition-failed"),
    ],
)
def test_a_decision_without_the_right_precondition_changes_nothing(
    firm: TheFirm, etag: str | None, status: int, kind: str
) -> None:
    answer = approve(firm, firm.rui, **({"If_Match": etag} if etag else {}))

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert approvals(firm) == 0


def test_a_fingerprint_in_the_body_that_is_not_current_is_stale(firm: TheFirm) -> None:
    rui = Program(firm.rui)
    answer = rui.post(
        f"proposals/{firm.proposal.public_id}/approve/",
        {"fingerprint": "0" * 64, "acknowledge_warnings": True},
        If_Match=looked_at(firm, rui),
    )

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/stale")
    assert approvals(firm) == 0


def test_the_same_key_gets_the_same_answer_and_one_effect(firm: TheFirm) -> None:
    etag = looked_at(firm, Program(firm.rui))
    first = approve(firm, firm.rui, If_Match=etag, Idempotency_Key=KEY)
    again = approve(firm, firm.rui, If_Match=etag, Idempotency_Key=KEY)

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert approvals(firm) == 1
    assert RequestKey.objects.get().status == 200


def test_the_same_key_with_another_body_is_refused(firm: TheFirm) -> None:
    etag = looked_at(firm, Program(firm.rui))
    approve(firm, firm.rui, If_Match=etag, Idempotency_Key=KEY)
    other = Program(firm.rui).post(
        f"proposals/{firm.proposal.public_id}/approve/",
        {"fingerprint": firm.fingerprint, "text": "Something else."},
        If_Match=etag,
        Idempotency_Key=KEY,
    )

    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_a_key_is_its_senders_own(firm: TheFirm) -> None:
    path = f"reviews/{firm.proposal.revisions.get().review.public_id}/comment/"
    first = Program(firm.ana).post(path, {"text": "From Ana."}, Idempotency_Key=KEY)
    second = Program(firm.rui).post(path, {"text": "From Rui."}, Idempotency_Key=KEY)

    assert (first.json()["author"], second.json()["author"]) == ("Ana", "Rui")


def test_a_refused_request_keeps_no_key_so_that_it_can_be_tried_again(firm: TheFirm) -> None:
    refused = approve(firm, firm.ana, If_Match=looked_at(firm, Program(firm.ana)), Idempotency_Key=KEY)

    assert refused.status_code == 403
    assert not RequestKey.objects.exists()


@pytest.mark.parametrize("key", ["x" * 201, "schlüssel"])
def test_a_key_that_cannot_be_kept_is_refused(firm: TheFirm, key: str) -> None:
    answer = Program(firm.tom).post("scans/start/", Idempotency_Key=key)

    assert answer.status_code == 422


def test_keys_are_forgotten_after_two_days(firm: TheFirm) -> None:
    Program(firm.tom).post("scans/start/", Idempotency_Key=KEY)

    assert repeats.forget(at=SUNDAY_NOON + repeats.KEPT_FOR) == 0
    assert repeats.forget(at=TUESDAY_NOON + repeats.KEPT_FOR) == 1


def test_approving_twice_without_a_key_is_one_approval(firm: TheFirm) -> None:
    etag = looked_at(firm, Program(firm.rui))
    first, second = (approve(firm, firm.rui, If_Match=etag) for _ in range(2))

    assert first.json() == second.json()
    assert approvals(firm) == 1


def test_an_approved_proposal_is_released_once_and_not_by_who_advises(firm: TheFirm) -> None:
    etag = looked_at(firm, Program(firm.rui))
    approve(firm, firm.rui, If_Match=etag)
    path, body = f"proposals/{firm.proposal.public_id}/release/", {"fingerprint": firm.fingerprint}

    assert Program(firm.ana).post(path, body, If_Match=etag).status_code == 403
    first = Program(firm.tom).post(path, body, If_Match=etag, Idempotency_Key=KEY)
    again = Program(firm.tom).post(path, body, If_Match=etag, Idempotency_Key=KEY)
    assert first.status_code == again.status_code == 201, first.content
    assert first.json() == again.json()
    assert OrderBatch.objects.filter(revision__proposal=firm.proposal).count() == 1


@pytest.mark.parametrize(("verb", "state"), [("reject", "rejected"), ("request-changes", "returned")])
def test_a_reviewer_says_no_with_the_reason(firm: TheFirm, verb: str, state: str) -> None:
    rui = Program(firm.rui)
    path = f"proposals/{firm.proposal.public_id}/{verb}/"
    body = {"fingerprint": firm.fingerprint, "text": "Too large for one day."}

    assert rui.post(path, {**body, "text": ""}, If_Match=looked_at(firm, rui)).status_code == 422
    answer = rui.post(path, body, If_Match=looked_at(firm, rui))
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert Proposal.objects.get(pk=firm.proposal.pk).state == state


def test_a_reviewer_takes_the_own_request_for_changes_back(firm: TheFirm) -> None:
    rui = Program(firm.rui)
    path = f"proposals/{firm.proposal.public_id}/"
    rui.post(
        f"{path}request-changes/",
        {"fingerprint": firm.fingerprint, "text": "Why now?"},
        If_Match=looked_at(firm, rui),
    )

    answer = rui.post(f"{path}lift/", {"change_request": 1})
    assert (answer.status_code, answer.json()["state"]) == (200, "in_review")
    assert rui.post(f"{path}lift/", {"change_request": 2}).status_code == 404


def test_an_advisor_asks_for_another_plan_and_it_needs_its_own_review(firm: TheFirm) -> None:
    ana = Program(firm.ana)
    path = f"proposals/{firm.proposal.public_id}/revise/"
    body = {"objective": "least_tax", "drift_max": "0.05", "why": "The client asked for the least tax."}

    answer = ana.post(path, body, If_Match=looked_at(firm, ana), Idempotency_Key=KEY)
    assert answer.status_code == 200, answer.content
    assert answer.json()["revision"] == 2
    assert answer.json()["fingerprint"] != firm.fingerprint or firm.proposal.revisions.count() == 2
    refused = Program(firm.cora).post(path, body, If_Match=looked_at(firm, Program(firm.cora)))
    assert refused.status_code == 403


def test_a_client_consents_in_person_to_exactly_this(firm: TheFirm) -> None:
    hal = Program(firm.hal)
    path = f"consent-requests/{firm.proposal.public_id}/"
    asked = hal.get(path)

    given = hal.post(f"{path}consent/", {"fingerprint": asked.json()["fingerprint"]}, If_Match=asked["ETag"])
    assert given.status_code == 200, given.content
    assert Consent.objects.filter(channel="portal").get().given_by == "Hanna Hart"
    assert Program(firm.carl).get(path).status_code == 404


def test_a_scan_is_started_once_for_a_key(firm: TheFirm) -> None:
    before = ScanRun.objects.count()
    first = Program(firm.tom).post("scans/start/", Idempotency_Key=KEY)
    again = Program(firm.tom).post("scans/start/", Idempotency_Key=KEY)

    assert first.status_code == 201, first.content
    assert first.json() == again.json()
    assert ScanRun.objects.count() == before + 1
    assert Program(firm.rui).post("scans/start/").status_code == 403


def test_a_file_is_handed_in_once_and_loaded_once(firm: TheFirm) -> None:
    tom = Program(firm.tom)
    content = b"symbol,on,price,source\nZUB,2026-11-18,48.00,generated\n"
    upload = BytesIO(content)
    upload.name = "prices.csv"
    first = tom.hand_in(upload)
    upload.seek(0)
    again = tom.hand_in(upload)

    assert (first.status_code, first.json()["is_known"]) == (201, False), first.content
    assert (again.status_code, again.json()["is_known"]) == (200, True)
    path = f"custodian-files/{firm.file.public_id}/load/"
    loaded = tom.post(path, Idempotency_Key=KEY)
    assert (loaded.status_code, loaded.json()["state"]) == (200, "loaded")
    assert tom.post(path, Idempotency_Key=KEY).json() == loaded.json()
    assert tom.post(path).status_code == 409
    assert Program(firm.cora).post(path).status_code == 403


def test_a_session_alone_changes_nothing_without_the_csrf_token(firm: TheFirm) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(firm.tom, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = strict.post("/api/v1/scans/start/", "{}", content_type="application/json")

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_compliance_checks_the_trail_now(firm: TheFirm) -> None:
    answer = Program(firm.cora).post("audit/verify/")

    assert (answer.status_code, answer.json()["tone"]) == (200, "order")
    assert Program(firm.ana).post("audit/verify/").status_code == 403
    assert audit.verify().is_intact


def test_a_comment_is_answered_and_its_thread_settled(firm: TheFirm) -> None:
    ana = Program(firm.ana)
    path = f"reviews/{firm.proposal.revisions.get().review.public_id}/"

    reply = ana.post(f"{path}comment/", {"text": "Thank you.", "reply_to": 1})
    assert (reply.status_code, reply.json()["number"], reply.json()["reply_to"]) == (201, 2, 1)
    assert ana.post(f"{path}resolve/", {"comment": 1}).json()["resolved_at"] is not None
    assert ana.post(f"{path}resolve/", {"comment": 1}).status_code == 409
    assert ana.post(f"{path}comment/", {"text": "x", "reply_to": 9}).status_code == 422
    assert ana.post(f"{path}comment/", {"text": "x", "anchor_kind": "trade"}).status_code == 422
