"""Spin-offs that custodians' files book: announced with their parent where the accounts tell it, asked about where not."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.corporate_actions import applying, parents
from clients.corporate_actions.parents import Receiving
from clients.models import ActionAccount, CorporateAction, CustodianFile, Household
from clients.registers.corporate_actions import REGISTER
from tests import cast
from tests.factories import actions
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import a_managed_household, loaded

AT = datetime.fromisoformat("2026-11-23T22:00:00-05:00")
NEXT = datetime.fromisoformat("2026-11-24T07:00:00-05:00")
TAXABLE, IRA = "11110001", "11110002"


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def file(*movements: str, came: dict[str, int], spun: bool = False) -> CustodianFile:
    """The file of Monday: both accounts hold what they held, and so many ZUB; `spun`: the lots of ZBD lost an eighth."""
    day = "2026-11-23"
    held = [row.replace("2026-11-20", day) for row in MILLERS["positions"]]
    lots = [row.replace("2026-11-20", day) for row in MILLERS["lots"]]
    if spun:
        lots = [row.replace("85000.00", "74375.00").replace("127000.00", "111125.00") for row in lots]
    basis = {TAXABLE: "10625.00", IRA: "15875.00"}
    for account, shares in came.items():
        held.append(f"{account},{day},ZUB,{shares},no")
        if spun:
            lots.append(f"{account},{day},ZUB,S1,2021-06-01,{shares},{basis[account]},covered")
    return loaded(
        bundle(
            positions=held, lots=lots, cash=[row.replace("2026-11-20", day) for row in MILLERS["cash"]],
            transactions=[*MILLERS["transactions"], *movements],
        ),
        name="monday.zip",
        at=AT,
    )  # fmt: skip


def booked(account: str, shares: int) -> str:
    return f"{account},spin_off,2026-11-23,S{account},ZUB,{shares},,0"


@pytest.mark.django_db
@pytest.mark.usefixtures("millers", "it_is_sunday_noon")
def test_a_spin_off_whose_parent_the_basis_tells_is_announced_with_the_part_of_the_basis() -> None:
    found = file(booked(TAXABLE, 125), booked(IRA, 187), came={TAXABLE: 125, IRA: 187}, spun=True)

    row = REGISTER.standing().get()
    assert (row.kind, row.security.symbol, row.new_security.symbol) == ("spin_off", "ZBD", "ZUB")
    assert (row.shares_new, row.shares_old, row.basis_share) == (D(1), D(8), D("0.125"))
    assert (row.source_file, hasattr(row, "agreement")) == (found, False)
    applying.run(at=NEXT)
    assert set(ActionAccount.objects.values_list("state", flat=True)) == {"shown"}


@pytest.mark.django_db
@pytest.mark.usefixtures("millers", "it_is_sunday_noon")
def test_two_accounts_with_other_holdings_tell_the_parent_without_lots() -> None:
    file(booked(TAXABLE, 125), booked(IRA, 187), came={TAXABLE: 125, IRA: 187})

    row = REGISTER.standing().get()
    assert (row.security.symbol, row.shares_new, row.shares_old, row.basis_share) == ("ZBD", D(1), D(8), None)


@pytest.mark.django_db
@pytest.mark.usefixtures("millers", "it_is_sunday_noon")
def test_where_several_could_be_the_parent_nobody_is_named_and_a_person_is_asked() -> None:
    found = file(booked(TAXABLE, 125), came={TAXABLE: 125})

    assert not CorporateAction.objects.exists()
    assert "does not tell of which security" in str(found.preview)


@pytest.mark.django_db
@pytest.mark.usefixtures("millers", "it_is_sunday_noon")
def test_one_that_is_on_record_is_matched_and_not_announced_again() -> None:
    from clients.models import Security

    row = actions.announced(
        "ZBD", "spin_off", shares_new=D(1), shares_old=D(8), new_security=Security.objects.get(symbol="ZUB")
    )

    file(booked(TAXABLE, 125), booked(IRA, 187), came={TAXABLE: 125, IRA: 187})

    assert list(REGISTER.standing()) == [row]


# ── The arithmetic ───────────────────────────────────────────────────────────────────────────────


@given(
    new=st.integers(1, 40),
    old=st.integers(1, 40),
    held=st.lists(st.integers(5_000, 90_000), min_size=1, max_size=5),
    keeps_fractions=st.booleans(),
)
def test_the_ratio_is_found_again_from_what_every_account_got(
    new: int, old: int, held: list[int], keeps_fractions: bool
) -> None:
    got = [D(shares) * new / old for shares in held]
    rows = [
        ((one.quantize(D("0.000001")) if keeps_fractions else D(int(one))), D(shares))
        for one, shares in zip(got, held, strict=True)
    ]

    assert parents.ratio_of(rows) == Fraction(new, old)


@pytest.mark.parametrize(
    ("rows", "ratio"),
    [
        ([(D(123), D(1234))], Fraction(1, 10)),
        ([(D(3), D(35))], None),  # 1 for 9, 1 for 10 and 1 for 11 would all give it.
        ([(D(500), D(5000)), (D(300), D(1000))], None),
        ([(D(0), D(100))], None),
        ([(D(10), D(0))], None),
    ],
)
def test_a_ratio_that_accounts_do_not_tell_is_none(rows: list[tuple[D, D]], ratio: Fraction | None) -> None:
    assert parents.ratio_of(rows) == ratio


def test_a_parent_has_to_be_held_by_every_account_and_to_be_alone() -> None:
    one = Receiving(D(100), {1: D(1000), 2: D(500)}, {}, {})
    other = Receiving(D(200), {1: D(2000), 3: D(700)}, {}, {})
    same = Receiving(D(200), {1: D(2000), 2: D(1000)}, {}, {})

    assert parents.of([one, other]) == parents.Parent(1, Fraction(1, 10), None)
    assert parents.of([one, same]) is None
    assert parents.of([one]) is None
    assert parents.of([]) is None
    assert parents.of([Receiving(D(100), {1: D(1000)}, {1: D(50)}, {1: D(400)}, D(50))]) == parents.Parent(
        1, Fraction(1, 10), D("0.125")
    )
