"""A new file that loads itself is compared with the record once, and leaves what its preview and its load would leave."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction

from clients.imports import custodian_files, file_journal, file_undoing
from clients.imports.file_loading import Loading
from clients.models import CustodianFile, FileChange, Price
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, loaded, the_millers

pytestmark = pytest.mark.django_db

TABLES = (
    *("account", "cashbalance", "classweight", "custodianfile", "fileaccount", "filechange", "lotlisting"),
    *("position", "price", "security", "taxlot", "transaction"),
)
DRAWN = re.compile(
    r'"(id|\w+_id|row_key)": \d+|"(became|content|number|number_index)": "[^"]*"|"[a-z]{2,4}_\w+"'
)
"""What is drawn anew each time: keys, public ids, what is encrypted."""

FILES: dict[str, bytes] = {
    "a first bundle": bundle(),
    "prices": table("prices", ["ZUS,2026-11-20,100.25,house"]),
    "lots sold, restated and bought": bundle(
        lots=[MILLERS["lots"][0].replace("120000.00", "120001.00"), *MILLERS["lots"][2:]]
    ),
    "one account left out": table(
        "cash", ["11110001,2026-11-20,settled,10001.00", "11110002,2026-11-01,settled,5.00"]
    ),
    "an account that nobody has bound": table(
        "cash", ["11110001,2026-11-20,settled,10001.00", "99990001,2026-11-20,settled,5.00"]
    ),
}


def received(content: bytes, *, at_once: bool) -> CustodianFile:
    return custodian_files.receive(
        content,
        name="file",
        channel=CustodianFile.Channel.FOLDER,
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
        at_once=(lambda *_: True) if at_once else None,
    ).file


def what_is_there() -> dict[str, list[str]]:
    """Every row that a file may touch and the trail, without what is drawn anew each time."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM clients_{name} AS t")
            found[name] = sorted(DRAWN.sub("", row[0]) for row in cursor.fetchall())
    found["trail"] = [
        f"{event.action} {event.about_kind} {sorted(json.loads(event.facts))}"
        for event in AuditEvent.objects.order_by("seq")
    ]
    return found


class Back(Exception):
    """Rolls back what one of the two ways left."""


@pytest.mark.parametrize("drawn", FILES)
def test_it_leaves_what_preview_and_load_leave(drawn: str) -> None:
    the_millers()
    if drawn != "a first bundle":
        loaded(bundle())
    left: dict[bool, dict[str, list[str]]] = {}
    for at_once in (False, True):
        try:
            with transaction.atomic():
                file = received(FILES[drawn], at_once=at_once)
                if not at_once:
                    confirm = file.preview["confirm"]
                    file = custodian_files.load(
                        file, confirmed=confirm, user_id=None, by=SET_UP, at=SUNDAY_NOON
                    )
                assert file.state == CustodianFile.State.LOADED
                left[at_once] = what_is_there()
                raise Back
        except Back:
            pass

    assert left[True] == left[False]


def test_it_is_compared_once_and_can_be_undone() -> None:
    the_millers()
    loaded(bundle())
    before = what_is_there()["price"]
    with mock.patch.object(Loading, "_run", autospec=True, side_effect=Loading._run) as runs:
        file = received(FILES["prices"], at_once=True)
    assert (runs.call_count, file.state) == (1, CustodianFile.State.LOADED)
    assert Price.objects.filter(price="100.25").exists()

    file_undoing.undo(file, reason="A slip.", user_id=cast.tom().pk, by=SET_UP, at=SUNDAY_NOON)

    assert what_is_there()["price"] == before


def test_the_same_bytes_again_load_nothing() -> None:
    the_millers()
    loaded(bundle())
    file = received(FILES["prices"], at_once=False)

    assert received(FILES["prices"], at_once=True).pk == file.pk
    assert not Price.objects.filter(price="100.25").exists()


def test_what_the_database_refuses_at_the_end_is_told_by_the_preview_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_millers()
    loaded(bundle())
    before = what_is_there()

    def refused() -> Any:
        raise IntegrityError("a row refers to nothing")

    monkeypatch.setattr(file_journal, "check_constraints", refused)
    file = received(FILES["prices"], at_once=True)

    file.refresh_from_db()
    assert file.state == CustodianFile.State.PREVIEWED
    assert ["a row refers to nothing" in one["rule"] for one in file.faults] == [True]
    after = what_is_there()
    assert {name for name in before if before[name] != after[name]} == {"custodianfile", "trail"}
    assert not FileChange.objects.filter(file=file).exists()
    assert [event.action for event in audit.trail(about=file)] == [audit.Action.FILE_RECEIVED]


def test_a_worker_that_ends_on_the_way_leaves_nothing_and_the_next_one_loads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_millers()
    loaded(bundle())
    before = what_is_there()
    with monkeypatch.context() as patched:
        patched.setattr(custodian_files, "_settle", mock.Mock(side_effect=SystemExit))
        with pytest.raises(SystemExit):
            received(FILES["prices"], at_once=True)
    assert what_is_there() == before

    assert received(FILES["prices"], at_once=True).state == CustodianFile.State.LOADED


def test_where_it_is_not_to_be_loaded_nothing_stays_but_its_preview() -> None:
    the_millers()
    loaded(bundle())
    before = what_is_there()
    asked: list[str] = []

    def no(file: CustodianFile, _: Any) -> bool:
        asked.append(file.preview["confirm"])
        return False

    file = custodian_files.receive(
        FILES["prices"], name="file", channel="folder", user_id=None, by=SET_UP, at=SUNDAY_NOON, at_once=no
    ).file

    assert (asked, file.state) == ([""], CustodianFile.State.PREVIEWED)
    after = what_is_there()
    assert {name for name in before if before[name] != after[name]} == {"custodianfile", "trail"}
