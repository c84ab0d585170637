"""What is backed up can be brought back: the drill does it beside the running database, and refuses what is damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from advisory.health import drill
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from tests import records
from tests.clock import MONDAY_NOON, set_clock

DRILLER = audit.Actor.system("drill")


@pytest.fixture
def firm(django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A small record that is committed, with one file; the folder of its files."""
    settings.MEDIA_ROOT = tmp_path / "kept"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "letter.pdf").write_bytes(b"a letter")
    with django_db_blocker.unblock(), records.own_database("drill"):
        set_clock(MONDAY_NOON)
        with transaction.atomic():
            audit.record(
                audit.Action.HOUSEHOLD_CHANGED,
                about=audit.Ref("household", "hh_1", "hh_1"),
                by=audit.Actor.system("file"),
                at=MONDAY_NOON,
                number=1,
            )
        yield settings.MEDIA_ROOT


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'drill%'")
        return {name for (name,) in cursor.fetchall()}


def last_told() -> tuple[str, bool, str]:
    event = AuditEvent.objects.latest("seq")
    facts = json.loads(event.facts)
    return event.action, facts["passed"], facts.get("problem", "")


def test_a_drill_brings_everything_back_and_leaves_one_line(
    firm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("drill")

    told = capsys.readouterr().out
    assert [line.rsplit(maxsplit=2)[0] for line in told.splitlines()[:-1]] == [
        "database backed up",
        "files backed up",
        "database restored",
        "files restored",
        "rows compared",
        "tables compared",
        "trail verified",
    ]
    assert " and 1 files (" in told.splitlines()[-1]
    assert last_told() == ("restore.drilled", True, "")
    assert databases() == set()


def test_a_damaged_backup_is_refused(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up = drill.back_up

    def damaged(dump: Path) -> Any:
        made = back_up(dump)
        dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
        return made

    monkeypatch.setattr(drill, "back_up", damaged)

    with pytest.raises(CommandError, match=r"The backup does not bring the record back\. pg_restore failed"):
        call_command("drill")

    action, passed, problem = last_told()
    assert (action, passed) == ("restore.drilled", False)
    assert problem.startswith("pg_restore failed: ")
    assert databases() == set()


def test_a_copy_with_a_row_less_is_refused(firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up = drill.back_up

    def another(dump: Path) -> Any:
        return {**back_up(dump), "compliance_auditevent": (2, "")}

    monkeypatch.setattr(drill, "back_up", another)

    with pytest.raises(CommandError, match="The table compliance_auditevent has 2 rows, its copy 1"):
        call_command("drill")

    assert databases() == set()
