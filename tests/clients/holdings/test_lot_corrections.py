"""A corrected lot stands against later files, shrinks with sales, and gives way once the file has the value itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from clients.custodians.kinds import BasisStatus
from clients.custodians.rows import LotRow
from clients.holdings import account_lots, lot_corrections, lots
from clients.holdings.lot_corrections import Decided, rest_of_basis
from clients.models import Account, LotCorrection, Security, TaxLot
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, loaded, received, the_millers
from tests.spec.drawn import rows as drawn

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
CENT = D("0.01")


@pytest.fixture
def joint(db: None) -> Account:
    the_millers()
    loaded(bundle())
    account = Account.objects.get(tax_treatment="taxable")
    account.lots.all().delete()
    Security.objects.create(symbol="ALPM", name="Alpine", kind="stock")
    return account


def lot_rows(drawing: str) -> list[LotRow]:
    return [
        LotRow(
            account="11110001", as_of=None, symbol="ALPM", lot_id=row.get("id") or None,
            acquired_on=date.fromisoformat(row["acquired"]) if row["acquired"] else None, acquired_adjusted_on=None,
            quantity=D(row["shares"]), unit_cost=None, basis_total=D(row["basis"]) if row["basis"] else None,
            basis_status=BasisStatus.COVERED, basis_wash_adjusted=None, average_cost=None, acquired_by=None,
            donor_acquired_on=None, donor_basis=None, gift_on=None, gift_value=None, term=None, ordinal=1,
        )
        for row in drawn(drawing)
    ]  # fmt: skip


def load(joint: Account, drawing: str, *, on: date = SATURDAY) -> lots.Changes:
    known = {"ALPM": Security.objects.get(symbol="ALPM")}
    book = account_lots.of_accounts([joint])[joint.pk]
    found = lots.changes(joint, lot_rows(drawing), book, securities=known, as_of_on=on)
    with transaction.atomic():
        lots.write([book], source_file=None)
        lot_corrections.restate(found.corrected, by=SET_UP, at=SUNDAY_NOON)
    return found


FIRST = """
    id | acquired   | shares | basis
    a  | 2020-03-02 |    100 | 4000.00
    b  | 2021-06-01 |     50 | 3000.00
