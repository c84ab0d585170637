"""Approving, releasing, agreeing, changing settings and taking everything out: each is confirmed anew, for exactly that."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from advisory.deployment_checks import confirmation_of_decisions
from compliance.doors import registry
from compliance.doors.door import FormDoor
from compliance.models import Approval, AuditEvent
from rebalancing.models import OrderBatch
from tests.advisory.people.signing_in import an_app_for, code_of
from tests.api.conftest import Program
from tests.cast import PASSWORD
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.the_firm import TheFirm
from tests.pages import as_, words_of

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture(autouse=True)
def step_up(settings: Any) -> None:
    settings.STEP_UP_MINUTES = 5
    cache.clear()


def approvals(firm: TheFirm) -> int:
    return Approval.objects.filter(subject_id=firm.proposal.public_id).count()


def facts(action: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(AuditEvent.objects.filter(action=action).latest("seq").facts)
    return found


def approve_by_page(firm: TheFirm, client: Client) -> Any:
    typed = {"seen": firm.fingerprint, "text": "Agreed.", "acknowledge": "on"}
    return client.post(f"/proposals/{firm.proposal.public_id}/approve/", typed)


def confirmed(client: Client, asked: Any, **typed: str) -> Any:
    """Fill in the page that asks, as a browser sends it."""
    page = asked.context["page"]
    fields = dict(HIDDEN.findall(asked.content.decode()))
    return client.post(
        page.action or "/account/confirm/",
        urlencode({**fields, **typed}),
        content_type="application/x-www-form-urlencoded",
        follow=True,
    )


def approve(firm: TheFirm, program: Program) -> Any:
    path = f"proposals/{firm.proposal.public_id}/"
    return program.post(
        f"{path}approve/",
        {"fingerprint": firm.fingerprint, "text": "Agreed.", "acknowledge_warnings": True},
        If_Match=program.get(path)["ETag"],
    )


def confirm(program: Program, about: str, **typed: str) -> Any:
    return program.post("confirmations/", {"about": about, **typed})


def test_an_approval_in_the_browser_asks_first_and_then_does_exactly_that(firm: TheFirm) -> None:
    client = as_(firm.rui)

    asked = approve_by_page(firm, client)
    assert (asked.status_code, approvals(firm)) == (403, 0)
    assert "You are about to approve this." in words_of(asked)
    done = confirmed(client, asked, confirm_password=PASSWORD)

    assert (done.status_code, approvals(firm)) == (200, 1)
    assert facts("review.decided")["confirmed"] == {
        "about": firm.fingerprint,
        "at": SUNDAY_NOON.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "method": "password",
    }


def test_what_was_typed_with_the_confirmation_is_on_no_record(firm: TheFirm) -> None:
    client = as_(firm.rui)
    confirmed(client, approve_by_page(firm, client), confirm_password=PASSWORD)

    assert not AuditEvent.objects.filter(facts__contains=PASSWORD).exists()


def test_a_wrong_password_does_nothing_and_is_on_the_trail(firm: TheFirm) -> None:
    client = as_(firm.rui)

    again = confirmed(client, approve_by_page(firm, client), confirm_password="not his sentence")

    assert (again.status_code, approvals(firm)) == (422, 0)
    assert "That was not right. Nothing has been done yet." in words_of(again)
    assert facts("user.sign_in_failed") == {"fingerprint": firm.fingerprint, "step": "confirmation"}
    assert confirmed(client, again, confirm_password=PASSWORD).status_code == 200
    assert approvals(firm) == 1


def test_attempts_are_limited(firm: TheFirm) -> None:
    client = as_(firm.rui)
    asked = approve_by_page(firm, client)
    answers = [confirmed(client, asked, confirm_password="no").status_code for _ in range(11)]

    assert confirmed(client, asked, confirm_password=PASSWORD).status_code == 422
    assert (set(answers), approvals(firm)) == ({422}, 0)


def test_whoever_has_a_second_factor_confirms_with_it_and_not_with_the_password(firm: TheFirm) -> None:
    secret = an_app_for(firm.rui)
    client = as_(firm.rui)
    asked = approve_by_page(firm, client)

    assert confirmed(client, asked, confirm_password=PASSWORD).status_code == 422
    assert confirmed(client, asked, confirm_code=code_of(secret)).status_code == 200
    assert facts("review.decided")["confirmed"]["method"] == "totp"


def test_a_program_is_told_what_to_confirm_and_only_that_counts(firm: TheFirm) -> None:
    rui = Program(firm.rui)

    asked = approve(firm, rui)
    assert (asked.status_code, asked.json()["type"], asked.json()["about"]) == (
        403,
        "/problems/confirmation-needed",
        firm.fingerprint,
    )
    assert confirm(rui, "0" * 64, password=PASSWORD).status_code == 201
    assert approve(firm, rui).status_code == 403
    assert confirm(rui, firm.fingerprint, password="no").status_code == 422
    assert confirm(rui, "all of them", password=PASSWORD).status_code == 422
    done = confirm(rui, firm.fingerprint, password=PASSWORD)
    assert done.json() == {
        "about": firm.fingerprint,
        "method": "password",
        "until": (SUNDAY_NOON + timedelta(minutes=5)).isoformat().replace("+00:00", "Z"),
    }

    assert approve(firm, rui).status_code == 200
    assert facts("review.decided")["confirmed"]["method"] == "password"


def test_a_confirmation_is_fresh_for_five_minutes_and_of_its_session(firm: TheFirm) -> None:
    rui = Program(firm.rui)
    confirm(rui, firm.fingerprint, password=PASSWORD)

    assert approve(firm, Program(firm.rui)).status_code == 403
    set_clock(SUNDAY_NOON + timedelta(minutes=6))
    assert approve(firm, rui).status_code == 403
    assert approvals(firm) == 0


def test_a_release_is_confirmed_on_the_page_and_for_programs(firm: TheFirm) -> None:
    rui, tom = Program(firm.rui), Program(firm.tom)
    confirm(rui, firm.fingerprint, password=PASSWORD)
    approve(firm, rui)
    path = f"proposals/{firm.proposal.public_id}/"
    before = OrderBatch.objects.count()

    page = as_(firm.tom).post(f"/{path}release/", {"seen": firm.fingerprint})
    etag = tom.get(path)["ETag"]
    told = tom.post(f"{path}release/", {"fingerprint": firm.fingerprint}, If_Match=etag)
    assert (page.status_code, told.json()["about"]) == (403, firm.fingerprint)
    assert OrderBatch.objects.count() == before
    confirm(tom, firm.fingerprint, password=PASSWORD)

    assert tom.post(f"{path}release/", {"fingerprint": firm.fingerprint}, If_Match=etag).status_code == 201
    assert facts("batch.released")["confirmed"]["method"] == "password"


def test_everything_on_record_is_taken_out_after_a_confirmation(firm: TheFirm) -> None:
    client = as_(firm.ada)

    asked = client.get("/workbooks/record/", {"kind": "csv"})
    assert asked.status_code == 403
    done = confirmed(client, asked, confirm_password=PASSWORD)

    assert done.headers["Content-Disposition"].startswith("attachment")
    assert facts("data.exported")["confirmed"]["method"] == "password"


def test_a_setting_is_proposed_and_decided_with_a_confirmation_each(firm: TheFirm) -> None:
    ada, path = Program(firm.ada), "settings/triggers/change/"
    values = ada.get(path)
    typed = {"longest": "60", "effective_on": "2026-11-30", "reason": "Agreed."}

    asked = ada.post(path, typed, If_Match=values["ETag"])
    assert asked.json()["type"] == "/problems/confirmation-needed", asked.content
    confirm(ada, asked.json()["about"], password=PASSWORD)
    assert ada.post(path, {**typed, "longest": "61"}, If_Match=values["ETag"]).status_code == 403

    assert ada.post(path, typed, If_Match=values["ETag"]).status_code == 202


def test_these_doors_are_confirmed() -> None:
    declared = {one.name for one in registry.doors() if isinstance(one, FormDoor) and one.confirmed}

    assert {"approve_many", "release_many", "setting_take_back", "setting_triggers"} <= declared


def test_a_deployment_that_asks_for_none_is_refused(settings: Any) -> None:
    assert confirmation_of_decisions() == []

    settings.STEP_UP_MINUTES = 0

    assert [one.id for one in confirmation_of_decisions()] == ["advisory.E001"]
