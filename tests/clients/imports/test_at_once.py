"""Two people at the same file, or the same account, at the same moment."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from clients.holdings import holdings
from clients.imports import custodian_files
from clients.models import Account, CustodianFile, Position, Price
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.refusals import Conflict
from tests.at_once import at_once, by_kind
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, loaded, received, the_millers

pytestmark = pytest.mark.django_db(transaction=True)


def load(file: CustodianFile) -> CustodianFile:
    return custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def test_two_people_load_one_file_at_once_and_one_is_told_it_is_loaded() -> None:
    the_millers()
    file = received(bundle())

    answers = at_once(lambda: load(file), lambda: load(file))

    assert (len(by_kind(answers, CustodianFile)), len(by_kind(answers, Conflict))) == (1, 1)
    assert "was already loaded" in str(by_kind(answers, Conflict)[0])
    assert (Account.objects.count(), Position.objects.count()) == (2, 4)
    actions = [event.action for event in audit.trail(about=file)]
    assert actions.count(audit.Action.FILE_LOADED) == 1


def test_two_people_hand_in_the_same_bytes_at_once_and_it_is_one_file() -> None:
    the_millers()

    answers = at_once(lambda: received(bundle()), lambda: received(bundle(), name="copy.zip"))

    assert len({file.pk for file in by_kind(answers, CustodianFile)}) == 1
    assert CustodianFile.objects.count() == 1


def take_in(content: bytes) -> CustodianFile:
    """Received and loaded as one, as the drop folder's workers do."""
    return custodian_files.receive(
        content,
        name="file",
        channel=CustodianFile.Channel.FOLDER,
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
        at_once=lambda *_: True,
    ).file


def test_two_workers_take_in_the_same_bytes_at_once_and_it_is_loaded_once() -> None:
    the_millers()

    answers = at_once(lambda: take_in(bundle()), lambda: take_in(bundle()))

    (file,) = {file.pk: file for file in by_kind(answers, CustodianFile)}.values()
    actions = [event.action for event in audit.trail(about=file)]
    assert sorted(actions) == ["file.loaded", "file.received", "file.recognized"]
    assert (Account.objects.count(), Position.objects.count()) == (2, 4)


def test_two_workers_with_the_same_prices_in_another_order_wait_for_each_other_and_never_both() -> None:
    the_millers()
    loaded(bundle())
    prices = [
        f"{symbol},2026-11-19,{price},house" for symbol, price in (("ZUS", 90), ("ZUB", 45), ("ZBD", 79))
    ]
    files = [
        table("prices", [*given, f"ZUS,2026-11-{day},91,house"])
        for given, day in ((prices, 17), (prices[::-1], 18))
    ]

    answers = at_once(lambda: take_in(files[0]), lambda: take_in(files[1]))

    assert [file.state for file in by_kind(answers, CustodianFile)] == ["loaded", "loaded"]
    assert Price.objects.filter(source="house").count() == 5


def test_two_workers_with_the_same_securities_and_other_accounts_load_both_files() -> None:
    the_millers()
    loaded(bundle())
    files = [
        bundle(
            accounts=[row for row in MILLERS["accounts"] if row.startswith(number)],
            positions=[],
            lots=[],
            transactions=[],
            cash=[f"{number},2026-11-20,settled,10001.00"],
            securities=MILLERS["securities"][::order],
            prices=[f"{row.split(',')[0]},2026-11-19,77,generated" for row in MILLERS["securities"][::order]],
        )
        for number, order in (("11110001", 1), ("11110002", -1))
    ]

    answers = at_once(lambda: take_in(files[0]), lambda: take_in(files[1]))

    assert [file.state for file in by_kind(answers, CustodianFile)] == ["loaded", "loaded"]


def test_two_files_of_one_account_at_once_leave_the_positions_of_one_of_them() -> None:
    the_millers()
    loaded(bundle())
    files = [
        received(table("positions", [row.replace(",5000,", f",{shares},") for row in MILLERS["positions"]]))
        for shares in (5100, 5200)
    ]

    answers = at_once(lambda: load(files[0]), lambda: load(files[1]))

    assert [file.state for file in by_kind(answers, CustodianFile)] == ["loaded", "loaded"]
    assert all(one["state"] == "loaded" for file in answers for one in file.receipt["accounts"])
    assert Position.objects.count() == 4
    held = Position.objects.get(account__number_last4="0001", security__symbol="ZUS").quantity
    assert held in {5100, 5200}


def test_the_trail_is_locked_for_a_files_lines_only() -> None:
    the_millers()
    loaded(bundle())
    renamed = [row.replace(",Taxable,", ",Brokerage,") for row in MILLERS["accounts"]]
    broken = [row.replace(",5000,", ",5010,") for row in MILLERS["positions"]]
    file = received(bundle(accounts=renamed, positions=broken))

    with CaptureQueriesContext(connection) as queries:
        load(file)

    said = [query["sql"] for query in queries]
    first = next(place for place, sql in enumerate(said) if "compliance_audit_append" in sql)
    assert {sql.partition(" ")[0] for sql in said[first:] if "compliance_audit_append" not in sql} <= {
        "COMMIT"
    }
    assert [event.action for event in AuditEvent.objects.order_by("seq")][-3:] == [
        "account.changed",
        "account.unreconciled",
        "file.loaded",
    ]


def test_an_account_that_cannot_be_stored_leaves_no_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    the_millers()
    file = received(bundle(positions=[row.replace(",5000,", ",5010,") for row in MILLERS["positions"]]))
    reconcile = holdings.reconcile

    def then_fails(*args: Any, **facts: Any) -> None:
        reconcile(*args, **facts)
        raise DataError("numeric field overflow")

    monkeypatch.setattr(holdings, "reconcile", then_fails)
    load(file)

    actions = list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))
    assert actions[-1] == "file.loaded"
    assert "account.unreconciled" not in actions
