"""An agreed action in the accounts that hold its security: written once, given way to the custodian's file, taken back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DataError

from clients.corporate_actions import applying
from clients.models import Account, ActionAccount, ActionLot, CorporateAction, Household, TaxLot
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from tests import cast
from tests.factories import actions
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, a_managed_household, loaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
NUMBER = "11110001"


def moment(day: str, hour: int = 7) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00-05:00")


MONDAY, TUESDAY, WEDNESDAY = (moment(f"2026-11-{day}") for day in (23, 24, 25))


@pytest.fixture(autouse=True)
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def file(day: str, *, factor: int = 1, more: int = 0, extra: tuple[str, ...] = ()) -> None:
    """The custodian's file of a day for the taxable account, with ZUS as it was or by so many times, and shares bought since."""
    held, lots = [], []
    for row in MILLERS["lots"][:3]:
        _, _, symbol, key, acquired, shares, basis, status = row.split(",")
        times = factor if symbol == "ZUS" else 1
        lots.append(f"{NUMBER},{day},{symbol},{key},{acquired},{D(shares) * times},{basis},{status}")
    if more:
        lots.append(f"{NUMBER},{day},ZUS,A9,{day},{more},{more * 25}.00,covered")
    for symbol, shares in (("ZUS", 5000 * factor + more), ("ZBD", 1000)):
        held.append(f"{NUMBER},{day},{symbol},{shares},no")
    found = loaded(
        bundle(
            accounts=MILLERS["accounts"][:1],
            positions=held,
            lots=lots,
            cash=[f"{NUMBER},{day},settled,10000.00"],
            transactions=[*MILLERS["transactions"], *extra],
        ),
        name=f"{day}.zip",
        at=moment(day, 22),
    )
    assert found.state == "loaded", found.faults


def taxable() -> Account:
    return Account.objects.get(name="Taxable")


def shares(symbol: str = "ZUS") -> tuple[list[D], D | None]:
    """The open lots and the position of the taxable account."""
    account = taxable()
    lots = TaxLot.objects.filter(account=account, security__symbol=symbol, closed_on=None)
    position = account.positions.filter(security__symbol=symbol).first()
    return [
        one.quantity for one in lots.order_by("acquired_on", "pk")
    ], position.quantity if position else None


def state(action: CorporateAction) -> str:
    return ActionAccount.objects.get(action=action, account=taxable()).state


def test_an_agreed_split_is_written_on_its_day_and_once() -> None:
    action = actions.agreed()
    applying.run(at=moment("2026-11-22"))
    assert (shares(), state(action)) == (([3000, 2000], 5000), "waiting")

    applying.run(at=MONDAY)
    applying.run(at=MONDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "applied")
    lot = TaxLot.objects.get(key="A1")
    assert (lot.basis, lot.acquired_on) == (D("120000.00"), date(2020, 3, 2))
    entries = ActionLot.objects.filter(applied__account=taxable())
    assert [(one.shares, one.basis, one.gain) for one in entries] == [(9000, 0, 0), (6000, 0, 0)]
    assert taxable().reconciliation == "reconciled"
    assert audit.verify().is_intact


def test_an_action_that_cannot_be_written_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    split = actions.agreed()
    follow = applying.follow

    def troubled(action: CorporateAction, **given: Any) -> int:
        if action != split:
            raise DataError("numeric field overflow")
        return follow(action, **given)

    monkeypatch.setattr(applying, "follow", troubled)
    monkeypatch.setattr(applying, "current", lambda *, on: [CorporateAction(public_id="co_bad"), split])
    assert applying.run(at=MONDAY) > 0


def test_what_nobody_agreed_to_is_not_written() -> None:
    action = actions.announced()

    applying.run(at=MONDAY)

    assert (shares(), state(action)) == (([3000, 2000], 5000), "waiting")
    assert "not agreed" in ActionAccount.objects.get(action=action, account=taxable()).sentence


def test_the_file_that_shows_it_wins_and_nothing_is_written_twice() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)

    file("2026-11-23", factor=4)
    applying.run(at=TUESDAY)
    applying.run(at=WEDNESDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")
    assert ActionLot.objects.filter(applied__account=taxable()).count() == 2


def test_a_file_of_the_day_that_does_not_show_it_yet_is_written_on_again() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)

    file("2026-11-23")
    assert shares() == ([3000, 2000], 5000)
    applying.run(at=TUESDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "applied")
    file("2026-11-24", factor=4)
    applying.run(at=WEDNESDAY)
    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")


def test_a_file_that_shows_it_before_we_did_anything_is_left_alone() -> None:
    action = actions.agreed()
    applying.run(at=moment("2026-11-22"))

    file("2026-11-23", factor=4)
    applying.run(at=TUESDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")
    assert not ActionLot.objects.filter(applied__account=taxable()).exists()


def test_an_agreement_that_comes_after_the_file_writes_nothing_either() -> None:
    action = actions.announced()
    applying.run(at=moment("2026-11-22"))
    file("2026-11-23", factor=4)
    applying.run(at=TUESDAY)
    actions.agree(action, at=TUESDAY)

    applying.run(at=WEDNESDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")


def test_shares_bought_after_it_are_told_apart() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)

    file("2026-11-23", factor=4, more=40, extra=(f"{NUMBER},buy,2026-11-23,T9,ZUS,40,25,-1000.00",))
    applying.run(at=TUESDAY)

    assert (shares(), state(action)) == (([12000, 8000, 40], 20040), "shown")


def test_neither_before_nor_after_is_asked_about_and_never_written() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)

    file("2026-11-23", factor=3)
    applying.run(at=TUESDAY)

    assert (shares(), state(action)) == (([9000, 6000], 15000), "unclear")
    row = applying.say(
        action, taxable(), is_shown=True, reason="3 for 1, says the desk.", by=SET_UP, at=TUESDAY
    )
    applying.run(at=WEDNESDAY)
    assert (shares(), row.state) == (([9000, 6000], 15000), "shown")
    with pytest.raises(Conflict, match="is known"):
        applying.say(action, taxable(), is_shown=True, reason="Again.", by=SET_UP, at=TUESDAY)


