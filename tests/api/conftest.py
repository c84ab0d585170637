"""The whole small firm, at Sunday noon, and somebody's program signed in to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from rebalancing import tasks
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories import the_firm


@pytest.fixture(scope="module")
def standing_firm(django_db_setup: None, django_db_blocker: Any) -> Iterator[the_firm.TheFirm]:
    with django_db_blocker.unblock(), the_firm.standing() as built:
        yield built


@pytest.fixture
def firm(standing_firm: the_firm.TheFirm, monkeypatch: pytest.MonkeyPatch) -> Iterator[the_firm.TheFirm]:
    """The firm as it was built; what a test does to it is undone."""
    monkeypatch.setattr(tasks, "notify_workers", lambda: None)
    with the_firm.undone():
        set_clock(SUNDAY_NOON)
        yield standing_firm


class Program:
    """A program that signed in as somebody and speaks JSON."""

    def __init__(self, user: Any | None) -> None:
        self._client = Client()
        if user is not None:
            self._client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(f"/api/v1/{path}", headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._client.post(
            f"/api/v1/{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def hand_in(self, file: Any) -> Any:
        return self._client.post("/api/v1/custodian-files/upload/", {"file": file})
