"""Checkpoints go to an object store, and a real one that checks signatures takes them; that part is slow and needs requirements-oracle.txt."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from advisory.health import doctor
from compliance import tasks
from compliance.audit_trail import audit, carrying, checkpoints, object_store
from compliance.audit_trail.object_store import Address, StoreRefused
from compliance.models import AuditEvent
from tests.clock import MONDAY_NOON, set_clock

pytestmark = pytest.mark.django_db
WHO, SECRET = "evermere", "a-secret-of-the-tests"


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://s3.example.com/kept", Address("https://s3.example.com", "kept", "")),
        (
            "https://s3.example.com:9000/kept/desk/trail/",
            Address("https://s3.example.com:9000", "kept", "desk/trail"),
        ),
        ("http://127.0.0.1:9000/kept", Address("http://127.0.0.1:9000", "kept", "")),
        ("http://localhost/kept", Address("http://localhost", "kept", "")),
        ("http://s3.example.com/kept", "leaves this machine unencrypted"),
        ("http://10.0.0.7/kept", "leaves this machine unencrypted"),
        ("https://s3.example.com/", "is no address of a bucket"),
        ("s3://kept/trail", "is no address of a bucket"),
        ("kept", "is no address of a bucket"),
    ],
)
def test_a_bucket_is_named_by_its_address(url: str, read: Address | str) -> None:
    if isinstance(read, str):
        with pytest.raises(StoreRefused, match=read):
            Address.of(url)
    else:
        assert Address.of(url) == read


def test_without_the_package_the_doctor_says_what_to_install(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert object_store.trouble() == ""
    settings.AUDIT_CHECKPOINT_STORE = "https://s3.example.com/kept"
    monkeypatch.setitem(sys.modules, "obstore", None)

    assert dict(doctor.PARTS)["checkpoints"]() == ("wrong", object_store.NOT_THERE)
    with pytest.raises(OSError, match="obstore is not installed"):
        object_store.put("checkpoint-1.json", b"{}")


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


@pytest.fixture
def bucket(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A bucket of a store that runs in a process of its own; its objects are files here."""
    pytest.importorskip("obstore", reason="`./evenkeel test --all` installs it")
    program = shutil.which("rclone") or str(Path(sys.executable).with_name("rclone"))
    if not Path(program).is_file():
        pytest.skip("rclone is not installed: `./evenkeel test --all` installs it")
    (tmp_path / "kept").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    call = [
        program,
        "serve",
        "s3",
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        f"{WHO},{SECRET}",
        str(tmp_path),
    ]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(call, stdout=log, stderr=log) as server:
        try:
            _wait_for(port)
            settings.AUDIT_CHECKPOINT_STORE = f"http://127.0.0.1:{port}/kept/desk"
            settings.AUDIT_CHECKPOINT_STORE_ID, settings.AUDIT_CHECKPOINT_STORE_SECRET = WHO, SECRET
            yield tmp_path / "kept" / "desk"
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the store did not begin to answer")


def told() -> list[tuple[str, str]]:
    events = AuditEvent.objects.filter(action="checkpoint.carried").order_by("seq")
    return [(event.about_id, json.loads(event.facts)["to"].partition(" ")[0]) for event in events]


def seqs() -> list[str]:
    return [str(mark.seq) for mark in checkpoints.stored()]


@pytest.mark.slow
def test_each_checkpoint_goes_to_the_store_once_and_is_read_back_there(written: None, bucket: Path) -> None:
    for _ in range(2):
        tasks.carry_checkpoints()

    assert told() == [(seq, "store") for seq in seqs()]
    kept = [checkpoints.from_json(path.read_text()) for path in sorted(bucket.iterdir())]
    assert kept == checkpoints.stored()
    out = StringIO()
    call_command("verify_audit", "--checkpoint", str(bucket), stdout=out)
    assert out.getvalue().startswith("Intact: ")
    assert dict(doctor.PARTS)["checkpoints"]()[0] == "ok"


@pytest.mark.slow
def test_a_wrong_secret_delivers_nothing_and_the_right_one_everything(
    written: None, bucket: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_CHECKPOINT_STORE_SECRET = "another"
    tasks.carry_checkpoints()

    assert (told(), bucket.exists()) == ([], False)
    late = carrying.trouble(at=MONDAY_NOON + timedelta(days=1, minutes=1))
    assert late.startswith(f"checkpoints are not delivered: store {settings.AUDIT_CHECKPOINT_STORE} lacks 2")
    with pytest.raises(StoreRefused, match=r"did not take desk/checkpoint-1\.json") as refused:
        object_store.put("checkpoint-1.json", b"{}")
    assert "another" not in str(refused.value)

    settings.AUDIT_CHECKPOINT_STORE_SECRET = SECRET
    tasks.carry_checkpoints()
    assert told() == [(seq, "store") for seq in seqs()]


@pytest.mark.slow
def test_an_object_that_holds_another_checkpoint_is_never_put_over(written: None, bucket: Path) -> None:
    bucket.mkdir()
    first = bucket / f"checkpoint-{int(seqs()[0]):015}.json"
    first.write_text("another\n")
    tasks.carry_checkpoints()

    assert (told(), first.read_text()) == ([], "another\n")


@pytest.mark.slow
def test_a_store_that_is_away_does_not_stop_the_mail(
    written: None, bucket: Path, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.AUDIT_CHECKPOINT_STORE = "http://127.0.0.1:9/kept/desk"
    settings.AUDIT_CHECKPOINT_MAIL = ["keeper@outside.example"]
    tasks.carry_checkpoints()

    assert told() == [(seq, "mail") for seq in seqs()]
