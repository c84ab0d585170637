"""Who may do what, proved by asking: every address, every kind of person, a thing that is theirs and one that is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from rebalancing import tasks
from tests import drawn_documents
from tests.architecture import asking
from tests.architecture.asking import PEOPLE, Row
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories import the_firm

Table = dict[Row, dict[str, str]]

PUBLIC = {"healthz", "readyz", "csp-reports", "appearance/"}
OK = {"200", "201", "204", "302", "303"}
HOW = "Run `./evenkeel draw routes`, read what changed in routes.csv, and commit it."


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: Any) -> tuple[Table, dict[str, set[str]]]:
    """Everybody has asked for everything, once: the answers, and the headers that were missing."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), the_firm.standing() as firm:
        set_clock(SUNDAY_NOON)
        patch.setattr(tasks, "notify_workers", lambda: None)
        patch.setattr(tasks.work_scans, "apply_async", lambda **_: None)
        table, faults = asking.asked(firm)
    if wished := os.environ.get(drawn_documents.ROUTES):
        asking.write(table, Path(wished))
    return table, faults


@pytest.fixture
def answers(everything: tuple[Table, dict[str, set[str]]]) -> Table:
    return everything[0]


def test_every_address_is_in_the_reviewed_table(answers: Table) -> None:
    missing = sorted(row.text for row in answers if row not in asking.reviewed())

    assert missing == [], HOW


def test_the_table_lists_no_address_that_is_gone(answers: Table) -> None:
    assert sorted(row.text for row in asking.reviewed() if row not in answers) == [], HOW


def test_everybody_gets_the_reviewed_answer(answers: Table) -> None:
    reviewed = asking.reviewed()
    unexpected = [
        f"{row.text}: {person} got {answers[row][person]}, reviewed is {reviewed[row][person]}"
        for row in sorted(answers)
        if row in reviewed
        for person in PEOPLE
        if answers[row][person] != reviewed[row][person]
    ]

    assert unexpected == [], HOW


def test_no_request_breaks_the_server(answers: Table) -> None:
    assert [
        row.text for row, said in answers.items() if any(one.startswith("5") for one in said.values())
    ] == []


def test_every_answer_tells_browsers_what_they_may_do(everything: tuple[Table, dict[str, set[str]]]) -> None:
    assert everything[1] == {}


# What must be true of the table whatever is written in it.


def test_without_signing_in_nothing_is_answered_but_health_and_reports() -> None:
    for row, said in asking.reviewed().items():
        if row.route not in PUBLIC:
            assert {said["anonymous"], said["deactivated"]} <= {"sign in", "401", "404"}, row.text


def test_what_is_not_there_is_found_by_nobody() -> None:
    for row, said in asking.reviewed().items():
        if row.thing == "absent":
            assert not OK & set(said.values()), row.text


@pytest.mark.parametrize("person", ["other_client", "other_advisor", "administrator"])
def test_what_is_somebody_elses_is_never_answered(person: str) -> None:
    firms_own = (
        *("models/", "scans/", "audit/", "compliance/", "securities/", "policies/templates/"),
        *("employer-plans/", "plan-funds/"),
        # What is known of the market is no client's own.
        *("corporate-actions/", "fund-distributions/", "fund-policies/", "halts/", "quotes/"),
        "volatility-levels/",
    )
    # Whoever administers the firm retires the tokens of people who lost theirs.
    administered = (
        *("books/", "coverage/", "fix/", "order-layouts/", "people/", "settings/", "tokens/", "workbooks/"),
        *("webhooks/", "webhook-deliveries/"),
    )
    theirs = firms_own + administered if person == "administrator" else firms_own
    for row, said in asking.reviewed().items():
        if row.thing == "present" and not row.route.removeprefix("api/v1/").startswith(theirs):
            assert said[person] not in OK, row.text


def test_a_client_reaches_nothing_of_the_desk() -> None:
    theirs = (
        "portfolio/",
        "policies/",
        "api/v1/households/",
        "api/v1/accounts/",
        "api/v1/lots/",
        "api/v1/policies/",
        "api/v1/summaries/",
        "api/v1/consent-requests/",
    )
    for row, said in asking.reviewed().items():
        if row.thing == "present" and not row.route.startswith(theirs):
            assert said["client"] not in OK, row.text


@pytest.mark.parametrize(
    ("ending", "allowed"),
    [
        (("proposals/<slug:public_id>/approve/",), {"reviewer"}),
        (("release/",), {"trader"}),
        (("reject/", "request-changes/"), {"reviewer"}),
        (("load/", "discard/", "upload/"), {"trader"}),
        (("revise/",), {"advisor"}),
    ],
)
def test_a_verb_is_for_its_own_role(ending: tuple[str, ...], allowed: set[str]) -> None:
    looked_at = 0
    for row, said in asking.reviewed().items():
        if (
            row.method == "POST"
            and row.route.endswith(ending)
            and row.thing != "absent"
            and "workbooks/" not in row.route
        ):
            looked_at += 1
            assert {person for person in PEOPLE if said[person] in OK} == allowed, row.text
    assert looked_at


def test_every_operation_of_the_api_document_is_in_the_table() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    drawn = {
        (path.lstrip("/"), method.upper())
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith("/api/v1/")
    }
    import re

    in_table = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", row.route), row.method)
        for row in asking.reviewed()
        if row.route.startswith("api/v1/")
    }

    assert drawn == in_table
