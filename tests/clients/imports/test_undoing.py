"""A loaded file is taken back to the last byte, while nothing was built on it."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from clients.custodians.kinds import RowKind
from clients.imports import custodian_files, file_journal, file_undoing
from clients.models import Account, CustodianFile, FileAccount, Price, Security, TaxLot
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.examples import PLANS
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.desk import a_desk
from tests.factories.households import SET_UP, loaded, received, the_millers

pytestmark = pytest.mark.django_db

TABLES = (
    *(
        "account",
        "assetclass",
        "cashbalance",
        "classweight",
        "formersymbol",
        "lotlisting",
        "lotpiece",
        "position",
        "price",
    ),
    *("realizedgain", "replacement", "security", "taxlot", "transaction", "washgroup"),
)


def the_record() -> dict[str, str]:
    """Every row of every table that a file may change, as text."""
    found = {}
    with connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(
                f"SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY id), '') FROM clients_{name} t"
            )
            found[name] = cursor.fetchone()[0]
    return found


def confirmed(content: bytes, *, name: str) -> CustodianFile:
    file = received(content, name=name)
    assert file.state == CustodianFile.State.PREVIEWED, file.faults
    return custodian_files.load(
        file, confirmed=file.preview.get("confirm", ""), user_id=None, by=SET_UP, at=SUNDAY_NOON
    )


def undone(file: CustodianFile, *, reason: str = "The custodian sent last week's file.") -> CustodianFile:
    return file_undoing.undo(
        file, reason=reason, user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=MONDAY_NOON
    )


LATER = {
    "securities": [
        "ZUS,Invented US Stock ETF,etf,us_stock:0.9;us_bond:0.1,us-total,ZBD,2,5000000,yes",
        "ZNW,Invented New ETF,etf,emerging_stock:1,em-total,ZUS,4,900000,no",
        "ZBD,Renamed Bond ETF,bond,us_bond:1,bond-two,,2,3000000,no",
    ],
    "prices": [
        "ZUS,2026-11-20,101,generated",
        "ZUS,2026-11-21,140,generated",
        "ZBD,2026-11-21,81,generated",
        "ZNW,2026-11-21,20,house",
    ],
    "accounts": [
        "11110001,Joint taxable,miller,Mia Miller,individual,house,full,2020-01-02,yes,lifo",
        "11110003,Roth,miller,Mia Miller,roth_ira,house,full,2020-01-02,no,fifo",
    ],
    "positions": [
        "11110001,2026-11-21,ZUS,4000,yes",
        "11110001,2026-11-21,ZNW,10,no",
        "11110002,2026-11-21,ZBD,1500,no",
        "11110003,2026-11-21,ZNW,5,no",
    ],
    "lots": [
        "11110001,2026-11-21,ZUS,A1,2020-03-02,2500,100000.00,covered",
        "11110001,2026-11-21,ZUS,A2,2025-01-15,1500,142500.00,covered",
        "11110001,2026-11-21,ZNW,A9,2026-11-19,10,200.00,covered",
        "11110002,2026-11-21,ZBD,B2,2021-06-01,1500,127000.00,covered",
        "11110003,2026-11-21,ZNW,C1,2026-11-19,5,100.00,covered",
    ],
    "cash": [
        "11110001,2026-11-21,settled,90000.00",
        "11110001,2026-11-21,pending,12.34",
        "11110002,2026-11-21,settled,5000.00",
    ],
    "transactions": [
        "11110001,sell,2026-11-19,T2,ZUS,-1000,101,101000.00",
        "11110001,buy,2026-11-19,T3,ZNW,10,20,-200.00",
        "11110002,dividend,2026-11-19,T4,ZBD,,,12.00",
    ],
}


@some.composite
def files(draw: Any) -> bytes:
    """A house bundle with any part of any table, of the old rows and the later ones."""
    changed: dict[str, list[str]] = {}
    for kind in (RowKind.SECURITY, RowKind.PRICE, RowKind.ACCOUNT, RowKind.POSITION, RowKind.LOT):
        changed[kind.value] = draw(rows_of(kind.value))
    for kind in ("cash", "transactions"):
        changed[kind] = draw(rows_of(kind))
    return bundle(**changed)


def rows_of(kind: str) -> some.SearchStrategy[list[str]]:
    """Each row's key once: the old row, the later one, or neither."""
    by_key: dict[tuple[str, ...], list[str]] = {}
    width = {"securities": 1, "accounts": 1, "cash": 3, "prices": 2, "positions": 3, "lots": 4}.get(kind, 4)
    for row in (*MILLERS[kind], *LATER[kind]):
        by_key.setdefault(tuple(row.split(",")[:width]), []).append(row)
    choices = [some.sampled_from(["", *rows]) for rows in by_key.values()]
    return some.tuples(*choices).map(lambda chosen: [row for row in chosen if row])


