"""A transfer in kind is expected, shown by files with and without movements, awaits its basis and is complete, or ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.imports import custodian_files, file_undoing
from clients.models import Account, CustodianFile, Hold, Restatement, Security, Transaction, Transfer
from clients.transfers import movements, transfers
from clients.transfers.transfers import Terms
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.tax_ledger import gathering
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, received, the_millers

pytestmark = pytest.mark.django_db

SECOND = "11110003,Second,miller,Mia Miller,individual,house,full,2020-01-02,no,fifo"
STATE = Transfer.State


@pytest.fixture(autouse=True)
def _first_file(db: None) -> None:
    the_millers()
    first = {**MILLERS, "accounts": [*MILLERS["accounts"], SECOND]}
    custodian_files.load(received(bundle(**first)), user_id=None, by=SET_UP, at=SUNDAY_NOON)


def account(last4: str) -> Account:
    return Account.objects.get(number_last4=last4)


def zub() -> Security:
    return Security.objects.get(symbol="ZUB")


def load(**changed: list[str]) -> CustodianFile:
    """A file of Saturday with tables replaced; the other tables as on Friday."""
    rows = {
        **{kind: [row.replace("2026-11-20", "2026-11-21") for row in MILLERS[kind]] for kind in ("positions", "lots", "cash")},
        **changed,
    }  # fmt: skip
    file = received(bundle(**rows), at=MONDAY_NOON)
    return custodian_files.load(
        file, confirmed=file.preview.get("confirm", ""), user_id=None, by=SET_UP, at=MONDAY_NOON
    )


def rows(kind: str, *more: str, **replaced: str) -> list[str]:
    """Friday's rows as Saturday's, some replaced by their lot, with more."""
    kept = [
        replaced.get(row.split(",")[3] if kind == "lots" else row, row.replace("2026-11-20", "2026-11-21"))
        for row in MILLERS[kind]
    ]
    return [*(row for row in kept if row), *more]


def acts(user: Any) -> dict[str, Any]:
    return {"user_id": user.pk, "by": Actor.person(user), "at": SUNDAY_NOON}


def expected(shares: str = "100", **other: Any) -> Transfer:
    terms = {
        "from_account": None, "to_account": account("0001"), "elsewhere": "Old Broker", "security": zub(),
        "shares": D(shares), "expected_on": date(2026, 11, 27), **other,
    }  # fmt: skip
    return transfers.expect(Terms(**terms), **acts(cast.ana()))


def again(row: Transfer) -> Transfer:
    return Transfer.objects.get(pk=row.pk)


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ({"expected_on": date(2020, 1, 2)}, "is not about now"),
        ({"expected_on": date(2029, 1, 2)}, "is not about now"),
        ({"from_account": "0001", "to_account": None, "shares": "9000000"}, "shares of ZUB"),
        ({"from_account": "0003", "to_account": None, "shares": "1"}, "holds 0 shares of ZUB"),
    ],
)
def test_what_cannot_be_is_refused(other: dict[str, Any], refused: str) -> None:
    sending = other.get("from_account")
    with pytest.raises(BadInput, match=refused):
        expected(**{**other, **({"from_account": account(sending)} if sending else {})})
    assert not Transfer.objects.exists()


CAME = "11110001,transfer_in,2026-11-21,T9,ZUB,100,,0.00"
HOLDING = "11110001,2026-11-21,ZUB,100,no"
WITHOUT = "11110001,2026-11-21,ZUB,A9,,100,,unknown"
WITH = "11110001,2026-11-21,ZUB,A9,2019-05-06,100,3000.00,covered"


def test_shares_without_basis_arrive_and_the_basis_is_awaited_for_fifteen_days() -> None:
    row = expected()
    assert row.state == STATE.EXPECTED

    load(
        positions=rows("positions", HOLDING),
        lots=rows("lots", WITHOUT),
        transactions=[*MILLERS["transactions"], CAME],
    )

    row = again(row)
    assert (row.state, row.arrived_on, row.basis_due_on) == (
        STATE.NO_BASIS, date(2026, 11, 21), date(2026, 12, 6),
    )  # fmt: skip

    load(
        positions=[one.replace("2026-11-21", "2026-11-22") for one in rows("positions", HOLDING)],
        lots=[one.replace("2026-11-21", "2026-11-22") for one in rows("lots", WITH)],
        cash=[one.replace("2026-11-20", "2026-11-22") for one in MILLERS["cash"]],
    )

    assert (again(row).state, again(row).basis_known_on) == (STATE.COMPLETE, date(2026, 11, 22))
    assert Restatement.objects.get().cause == "late_basis"


def test_shares_that_arrive_with_their_basis_are_complete_at_once() -> None:
    row = expected()

    load(
        positions=rows("positions", HOLDING),
        lots=rows("lots", WITH),
        transactions=[*MILLERS["transactions"], CAME],
    )

    assert again(row).state == STATE.COMPLETE
    assert movements.unexplained(account("0001"), since=date(2026, 11, 1), until=date(2026, 12, 1)) == []


def test_positions_alone_show_it_where_the_custodian_tells_no_movement() -> None:
    row = expected()

    load(positions=rows("positions", HOLDING), lots=rows("lots", WITH))

    assert again(row).state == STATE.COMPLETE
    ((found, shares, day),) = movements.shown_without_movement(
        account("0001"), since=date(2026, 11, 20), until=date(2026, 11, 21)
    )
    assert (found, shares, day) == (row, D(100), date(2026, 11, 21))


def test_a_movement_that_nobody_expected_is_unexplained_until_somebody_says_what_it_was() -> None:
    file = load(
        positions=rows("positions", HOLDING),
        lots=rows("lots", WITH),
        transactions=[*MILLERS["transactions"], CAME],
    )

    told = [one["sentence"] for one in file.preview["warnings"]]
    assert "Taxable: 100 ZUB came in in kind, and no transfer on record explains it." in told
    (left,) = movements.unexplained(account("0001"), since=date(2026, 11, 1), until=date(2026, 12, 1))
    assert left.key == "T9"

    row = expected()

    assert again(row).state == STATE.COMPLETE
    assert movements.unexplained(account("0001"), since=date(2026, 11, 1), until=date(2026, 12, 1)) == []


def journal() -> CustodianFile:
    return load(
        accounts=[*MILLERS["accounts"], SECOND],
        positions=rows("positions", "11110003,2026-11-21,ZBD,1000,no", **{MILLERS["positions"][1]: ""}),
        lots=rows("lots", "11110003,2026-11-21,ZBD,C3,2021-06-01,1000,85000.00,covered", A3=""),
        transactions=[
            *MILLERS["transactions"],
            "11110001,journal,2026-11-21,J1,ZBD,-1000,,0.00",
            "11110003,journal,2026-11-21,J2,ZBD,1000,,0.00",
        ],
    )


def test_two_halves_of_a_journal_are_one_transfer_with_days_and_basis() -> None:
    journal()

    row = Transfer.objects.get()
    assert (row.source, row.target, row.state, row.entered_by) == ("Taxable", "Second", STATE.COMPLETE, None)
    assert {one.movement.key for one in row.movements.all()} == {"J1", "J2"}
    lot = account("0003").lots.get()
    assert (lot.acquired_on, lot.basis) == (date(2021, 6, 1), D("85000.00"))


def test_a_recent_purchase_that_is_journaled_counts_once_and_where_it_was_bought() -> None:
    fresh = "11110001,2026-11-20,ZUB,A9,2026-11-10,100,5000.00,covered"
    custodian_files.load(
        received(
            bundle(
                positions=[*MILLERS["positions"], "11110001,2026-11-20,ZUB,100,no"],
                lots=[*MILLERS["lots"], fresh],
                transactions=[*MILLERS["transactions"], "11110001,buy,2026-11-10,T5,ZUB,100,50,-5000.00"],
            )
        ),
        user_id=None, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip
    load(
        accounts=[*MILLERS["accounts"], SECOND],
        positions=rows("positions", "11110003,2026-11-21,ZUB,100,no"),
        lots=rows("lots", "11110003,2026-11-21,ZUB,C3,2026-11-10,100,5000.00,covered"),
        transactions=[
            *MILLERS["transactions"],
            "11110001,journal,2026-11-21,J1,ZUB,-100,,0.00",
            "11110003,journal,2026-11-21,J2,ZUB,100,,0.00",
        ],
    )
    household = account("0001").household

    bought = gathering.of([household], since=date(2026, 11, 1), until=date(2026, 11, 22))[
        household.pk
    ].purchases

    recent = [(one.place.name, one.shares) for one in bought if one.on == date(2026, 11, 10)]
    assert recent == [("Taxable", D(100))]


def test_undoing_the_file_of_a_journal_takes_the_transfer_along() -> None:
    file = journal()
    file_undoing.undo(
        file, reason="Wrong file.", user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=MONDAY_NOON
    )

    assert not Transfer.objects.exists()
    assert not Transaction.objects.filter(key="J1").exists()


def test_undoing_the_file_that_showed_it_leaves_it_expected() -> None:
    row = expected()
    file = load(
        positions=rows("positions", HOLDING),
        lots=rows("lots", WITH),
        transactions=[*MILLERS["transactions"], CAME],
    )
    file_undoing.undo(
        file, reason="Wrong file.", user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=MONDAY_NOON
    )

    assert (again(row).state, again(row).movements.count()) == (STATE.EXPECTED, 0)


def test_what_is_to_leave_is_held_until_it_has_left_or_ends_without() -> None:
    row = expected(from_account=account("0001"), to_account=None, security=Security.objects.get(symbol="ZBD"))
    assert row.hold is not None
    assert (row.hold.kind, row.hold.expires_on) == (Hold.Kind.TRANSFER, date(2026, 12, 11))

    ended = transfers.end(row, reason="The client stays.", **acts(cast.ana()))

    assert ended.state == STATE.ENDED
    assert Hold.objects.get().lifted_at is not None
    with pytest.raises(Conflict, match="over"):
        transfers.end(ended, reason="Again.", **acts(cast.ana()))


def test_an_expected_transfer_is_corrected_until_a_file_shows_it() -> None:
    row = expected()
    terms = {name: getattr(row, name) for name in transfers.TERMS}
    ana = acts(cast.ana())

    row = transfers.correct(row, Terms(**{**terms, "shares": D(90)}), **ana)
    assert row.shares == D(90)
    with pytest.raises(BadInput, match="Nothing"):
        transfers.correct(row, Terms(**{**terms, "shares": D(90)}), **ana)
    load(
        positions=rows("positions", HOLDING.replace(",100,", ",90,")),
        lots=rows("lots", WITH.replace(",100,", ",90,")),
    )
    with pytest.raises(Conflict, match="shown"):
        transfers.correct(row, Terms(**terms), **ana)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"elsewhere": ""}, "either an account of ours or another firm"),
        ({"to_account": None}, "One side is an account of ours"),
        ({"shares": D(0)}, "has shares"),
    ],
)
def test_what_cannot_be_a_transfer_is_refused(other: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        expected(**other)


def test_shares_between_a_taxable_account_and_an_ira_are_no_transfer() -> None:
    with pytest.raises(BadInput, match="is distributed, at the value of that day"):
        expected(from_account=account("0002"), elsewhere="")


def test_the_same_transfer_is_expected_once() -> None:
    expected()
    with pytest.raises(Conflict, match="expected already"):
        expected()
