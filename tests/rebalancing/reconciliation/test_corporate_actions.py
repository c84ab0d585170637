"""A corporate action between two files is no break: it is matched, and its accounts wait until the record shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D

import pytest

from clients.imports import custodian_files
from clients.models import Account, ActionAccount, Household, Price, Security
from clients.registers import register
from clients.registers.corporate_actions import REGISTER
from rebalancing.models import Break
from rebalancing.portfolios import pending_actions, portfolios
from rebalancing.reconciliation import reconciling
from tests import cast
from tests.factories import actions
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, a_managed_household

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
NUMBER = "11110001"


def moment(day: str, hour: int = 7) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00-05:00")


SUNDAY, MONDAY, TUESDAY, WEDNESDAY = (moment(f"2026-11-{day}") for day in (22, 23, 24, 25))


@pytest.fixture(autouse=True)
def millers() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    reconciling.run(at=SUNDAY)
    return household


def file(day: str, *, factor: int, extra: tuple[str, ...] = ()) -> None:
    lots = []
    for row in MILLERS["lots"][:3]:
        _, _, symbol, key, acquired, shares, basis, status = row.split(",")
        times = factor if symbol == "ZUS" else 1
        lots.append(f"{NUMBER},{day},{symbol},{key},{acquired},{D(shares) * times},{basis},{status}")
    at = moment(day, 22)
    receipt = custodian_files.receive(
        bundle(
            accounts=MILLERS["accounts"][:1],
            positions=[f"{NUMBER},{day},ZUS,{5000 * factor},no", f"{NUMBER},{day},ZBD,1000,no"],
            lots=lots,
            cash=[f"{NUMBER},{day},settled,10000.00"],
            transactions=[*MILLERS["transactions"], *extra],
        ),
        name=f"{day}.zip", channel="browser", user_id=None, by=SET_UP, at=at,
    )  # fmt: skip
    found = custodian_files.load(receipt.file, user_id=None, by=SET_UP, at=at)
    assert found.state == "loaded", found.faults


def breaks(at: datetime) -> list[tuple[str, str]]:
    reconciling.run(at=at)
    return sorted((one.queue, one.cause) for one in Break.objects.filter(ended_at=None))


def taxable() -> Account:
    return Account.objects.get(name="Taxable")


OTHER = f"{NUMBER},interest,2026-11-23,T7,,,,0"
"""Something to show that the file tells of movements, and of none in shares."""


def test_a_split_that_nobody_announced_is_a_break() -> None:
    file("2026-11-23", factor=4, extra=(OTHER,))

    assert ("positions", "shares") in breaks(TUESDAY)


def test_an_agreed_split_that_the_next_file_shows_is_none() -> None:
    action = actions.agreed()
    assert breaks(MONDAY) == []

    file("2026-11-23", factor=4, extra=(OTHER,))
    assert breaks(TUESDAY) == []
    file("2026-11-24", factor=4, extra=(f"{NUMBER},split,2026-11-24,T9,ZUS,15000,,0",))

    assert breaks(WEDNESDAY) == []
    assert ActionAccount.objects.get(action=action, account=taxable()).state == "shown"


def test_a_file_that_lags_behind_is_no_break_either() -> None:
    action = actions.agreed()
    breaks(MONDAY)

    file("2026-11-23", factor=1, extra=(OTHER,))
    assert breaks(TUESDAY) == []
    assert ActionAccount.objects.get(action=action, account=taxable()).state == "applied"
    file("2026-11-24", factor=4, extra=(OTHER,))

    assert breaks(WEDNESDAY) == []
    assert ActionAccount.objects.get(action=action, account=taxable()).state == "shown"


def test_one_that_only_the_file_tells_of_is_explained_by_its_own_booking() -> None:
    file("2026-11-23", factor=4, extra=(f"{NUMBER},split,2026-11-23,T9,ZUS,15000,,0",))

    assert breaks(TUESDAY) == []
    assert ActionAccount.objects.get(account=taxable()).state == "shown"


def test_terms_that_are_put_right_after_the_file_booked_the_action_count_once() -> None:
    misread = actions.announced(shares_new=D(5))
    assert breaks(MONDAY) == []
    file("2026-11-23", factor=4, extra=(f"{NUMBER},split,2026-11-23,T9,ZUS,15000,,0",))
    assert breaks(TUESDAY) == []

    row = register.change(REGISTER, misread, {"shares_new": D(4)}, user_id=None, by=SET_UP, at=TUESDAY)
    actions.agree(row, at=TUESDAY)
    file("2026-11-24", factor=4, extra=(OTHER,))

    assert breaks(WEDNESDAY) == []
    assert ActionAccount.objects.get(action=row, account=taxable()).state == "shown"


def test_another_ratio_than_was_announced_is_a_break() -> None:
    actions.agreed()
    breaks(MONDAY)

    file("2026-11-23", factor=3, extra=(OTHER,))

    assert ("positions", "shares") in breaks(TUESDAY)


def load(household: Household, on: date, trade_on: date) -> portfolios.Portfolio:
    found = portfolios.load(household, as_of_on=on, trade_on=trade_on)
    assert isinstance(found, portfolios.Portfolio), found
    return found


def test_accounts_wait_until_it_is_applied_and_priced(millers: Household) -> None:
    friday, monday, tuesday = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
    action = actions.agreed()

    before = load(millers, friday, monday)
    assert {one.tradable for one in before.household.accounts} == {False}
    assert before.pending.securities == {action.security_id: "Stock split of ZUS on Nov 23, 2026: 4 for 1"}
    assert (
        "A corporate action is pending: Stock split of ZUS"
        in before.household.accounts[0].not_tradable_reason
    )

    reconciling.run(at=MONDAY)
    applied = load(millers, friday, monday)
    assert {one.tradable for one in applied.household.accounts} == {False}, "its price is of before"

    Price.objects.create(
        security=Security.objects.get(symbol="ZUS"), as_of_on=monday, price=D(25), source="generated",
        received_at=TUESDAY,
    )  # fmt: skip
    after = load(millers, monday, tuesday)
    assert {one.tradable for one in after.household.accounts} == {True}
    assert after.pending == pending_actions.Pending()


def test_one_that_is_far_ahead_holds_nothing_yet(millers: Household) -> None:
    actions.announced(on=date(2026, 12, 15))

    assert load(millers, date(2026, 11, 20), date(2026, 11, 23)).pending == pending_actions.Pending()
