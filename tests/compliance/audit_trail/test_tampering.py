"""Whatever somebody with the owner's rights changes afterwards, verifying the trail shows it."""

from __future__ import annotations

import base64
import json
import random
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from advisory.models import User
from compliance.audit_trail import audit, chain, checkpoints
from compliance.models import AuditEvent
from tests.clock import MONDAY_EVENING, MONDAY_NOON, TUESDAY_NOON
from tests.factories.reviews import an_open_review, approve

pytestmark = pytest.mark.django_db

SEED = 20261123
EDITS = 300
COLUMNS = [field.attname for field in AuditEvent._meta.concrete_fields]
PRIVATE_KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(range(1, 33))).decode()


@pytest.fixture
def ten_events() -> list[AuditEvent]:
    return [write(number) for number in range(10)]


@pytest.fixture
def guards_down(db: None) -> None:
    """What the owner of the tables can do and the running product cannot. Rolled back with the test."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("auditevent", "audithead", "auditcheckpoint", "approval"):
        run(f"ALTER TABLE compliance_{table} DISABLE TRIGGER USER")


def write(number: int) -> AuditEvent:
    with transaction.atomic():
        return audit.record(
            audit.Action.HOUSEHOLD_CHANGED,
            about=audit.Ref("household", f"hh_{number}", f"hh_{number}"),
            by=audit.Actor(
                audit.ActorKind.PERSON, "Ana", "7", frozenset({"advisor"}), "s1", "totp", f"req-{number}"
            ),
            at=MONDAY_NOON,
            number=number,
            note="moved to Lisbon",
        )


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def random_edit(dice: random.Random) -> tuple[int, str, Any]:
    """One byte of one stored value of one event, changed: its number, the column and the new value."""
    seq = dice.randint(1, 10)
    column = dice.choice(COLUMNS)
    old = AuditEvent.objects.values_list(column, flat=True).get(seq=seq)
    if column == "seq":
        return seq, column, old ^ (1 << dice.randrange(4, 40))
    if column in ("occurred_at", "stated_at"):
        return seq, column, old + timedelta(microseconds=1 << dice.randrange(0, 40))
    data = bytearray(old.encode("ascii"))
    place = dice.randrange(len(data))
    # Another printable byte: what is not text, the column itself would refuse.
    data[place] = dice.choice([byte for byte in range(32, 127) if byte != data[place]])
    return seq, column, data.decode("ascii")


def test_every_single_byte_edit_is_found(ten_events: list[AuditEvent], guards_down: None) -> None:
    dice = random.Random(SEED)
    run("ALTER TABLE compliance_auditevent DROP CONSTRAINT audit_event_hashes_are_sha256")
    unnoticed = []
    for _ in range(EDITS):
        seq, column, new = random_edit(dice)
        point = transaction.savepoint()
        run(f"UPDATE compliance_auditevent SET {column} = %s WHERE seq = %s", new, seq)
        if audit.verify().is_intact:
            unnoticed.append((seq, column, new))
        transaction.savepoint_rollback(point)

    assert unnoticed == []
    assert audit.verify().is_intact


def test_the_first_bad_event_is_named(ten_events: list[AuditEvent], guards_down: None) -> None:
    run("UPDATE compliance_auditevent SET facts = '{}' WHERE seq IN (4, 7)")

    assert audit.verify().first_bad == audit.BadEvent(4, "its content does not match its hash")


def test_a_missing_event_is_named(ten_events: list[AuditEvent], guards_down: None) -> None:
    run("DELETE FROM compliance_auditevent WHERE seq = 5")

    assert audit.verify().first_bad == audit.BadEvent(5, "event #5 is missing; #6 comes next")


def test_a_cut_tail_is_found_by_the_head(ten_events: list[AuditEvent], guards_down: None) -> None:
    run("DELETE FROM compliance_auditevent WHERE seq > 6")

    assert audit.verify().first_bad == audit.BadEvent(7, "the chain does not end where its head says it does")


def test_a_trail_that_was_emptied_is_found(ten_events: list[AuditEvent], guards_down: None) -> None:
    run("DELETE FROM compliance_auditevent")

    assert not audit.verify().is_intact


def cut_tail_and_head(keep: int) -> None:
    run("DELETE FROM compliance_auditevent WHERE seq > %s", keep)
    run(
        "UPDATE compliance_audithead SET seq = %s, hash = (SELECT hash FROM compliance_auditevent WHERE seq = %s)",
        keep,
        keep,
    )


def test_a_tail_cut_with_its_head_is_found_by_a_checkpoint(
    ten_events: list[AuditEvent], guards_down: None
) -> None:
    audit.write_checkpoint(by=audit.Actor.system("nightly"), at=MONDAY_EVENING)
    cut_tail_and_head(6)

    assert audit.verify().first_bad == audit.BadEvent(
        7, "a checkpoint names event #10, but the chain ends before it"
    )


def test_a_rewritten_chain_is_found_by_a_checkpoint_kept_outside(
    ten_events: list[AuditEvent], guards_down: None
) -> None:
    outside = audit.write_checkpoint(by=audit.Actor.system("nightly"), at=MONDAY_EVENING)
    cut_tail_and_head(6)
    run("DELETE FROM compliance_auditcheckpoint")
    for number in range(20, 30):
        write(number)

    assert audit.verify().is_intact  # Inside the database everything agrees again.
    assert audit.verify(against=[outside]).first_bad == audit.BadEvent(
        10, "it differs from the checkpoint written at this point"
    )


def test_a_checkpoint_forged_without_the_key_is_found(
    ten_events: list[AuditEvent], guards_down: None, settings: Any
) -> None:
    settings.AUDIT_CHECKPOINT_KEY = PRIVATE_KEY
    audit.write_checkpoint(by=audit.Actor.system("nightly"), at=MONDAY_EVENING)
    assert audit.verify().is_intact

    run("UPDATE compliance_auditcheckpoint SET written_at = %s", TUESDAY_NOON)

    assert audit.verify().first_bad == audit.BadEvent(10, "the checkpoint's signature does not match our key")


def test_the_public_half_of_the_key_is_enough_to_verify(ten_events: list[AuditEvent], settings: Any) -> None:
    settings.AUDIT_CHECKPOINT_KEY = PRIVATE_KEY
    mark = audit.write_checkpoint(by=audit.Actor.system("nightly"), at=MONDAY_EVENING)
    key = checkpoints.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    settings.AUDIT_CHECKPOINT_KEY = ""
    settings.AUDIT_CHECKPOINT_PUBLIC_KEY = base64.b64encode(key.public_key().public_bytes_raw()).decode()

    assert checkpoints.signature_holds(checkpoints.from_json(checkpoints.as_json(mark)))
    assert audit.verify(against=[mark]).is_intact


def test_a_key_of_the_wrong_form_is_named(ten_events: list[AuditEvent], settings: Any) -> None:
    settings.AUDIT_CHECKPOINT_KEY = "c2hvcnQ="

    with pytest.raises(checkpoints.BadCheckpoint, match="AUDIT_CHECKPOINT_KEY"):
        audit.write_checkpoint(by=audit.Actor.system("nightly"), at=MONDAY_EVENING)


def test_an_approval_without_its_event_is_found(ana: User, rui: User, guards_down: None) -> None:
    review = an_open_review(ana)
    approve(review, rui)
    assert audit.verify().is_intact

    run("UPDATE compliance_approval SET public_id = 'ap_slipped_in'")

    assert not audit.verify().is_intact


def verified(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_intact_and_exits_with_0(ten_events: list[AuditEvent]) -> None:
    code, said = verified("--json")

    assert (code, json.loads(said)) == (
        0,
        {
            "intact": True,
            "events": 10,
            "last_seq": 10,
            "last_hash": ten_events[-1].hash,
            "checkpoints": 0,
            "decided": 0,
            "faults": [],
            "first_bad": None,
        },
    )


def test_the_command_names_the_first_bad_event_and_exits_with_1(
    ten_events: list[AuditEvent], guards_down: None
) -> None:
    run("UPDATE compliance_auditevent SET actor_label = 'Max' WHERE seq = 3")

    assert verified() == (1, "BROKEN at event #3: its content does not match its hash.\n")


def test_the_command_exits_with_2_when_it_cannot_check(tmp_path: Path) -> None:
    (tmp_path / "note.json").write_text("not a checkpoint\n")

    with pytest.raises(CommandError) as refused:
        verified("--checkpoint", str(tmp_path / "note.json"))

    assert refused.value.returncode == 2


def test_a_written_checkpoint_is_read_back_from_its_file(
    ten_events: list[AuditEvent], tmp_path: Path
) -> None:
    note = tmp_path / "checkpoints.jsonl"
    call_command("write_checkpoint", out=note, stdout=StringIO())

    assert verified("--checkpoint", str(note))[0] == 0


def test_a_broken_trail_gets_no_checkpoint(ten_events: list[AuditEvent], guards_down: None) -> None:
    run("DELETE FROM compliance_auditevent WHERE seq = 5")

    with pytest.raises(CommandError, match="event #5"):
        call_command("write_checkpoint", stdout=StringIO())


def test_the_hash_in_the_database_is_the_hash_in_the_documentation() -> None:
    event = write(1)
    texts = [getattr(event, name) for name in chain.HASHED_TEXTS]

    assert event.hash == chain.digest(event.seq, event.occurred_at, event.stated_at, texts, event.prev_hash)
