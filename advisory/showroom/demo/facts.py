"""Facts about the families beyond their holdings: cash flows, life events, holds, sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal as D

from advisory.models import User
from advisory.showroom.demo import people
from advisory.showroom.demo.households import BY, OnRecord
from advisory.showroom.demo.shapes import HEAD, SPOUSE
from clients.households import cash_flows, holds, households, life_events
from clients.models import CashFlow, Hold, LifeEvent, Person
from rebalancing.engine.market.calendars import new_york


@dataclass(frozen=True, slots=True)
class ClientSignIn:
    """A client who may sign in, and what they can see."""

    email: str
    name: str
    look_at: str


def record(
    on_record: list[OnRecord], *, users: dict[str, User], as_of: date, at: datetime
) -> list[ClientSignIn]:
    """Record the facts of every situation; returns the clients who may sign in."""
    for one in on_record:
        _put_aside(one, users=users, as_of=as_of, at=at)
        _of_situation(one, users=users, as_of=as_of, at=at)
    return _sign_ins(on_record, at=at)


def _of_situation(one: OnRecord, *, users: dict[str, User], as_of: date, at: datetime) -> None:
    advisor = users[one.family.advisor]
    situation = one.family.situation.code
    if situation == "withdrawal_due":
        cash_flows.expect(
            one.account(0),
            kind=CashFlow.Kind.WITHDRAWAL,
            amount=-(one.family.value * D("0.06")).quantize(D(1)),
            due_on=_soon(as_of),
            note="New roof" if one.family.place % 2 else "First tuition payment",
            user_id=advisor.pk,
            by=BY,
            at=at,
        )
    elif situation == "life_event":
        is_retiring = bool(one.family.place % 2)
        life_events.record(
            one.household,
            kind=LifeEvent.Kind.RETIREMENT if is_retiring else LifeEvent.Kind.INHERITANCE,
            opened_on=as_of - timedelta(days=18),
            person=one.people[HEAD],
            note="Last day at work is set." if is_retiring else "An estate is being settled.",
            by=BY,
            at=at,
        )
    elif situation == "hold":
        holds.place(
            one.household,
            account=None,
            security=None,
            kind=Hold.Kind.ADVISOR,
            reason="The client is buying a house and asked not to trade before closing.",
            starts_on=as_of - timedelta(days=9),
            expires_on=as_of + timedelta(days=40),
            user_id=advisor.pk,
            by=BY,
            at=at,
        )


def _soon(as_of: date) -> date:
    """The fourth session after the last one: money due then is raised at once, and money due later would wait for its day."""
    day = as_of
    for _ in range(4):
        day = new_york().session_after(day)
    return day


def _put_aside(one: OnRecord, *, users: dict[str, User], as_of: date, at: datetime) -> None:
    """Accounts that are measured and not traded, each with its reason and an end."""
    for place, account in enumerate(one.family.accounts):
        if account.aside:
            holds.place(
                one.household,
                account=one.account(place),
                security=None,
                kind=Hold.Kind.CUSTODIAN,
                reason=account.aside,
                starts_on=as_of - timedelta(days=5),
                expires_on=as_of + timedelta(days=80),
                user_id=users[one.family.advisor].pk,
                by=BY,
                at=at,
            )


def _sign_ins(on_record: list[OnRecord], *, at: datetime) -> list[ClientSignIn]:
    """A client who sees the household, a spouse who sees her own accounts, and one who must consent."""
    wanted = (
        ("client", "embedded_gains", HEAD, Person.MaySee.HOUSEHOLD, "the whole household"),
        ("spouse", "embedded_gains", SPOUSE, Person.MaySee.OWN_ACCOUNTS, "own accounts only"),
        ("consent", "non_discretionary", HEAD, Person.MaySee.HOUSEHOLD, "decides each proposal"),
        ("quiet", "inside", HEAD, Person.MaySee.HOUSEHOLD, "a household where nothing had to be done"),
    )
    found = []
    for short, situation, place, may_see, look_at in wanted:
        one = next((each for each in on_record if each.family.situation.code == situation), None)
        if one is None:
            continue
        user = people.join_client(short, name=one.family.people[place].name, at=at)
        households.grant_sign_in(one.people[place], user=user, may_see=may_see, by=BY, at=at)
        found.append(ClientSignIn(user.email, user.name, f"{look_at} ({one.family.name})"))
    return found