def test_one_entered_late_waits_for_a_person_where_no_file_from_before_is_known() -> None:
    file("2026-11-23", factor=4)
    action = actions.agreed(at=TUESDAY)

    applying.run(at=TUESDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "unclear")
    applying.remember(action, taxable(), shares=D(5000), new=D(0), on=date(2026, 11, 20), at=TUESDAY)
    applying.run(at=TUESDAY)
    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")


def test_one_that_the_custodian_booked_is_known_without_a_file_from_before() -> None:
    file("2026-11-23", factor=4, extra=(f"{NUMBER},split,2026-11-23,T9,ZUS,15000,,0",))
    # The file has announced it by itself.
    action = CorporateAction.objects.get()
    actions.agree(action, at=TUESDAY)

    applying.run(at=TUESDAY)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")


def test_an_action_that_is_taken_back_leaves_the_record_as_it_was() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)

    _taken_back(action)

    assert (shares(), state(action)) == (([3000, 2000], 5000), "taken_back")
    assert sum(one.shares for one in ActionLot.objects.filter(applied__account=taxable())) == 0
    assert applying.run(at=TUESDAY) == 0
    assert audit.verify().is_intact


def test_what_a_custodian_shows_stays_when_an_action_is_taken_back() -> None:
    action = actions.agreed()
    applying.run(at=MONDAY)
    file("2026-11-23", factor=4)
    applying.run(at=TUESDAY)

    _taken_back(action)

    assert (shares(), state(action)) == (([12000, 8000], 20000), "shown")


def test_a_changed_action_knows_what_was_held_before() -> None:
    from clients.registers import register
    from clients.registers.corporate_actions import REGISTER

    action = actions.announced()
    applying.run(at=moment("2026-11-22"))
    file("2026-11-23", factor=3)
    changed = register.change(REGISTER, action, {"shares_new": D(3)}, user_id=None, by=SET_UP, at=TUESDAY)

    applying.run(at=TUESDAY)

    assert state(changed) == "shown"


def test_a_merger_takes_lots_and_makes_others_with_their_days() -> None:
    from clients.models import Security

    new = Security.objects.get(symbol="ZUB")
    action = actions.agreed(
        kind="mixed_merger", shares_new=D(1), shares_old=D(2), cash=D(10), value=D(80), new_security=new
    )
    applying.run(at=MONDAY)

    assert (shares(), shares("ZUB")) == (([], None), ([1500, 1000], 2500))
    got = TaxLot.objects.filter(account=taxable(), security=new).order_by("acquired_on")
    assert [(one.acquired_on, one.basis) for one in got] == [
        (date(2020, 3, 2), D("120000.00")),
        (date(2025, 1, 15), D("170000.00")),
    ]
    entries = ActionLot.objects.filter(applied__account=taxable()).order_by("pk")
    assert [(one.cash, one.gain) for one in entries] == [(D("30000.00"), D("30000.00")), (D("20000.00"), 0)]
    assert taxable().reconciliation == "reconciled"

    _taken_back(action)
    assert (shares(), shares("ZUB")) == (([3000, 2000], 5000), ([], None))


def test_a_spin_off_divides_the_basis() -> None:
    from clients.models import Security

    actions.agreed(
        kind="spin_off",
        shares_new=D(1),
        shares_old=D(10),
        basis_share=D("0.125"),
        new_security=Security.objects.get(symbol="ZUB"),
    )
    applying.run(at=MONDAY)

    assert (shares(), shares("ZUB")) == (([3000, 2000], 5000), ([300, 200], 500))
    assert sorted(one.basis for one in TaxLot.objects.filter(account=taxable(), closed_on=None).exclude(security__symbol="ZBD")) == [  # type: ignore[type-var]
        D("15000.00"), D("23750.00"), D("105000.00"), D("166250.00"),
    ]  # fmt: skip


def test_capital_that_is_returned_is_told_by_the_basis() -> None:
    action = actions.agreed(kind="return_of_capital", cash=D(2))
    applying.run(at=MONDAY)

    assert (TaxLot.objects.get(key="A1").basis, state(action)) == (D("114000.00"), "applied")
    applying.run(at=MONDAY)
    assert TaxLot.objects.get(key="A1").basis == D("114000.00")


def _taken_back(action: CorporateAction) -> Any:
    fresh = CorporateAction.objects.get(pk=action.pk)
    return applying.take_back(
        fresh, reason="It was called off.", user_id=cast.cora().pk, by=Actor.person(cast.cora()), at=TUESDAY
    )
