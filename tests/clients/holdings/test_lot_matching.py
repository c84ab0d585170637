"""Lots that a custodian gives no ids: known again although their basis was adjusted, and what people decided stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.custodians.kinds import BasisStatus
from clients.custodians.rows import LotRow
from clients.holdings import account_lots, lots
from clients.models import Account, Security, TaxLot
from tests.factories.imports import account, the_accounts
from tests.spec.drawn import rows as drawn

pytestmark = pytest.mark.django_db

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


@pytest.fixture
def joint() -> Account:
    the_accounts()
    Security.objects.create(symbol="ALPM", name="Alpine", kind="stock")
    return account("4526", at="schwab")


def lot_rows(drawing: str) -> list[LotRow]:
    return [
        LotRow(
            account="60024526", as_of=None, symbol="ALPM", lot_id=row.get("id") or None,
            acquired_on=date.fromisoformat(row["acquired"]), acquired_adjusted_on=None, quantity=D(row["shares"]),
            unit_cost=D(row["cost"]), basis_total=None, basis_status=BasisStatus.COVERED, basis_wash_adjusted=None,
            average_cost=None, acquired_by=None, donor_acquired_on=None, donor_basis=None, gift_on=None,
            gift_value=None, term=None, ordinal=1,
        )
        for row in drawn(drawing)
    ]  # fmt: skip


def load(joint: Account, drawing: str, *, on: date) -> lots.Changes:
    known = {"ALPM": Security.objects.get(symbol="ALPM")}
    book = account_lots.of_accounts([joint])[joint.pk]
    found = lots.changes(joint, lot_rows(drawing), book, securities=known, as_of_on=on)
    lots.write([book], source_file=None)
    return found


def lock(joint: Account, **which: object) -> TaxLot:
    lot = joint.lots.get(**which)
    lot.lock, lot.lock_reason = TaxLot.Lock.GIFT, "Pledged to the library"
    lot.save(update_fields=["lock", "lock_reason"])
    return lot


def held(joint: Account) -> list[tuple[str, str, str]]:
    """Shares, basis and lock of what is open."""
    found = joint.lots.filter(closed_on=None).order_by("acquired_on", "basis")
    return [(f"{lot.quantity.normalize():f}", str(lot.basis), lot.lock_reason) for lot in found]


FIRST = """
    acquired   | shares | cost
    2026-03-02 | 100    | 55
    2026-10-12 | 40     | 80
"""


def test_an_adjusted_basis_leaves_a_lot_the_same_and_its_lock_on_it(joint: Account) -> None:
    load(joint, FIRST, on=FRIDAY)
    locked = lock(joint, quantity=40)

    found = load(joint, FIRST.replace("80", "87.5"), on=SATURDAY)

    assert found.counts == {"new": 0, "changed": 1, "unchanged": 1, "disappeared": 0}
    assert held(joint) == [("100", "5500.00", ""), ("40", "3500.00", "Pledged to the library")]
    assert joint.lots.get(quantity=40).pk == locked.pk
    assert load(joint, FIRST.replace("80", "87.5"), on=SATURDAY).counts["unchanged"] == 2


def test_a_part_that_was_adjusted_keeps_the_lock_of_the_whole(joint: Account) -> None:
    load(joint, FIRST, on=FRIDAY)
    lock(joint, quantity=100)

    load(
        joint,
        """
        acquired   | shares | cost
        2026-03-02 | 70     | 55
        2026-03-02 | 30     | 61
        2026-10-12 | 40     | 80
        """,
        on=SATURDAY,
    )

    assert held(joint) == [
        ("30", "1830.00", "Pledged to the library"),
        ("70", "3850.00", "Pledged to the library"),
        ("40", "3200.00", ""),
    ]


def test_of_two_lots_alike_the_one_that_stays_is_told_by_its_shares(joint: Account) -> None:
    load(
        joint,
        """
        acquired   | shares | cost
        2026-03-02 | 200    | 55
        2026-03-02 | 100    | 55
        """,
        on=FRIDAY,
    )
    lock(joint, quantity=100)

    load(joint, "acquired   | shares | cost\n2026-03-02 | 100    | 55", on=SATURDAY)

    assert held(joint) == [("100", "5500.00", "Pledged to the library")]


def test_two_that_were_adjusted_are_paired_in_the_order_of_their_bases(joint: Account) -> None:
    twins = """
        acquired   | shares | cost
        2026-03-02 | 50     | 55
        2026-03-02 | 50     | 58
    """
    load(joint, twins, on=FRIDAY)
    lock(joint, basis=D(2900))

    load(joint, twins.replace("58", "66").replace("55", "63"), on=SATURDAY)

    assert held(joint) == [("50", "3150.00", ""), ("50", "3300.00", "Pledged to the library")]


def test_shares_bought_again_are_another_lot(joint: Account) -> None:
    load(joint, FIRST, on=FRIDAY)
    lock(joint, quantity=40)

    found = load(
        joint,
        """
        acquired   | shares | cost
        2026-03-02 | 100    | 55
        2026-11-20 | 40     | 80
        """,
        on=SATURDAY,
    )

    assert found.counts == {"new": 1, "changed": 0, "unchanged": 1, "disappeared": 1}
    assert held(joint)[-1] == ("40", "3200.00", "")


def test_a_lot_with_an_id_is_matched_by_it_alone(joint: Account) -> None:
    named = """
        id | acquired   | shares | cost
        L1 | 2026-03-02 | 100    | 55
    """
    load(joint, named, on=FRIDAY)
    lock(joint, quantity=100)

    found = load(joint, named.replace("L1", "L2"), on=SATURDAY)

    assert found.counts == {"new": 1, "changed": 0, "unchanged": 0, "disappeared": 1}
