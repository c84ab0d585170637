"""Months later a decided revision is worked out again, and whoever asks is told whether it comes to the same plan."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
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
from rebalancing.proposals import engines
from tests.architecture.sources import PROJECT
from tests.factories.desk import Desk, on_record

RECORD = "a taxable desk and the Harts"
pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(it_is_sunday_noon: None) -> Revision:
    desk: Desk = on_record()
    desk.approve()
    found: Revision = desk.proposal.revisions.get()
    return found


def how_to(revision: Revision) -> str:
    """What is said where another engine than the one on record answered: this version has no later one yet."""
    version, name = revision.engine_version, f"{revision.proposal.public_id}/{revision.number}"
    return (
        f"Check out the release whose engine is {version} into ../engine-{version}. "
        f"Then `manage replay {name} --engine ../engine-{version}`."
    )


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
    monkeypatch.setattr(engines.repricing, "repriced", lambda *_, **__: None)
    before = json.loads(approved.plan_document)["tax_change"]
    after = serializing.decimal_text(Decimal(before) + Decimal("0.01"))
    engine = approved.engine_version

    code, said = replayed(approved.proposal.public_id)
    assert code == 1
    assert said.splitlines() == [
        f"{approved.proposal.public_id}/1: 1 value differs, made with engine {engine}, now 9.9: "
        f"/tax_change: stored {before}, now {after}. {how_to(approved)}",
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


# ── Engines of earlier versions ──────────────────────────────────────────────────────────────────


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """The engine of today as a checkout of its own, with nothing else of the product beside it."""
    folder = tmp_path / "engine"
    shutil.copytree(PROJECT / "rebalancing" / "engine", folder / "rebalancing" / "engine")
    (folder / "rebalancing" / "__init__.py").touch()
    return folder


@pytest.fixture
def later(approved: Revision, monkeypatch: pytest.MonkeyPatch) -> Revision:
    """A revision of this version, years later: the engine that runs has another one."""
    monkeypatch.setattr(proposing, "ENGINE_VERSION", "9.9")
    return approved


def test_another_engine_says_exactly_so_and_how_the_one_on_record_is_asked(later: Revision) -> None:
    name = f"{later.proposal.public_id}/1"

    code, said = replayed(name)

    told = f"Worked out again to the last digit, made with engine {later.engine_version}, now 9.9. {how_to(later)}"
    assert (code, said) == (0, f"{name}: {told}\n")
    facts = json.loads(audit.trail(about=later.proposal).last().facts)
    assert (facts["engine"], facts["now"], facts["engine_digest"]) == (later.engine_version, "9.9", "")
    assert facts["answered_by"].endswith(
        f"which does not run here. A difference can come from that. {how_to(later)}"
    )


def test_the_engine_on_record_answers_from_a_frozen_checkout(later: Revision, frozen: Path) -> None:
    name = f"{later.proposal.public_id}/1"

    code, said = replayed(name, "--engine", str(frozen))

    assert (code, said) == (0, f"{name}: Worked out again to the last digit, with the engine that made it.\n")
    facts = json.loads(audit.trail(about=later.proposal).last().facts)
    assert (facts["engine"], facts["now"]) == (later.engine_version, later.engine_version)
    assert len(facts["engine_digest"]) == 64
    assert facts["engine_digest"] in facts["answered_by"], "which files answered is on the trail"


def test_a_frozen_engine_that_answers_otherwise_is_told_value_by_value(later: Revision, frozen: Path) -> None:
    path = frozen / "rebalancing" / "engine" / "proposing.py"
    path.write_text(path.read_text() + ANOTHER)
    path = frozen / "rebalancing" / "engine" / "repricing.py"
    path.write_text(path.read_text() + "\n\ndef repriced(*_, **__):\n    return None\n")

    code, said = replayed(later.proposal.public_id, "--engine", str(frozen))

    assert code == 1
    assert (
        f"with the engine that made it: /tax_change: stored {json.loads(later.plan_document)['tax_change']}"
        in said
    )


ANOTHER = """

_propose = propose


def propose(household, **options):
    from dataclasses import replace
    from decimal import Decimal

    plan = _propose(household, **options)
    return replace(plan, tax_change=plan.tax_change + Decimal("0.01"))
"""


def test_a_folder_without_that_engine_is_refused_before_anything_runs(later: Revision, frozen: Path) -> None:
    with pytest.raises(CommandError, match="holds no engine") as refused:
        replayed(later.proposal.public_id, "--engine", str(frozen.parent))
    assert refused.value.returncode == 2

    path = frozen / "rebalancing" / "engine" / "proposing.py"
    path.write_text(
        path.read_text().replace(f'ENGINE_VERSION = "{later.engine_version}"', 'ENGINE_VERSION = "1.1"')
    )
    with pytest.raises(CommandError, match=f"is 1.1, and this revision was made with {later.engine_version}"):
        replayed(later.proposal.public_id, "--engine", str(frozen))
    assert not audit.trail(about=later.proposal).filter(action="proposal.replayed").exists()


def test_an_engine_that_breaks_is_no_answer(later: Revision, frozen: Path) -> None:
    (frozen / "rebalancing" / "engine" / "__main__.py").write_text("raise SystemExit('It broke.')")

    code, said = replayed(later.proposal.public_id, "--engine", str(frozen))

    assert code == 2
    assert "It cannot be worked out again: " in said
    assert "It broke." in said


def test_each_former_version_is_known_by_the_commit_that_freezes_it() -> None:
    major, minor = proposing.ENGINE_VERSION.split(".")

    assert set(engines.LAST_COMMITS) == {f"{major}.{number}" for number in range(int(minor))}
    assert engines.how_to_ask("1.2", running="1.2", named="pr_1/1") == ""
    assert engines.how_to_ask("1.2", running="1.3", named="pr_1/1") == (
        "`git worktree add ../engine-1.2 a6ea6dc98b5d` makes engine 1.2 anew. "
        "Then `manage replay pr_1/1 --engine ../engine-1.2`."
    )
