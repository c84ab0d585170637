"""Corporate actions that custodians' files tell of: announced in the file's name, or matched to what is on record."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from fractions import Fraction

import pytest

from clients.corporate_actions import applying, suggesting
from clients.models import ActionAccount, CorporateAction, CustodianFile, Household, TaxLot
from clients.registers.corporate_actions import REGISTER
from tests import cast
from tests.factories import actions
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import a_managed_household, loaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
NUMBER = "11110001"
AT = datetime.fromisoformat("2026-11-23T22:00:00-05:00")
NEXT = datetime.fromisoformat("2026-11-24T07:00:00-05:00")


@pytest.fixture(autouse=True)
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def file(*movements: str, zus: int | None = None, zub: int | None = None) -> CustodianFile:
    """The file of Monday for the taxable account: so many ZUS and ZUB, and these movements."""
    day, held, lots = "2026-11-23", [f"{NUMBER},2026-11-23,ZBD,1000,no"], []
    lots.append(f"{NUMBER},{day},ZBD,A3,2021-06-01,1000,85000.00,covered")
    for symbol, shares in (("ZUS", zus), ("ZUB", zub)):
        if shares:
            held.append(f"{NUMBER},{day},{symbol},{shares},no")
            lots.append(f"{NUMBER},{day},{symbol},A1{symbol[-1]},2020-03-02,{shares},310000.00,covered")
    return loaded(
        bundle(
            accounts=MILLERS["accounts"][:1], positions=held, lots=lots, cash=[f"{NUMBER},{day},settled,10000.00"],
            transactions=[*MILLERS["transactions"], *movements],
        ),
        name="monday.zip",
        at=AT,
    )  # fmt: skip


def test_a_split_that_a_file_books_is_announced_with_its_ratio() -> None:
    found = file(f"{NUMBER},split,2026-11-23,T9,ZUS,15000,,0", zus=20000)

    row = REGISTER.standing().get()
    assert (row.kind, row.shares_new, row.shares_old, row.source_file) == ("split", D(4), D(1), found)
    assert row.effective_on == date(2026, 11, 23)
    assert not hasattr(row, "agreement")
    applying.run(at=NEXT)
    here = ActionAccount.objects.get(account__name="Taxable")
    assert here.state == "shown"
    assert (
        sum(
            one.quantity
            for one in TaxLot.objects.filter(security__symbol="ZUS", account=here.account, closed_on=None)
        )
        == 20000
    )


def test_one_that_is_on_record_is_matched_and_not_announced_again() -> None:
    row = actions.agreed()

    found = file(f"{NUMBER},split,2026-11-23,T9,ZUS,15000,,0", zus=20000)

    assert list(REGISTER.standing()) == [row]
    assert found.state == "loaded"


def test_a_merger_for_cash_is_announced_with_its_price() -> None:
    file(
        f"{NUMBER},cash_merger,2026-11-23,T9,ZUS,-5000,,0",
        f"{NUMBER},cash_merger,2026-11-23,T8,ZUS,,,275000.00",
    )

    row = REGISTER.standing().get()
    assert (row.kind, row.cash) == ("cash_merger", D(55))


def test_a_merger_for_stock_is_announced_with_both_securities() -> None:
    file(
        f"{NUMBER},merger,2026-11-23,T9,ZUS,-5000,,0",
        f"{NUMBER},merger,2026-11-23,T8,ZUB,2500,,0",
        zub=2500,
    )

    row = REGISTER.standing().get()
    assert (row.kind, row.security.symbol, row.new_security.symbol) == ("stock_merger", "ZUS", "ZUB")
    assert (row.shares_new, row.shares_old) == (D(1), D(2))


def test_what_is_long_past_is_not_announced() -> None:
    file(f"{NUMBER},split,2026-06-23,T9,ZUS,15000,,0", zus=20000)

    assert not CorporateAction.objects.exists()


@pytest.mark.parametrize(
    ("found", "ratio"),
    [
        ([Fraction(4)], Fraction(4)),
        ([Fraction(37, 25), Fraction(3, 2), Fraction(3, 2)], None),
        ([Fraction(149, 100), Fraction(3, 2), Fraction(3, 2)], Fraction(3, 2)),
        ([Fraction(4), Fraction(3)], None),
        ([], None),
    ],
)
def test_the_ratio_is_the_one_that_all_accounts_give(found: list[Fraction], ratio: Fraction | None) -> None:
    assert suggesting._ratio(found) == ratio
