"""Months later a decided revision is worked out again, and whoever asks is told whether it comes to the same plan."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from compliance.audit_trail import audit
from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Revision
from rebalancing.proposals import replays
from tests.factories.desk import Desk, on_record

RECORD = "a taxable desk and the Harts"
pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(it_is_sunday_noon: None) -> Revision:
    desk: Desk = on_record()
    desk.approve()
    found: Revision = desk.proposal.revisions.get()
    return found


def replayed(named: str, *options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("replay", named, *options, stdout=out)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def test_an_approved_revision_comes_out_to_the_last_digit(approved: Revision) -> None:
    name = f"{approved.proposal.public_id}/1"

    assert replayed(name) == (
        0,
        f"{name}: Worked out again to the last digit, with the engine that made it.\n",
    )
    event = audit.trail(about=approved.proposal).last()
    facts = json.loads(event.facts)
    assert (event.action, facts["same"], facts["revision"], facts["count"]) == (
        "proposal.replayed",
        True,
        1,
        0,
    )
    assert facts["fingerprint"] == approved.fingerprint
    assert audit.verify().is_intact


def test_an_engine_that_answers_otherwise_is_told_value_by_value(
    approved: Revision, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cent of tax and the engine's number: the number explains, the cent is the difference."""
    propose = proposing.propose

    def another(household: Household, **options: Any) -> Plan:
        plan = propose(household, **options)
        return replace(
            plan,
            tax_change=plan.tax_change + Decimal("0.01"),
            versions=replace(plan.versions, engine="9.9"),
        )

    monkeypatch.setattr(proposing, "propose", another)
    monkeypatch.setattr(replays.repricing, "repriced", lambda *_, **__: None)
    before = json.loads(approved.plan_document)["tax_change"]
    after = serializing.decimal_text(Decimal(before) + Decimal("0.01"))
    engine = approved.engine_version

    code, said = replayed(approved.proposal.public_id)
    assert code == 1
    assert said.splitlines() == [
        f"{approved.proposal.public_id}/1: 1 value differs, made with engine {engine}, now 9.9: "
        f"/tax_change: stored {before}, now {after}.",
        f"  /tax_change: stored {before}, now {after}",
    ]
    code, said = replayed(approved.proposal.public_id, "--json")
    told = json.loads(said)
    assert (code, told["same"]) == (1, False)
    assert told["differences"] == [{"place": "/tax_change", "stored": before, "again": after}]


def test_a_document_that_was_changed_is_not_worked_out(approved: Revision) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE rebalancing_revision DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE rebalancing_revision SET household_document = replace(household_document, '4', '5')"
        )

    code, said = replayed(approved.proposal.public_id)

    assert code == 2
    assert "It cannot be worked out again: " in said
    assert json.loads(audit.trail(about=approved.proposal).last().facts)["same"] is False


@pytest.mark.parametrize("named", ["pr_nothing", "pr_nothing/1", "{}/9", "{}/x"])
def test_a_revision_that_is_not_there_is_said(named: str, approved: Revision) -> None:
    with pytest.raises(CommandError, match="There is no revision") as refused:
        replayed(named.format(approved.proposal.public_id))

    assert refused.value.returncode == 2
