"""A slice of a later day is examined by the rules of its release with that day's facts: each cause holds it, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from clients.households import holds, life_events
from clients.models import Account, Price, Security, TaxLot
from clients.policies import client_restrictions, restriction_terms
from clients.registers import market_facts, register, trading_facts
from clients.securities.securities import issuers_on_record
from compliance import restrictions
from compliance.audit_trail import audit
from compliance.models import ListKind
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing.execution import closing, day_checks, going, orders
from rebalancing.execution.reports import Kind
from rebalancing.fills import breaks, fills
from rebalancing.models import Block, Order
from rebalancing.portfolios import own_sales
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON, TUESDAY_NOON
from tests.factories import days, released
from tests.factories.desk import Desk, a_desk
from tests.factories.households import SET_UP

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
DESK = Actor.system("orders")
TUESDAY = TUESDAY_NOON.date()
D = Decimal


@dataclass(frozen=True, slots=True)
class Sliced:
    """A sale in a taxable account that goes over two days; Monday's slice is filled, Tuesday's is held."""

    desk: Desk
    first: Block
    second: Block

    @property
    def account(self) -> Account:
        return self.order.account

    @property
    def order(self) -> Order:
        return self.second.orders.select_related("account", "security", "proposed").get()

    @property
    def security(self) -> Security:
        return self.second.security

    def go(self, *, at: Any = TUESDAY_NOON) -> Block:
        closing.leave_due(by=DESK, at=at)
        return Block.objects.get(pk=self.second.pk)


@pytest.fixture
def sliced() -> Sliced:
    desk = a_desk(taxable_only=True)
    order = proposals.current(desk.approve()).orders.filter(side="sell").order_by("pk")[0]
    volume = (order.quantity / D("1.5")).quantize(D(1)) * 10
    Security.objects.filter(pk=order.security_id).update(daily_volume=volume)
    orders.release(desk.proposal, by=Actor.person(desk.tom), at=SUNDAY_NOON)
    first, second = Block.objects.filter(security=order.security, side="sell").order_by("trade_on")
    price = str(order.price)
    fills.take(released.told(first, Kind.FILL, "X1", str(first.quantity), price), at=TUESDAY_NOON)
    days.closed_on(MONDAY)
    return Sliced(desk, first, second)


def a_hold(one: Sliced) -> None:
    holds.place(
        one.desk.household, account=one.account, security=None, kind="advisor", reason="She is buying a house.",
        starts_on=TUESDAY, expires_on=TUESDAY + timedelta(days=5), user_id=None, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip


def on_the_restricted_list(one: Sliced) -> None:
    Security.objects.update(issuer="Invented Trust")
    restrictions.place(
        "Invented Trust", kind=ListKind.RESTRICTED, starts_on=TUESDAY, ends_on=None, reason="A merger.",
        on_record=issuers_on_record(), unmatched=False, by=Actor.person(cast.cora()), at=SUNDAY_NOON,
    )  # fmt: skip


def a_halt(one: Sliced) -> None:
    values = {
        **dict.fromkeys(market_facts.HALTS.columns), "security": one.security, "kind": "halt",
        "starts_at": TUESDAY_NOON - timedelta(hours=1), "source": "The exchange's notice",
    }  # fmt: skip
    register.enter(market_facts.HALTS, values, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def the_client_keeps_it(one: Sliced) -> None:
    terms = restriction_terms.Terms(
        kind="do_not_sell", security=one.security, reason="From her mother.", asked_by="Mia Miller",
        asked_on=MONDAY, starts_on=MONDAY,
    )  # fmt: skip
    client_restrictions.record(
        one.desk.household, terms, on=MONDAY, user_id=one.desk.ana.pk, by=SET_UP, at=SUNDAY_NOON
    )


def a_position_break(one: Sliced) -> None:
    found = breaks.Found(
        queue="positions", cause="quantity", about=one.account.public_id, sentence="40 shares are missing.",
        account=one.account, security=one.security, ours=D(100), theirs=D(60),
    )  # fmt: skip
    with transaction.atomic():
        breaks.settle([found], among=(), on=LAST_FRIDAY, at=SUNDAY_NOON)


def a_blackout(one: Sliced) -> None:
    Security.objects.update(issuer="Zed Corp")
    acts: dict[str, Any] = {"user_id": None, "by": SET_UP, "at": SUNDAY_NOON}
    insider = register.enter(
        trading_facts.INSIDERS,
        {
            **dict.fromkeys(trading_facts.INSIDERS.columns), "person": one.desk.household.people.get(),
            "issuer": "Zed Corp", "role": "officer", "starts_on": date(2020, 1, 1), "source": "Questionnaire",
        },
        **acts,
    )  # fmt: skip
    register.enter(
        trading_facts.WINDOWS,
        {
            **dict.fromkeys(trading_facts.WINDOWS.columns), "insider": insider, "kind": "blackout",
            "starts_on": TUESDAY, "ends_on": date(2026, 12, 1), "source": "The issuer's notice",
        },
        **acts,
    )  # fmt: skip


def a_life_event(one: Sliced) -> None:
    life_events.record(
        one.desk.household, kind="retirement", opened_on=TUESDAY, person=None, note="", by=SET_UP, at=SUNDAY_NOON
    )  # fmt: skip


def not_reconciled(one: Sliced) -> None:
    Account.objects.update(reconciled_on=LAST_FRIDAY)


def no_close_of_yesterday(one: Sliced) -> None:
    Price.objects.filter(as_of_on=MONDAY).delete()


def a_lock(one: Sliced) -> None:
    TaxLot.objects.filter(pk__in=one.order.lots.values("lot")).update(
        lock="collateral", lock_reason="Pledged."
    )


def lots_gone(one: Sliced) -> None:
    TaxLot.objects.filter(pk__in=one.order.lots.values("lot")).update(closed_on=MONDAY)


def its_price_moved(one: Sliced) -> None:
    Price.objects.filter(security=one.security).update(price=one.order.proposed.price * D("0.97"))


CAUSES: tuple[tuple[Callable[[Sliced], None], str], ...] = (
    (a_hold, "She is buying a house."),
    (on_the_restricted_list, "restricted list"),
    (a_halt, "trading halt"),
    (the_client_keeps_it, "From her mother"),
    (a_position_break, "Its positions differ from our book"),
    (a_blackout, "Zed Corp"),
    (a_life_event, "etire"),
    (not_reconciled, "has not been compared with the custodian"),
    (no_close_of_yesterday, "older than the last market close"),
    (a_lock, "must not be sold"),
    (lots_gone, "no longer holds the lots"),
    (its_price_moved, "was approved at"),
)


def test_where_nothing_has_changed_it_goes_by_itself(sliced: Sliced) -> None:
    assert sliced.go().state == "ready"
    assert audit.verify().is_intact


@pytest.mark.parametrize(("happens", "words"), CAUSES, ids=[one.__name__ for one, _ in CAUSES])
def test_each_cause_holds_it_and_says_so(
    sliced: Sliced, happens: Callable[[Sliced], None], words: str
) -> None:
    happens(sliced)
    held = sliced.go()
    # What nobody has to judge is not asked about: it goes by itself once that is over.
    asked = None if happens in (a_halt, on_the_restricted_list) else TUESDAY_NOON
    assert (held.state, held.asked_at) == ("held", asked)
    assert words in held.held_reason


def test_nobody_lets_it_go_before_the_cause_is_gone_and_a_trader_does_then(sliced: Sliced) -> None:
    a_lock(sliced)
    held = sliced.go()
    for who in (sliced.desk.tom, cast.cora()):
        with pytest.raises(Conflict, match="still speaks against it"):
            going.say(held, reason="Please.", by=Actor.person(who), at=TUESDAY_NOON)

    TaxLot.objects.update(lock="", lock_reason="")
    assert sliced.go().state == "held", "somebody says so"
    going.say(held, reason="The pledge is released.", by=Actor.person(sliced.desk.tom), at=TUESDAY_NOON)
    assert sliced.go().state == "ready"
    assert audit.verify().is_intact


def test_only_compliance_accepts_what_a_rule_lets_people_accept(sliced: Sliced) -> None:
    its_price_moved(sliced)
    held = sliced.go()
    assert [one.can_be_accepted for one in day_checks.of(held, at=TUESDAY_NOON)] == [True]
    with pytest.raises(NotAllowed, match="Only compliance"):
        going.say(held, reason="Fine.", by=Actor.person(sliced.desk.tom), at=TUESDAY_NOON)
    with pytest.raises(NotAllowed, match="trading desk and compliance"):
        going.say(held, reason="Fine.", by=Actor.person(sliced.desk.ana), at=TUESDAY_NOON)
    going.say(held, reason="Fine.", by=Actor.person(cast.cora()), at=TUESDAY_NOON)
    assert sliced.go().state == "ready"


def test_a_sale_that_has_not_left_is_not_among_those_of_the_year(sliced: Sliced) -> None:
    """Else the budget of gains would count it twice: once in the year to date and once as what is examined."""
    acts: dict[str, Any] = {"since": date(2026, 1, 1), "trade_on": TUESDAY}
    every = own_sales.sent(sliced.desk.household, **acts)
    left = own_sales.sent(sliced.desk.household, **acts, but=[sliced.order.pk])
    assert len(left) == len(every) - sliced.order.lots.count()
    assert {one.sent_order for one in left} == {sliced.first.orders.get().pk}  # type: ignore[attr-defined]