@pytest.fixture
def before() -> dict[str, str]:
    the_millers()
    loaded(bundle())
    return the_record()


@settings(max_examples=PLANS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=files())
def test_any_file_that_is_loaded_and_undone_leaves_the_record_as_it_was(
    before: dict[str, str], content: bytes
) -> None:
    point = transaction.savepoint()
    try:
        try:
            file = confirmed(content, name="later.zip")
        except Blocked:
            return  # Nothing of it was loaded.
        was_changed = the_record() != before
        if file_undoing.refusal_to_undo(file, at=MONDAY_NOON) is not None:
            assert not was_changed
            return
        assert undone(file).state == CustodianFile.State.UNDONE
        assert the_record() == before
    finally:
        transaction.savepoint_rollback(point)


def test_the_property_is_about_files_that_change_every_table(before: dict[str, str]) -> None:
    file = confirmed(bundle(**LATER), name="later.zip")

    after = the_record()

    assert {name for name in TABLES if after[name] != before[name]} == {
        *(
            "account",
            "assetclass",
            "cashbalance",
            "classweight",
            "lotlisting",
            "position",
            "price",
            "replacement",
        ),
        *("security", "taxlot", "transaction", "washgroup"),
    }
    assert set(file_journal.counts(file)) == {
        f"clients_{name}" for name in TABLES if after[name] != before[name]
    }


def test_an_undone_file_says_who_and_why_and_can_be_loaded_again(before: dict[str, str]) -> None:
    file = undone(confirmed(bundle(**LATER), name="later.zip"))

    assert (file.undone_by, file.undone_reason) == (cast.tom(), "The custodian sent last week's file.")
    event = audit.trail(about=file).last()
    assert event is not None
    assert event.action == "file.undone"
    assert '"position":{"changed":' in event.facts
    assert audit.verify().first_bad is None
    again = received(bundle(**LATER), name="later.zip")
    assert again.state == CustodianFile.State.PREVIEWED
    custodian_files.load(again, confirmed=again.preview["confirm"], user_id=None, by=SET_UP, at=MONDAY_NOON)
    assert Security.objects.filter(symbol="ZNW").exists()


def test_the_last_of_several_files_goes_first(before: dict[str, str]) -> None:
    first = confirmed(bundle(**LATER), name="first.zip")
    between = the_record()
    second = custodian_files.load(
        received(table("cash", ["11110001,2026-11-22,settled,88000.00"]), name="second.csv"),
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON + timedelta(hours=1),
    )

    with pytest.raises(Blocked, match=r"second\.csv was loaded later and changed the same .*: undo it first"):
        undone(first)
    undone(second)
    assert the_record() == between
    undone(first)
    assert the_record() == before


def an_hour_later(content: bytes, *, hours: int, name: str) -> CustodianFile:
    file = received(content, name=name)
    return custodian_files.load(
        file,
        confirmed=file.preview.get("confirm", ""),
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON + timedelta(hours=hours),
    )


