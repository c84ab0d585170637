"""Gains that corporate actions recognize: in the year to date while we know them, and once only when files report them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D

import pytest

from clients.corporate_actions import applying, recognized
from clients.holdings import year_to_date
from clients.imports import custodian_files
from clients.models import CorporateAction, Household, Security, TaxLot, TaxProfile
from compliance.people.actors import Actor
from tests import cast
from tests.factories import actions
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, a_managed_household, received

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
NUMBER = "11110001"
NEW_YEAR, MONDAY_ON, YEAR_END = date(2026, 1, 1), date(2026, 11, 23), date(2026, 12, 31)


def moment(day: str, hour: int = 7) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00-05:00")


MONDAY, TUESDAY = moment("2026-11-23"), moment("2026-11-24")


@pytest.fixture(autouse=True)
def millers() -> Household:
    """Lots of ZUS in the taxable account: 3,000 at $40 of 2020, and 2,000 at $95 of January 2025."""
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def realized(on: date = MONDAY_ON) -> tuple[D, D, str]:
    """The year to date of the household's return, less what its profile had before: short, long, and what is unknown."""
    household = Household.objects.get()
    profile = TaxProfile.objects.get(tax_year=2026)
    found = year_to_date.of(
        {profile.tax_unit_id: profile},
        year=2026,
        gains=year_to_date.gains_since(household, NEW_YEAR),
        sales=year_to_date.sales_since(household, NEW_YEAR),
        own=recognized.in_year([household], until=on),
    )[profile.tax_unit_id]
    return found.short - profile.short_term_before, found.long - profile.long_term_before, found.unknown_text


def merged(**more: D) -> CorporateAction:
    """ZUS is taken for $70 a share on Monday: $90,000 of gain on the old lot, $50,000 of loss on the other."""
    action = actions.agreed(kind="cash_merger", **{"cash": D(70), **more})
    applying.run(at=MONDAY)
    return action


def file(*movements: str, sales: tuple[str, ...] = (), day: str = "2026-11-24", zus: int = 0) -> None:
    """The custodian's file of Tuesday for the taxable account, without ZUS or with so many."""
    lots = [f"{NUMBER},{day},ZBD,A3,2021-06-01,1000,85000.00,covered"]
    held = [f"{NUMBER},{day},ZBD,1000,no"]
    if zus:
        lots += [row.replace("2026-11-20", day) for row in MILLERS["lots"][:2]]
        held.append(f"{NUMBER},{day},ZUS,{zus},no")
    found = received(
        bundle(
            accounts=MILLERS["accounts"][:1], positions=held, lots=lots,
            cash=[f"{NUMBER},{day},settled,10000.00"], **({"closed_lots": list(sales)} if sales else {}),
            transactions=[*MILLERS["transactions"], *movements],
        ),
        name=f"{day}.zip",
        at=moment(day, 22),
    )  # fmt: skip
    custodian_files.load(
        found, confirmed=found.preview.get("confirm", ""), user_id=None, by=SET_UP, at=moment(day, 22)
    )


def test_a_merger_for_cash_counts_from_its_day_lot_by_lot() -> None:
    actions.agreed(kind="cash_merger", cash=D(70))
    applying.run(at=moment("2026-11-22"))
    assert realized() == (0, 0, "")

    applying.run(at=MONDAY)

    assert realized() == (0, D(40000), "")
    assert realized(date(2026, 11, 22)) == (0, 0, "")
    assert recognized.reached(until=MONDAY_ON) == {Household.objects.get().pk}
    assert recognized.reached(until=date(2026, 11, 22)) == frozenset()


def test_the_custodians_movement_on_another_day_is_the_same_gain_and_not_an_unknown_one() -> None:
    merged()

    file(f"{NUMBER},cash_merger,2026-11-24,T9,ZUS,-5000,70,350000.00")
    applying.run(at=TUESDAY)

    assert realized(date(2026, 11, 24)) == (0, D(40000), "")


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-24"])
def test_once_the_custodian_reports_it_its_figures_count_and_ours_do_not(day: str) -> None:
    merged()

    file(
        f"{NUMBER},cash_merger,2026-11-24,T9,ZUS,-5000,70,350000.00",
        sales=(
            f"{NUMBER},ZUS,3000,2020-03-02,{day},210000.00,119000.00",
            f"{NUMBER},ZUS,2000,2025-01-15,{day},140000.00,190000.00",
        ),
    )
    applying.run(at=TUESDAY)

    assert realized(date(2026, 11, 24)) == (0, D(41000), "")


