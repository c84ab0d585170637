"""An export of the trail is checked without us, and whatever somebody edits in it is found."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from advisory.models import User
from compliance.audit_trail import audit, verify_evenkeel
from compliance.models import AuditEvent
from tests.clock import MONDAY_EVENING, MONDAY_NOON
from tests.pages import as_

pytestmark = pytest.mark.django_db

SEED = 20261123
BYTES_EDITED = 150
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE = base64.b64encode(bytes(range(32))).decode()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
SAMPLE = Path(__file__).parents[3] / "docs/formats/trail-export/trail-export.zip"

TRAIL, TABLE, MARKS = "trail.jsonl", "trail.csv", "checkpoints.jsonl"
Files = dict[str, bytes]


def write(number: int) -> None:
    with transaction.atomic():
        audit.record(
            audit.Action.HOUSEHOLD_CHANGED,
            about=audit.Ref("household", f"hh_{number % 2}", f"hh_{number % 2}"),
            by=audit.Actor(audit.ActorKind.PERSON, "=Ana", "7", frozenset({"advisor"}), "s1", "totp", "r"),
            at=MONDAY_NOON,
            number=number,
            note="moved to Łódź,\n“next door”",
        )


def taken(person: User, **query: str) -> Files:
    """The files of an export of the trail, as this person takes it from the page."""
    answer = as_(person).get(reverse("compliance:audit_list"), {"export": "zip", **query})
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def export(cora: User, settings: Any) -> Files:
    """Some events and a signed checkpoint, exported by compliance."""
    settings.AUDIT_CHECKPOINT_KEY = PRIVATE
    for number in range(6):
        write(number)
    audit.write_checkpoint(by=audit.Actor.system("nightly"), at=MONDAY_EVENING)
    return taken(cora)


def folder_of(files: Files, where: Path) -> Path:
    where.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (where / name).write_bytes(content)
    return where


def told(files: Files, where: Path, capsys: Any, *options: str) -> tuple[int, str]:
    code = verify_evenkeel.main([str(folder_of(files, where)), *options])
    return code, capsys.readouterr().out.strip()


def with_manifest_to_match(files: Files) -> Files:
    """What somebody does who edits a file and then the manifest, so that its digests agree again."""
    manifest = json.loads(files["manifest.json"])
    for each in manifest["files"]:
        content = files[each["name"]]
        each |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        if each["name"].endswith(".jsonl"):
            each["rows"] = content.count(b"\n")
    return {**files, "manifest.json": (verify_evenkeel.canonical(manifest) + "\n").encode()}


def edited(files: Files, name: str, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    return {**files, name: b"".join(change(files[name].splitlines(keepends=True)))}


def of_manifest(files: Files, **changed: object) -> Files:
    manifest = json.loads(files["manifest.json"])
    manifest["trail"] |= changed
    return {**files, "manifest.json": (verify_evenkeel.canonical(manifest) + "\n").encode()}


def rehashed(line: bytes, **changed: object) -> bytes:
    event = {**json.loads(line), **changed}
    event["hash"] = verify_evenkeel.event_hash(event, "")
    return (verify_evenkeel.canonical(event) + "\n").encode()


def with_its_table(files: Files) -> Files:
    """The CSV as it would be written for the lines of the trail."""
    rows = io.StringIO(newline="")
    columns = verify_evenkeel.COLUMNS
    events = [json.loads(line) for line in files[TRAIL].splitlines()]
    csv.writer(rows).writerows(
        [columns, *([verify_evenkeel.cell(one[name]) for name in columns] for one in events)]
    )
    return {**files, TABLE: rows.getvalue().encode()}


def without(number: int) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [*lines[: number - 1], *lines[number:]]


def replaced(number: int, old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [
        line.replace(old, new) if at == number else line for at, line in enumerate(lines, start=1)
    ]


EDITS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a word of an event": (
        lambda files: edited(files, TRAIL, replaced(3, b"next door", b"far away!")),
        "trail.jsonl line 3 (event #3): its content does not match its hash",
    ),
    "who did it": (
        lambda files: edited(files, TRAIL, replaced(3, b"=Ana", b"=Max")),
        "trail.jsonl line 3 (event #3): its content does not match its hash",
    ),
    "when it happened": (
        lambda files: edited(files, TRAIL, replaced(4, b'Z"', b'1"')),
        "trail.jsonl line 4 (event #4): ",
    ),
    "an event, with its hash": (
        lambda files: edited(
            files, TRAIL, lambda lines: [*lines[:2], rehashed(lines[2], actor_label="Max"), *lines[3:]]
        ),
        "trail.csv row 3 (event #3) differs from trail.jsonl",
    ),
    "an event, with its hash, in both files": (
        lambda files: with_its_table(
            edited(
                files,
                TRAIL,
                lambda lines: [rehashed(one, actor_label="Max") if b"=Ana" in one else one for one in lines],
            )
        ),
        "trail.jsonl line 4 (event #4): it does not follow the event before it",
    ),
    "an event taken out": (
        lambda files: edited(files, TRAIL, without(4)),
        "trail.jsonl line 4 (event #5): event #4 is missing before it",
    ),
    "the first event taken out": (
        lambda files: edited(files, TRAIL, without(1)),
        "trail.jsonl line 1 (event #2): event #1 is missing before it",
    ),
    "the last event taken out": (
        lambda files: edited(edited(files, TRAIL, lambda lines: lines[:-1]), TABLE, lambda rows: rows[:-1]),
        "manifest.json says events ",
    ),
    "two events changed over": (
        lambda files: edited(files, TRAIL, lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]),
        "trail.jsonl line 2 (event #3): event #2 is missing before it",
    ),
    "an event twice": (
        lambda files: edited(files, TRAIL, lambda lines: [*lines[:2], *lines[1:]]),
        "trail.jsonl line 3 (event #2): it comes after event #2",
    ),
    "a line cut off": (
        lambda files: {**files, TRAIL: files[TRAIL][:-40]},
        "is not JSON",
    ),
    "a space in a line": (
        lambda files: edited(files, TRAIL, replaced(2, b'"seq":', b'"seq": ')),
        "trail.jsonl line 2 is not an event as an export writes it",
    ),
    "a cell of the table": (
        lambda files: edited(files, TABLE, lambda rows: [row.replace(b"advisor", b"trader") for row in rows]),
        "trail.csv row 3 (event #3) differs from trail.jsonl",
    ),
    "a row of the table taken out": (
        lambda files: edited(files, TABLE, lambda rows: rows[:1]),
        "trail.csv row 1 (event #1) differs from trail.jsonl",
    ),
    "a checkpoint's hash": (
        lambda files: edited(
            files, MARKS, lambda lines: [line.replace(b'"root":"', b'"root":"0') for line in lines]
        ),
        "checkpoints.jsonl line 1: event #8 is not the one it was written for",
    ),
    "a checkpoint's day": (
        lambda files: edited(
            files, MARKS, lambda lines: [line.replace(b"2026-11", b"2026-10") for line in lines]
        ),
        "checkpoints.jsonl line 1: it does not match its signature",
    ),
    "a checkpoint taken out": (
        lambda files: {**files, MARKS: b""},
        "checkpoints.jsonl has 0 checkpoints, the manifest says 1",
    ),
    "the verifier": (
        lambda files: {**files, "verify_evenkeel.py": b"print('INTACT')\n"},
        "verify_evenkeel.py has 16 bytes, the manifest says ",
    ),
    "a file more": (
        lambda files: {**files, "note.txt": b"Also."},
        "note.txt is not in both the manifest and the export, exactly once",
    ),
    "a file less": (
        lambda files: {name: content for name, content in files.items() if name != TABLE},
        "trail.csv",
    ),
    "what the manifest counts": (
        lambda files: of_manifest(files, events=99),
        "manifest.json says events 99, the files say ",
    ),
    "where the manifest says it begins": (
        lambda files: of_manifest(files, first_prev_hash="1" * 64),
        "manifest.json says first_prev_hash ",
    ),
    "a manifest that lacks the trail": (
        lambda files: {
            **files,
            "manifest.json": files["manifest.json"].replace(b'"trail":', b'"trial":'),
        },
        "manifest.json ",
    ),
}


def test_compliance_takes_the_trail_and_an_examiner_checks_it_alone(export: Files, tmp_path: Path) -> None:
    """The script that lies in the export, with an interpreter that sees neither our code nor any package."""
    archive = tmp_path / "audit.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for name, content in export.items():
            written.writestr(name, content)
    (tmp_path / "verify.py").write_bytes(export["verify_evenkeel.py"])

    answer = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(archive), "--key", PUBLIC],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    count = export[TRAIL].count(b"\n")
    assert answer.stdout.startswith("INTACT: 4 files as the manifest says, asked by ")
    assert (
        f"{count} events, #1 to #{count}, the whole trail; checkpoints: 1 with a good signature"
        in answer.stdout
    )
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_found_and_named(what: str, export: Files, tmp_path: Path, capsys: Any) -> None:
    edit, named = EDITS[what]
    assert told(export, tmp_path / "as it was", capsys)[0] == 0

    options = ("--key", PUBLIC) if "signature" in named else ()
    code, said = told(edit(export), tmp_path / "edited", capsys, *options)
    assert code == 1
    assert named in said
    # With the key nothing passes, not even where the manifest was made to match.
    forged = edit(export) if what == "a file less" else with_manifest_to_match(edit(export))
    assert told(forged, tmp_path / "signed", capsys, "--key", PUBLIC)[0] == 1


def test_a_manifest_made_to_match_hides_no_edit_of_the_chain(
    export: Files, tmp_path: Path, capsys: Any
) -> None:
    chained = [
        what
        for what, (_, named) in EDITS.items()
        if named.startswith((TRAIL, TABLE, "is not")) and what != "a file less"
    ]
    for what in chained:
        edit, named = EDITS[what]
        code, said = told(with_manifest_to_match(edit(export)), tmp_path / what, capsys)
        assert code == 1, (what, said)
        assert named in said, (what, said)


def test_no_byte_of_the_trail_can_be_changed(export: Files, tmp_path: Path, capsys: Any) -> None:
    """Also where the manifest is made to match, because the hashes inside do not."""
    dice = random.Random(SEED)
    unnoticed = []
    for _ in range(BYTES_EDITED):
        name = dice.choice([TRAIL, TABLE])
        data = bytearray(export[name])
        place = dice.randrange(len(data))
        data[place] = dice.choice([byte for byte in range(32, 127) if byte != data[place]])
        files = {**export, name: bytes(data)}
        # A table that was written otherwise but reads the same shows the same events.
        if told(with_manifest_to_match(files), tmp_path / "x", capsys)[0] == 0 and name == TRAIL:
            unnoticed.append((name, place))
        if told(files, tmp_path / "x", capsys)[0] == 0:
            unnoticed.append((name, place))

    assert unnoticed == []


def test_a_rewritten_chain_is_found_by_a_checkpoint_kept_elsewhere(
    export: Files, tmp_path: Path, capsys: Any
) -> None:
    """Somebody rewrites every event after an edit, the table, the manifest, and drops the checkpoint."""
    lines, before = [], verify_evenkeel.GENESIS
    for line in export[TRAIL].splitlines(keepends=True):
        lines.append(rehashed(line.replace(b"=Ana", b"=Max"), prev_hash=before))
        before = json.loads(lines[-1])["hash"]
    events = [json.loads(line) for line in lines]
    forged = with_its_table({**export, TRAIL: b"".join(lines), MARKS: b""})
    forged = of_manifest(forged, checkpoints=0, first_hash=events[0]["hash"], last_hash=events[-1]["hash"])
    forged = with_manifest_to_match(forged)
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(export[MARKS])

    assert told(forged, tmp_path / "forged", capsys)[0] == 0  # By itself it agrees again.
    assert told(forged, tmp_path / "forged", capsys, "--checkpoint", str(kept)) == (
        1,
        f"CHANGED: {kept} line 1: event #8 is not the one it was written for.",
    )
    assert told(forged, tmp_path / "forged", capsys, "--key", PUBLIC)[0] == 1


def test_an_advisor_takes_a_part_and_it_says_so(
    export: Files, cora: User, tmp_path: Path, capsys: Any
) -> None:
    part = taken(cora, household="hh_1")
    manifest = json.loads(part["manifest.json"])

    assert (manifest["trail"]["whole"], manifest["trail"]["events"]) == (False, 3)
    assert manifest["asked"]["filters"] == "household=hh_1"
    code, said = told(part, tmp_path / "part", capsys)
    assert code == 0
    assert "3 events, #4 to #8, only a part: that nothing between is missing cannot be seen" in said
    changed = edited(part, TRAIL, replaced(2, b"next door", b"far away!"))
    assert told(with_manifest_to_match(changed), tmp_path / "changed", capsys)[0] == 1


def test_the_line_on_the_trail_knows_the_file_again(export: Files, cora: User) -> None:
    event = AuditEvent.objects.filter(action="data.exported").get()
    facts = json.loads(event.facts)

    assert facts["manifest"] == hashlib.sha256(export["manifest.json"]).hexdigest()
    assert facts["rows"] == export[TRAIL].count(b"\n")
    assert event.person_ref == str(cora.pk)


def test_the_command_writes_the_same_and_never_over_a_file(
    export: Files, tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "trail.zip"
    call_command("export_trail", str(out), stdout=io.StringIO())

    assert verify_evenkeel.main([str(out), "--key", PUBLIC]) == 0
    assert ", the whole trail; checkpoints: 1 with a good signature" in capsys.readouterr().out
    before = out.read_bytes()
    with pytest.raises(CommandError, match="was not written"):
        call_command("export_trail", str(out), stdout=io.StringIO())
    assert out.read_bytes() == before


def test_what_cannot_be_read_is_not_called_changed(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "note.txt").write_text("not a ZIP")

    assert verify_evenkeel.main([str(tmp_path / "note.txt")]) == 2
    assert verify_evenkeel.main([str(tmp_path), "--key", "short"]) == 2
    assert verify_evenkeel.main([str(tmp_path), "--checkpoint", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().out.count("NOT CHECKED: ") == 3


def test_its_signatures_are_those_of_the_library(settings: Any) -> None:
    dice = random.Random(SEED)
    for length in (0, 1, 31, 200):
        key, message = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)), dice.randbytes(length)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)

        assert verify_evenkeel.signature_holds(public, message, signature)
        assert not verify_evenkeel.signature_holds(public, message + b"x", signature)
        for place in (0, 31, 32, 63):
            wrong = bytearray(signature)
            wrong[place] ^= 1 << dice.randrange(8)
            assert not verify_evenkeel.signature_holds(public, message, bytes(wrong))


def test_the_sample_in_the_documentation_is_intact(capsys: Any) -> None:
    key = str(SAMPLE.with_name("trail-export-key.txt"))

    assert verify_evenkeel.main([str(SAMPLE), "--key", key]) == 0
    assert "the whole trail; checkpoints: 1 with a good signature" in capsys.readouterr().out