"""


def a_file(shares: str, basis: str, acquired: str = "2020-03-02") -> str:
    return f"""
    id | acquired   | shares | basis
    a  | {acquired} | {shares} | {basis}
    b  | 2021-06-01 |     50 | 3000.00
    """


def corrected(joint: Account, ana: Any, cora: Any, **decided: Any) -> LotCorrection:
    lot = joint.lots.get(key="a")
    values = {
        "acquired_on": lot.acquired_on, "basis": lot.basis, "basis_status": lot.basis_status,
        "evidence": "Statement of March 2020, page 4.", **decided,
    }  # fmt: skip
    return lot_corrections.correct(
        lot, Decided(**values), asked_by_id=ana.pk, by=Actor.person(cora), at=SUNDAY_NOON
    )


def stands(joint: Account) -> tuple[str, str, str, bool]:
    lot = joint.lots.get(key="a")
    return (
        str(lot.acquired_on), f"{lot.basis}", lot.basis_status, lot.corrections.filter(ended_at=None).exists(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("what", "shares", "basis", "then", "in_force", "note"),
    [
        ("the file still has the old basis", "100", "4000.00", "4500.00", True, "basis $4,500.00 stays; the file has $4,000.00."),
        ("the file has a third basis", "100", "4100.00", "4500.00", True, "the file has $4,100.00, no longer $4,000.00."),
        ("the file has caught up", "100", "4500.00", "4500.00", False, "so the correction ends"),
        ("the file has caught up but for rounding", "100", "4499.99", "4499.99", False, "so the correction ends"),
        ("a quarter is sold", "75", "3000.00", "3375.00", True, "basis $3,375.00 stays; the file has $3,000.00."),
        ("a part is sold and the file has caught up", "75", "3375.00", "3375.00", False, "so the correction ends"),
        ("a split of two for one", "200", "4000.00", "4500.00", True, "basis $4,500.00 stays"),
        ("a reverse split of one for four", "25", "4000.00", "4500.00", True, "basis $4,500.00 stays"),
        ("a part is sold without a basis in the file", "50", "", "2250.00", True, "the file has none"),
    ],
)  # fmt: skip
def test_what_a_later_file_does_to_a_corrected_basis(
    joint: Account,
    ana: Any,
    cora: Any,
    what: str,
    shares: str,
    basis: str,
    then: str,
    in_force: bool,
    note: str,
) -> None:
    load(joint, FIRST, on=FRIDAY)
    corrected(joint, ana, cora, basis=D("4500.00"))

    found = load(joint, a_file(shares, basis))

    _, now, _, still = stands(joint)
    assert (now, still) == (then, in_force), what
    (said,) = (*found.notes, *found.kept)
    assert note in said
    assert joint.lots.get(key="b").basis == D(3000)


def test_a_sale_after_a_split_takes_its_part_of_the_corrected_basis(
    joint: Account, ana: Any, cora: Any
) -> None:
    load(joint, FIRST, on=FRIDAY)
    corrected(joint, ana, cora, basis=D("4500.00"))

    for file in (a_file("200", "4000.00"), a_file("150", "3000.00"), a_file("150", "3000.00")):
        load(joint, file)

    assert stands(joint) == ("2020-03-02", "3375.00", "covered", True)


def test_a_corrected_day_stands_and_the_basis_follows_the_files(joint: Account, ana: Any, cora: Any) -> None:
    load(joint, FIRST, on=FRIDAY)
    corrected(joint, ana, cora, acquired_on=date(2019, 5, 6))

    found = load(joint, a_file("100", "4200.00"))

    assert stands(joint) == ("2019-05-06", "4200.00", "covered", True)
    assert "day May 6, 2019 stays; the file has Mar 2, 2020." in found.kept[0]
    load(joint, a_file("100", "4200.00", acquired="2019-05-06"))
    assert stands(joint) == ("2019-05-06", "4200.00", "covered", False)


def test_a_corrected_lot_without_a_custodians_id_is_still_known(joint: Account, ana: Any, cora: Any) -> None:
    """It is matched by what the file once said of it, not by what was decided."""
    nameless = """
    acquired   | shares | basis
    2020-03-02 |    100 | 4000.00
    """
    load(joint, nameless, on=FRIDAY)
    lot = joint.lots.get()
    lot_corrections.correct(
        lot, Decided(date(2019, 5, 6), D("4500.00"), "covered", "Statement."), asked_by_id=ana.pk,
        by=Actor.person(cora), at=SUNDAY_NOON,
    )  # fmt: skip

    found = load(joint, nameless)

    assert (len(found.new), len(found.disappeared), joint.lots.count()) == (0, 0, 1)
    lot.refresh_from_db()
    assert (lot.acquired_on, lot.basis) == (date(2019, 5, 6), D("4500.00"))


def test_a_disputed_basis_stays_disputed_until_it_is_resolved(joint: Account, ana: Any, cora: Any) -> None:
    load(joint, FIRST, on=FRIDAY)
    correction = corrected(joint, ana, cora, basis_status="disputed")
    load(joint, a_file("100", "4000.00"))
    assert stands(joint) == ("2020-03-02", "4000.00", "disputed", True)

    lot_corrections.withdraw(
        correction, reason="The custodian has answered.", by=Actor.person(cora), at=SUNDAY_NOON
    )

    assert stands(joint) == ("2020-03-02", "4000.00", "covered", False)
    assert audit.trail(about=joint.lots.get(key="a")).last().action == audit.Action.LOT_CORRECTION_ENDED  # type: ignore[union-attr]


def test_a_correction_that_ends_gives_way_to_what_the_last_file_said(
    joint: Account, ana: Any, cora: Any
) -> None:
    load(joint, FIRST, on=FRIDAY)
    correction = corrected(joint, ana, cora, basis=D("4500.00"))
    load(joint, a_file("75", "3100.00"))

    lot_corrections.withdraw(
        correction, reason="It was the other lot.", by=Actor.person(cora), at=SUNDAY_NOON
    )

    assert stands(joint) == ("2020-03-02", "3100.00", "covered", False)
    with pytest.raises(Conflict, match="has ended"):
        lot_corrections.withdraw(correction, reason="Again.", by=Actor.person(cora), at=SUNDAY_NOON)


def test_a_second_correction_takes_the_place_of_the_first_and_both_stay(
    joint: Account, ana: Any, cora: Any
) -> None:
    load(joint, FIRST, on=FRIDAY)
    first = corrected(joint, ana, cora, basis=D("4500.00"))
    second = corrected(joint, ana, cora, basis=D("4600.00"))

    first.refresh_from_db()
    assert (first.end_reason, second.was_basis, second.filed_basis) == ("Corrected again", D(4000), D(4000))
    load(joint, a_file("100", "4000.00"))
    assert stands(joint)[1] == "4600.00"
    assert audit.differences(about=[joint.lots.get(key="a")]) == []


def test_unknown_becomes_known_and_stays(joint: Account, ana: Any, cora: Any) -> None:
    load(joint, a_file("100", ""), on=FRIDAY)
    assert stands(joint)[2] == "unknown"
    corrected(joint, ana, cora, basis=D("4500.00"), basis_status="noncovered")

    load(joint, a_file("100", ""))
    assert stands(joint) == ("2020-03-02", "4500.00", "noncovered", True)
    load(joint, a_file("100", "4500.00"))
    assert stands(joint) == ("2020-03-02", "4500.00", "covered", False)


def test_a_corrected_lot_that_is_no_longer_listed_is_named(joint: Account, ana: Any, cora: Any) -> None:
    load(joint, FIRST, on=FRIDAY)
    corrected(joint, ana, cora, basis=D("4500.00"))

    found = load(joint, FIRST.replace("a  |", "a9 |"))

    assert found.notes == (
        f"{Security.objects.get(symbol='ALPM')} in {joint}: a corrected lot is no longer listed, and new ones are. Its "
        "correction stays with the lot that is gone; correct the new one if it is the same.",
    )


@pytest.mark.parametrize(
    ("decided", "sentence"),
    [
        ({}, "Nothing is changed"),
        ({"basis": None}, "has a basis and a day"),
        ({"acquired_on": None}, "has a basis and a day"),
        ({"basis_status": "unknown"}, "has no amount"),
        ({"basis": D(1), "evidence": " "}, "needs evidence"),
    ],
)
def test_what_contradicts_itself_is_refused(
    joint: Account, ana: Any, cora: Any, decided: dict[str, Any], sentence: str
) -> None:
    load(joint, FIRST, on=FRIDAY)

    with pytest.raises(BadInput, match=sentence):
        corrected(joint, ana, cora, **decided)
    assert not LotCorrection.objects.exists()


def test_the_database_wants_two_people_and_keeps_what_they_decided(
    joint: Account, ana: Any, cora: Any
) -> None:
    load(joint, FIRST, on=FRIDAY)
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        corrected(joint, cora, cora, basis=D(1))
    corrected(joint, ana, cora, basis=D(1))

    refused = pytest.raises(IntegrityError, match="stays as it was entered")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE clients_lotcorrection SET basis = 2")


def test_a_lock_is_on_the_trail_and_ends_there(joint: Account, ana: Any, cora: Any) -> None:
    load(joint, FIRST, on=FRIDAY)
    lot = joint.lots.get(key="a")
    acts = {"by": Actor.person(ana), "at": SUNDAY_NOON}

    lot_corrections.lock(lot, kind=TaxLot.Lock.GIFT, reason="For the library.", until_on=None, **acts)
    with pytest.raises(Conflict, match="exactly so"):
        lot_corrections.lock(lot, kind=TaxLot.Lock.GIFT, reason="For the library.", until_on=None, **acts)
    load(joint, a_file("100", "4000.00"))
    assert joint.lots.get(key="a").lock == "gift"
    lot_corrections.unlock(lot, reason="Given elsewhere.", **acts)
    with pytest.raises(Conflict, match="not locked"):
        lot_corrections.unlock(lot, reason="Again.", **acts)

    assert [event.action for event in audit.trail(about=lot)] == ["lot.locked", "lot.unlocked"]


@pytest.mark.usefixtures("db")
def test_the_preview_of_a_file_says_that_it_still_has_the_old_basis(ana: Any, cora: Any) -> None:
    the_millers()
    loaded(bundle())
    lot = TaxLot.objects.get(key="A1")
    lot_corrections.correct(
        lot, Decided(lot.acquired_on, D("150000.00"), "covered", "Statement."), asked_by_id=ana.pk,
        by=Actor.person(cora), at=SUNDAY_NOON,
    )  # fmt: skip
    again = bundle(**{**MILLERS, "cash": ["11110001,2026-11-20,settled,10001.00", MILLERS["cash"][1]]})

    file = received(again, name="again.zip")

    told = [one["sentence"] for one in file.preview["warnings"]]
    assert any("basis $150,000.00 stays; the file has $120,000.00." in sentence for sentence in told), told
    lot.refresh_from_db()
    assert lot.basis == D("150000.00")


# ── What is left of a corrected basis ────────────────────────────────────────────────────────────

SHARES = st.decimals("0.001", "100000", places=3)
DOLLARS = st.decimals("0.01", "1000000", places=2)


@given(DOLLARS, DOLLARS, SHARES, st.decimals("0.01", "1", places=2))
def test_a_sale_takes_its_share_along(basis: D, filed: D, shares: D, left: D) -> None:
    rest = rest_of_basis(basis, filed=(filed, filed * left), shares=(shares, shares * left))

    assert abs(rest - (basis if left == 1 else basis * left)) <= CENT
    assert rest <= basis + CENT


@given(DOLLARS, DOLLARS, SHARES, st.decimals("0.1", "10", places=1))
def test_a_split_leaves_the_basis_whole(basis: D, filed: D, shares: D, factor: D) -> None:
    assert rest_of_basis(basis, filed=(filed, filed), shares=(shares, shares * factor)) == basis
