from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from advisory.models import User

pytestmark = pytest.mark.django_db


def add(email: str, password: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    said = io.StringIO()
    call_command("add_person", email, "--name", "Ada Byron", "--role", "administrator", stdout=said)
    return said.getvalue().strip()


def test_the_first_person_is_added_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    said = add("Ada@firm.example", "sixteen quiet horses", monkeypatch)

    assert said == "Ada Byron may now sign in as Ada@firm.example."
    ada = User.objects.get(email="ada@firm.example")
    assert ada.check_password("sixteen quiet horses")
    assert ada.role_names == {"administrator"}


def test_a_short_password_or_a_known_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="at least 15"):
        add("ada@firm.example", "short", monkeypatch)
    add("ada@firm.example", "sixteen quiet horses", monkeypatch)
    with pytest.raises(CommandError, match="already a person"):
        add("ADA@firm.example", "sixteen quiet horses", monkeypatch)


def test_the_doctor_names_each_part_and_fails_when_one_is_wrong(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    said = io.StringIO()

    with pytest.raises(CommandError, match=r"Wrong: broker\."):
        call_command("doctor", "--json", stdout=said)

    states = {finding["part"]: finding["state"] for finding in json.loads(said.getvalue())}
    # Nobody listens there; the tests' database role owns the tables, which is worth a note outside production.
    assert states == {
        "settings": "note", "database": "ok", "database role": "note", "migrations": "ok", "tables": "ok",
        # A clock that a test run has shifted is said, too.
        "clock": "note" if settings.CLOCK_SHIFT_DAYS else "ok",
        "broker": "wrong", "worker": "note", "disk": "ok", "FIX": "ok", "audit trail": "note", "checkpoints": "note",
        "promises": "note",
        "breached passwords": "note",
    }  # fmt: skip


def test_every_template_compiles() -> None:
    said = io.StringIO()

    call_command("check_templates", stdout=said)

    assert said.getvalue().strip().endswith("templates compile.")
