"""Reading through the API: lists, one thing, what a client gets, and how it says no."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from compliance.audit_trail import audit
from rebalancing.models import ProposedOrder
from tests.api.conftest import Program
from tests.factories.the_firm import TheFirm

LISTS = (
    "households",
    "accounts",
    "lots",
    "policies",
    "models",
    "reviews",
    "audit",
    "standings",
    "scans",
    "readings",
    "proposals",
    "batches",
    "summaries",
    "consent-requests",
)


def test_the_document_of_the_api_is_drawn_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))

    text = (tmp_path / "schema.yml").read_text(encoding="utf-8")
    assert "/api/v1/proposals/{public_id}/approve/" in text
    assert "application/problem+json" in text


def test_the_documentation_page_is_for_people_who_signed_in(firm: TheFirm) -> None:
    from django.test import Client

    stranger, ana = Client(), Client()
    ana.force_login(firm.ana, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert ana.get("/api/docs").status_code == 200
    assert ana.get("/api/schema").status_code == 200
    assert stranger.get("/api/docs").status_code in {302, 401, 403}
    assert stranger.get("/api/schema").status_code in {302, 401, 403}


def test_nobody_reads_without_a_session(firm: TheFirm) -> None:
    stranger = Program(None)

    assert {stranger.get(f"{name}/").status_code for name in LISTS} == {401}
    answer = stranger.get("households/")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/unauthorized"


def test_lists_hold_what_is_in_scope_and_nothing_else(firm: TheFirm) -> None:
    def codes(user: Any) -> list[str]:
        return [row["code"] for row in Program(user).get("households/?ordering=code").json()["results"]]

    assert codes(firm.ana) == ["hart", "miller"]
    assert codes(firm.rui) == ["hart", "miller"]
    assert codes(firm.otto) == ["noble"]
    assert codes(firm.cora) == codes(firm.tom) == ["hart", "miller", "noble"]
    assert codes(firm.ada) == []
    assert [row["public_id"] for row in Program(firm.carl).get("households/").json()["results"]] == [
        firm.millers.public_id
    ]


def test_a_client_gets_exactly_the_fields_on_the_list(firm: TheFirm) -> None:
    carl = Program(firm.carl)
    account = carl.get("accounts/").json()["results"][0]

    assert set(carl.get(f"households/{firm.millers.public_id}/").json()) == {"public_id", "name", "accounts"}
    assert set(account) == {
        "public_id",
        "household",
        "name",
        "registration",
        "tax_treatment",
        "custodian",
        "number_last4",
        "discretion",
        "opened_on",
        "closed_on",
    }
    assert set(carl.get(f"accounts/{account['public_id']}/").json()) == {*account, "cash", "positions"}
    assert set(carl.get("lots/").json()["results"][0]) == {
        "public_id",
        "account",
        "symbol",
        "name",
        "acquired_on",
        "quantity",
        "basis",
        "basis_status",
        "as_of_on",
        "closed_on",
    }
    for desk in ("proposals", "readings", "batches", "reviews", "models", "scans", "standings"):
        assert carl.get(f"{desk}/").json()["results"] == [], desk


def test_no_answer_holds_a_row_number_or_a_whole_account_number(firm: TheFirm) -> None:
    tom = Program(firm.tom)
    told = [tom.get(f"{name}/?page_size=500").content.decode() for name in LISTS if name != "audit"]
    told.append(tom.get(f"batches/{firm.batch.public_id}/").content.decode())
    told.append(tom.get(f"households/{firm.millers.public_id}/").content.decode())
    told.append(tom.get(f"proposals/{firm.proposal.public_id}/revisions/1/").content.decode())

    assert len(told) > 10
    for text in told:
        assert not re.search(r'"(id|pk)":', text)
        assert not re.search(r"1111000[12]|2222000[12]|900-00-", text)


def test_money_is_decimal_text_with_its_cents(firm: TheFirm) -> None:
    text = Program(firm.ana).get(f"proposals/{firm.proposal.public_id}/revisions/1/").content.decode()

    assert not re.search(r":\s*-?\d+\.\d+[,}\]]", text), "a number with a point left as a binary fraction"
    revision = json.loads(text)
    order = revision["trades"]["accounts"][0]["orders"][0]
    assert re.fullmatch(r"\d+\.\d\d", order["amount"])
    assert re.fullmatch(r"\d+\.\d\d", order["cost"])


def test_a_revision_tells_what_its_page_shows(firm: TheFirm) -> None:
    told = Program(firm.ana).get(f"proposals/{firm.proposal.public_id}/revisions/1/").json()

    stored = ProposedOrder.objects.filter(revision__proposal=firm.proposal).order_by("position")
    assert [
        (order["side"], order["symbol"], order["shares"], order["amount"])
        for account in told["trades"]["accounts"]
        for order in account["orders"]
    ] == [(one.side, one.security.symbol, f"{one.quantity:f}", f"{one.amount:.2f}") for one in stored]
    assert {finding["severity"] for finding in told["checks"]["findings"]} <= {
        "block",
        "reason",
        "note",
        "pass",
    }
    assert all(finding["answer"] for finding in told["checks"]["findings"] if finding["severity"] == "reason")


def test_lists_come_in_pages_that_can_be_ordered_and_filtered(firm: TheFirm) -> None:
    ana = Program(firm.ana)
    first = ana.get("lots/?page_size=3&ordering=-basis").json()
    second = ana.get(first["next"].split("/api/v1/")[1]).json()

    assert first["count"] == 10
    assert len(first["results"]) == len(second["results"]) == 3
    assert not {row["public_id"] for row in first["results"]} & {
        row["public_id"] for row in second["results"]
    }
    assert ana.get(f"lots/?household={firm.millers.public_id}&symbol=ZBD").json()["count"] == 2
    assert ana.get("proposals/?state=released").json()["count"] == 1


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("households/?hosehold=hh_1", "#/hosehold"),
        ("households/?ordering=closed_by", "#/ordering"),
        ("proposals/?state=lost", "#/state"),
    ],
)
def test_a_misspelled_filter_is_refused_instead_of_answering_everything(
    firm: TheFirm, query: str, pointer: str
) -> None:
    answer = Program(firm.ana).get(query)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_no_page_is_larger_than_five_hundred(firm: TheFirm) -> None:
    from compliance.api.reading import PAGE_MAX, Pages

    assert PAGE_MAX == 500
    answer = Program(firm.cora).get("audit/?page_size=100000").json()
    assert len(answer["results"]) <= PAGE_MAX
    assert Pages.max_page_size == PAGE_MAX


def test_the_trail_is_read_by_cursor_and_reading_one_event_is_an_event(firm: TheFirm) -> None:
    cora = Program(firm.cora)
    first = cora.get("audit/?page_size=5").json()
    second = cora.get(first["next"].split("/api/v1/")[1]).json()
    seqs = [event["seq"] for event in first["results"] + second["results"]]

    assert seqs == sorted(seqs, reverse=True)
    assert len(set(seqs)) == 10
    event = cora.get(f"audit/{seqs[3]}/").json()
    assert event == first["results"][3]
    newest = cora.get("audit/?page_size=1").json()["results"][0]
    assert (newest["action"], newest["about_id"]) == ("event.viewed", str(seqs[3]))


def test_that_somebody_looked_is_on_the_trail(firm: TheFirm) -> None:
    ana = Program(firm.ana)
    account = firm.millers.accounts.all()[0]
    ana.get(f"households/{firm.millers.public_id}/")
    ana.get(f"accounts/{account.public_id}/")
    ana.get(f"proposals/{firm.proposal.public_id}/")
    ana.get(f"summaries/{firm.summary.public_id}/")

    seen = [
        audit.trail(about=thing).last().action
        for thing in (firm.millers, account, firm.proposal, firm.summary)
    ]
    assert seen == ["household.viewed", "account.viewed", "proposal.viewed", "summary.viewed"]


def test_the_files_of_a_batch_are_for_the_trading_desk(firm: TheFirm) -> None:
    file = next(file for file in firm.batch.files.all() if file.kind == "orders")
    path = f"batches/{firm.batch.public_id}/files/{file.name}"

    taken = Program(firm.tom).post(path)
    assert taken.status_code == 200
    assert "11110002" in taken.content.decode()
    assert audit.trail(about=file.release or firm.batch).last().action == "data.exported"
    assert Program(firm.ana).post(path).status_code == 403
    assert Program(firm.otto).post(path).status_code == 404


def test_a_summary_and_its_letter_are_the_clients_own(firm: TheFirm) -> None:
    carl = Program(firm.carl)

    told = carl.get(f"summaries/{firm.summary.public_id}/").json()
    letter = carl.get(f"summaries/{firm.summary.public_id}/letter.pdf")
    assert told["summary"]["household"] == "Miller"
    assert letter.content.startswith(b"%PDF")
    assert Program(firm.hal).get(f"summaries/{firm.summary.public_id}/").status_code == 404
