"""Two people at the same file, or the same account, at the same moment."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients import custodian_files
from clients.models import Account, CustodianFile, Position
from compliance import audit
from compliance.refusals import Conflict
from tests.clients.bundles import MILLERS, bundle, table
from tests.clock import SUNDAY_NOON
from tests.factories import SET_UP, loaded, received, the_millers
from tests.rebalancing.test_two_at_once import at_once, by_kind

pytestmark = pytest.mark.django_db(transaction=True)


def load(file: CustodianFile) -> CustodianFile:
    return custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def test_two_people_load_one_file_at_once_and_one_is_told_it_is_loaded() -> None:
    the_millers()
    file = received(bundle())

    answers = at_once(lambda: load(file), lambda: load(file))

    assert (len(by_kind(answers, CustodianFile)), len(by_kind(answers, Conflict))) == (1, 1)
    assert "was loaded already" in str(by_kind(answers, Conflict)[0])
    assert (Account.objects.count(), Position.objects.count()) == (2, 4)
    actions = [event.action for event in audit.trail(about=file)]
    assert actions.count(audit.Action.FILE_LOADED) == 1


def test_two_people_hand_in_the_same_bytes_at_once_and_it_is_one_file() -> None:
    the_millers()

    answers = at_once(lambda: received(bundle()), lambda: received(bundle(), name="copy.zip"))

    assert len({file.pk for file in by_kind(answers, CustodianFile)}) == 1
    assert CustodianFile.objects.count() == 1


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


def test_accounts_are_locked_before_the_trail_is() -> None:
    the_millers()
    loaded(bundle())
    renamed = [row.replace(",Taxable,", ",Brokerage,") for row in MILLERS["accounts"]]
    file = received(bundle(accounts=renamed))

    with CaptureQueriesContext(connection) as queries:
        load(file)

    said = [query["sql"] for query in queries]
    locked = next(place for place, sql in enumerate(said) if "clients_account" in sql and "FOR UPDATE" in sql)
    written = next(place for place, sql in enumerate(said) if "compliance_audit_append" in sql)
    assert locked < written
