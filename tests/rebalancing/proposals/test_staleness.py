"""What makes a revision stale, moved one by one; and what goes by without a false alarm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest

from clients.households import holds, life_events
from clients.models import (
    Account,
    CashBalance,
    CashFlow,
    Hold,
    LifeEvent,
    Price,
    RealizedGain,
    Security,
    TaxLot,
    TaxProfile,
    Transaction,
    WashGroup,
)
from compliance.models import Approval
from compliance.refusals import Stale
from rebalancing.proposals import proposals, staleness
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, MONDAY_MORNING, SUNDAY_NOON
from tests.factories.deciding import approve
from tests.factories.desk import Desk, a_desk
from tests.factories.households import SET_UP

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    made = a_desk()
    made.propose()
    return made


def told(desk: Desk, *, at: datetime = SUNDAY_NOON) -> list[str]:
    return [cause.input for cause in staleness.causes(proposals.current(desk.proposal), at=at)[1]]


def _account(last4: str = "0001") -> Account:
    return Account.objects.get(number_last4=last4)


def _symbol(symbol: str) -> Security:
    return Security.objects.get(symbol=symbol)


def hold_the_fund(desk: Desk) -> None:
    holds.place(
        desk.household,
        account=None,
        security=_symbol("ZUS"),
        kind=Hold.Kind.ADVISOR,
        reason="The family talks to its lawyer about these shares.",
        starts_on=LAST_FRIDAY,
        expires_on=MONDAY,
        user_id=desk.ana.pk,
        by=SET_UP,
        at=SUNDAY_NOON,
    )


def buy_the_fund_in_another_file(desk: Desk) -> None:
    Transaction.objects.create(
        account=_account("0002"), security=_symbol("ZUS"), key="late", kind="buy", traded_on=LAST_FRIDAY,
        quantity=D(5), price=D(100), amount=D(-500),
    )  # fmt: skip


def sell_bonds_at_a_loss_in_another_file(desk: Desk) -> None:
    RealizedGain.objects.create(
        account=_account(), security=_symbol("ZBD"), key="late", sold_on=LAST_FRIDAY, quantity=D(10),
        proceeds=D(800), basis=D(900), term="long",
    )  # fmt: skip


def open_a_life_event(desk: Desk) -> None:
    life_events.record(
        desk.household, kind=LifeEvent.Kind.DIVORCE, opened_on=LAST_FRIDAY, person=None, note="", by=SET_UP,
        at=SUNDAY_NOON,
    )  # fmt: skip


def close_a_lot(desk: Desk) -> None:
    TaxLot.objects.filter(key="A1").update(closed_on=LAST_FRIDAY)


def open_an_account(desk: Desk) -> None:
    account = _account()
    account.pk, account.public_id, account.number_index, account.name = None, "", "0" * 64, "New"
    account.save()
    CashBalance.objects.create(account=account, settled=D(0), as_of_on=LAST_FRIDAY)


def close_an_account(desk: Desk) -> None:
    Account.objects.filter(number_last4="0002").update(closed_on=LAST_FRIDAY)


def pay_cash_in(desk: Desk) -> None:
    CashBalance.objects.filter(account=_account()).update(settled=D(10_001))


def plan_a_withdrawal(desk: Desk, due_on: date = MONDAY + timedelta(days=7)) -> None:
    CashFlow.objects.create(account=_account(), kind="withdrawal", amount=D(-900), due_on=due_on)


MOVED: list[tuple[str, Callable[[Desk], object], list[str]]] = [
    ("a hold on a traded security", hold_the_fund, ["trading of ZUS"]),
    ("a purchase of what is sold at a loss", buy_the_fund_in_another_file, ["wash sales of ZUS"]),
    (
        "a loss sale of what is bought",
        sell_bonds_at_a_loss_in_another_file,
        ["wash sales of ZBD"],
    ),
    ("a life event", open_a_life_event, ["life event"]),
    ("a lot", close_a_lot, ["lots of ZUS"]),
    ("an account opened", open_an_account, ["New"]),
    ("an account closed", close_an_account, ["lots of ZBD", "lots of ZUS", "IRA"]),
    ("cash", pay_cash_in, ["cash of Taxable"]),
    ("a planned flow", plan_a_withdrawal, ["planned flows of Taxable"]),
    (
        "the wash group",
        lambda desk: Security.objects.filter(symbol="ZUS").update(
            wash_group=WashGroup.objects.get(code="us-broad")
        ),
        ["wash group of ZUS"],
    ),
    ("a price", lambda desk: Price.objects.filter(security__symbol="ZUS").update(price=97), ["price of ZUS"]),
]


@pytest.mark.parametrize(("what", "move", "causes"), MOVED, ids=[one[0] for one in MOVED])
def test_each_input_that_moved_is_named_and_nothing_is_approved(
    desk: Desk, what: str, move: Callable[[Desk], object], causes: list[str]
) -> None:
    assert told(desk) == []

    move(desk)

    assert told(desk) == causes
    with pytest.raises(Stale):
        approve(desk.proposal, desk.rui)
    assert not Approval.objects.filter(subject_kind="proposal").exists()


def test_gains_and_profile_of_the_return_that_the_trades_go_on_count() -> None:
    desk = a_desk(taxable_only=True)
    desk.propose()
    assert told(desk) == []

    TaxProfile.objects.update(short_term_carryover=D(4_000))

    assert told(desk) == ["tax figures of Mia Miller"]


def test_a_flow_that_only_enters_the_horizon_with_the_next_trade_day_is_no_change() -> None:
    desk = a_desk()
    plan_a_withdrawal(desk, due_on=MONDAY + timedelta(days=36))
    desk.propose()

    monday_evening = MONDAY_MORNING + timedelta(hours=10)
    Price.objects.update(as_of_on=MONDAY)

    assert told(desk, at=monday_evening) == []


def test_cash_that_has_settled_since_is_no_change() -> None:
    desk = a_desk()
    CashBalance.objects.filter(account=_account()).update(unsettled=D(500), unsettled_settles_on=MONDAY)
    desk.propose()

    CashBalance.objects.filter(account=_account()).update(settled=D(10_500), unsettled=D(0))

    assert told(desk) == []


def test_what_happens_to_other_people_and_things_is_no_alarm(desk: Desk) -> None:
    Transaction.objects.create(
        account=_account(), security=_symbol("ZUB"), key="x", kind="sell", traded_on=LAST_FRIDAY,
        quantity=D(-1), price=D(50), amount=D(50),
    )  # fmt: skip
    Security.objects.filter(symbol="ZUB").update(trading="frozen")
    cast.tess()

    assert told(desk) == []
