"""A household's money due, its holds and its life events, each with the doors this person may use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from clients.models import (
    Account,
    CashFlow,
    CashFlowRule,
    ClientRestriction,
    Hold,
    Household,
    LifeEvent,
)
from clients.pages import facts, trading_facts
from clients.pages.holdings import keys_of
from clients.pages.lists import money_due, waiting
from clients.pages.lists import restrictions as wishes
from compliance.doors import pages
from compliance.doors.pages import DoorLink
from compliance.statements.reads import Asked, prepared


@dataclass(frozen=True, slots=True)
class FlowRow:
    flow: CashFlow
    kind: str
    account: str
    is_late: bool
    url: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A recurring cash need that runs. `when` are its days in words."""

    rule: CashFlowRule
    kind: str
    account: str
    when: str
    url: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class HoldRow:
    hold: Hold
    where: str
    by: str
    url: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class WishRow:
    """A restriction outside the policy. `state` is empty for one that is in force."""

    account_id: int | None
    what: str
    where: str
    reason: str
    asked_by: str
    asked_on: date
    document: str
    until_on: date | None
    state: str
    tone: str
    url: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class EventRow:
    event: LifeEvent
    kind: str
    state: str
    tone: str
    url: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class NewDoors:
    """Where something new is entered for a household."""

    cash: tuple[DoorLink, ...]
    holds: tuple[DoorLink, ...]
    events: tuple[DoorLink, ...]
    accounts: tuple[DoorLink, ...]
    restrictions: tuple[DoorLink, ...]


def new(user: Any, household: Household) -> NewDoors:
    """The doors of new facts that this person may use."""
    return NewDoors(
        cash=pages.links(
            ("clients:cash_need_add", "clients:recurring_cash_add", "clients:distribution_figure_record"),
            user,
            household,
        ),
        holds=pages.links(("clients:hold_place",), user, household),
        events=pages.links(("clients:life_event_record",), user, household),
        accounts=pages.links(
            ("clients:account_open", "rebalancing:outside_account_declare"), user, household
        ),
        restrictions=pages.links(
            ("clients:client_restriction_record", *trading_facts.OF_A_HOUSEHOLD), user, household
        ),
    )


def asked(accounts: Sequence[Account]) -> tuple[Asked | None, ...]:
    """What is asked of the accounts, to be sent with other questions."""
    return _planned.asked(keys_of(accounts)), _running.asked(keys_of(accounts))


def asked_of(household: Household, *, on: date) -> tuple[Asked | None, ...]:
    """What is asked of the household, likewise."""
    return _standing.asked(household.pk, on), _wishes.asked(household.pk, on), _events.asked(household.pk)


@prepared
def _planned(accounts: list[int]) -> QuerySet[CashFlow]:
    found = CashFlow.objects.filter(account__in=accounts, done_on=None, cancelled_at=None)
    return found.select_related("account__household").order_by("due_on", "pk")


@prepared
def _running(accounts: list[int]) -> QuerySet[CashFlowRule]:
    found = CashFlowRule.objects.filter(account__in=accounts, ended_at=None)
    return found.select_related("account__household").order_by("pk")


@prepared
def _standing(household: int, on: date) -> QuerySet[Hold]:
    found = Hold.objects.filter(household=household, lifted_at=None, expires_on__gte=on)
    return found.select_related("household", "account", "security", "placed_by")


@prepared
def _wishes(household: int, on: date) -> QuerySet[ClientRestriction]:
    found = ClientRestriction.objects.filter(household=household, cancelled_at=None).exclude(ends_on__lt=on)
    return found.select_related("household", "account", "lot__security", "security", "asset_class")


@prepared
def _events(household: int) -> QuerySet[LifeEvent]:
    found = LifeEvent.objects.filter(household=household, cancelled_at=None)
    return found.select_related("household", "person")


def flows(user: Any, accounts: Sequence[Account], *, on: date) -> Iterable[FlowRow]:
    """Money that is due, by its day."""
    for flow in _planned.rows(keys_of(accounts)):
        yield FlowRow(
            flow=flow,
            kind=flow.get_kind_display(),
            account=flow.account.name,
            is_late=flow.due_on < on,
            url=reverse("clients:cash_need", args=[flow.public_id]),
            doors=pages.links(facts.CASH_DOORS, user, flow),
        )


def rules(user: Any, accounts: Sequence[Account]) -> Iterable[RuleRow]:
    """The recurring cash needs that run."""
    for rule in _running.rows(keys_of(accounts)):
        yield RuleRow(
            rule=rule,
            kind=rule.get_kind_display(),
            account=rule.account.name,
            when=money_due.when(rule),
            url=reverse("clients:recurring_cash", args=[rule.public_id]),
            doors=pages.links(facts.RULE_DOORS, user, rule),
        )


def holds(user: Any, household: Household, *, on: date) -> Iterable[HoldRow]:
    """The holds that are in force or still to come."""
    for hold in _standing.rows(household.pk, on):
        yield HoldRow(
            hold=hold,
            where=waiting.where(hold),
            by=hold.placed_by.get_full_name() if hold.placed_by else "the custodian's file",
            url=reverse("clients:hold", args=[hold.public_id]),
            doors=pages.links(facts.HOLD_DOORS, user, hold),
        )


def restrictions(user: Any, household: Household, *, on: date) -> Iterable[WishRow]:
    """What the client asked for outside the policy, in force or still to come."""
    for row in _wishes.rows(household.pk, on):
        state, tone = wishes.state_of(row, on=on)
        yield WishRow(
            account_id=row.account_id,
            what=wishes.words(row),
            where=wishes.where(row),
            reason=row.reason,
            asked_by=row.asked_by,
            asked_on=row.asked_on,
            document=row.document,
            until_on=row.ends_on,
            state="" if state == "In force" else state,
            tone=tone,
            url=reverse("clients:client_restriction", args=[row.public_id]),
            doors=pages.links(facts.RESTRICTION_DOORS, user, row),
        )


def events(user: Any, household: Household) -> Iterable[EventRow]:
    """The life events, without those that were taken back."""
    for event in _events.rows(household.pk):
        state, tone = waiting.event_state(event)
        yield EventRow(
            event=event,
            kind=event.get_kind_display(),
            state=state,
            tone=tone,
            url=reverse("clients:life_event", args=[event.public_id]),
            doors=pages.links(facts.EVENT_DOORS, user, event),
        )