def test_a_report_without_a_basis_leaves_our_figure() -> None:
    merged()

    file(sales=(f"{NUMBER},ZUS,5000,,2026-11-24,350000.00,",))

    assert realized(date(2026, 11, 24)) == (0, D(40000), "")


def test_a_sale_before_the_merger_is_a_sale_of_its_own() -> None:
    merged()

    file(sales=(f"{NUMBER},ZUS,10,2020-03-02,2026-11-20,1000.00,400.00",))

    assert realized(date(2026, 11, 24)) == (0, D(40600), "")


def test_what_was_taken_back_counts_for_nothing() -> None:
    action = merged()
    applying.take_back(
        CorporateAction.objects.get(pk=action.pk), reason="Called off.", user_id=cast.cora().pk,
        by=Actor.person(cast.cora()), at=TUESDAY,
    )  # fmt: skip

    assert realized() == (0, 0, "")
    assert TaxLot.objects.filter(account__name="Taxable", closed_on=None).count() == 3


def test_written_on_again_over_a_file_that_lags_behind_it_counts_once_and_can_be_taken_back() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)
    file(day="2026-11-23", zus=5000)
    applying.run(at=TUESDAY)
    assert (
        sum(one.quantity for one in TaxLot.objects.filter(account__name="Taxable", security__symbol="ZUS"))
        == 20000
    )

    applying.take_back(
        CorporateAction.objects.get(pk=action.pk), reason="Called off.", user_id=cast.cora().pk,
        by=Actor.person(cast.cora()), at=TUESDAY,
    )  # fmt: skip

    assert (
        sum(one.quantity for one in TaxLot.objects.filter(account__name="Taxable", security__symbol="ZUS"))
        == 5000
    )


def test_a_merger_over_a_lagging_file_counts_once() -> None:
    merged()
    file(day="2026-11-23", zus=5000)
    applying.run(at=TUESDAY)

    assert realized(date(2026, 11, 24)) == (0, D(40000), "")


def test_an_unknown_basis_is_an_unknown_gain() -> None:
    TaxLot.objects.filter(key="A2").update(basis=None, basis_status="unknown")

    merged()

    assert realized() == (0, D(90000), "ZUS on November 23")


def test_worthless_stock_counts_on_the_last_day_of_its_year() -> None:
    actions.agreed(kind="liquidation", cash=D(0))
    applying.run(at=MONDAY)

    assert [one.sold_on for one in recognized.in_year([Household.objects.get()], until=MONDAY_ON)] == [
        YEAR_END
    ] * 2
    assert realized() == (0, D(-310000), "")


def test_the_cash_of_a_mixed_merger_counts_up_to_the_gain_and_its_fraction_once() -> None:
    new = Security.objects.get(symbol="ZUB")
    merged_for = {
        "shares_new": D(1),
        "shares_old": D(3),
        "value": D(150),
        "lieu_price": D(150),
        "new_security": new,
    }
    actions.agreed(kind="mixed_merger", cash=D(10), **merged_for)
    applying.run(at=MONDAY)
    ours = realized()
    assert ours[1] > D(30000)

    file(
        f"{NUMBER},merger,2026-11-23,T9,ZUS,-5000,,50000.00",
        f"{NUMBER},cash_in_lieu,2026-11-24,T8,ZUB,-0.666667,150,100.00",
    )

    assert realized(date(2026, 11, 24)) == ours


def test_the_gain_of_an_untaxed_account_is_none() -> None:
    merged()

    found = recognized.in_year([Household.objects.get()], until=MONDAY_ON)

    assert {one.account_id for one in found} == {TaxLot.objects.get(key="A1").account_id}
