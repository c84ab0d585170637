"""Checkpoints leave the house: to a folder and by mail, each delivery on the trail, and again where it failed."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from compliance import tasks
from compliance.audit_trail import audit, carrying, checkpoints
from compliance.models import AuditEvent
from tests.clock import MONDAY_NOON, set_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(settings: Any) -> None:
    """A checkpoint on Monday and one on Tuesday, signed."""
    settings.AUDIT_CHECKPOINT_KEY = base64.b64encode(bytes(range(32))).decode()
    for day in range(2):
        set_clock(MONDAY_NOON + timedelta(days=day))
        with transaction.atomic():
            audit.record(
                audit.Action.HOUSEHOLD_CHANGED,
                about=audit.Ref("household", "hh_1", "hh_1"),
                by=audit.Actor.system("file"),
                at=MONDAY_NOON,
                day=day,
            )
        tasks.write_checkpoint()


def told() -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(action="checkpoint.carried").order_by("seq")
    return [(event.about_id, json.loads(event.facts)["to"].partition(" ")[0]) for event in events]


def seqs() -> list[str]:
    return [str(mark.seq) for mark in checkpoints.stored()]


def test_without_a_setting_nothing_leaves(written: None, mailoutbox: list[Any]) -> None:
    tasks.carry_checkpoints()

    assert (told(), mailoutbox, carrying.trouble(at=MONDAY_NOON + timedelta(days=9))) == ([], [], "")


def test_each_checkpoint_goes_to_the_folder_once_and_is_read_back_there(
    written: None, settings: Any, tmp_path: Path
) -> None:
    settings.AUDIT_CHECKPOINT_FOLDER = str(tmp_path)
    for _ in range(2):
        tasks.carry_checkpoints()

    assert told() == [(seq, "folder") for seq in seqs()]
    kept = [checkpoints.from_json(path.read_text()) for path in sorted(tmp_path.iterdir())]
    assert kept == checkpoints.stored()
    assert all(mark.signature for mark in kept)
    out = StringIO()
    call_command("verify_audit", "--checkpoint", str(tmp_path), stdout=out)
    assert out.getvalue().startswith("Intact: ")


def test_a_trail_that_was_rewritten_shows_against_the_folder(
    written: None, settings: Any, tmp_path: Path
) -> None:
    settings.AUDIT_CHECKPOINT_FOLDER = str(tmp_path)
    tasks.carry_checkpoints()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("auditevent", "audithead", "auditcheckpoint"):
            cursor.execute(f"ALTER TABLE compliance_{table} DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM compliance_auditevent")
        cursor.execute("DELETE FROM compliance_auditcheckpoint")
        cursor.execute("UPDATE compliance_audithead SET seq = 0, hash = repeat('0', 64)")
    for number in range(9):
        with transaction.atomic():
            audit.record(
                audit.Action.HOUSEHOLD_CHANGED,
                about=audit.Ref("household", "hh_1", "hh_1"),
                by=audit.Actor.system("file"),
                at=MONDAY_NOON,
                number=number,
            )

    assert audit.verify().is_intact
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--checkpoint", str(tmp_path), stdout=StringIO())


def test_a_folder_that_is_away_does_not_stop_the_mail_and_is_tried_again(
    written: None, settings: Any, tmp_path: Path, mailoutbox: list[Any]
) -> None:
    settings.AUDIT_CHECKPOINT_FOLDER = str(tmp_path / "away")
    settings.AUDIT_CHECKPOINT_MAIL = ["keeper@outside.example"]
    tasks.carry_checkpoints()

    assert told() == [(seq, "mail") for seq in seqs()]
    assert [mail.to for mail in mailoutbox] == [["keeper@outside.example"]] * 2
    assert [checkpoints.from_json(mail.body.splitlines()[0]) for mail in mailoutbox] == checkpoints.stored()
    at = MONDAY_NOON + timedelta(days=1, minutes=1)
    assert carrying.trouble(at=at) == (
        f"checkpoints are not delivered: folder {tmp_path / 'away'} lacks 2, the first of 2026-11-23"
    )

    (tmp_path / "away").mkdir()
    tasks.carry_checkpoints()
    assert told()[2:] == [(seq, "folder") for seq in seqs()]
    assert carrying.trouble(at=at) == ""
    assert len(mailoutbox) == 2


def test_a_file_that_holds_another_checkpoint_is_never_written_over(
    written: None, settings: Any, tmp_path: Path
) -> None:
    settings.AUDIT_CHECKPOINT_FOLDER = str(tmp_path)
    first = tmp_path / f"checkpoint-{int(seqs()[0]):015}.json"
    first.write_text("another\n")
    tasks.carry_checkpoints()

    assert (told(), first.read_text()) == ([], "another\n")