@settings(
    max_examples=max(5, PLANS // 4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(contents=some.lists(files(), min_size=2, max_size=3, unique=True))
def test_files_that_were_loaded_one_after_another_come_off_newest_first(
    before: dict[str, str], contents: list[bytes]
) -> None:
    """Each step leaves what was there before its file, and then nothing stands before the file under it."""
    point = transaction.savepoint()
    try:
        loads: list[tuple[CustodianFile, dict[str, str]]] = []
        for hours, content in enumerate(contents, start=1):
            stood = the_record()
            with contextlib.suppress(Blocked):  # Where nothing of it could be loaded.
                loads.append((an_hour_later(content, hours=hours, name=f"{hours}.zip"), stood))
        for file, stood in reversed(loads):
            if file_undoing.refusal_to_undo(file, at=MONDAY_NOON) is None:
                assert [one.sentence for one in file_undoing.built_on(file)] == []
                undone(file)
            assert the_record() == stood
    finally:
        transaction.savepoint_rollback(point)


def test_the_page_of_a_file_says_in_which_order_the_later_ones_come_off(before: dict[str, str]) -> None:
    first = confirmed(bundle(**LATER), name="first.zip")
    an_hour_later(table("cash", ["11110001,2026-11-22,settled,88000.00"]), hours=1, name="second.csv")
    an_hour_later(table("prices", ["ZUS,2026-11-21,141,generated"]), hours=2, name="third.csv")

    assert [one.sentence for one in file_undoing.built_on(first)] == [
        "third.csv was loaded later and changed the same part of the record: undo it first.",
        "second.csv was loaded later and changed the same part of the record: undo it next.",
    ]


def test_a_later_file_that_changed_nothing_stands_in_nobodys_way(before: dict[str, str]) -> None:
    first = confirmed(bundle(**LATER), name="first.zip")
    second = an_hour_later(table("prices", ["ZUS,2026-11-20,101,generated"]), hours=1, name="again.csv")
    second.changes.all().delete()  # As where nothing of it was new.

    assert not [one for one in file_undoing.built_on(first) if "again.csv" in one.sentence]


def test_what_a_person_decided_about_its_rows_since_stays() -> None:
    the_millers()
    loaded(bundle())
    file = confirmed(bundle(**LATER), name="later.zip")
    TaxLot.objects.filter(key="A1").update(lock="gift")
    Price.objects.filter(security__symbol="ZUS", as_of_on="2026-11-21").update(price=D("139"))

    with pytest.raises(Blocked) as refused:
        undone(file)

    assert [cause.sentence for cause in refused.value.causes] == [
        "1 price of this file was changed since.",
        "1 tax lot of this file was changed since.",
    ]
    assert CustodianFile.objects.get(pk=file.pk).state == CustodianFile.State.LOADED


def test_a_new_security_that_another_file_prices_stays_on_record_and_is_named(
    before: dict[str, str],
) -> None:
    file = confirmed(bundle(**LATER), name="later.zip")
    custodian_files.load(
        received(table("prices", ["ZNW,2026-11-22,21,house"]), name="prices.csv"),
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON + timedelta(hours=1),
    )

    undone(file)

    after = the_record()
    for name in ("taxlot", "position", "cashbalance", "transaction", "realizedgain", "account"):
        assert after[name] == before[name]
    kept = Security.objects.get(symbol="ZNW")
    assert [str(one.asset_class) for one in kept.class_weights.all()] == ["Emerging-market stocks"]
    event = audit.trail(about=file).last()
    assert event is not None
    assert '"securities_kept":["ZNW"]' in event.facts


def test_an_open_proposal_stands_in_the_way_until_it_is_withdrawn() -> None:
    desk = a_desk()
    file = CustodianFile.objects.get()
    before = the_record()
    later = confirmed(table("cash", ["11110001,2026-11-22,settled,12000.00"]), name="cash.csv")
    proposal = desk.propose()

    assert file_undoing.built_on(later) == [
        file_undoing.Built(
            "A proposal for Miller was made on these holdings and is open.",
            ("rebalancing:proposal", proposal.public_id),
            would_go_stale=True,
        )
    ]
    with pytest.raises(Blocked, match="A proposal for Miller was made on these holdings"):
        undone(later)
    proposals.withdraw(proposal, reason="Wrong cash.", by=Actor.person(desk.ana), at=MONDAY_NOON)
    undone(later)
    assert the_record() == before
    assert "proposed lots" in str(file_undoing.built_on(file))


def test_the_largest_figures_keep_their_last_digit(before: dict[str, str]) -> None:
    huge = ["11110001,2026-11-21,ZUS,A1,2020-03-02,123456789012.123456,998765432109.87,covered"]
    loaded(table("lots", huge), name="huge.csv")
    held = the_record()["taxlot"]
    assert "123456789012.123456" in held
    small = ["11110001,2026-11-22,ZUS,A1,2020-03-02,1,1.00,covered"]

    undone(loaded(table("lots", small), name="small.csv"))

    assert the_record()["taxlot"] == held


@pytest.mark.parametrize(
    ("reason", "days", "error"),
    [
        ("  ", 0, BadInput),
        ("Wrong file.", 31, Conflict),
    ],
)
def test_undoing_needs_a_reason_and_comes_within_thirty_days(reason: str, days: int, error: Any) -> None:
    the_millers()
    file = loaded(bundle())

    with pytest.raises(error):
        file_undoing.undo(
            file,
            reason=reason,
            user_id=cast.tom().pk,
            by=Actor.person(cast.tom()),
            at=SUNDAY_NOON + timedelta(days=days),
        )


def test_undoing_twice_says_that_it_is_not_loaded(before: dict[str, str]) -> None:
    file = undone(confirmed(bundle(**LATER), name="later.zip"))

    with pytest.raises(Conflict, match="Only a loaded file can be undone"):
        undone(file)


def test_a_file_that_opened_an_account_lets_go_of_it_in_other_previews(before: dict[str, str]) -> None:
    file = confirmed(bundle(**LATER), name="later.zip")
    waiting = received(table("cash", ["11110003,2026-11-22,settled,10.00"]), name="roth.csv")
    assert waiting.accounts.get().state == FileAccount.State.READY

    undone(file)

    assert not Account.objects.filter(number_last4="0003").exists()
    seen = waiting.accounts.get()
    assert (seen.state, seen.account) == (FileAccount.State.UNBOUND, None)
