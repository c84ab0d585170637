"""An account whose number changes keeps its history: earlier files mean it by the old number, later ones are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clients.households import account_records, number_changes
from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount, NumberChange
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Conflict
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, received, the_millers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _first_file(db: None) -> None:
    the_millers()
    custodian_files.load(received(bundle()), user_id=None, by=SET_UP, at=SUNDAY_NOON)


def renumbered(*, why: str = "changed", on: date = date(2026, 11, 21)) -> Account:
    account = Account.objects.get(number_last4="0001")
    return account_records.renumber(
        account,
        number="22220009",
        why=why,
        on=on,
        user_id=cast.ana().pk,
        by=Actor.person(cast.ana()),
        at=SUNDAY_NOON,
    )


def a_file(number: str, day: str) -> CustodianFile:
    rows = [
        row.replace("11110001", number).replace("2026-11-20", day)
        for row in MILLERS["positions"]
        if row.startswith("11110001")
    ]
    return received(table("positions", rows), name="positions.csv", at=MONDAY_NOON)


def loaded(file: CustodianFile) -> CustodianFile:
    return custodian_files.load(
        file, confirmed=file.preview.get("confirm", ""), user_id=None, by=SET_UP, at=MONDAY_NOON
    )


def test_a_file_with_the_new_number_loads_into_the_same_account() -> None:
    account = renumbered()

    file = loaded(a_file("22220009", "2026-11-21"))

    assert (file.accounts.get().account, file.accounts.get().state) == (account, FileAccount.State.LOADED)


def test_a_file_of_a_day_before_the_change_still_means_it_by_the_old_number() -> None:
    account = renumbered()

    file = loaded(a_file("11110001", "2026-11-20"))

    assert (file.accounts.get().account, file.accounts.get().state) == (account, FileAccount.State.LOADED)


def test_from_its_day_on_a_file_with_the_old_number_is_refused_and_says_the_new_one() -> None:
    renumbered()
    file = a_file("11110001", "2026-11-23")

    with pytest.raises(Blocked, match="····0001 is not Taxable’s since 11/21/2026; it is ····0009 now"):
        loaded(file)


def test_a_number_that_was_typed_wrongly_never_meant_the_account() -> None:
    renumbered(why="corrected")

    assert a_file("11110001", "2026-11-20").accounts.get().state == FileAccount.State.UNBOUND


def test_a_list_of_accounts_with_the_old_number_opens_no_second_one() -> None:
    renumbered()
    count = Account.objects.count()

    file = received(table("accounts", MILLERS["accounts"]), name="accounts.csv", at=MONDAY_NOON)

    assert any("has ····0009 now" in str(fault) for fault in file.faults), file.faults
    assert Account.objects.count() == count


def announced(**other: Any) -> NumberChange:
    terms = {"number": "22220009", "from_on": date(2026, 11, 20), "document": "Notice", **other}
    ana = cast.ana()
    return number_changes.announce(
        Account.objects.get(number_last4="0001"),
        **terms,
        user_id=ana.pk,
        by=Actor.person(ana),
        at=SUNDAY_NOON,
    )


def confirmed(row: NumberChange, by: Any) -> Account:
    return number_changes.confirm(row, on=date(2026, 11, 22), by=Actor.person(by), at=SUNDAY_NOON)


def test_a_new_number_counts_once_somebody_else_confirms_it() -> None:
    row = announced()
    assert row.account.number_last4 == "0001"
    with pytest.raises(Conflict, match="Somebody else"):
        confirmed(row, cast.ana())

    account = confirmed(row, cast.tom())

    former = account.former_numbers.get()
    assert (account.number_last4, former.number_last4, former.why, former.until_on) == (
        "0009", "0001", "changed", date(2026, 11, 20),
    )  # fmt: skip
    with pytest.raises(Conflict, match="over"):
        confirmed(row, cast.tom())


def test_a_new_number_waits_for_its_day_and_may_be_withdrawn() -> None:
    row = announced(from_on=date(2026, 11, 30))
    with pytest.raises(Conflict, match="from 2026-11-30 on"):
        confirmed(row, cast.tom())
    with pytest.raises(Conflict, match="waits to be confirmed"):
        announced(number="33330009")
    tom = cast.tom()

    number_changes.withdraw(
        row, reason="It was for another account.", user_id=tom.pk, by=Actor.person(tom), at=SUNDAY_NOON
    )

    assert announced(number="33330009").is_open
    assert "2222" not in "".join(audit.trail(about=row.account).values_list("facts", flat=True))
