"""Money due across the firm: cash needs by their day, and the rules of those that recur."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access, figures
from clients.models import Account, CashFlow, CashFlowRule
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

SOON = timedelta(days=14)
_OPEN = {"done_on": None, "cancelled_at": None}

STATES = (
    State("open", "Open", lambda _: Q(**_OPEN)),
    State("overdue", "Past due", lambda on: Q(**_OPEN, due_on__lt=on)),
    State("soon", "Due within 14 days", lambda on: Q(**_OPEN, due_on__gte=on, due_on__lte=on + SOON)),
    State("done", "Done", lambda _: Q(done_on__isnull=False)),
    State("cancelled", "Cancelled", lambda _: Q(cancelled_at__isnull=False)),
)
RULE_STATES = (
    State("running", "Running", lambda _: Q(ended_at=None)),
    State("ended", "Ended", lambda _: Q(ended_at__isnull=False)),
)


def state_of(flow: CashFlow, *, on: date) -> tuple[str, str]:
    """What has become of a cash need, and its tone."""
    if flow.done_on is not None:
        return "Done", "order"
    if flow.cancelled_at is not None:
        return "Cancelled", "plain"
    return ("Past due", "attention") if flow.due_on < on else ("Open", "plain")


def _flows(user: Any) -> QuerySet[CashFlow]:
    return access.cash_flows_for(user).select_related("account__household", "rule")


def _flow_cells(flow: CashFlow, on: date) -> tuple[Shown, ...]:
    state, tone = state_of(flow, on=on)
    return (
        Shown(figures.day(flow.due_on), url=reverse("clients:cash_need", args=[flow.public_id])),
        Shown(
            flow.account.household.name,
            url=reverse("clients:household", args=[flow.account.household.public_id]),
        ),
        Shown(flow.account.name, mark=flow.account.number_last4),
        Shown(flow.get_kind_display(), note=flow.note),
        Shown(figures.amount(flow.amount, signed=True)),
        Shown("Recurring" if flow.rule_id else "Once"),
        Shown(state, tone=tone, note=flow.cancel_reason),
    )


def _exported_flow(flow: CashFlow) -> tuple[Cell, ...]:
    return (
        flow.due_on, flow.account.household.name, flow.account.household.code, flow.account.name,
        flow.account.number_last4, flow.kind, flow.amount, flow.note, bool(flow.rule_id), flow.done_on,
        flow.cancelled_at, flow.cancel_reason,
    )  # fmt: skip


def _rules(user: Any) -> QuerySet[CashFlowRule]:
    return access.cash_flow_rules_for(user).select_related("account__household")


def when(rule: CashFlowRule) -> str:
    """A rule's days, as a person says them."""
    day = "the last day" if rule.day == 31 else f"day {rule.day}"
    ends = ""
    if rule.until_on is not None:
        ends = f", until {figures.day(rule.until_on)}"
    elif rule.count is not None:
        ends = f", {rule.count} times"
    return f"{rule.get_every_display()} on {day}, from {figures.day(rule.starts_on)}{ends}"


def _rule_cells(rule: CashFlowRule, on: date) -> tuple[Shown, ...]:
    return (
        Shown(when(rule), url=reverse("clients:recurring_cash", args=[rule.public_id])),
        Shown(
            rule.account.household.name,
            url=reverse("clients:household", args=[rule.account.household.public_id]),
        ),
        Shown(rule.account.name, mark=rule.account.number_last4),
        Shown(rule.get_kind_display(), note=rule.note),
        Shown(figures.amount(rule.amount, signed=True)),
        Shown("Ended", note=rule.end_reason) if rule.ended_at else Shown("Running", tone="order"),
    )


def _exported_rule(rule: CashFlowRule) -> tuple[Cell, ...]:
    return (
        rule.account.household.name, rule.account.household.code, rule.account.name, rule.account.number_last4,
        rule.kind, rule.amount, rule.every, rule.day, rule.starts_on, rule.until_on, rule.count, rule.moved, rule.note,
        rule.ended_at, rule.end_reason,
    )  # fmt: skip


_CUSTODIANS = django_filters.ChoiceFilter(
    field_name="account__custodian", choices=Account.Custodian.choices, label="Custodian"
)
_KINDS = django_filters.ChoiceFilter(choices=CashFlow.Kind.choices, label="Kind")

CASH_NEEDS = RecordList(
    kind=Kind(
        name="cash-needs",
        about=("cash_need_list", "cash-needs"),
        filters=filters(STATES, household="account__household", kind=_KINDS, custodian=_CUSTODIANS),
        orderings={
            "due_on": ("due_on", "pk"),
            "household": ("account__household__name", "due_on", "pk"),
            "amount": ("amount", "pk"),
        },
        usual="due_on",
        defaults={"state": "open"},
        searched=("account__household__name", "account__household__code", "account__name", "note"),
    ),
    title="Money due",
    noun="cash need",
    lead="What is planned into and out of accounts. A plan raises what is due within 35 days.",
    states=STATES,
    columns=(
        ("due_on", "Due", False),
        ("household", "Household", False),
        ("account", "Account", False),
        ("kind", "Kind", False),
        ("amount", "Amount $", True),
        ("repeats", "How often", False),
        ("standing", "State", False),
    ),
    mine=_flows,
    cells=_flow_cells,
    header=(
        "due_on", "household", "code", "account", "account_last_four", "kind", "amount", "note", "recurring",
        "done_on", "cancelled_at", "reason",
    ),
    exported=_exported_flow,
    empty="No money is due",
    empty_body="Cash needs are added on a household's page.",
)  # fmt: skip

RECURRING = RecordList(
    kind=Kind(
        name="recurring-cash-needs",
        about=("recurring_cash_list", "recurring-cash-needs"),
        filters=filters(RULE_STATES, household="account__household", kind=_KINDS, custodian=_CUSTODIANS),
        orderings={
            "starts_on": ("starts_on", "pk"),
            "household": ("account__household__name", "pk"),
            "amount": ("amount", "pk"),
        },
        usual="household",
        defaults={"state": "running"},
        searched=("account__household__name", "account__household__code", "account__name", "note"),
    ),
    title="Recurring money",
    noun="recurring cash need",
    lead="Rules whose occurrences are put on record 100 days ahead.",
    states=RULE_STATES,
    columns=(
        ("starts_on", "When", False),
        ("household", "Household", False),
        ("account", "Account", False),
        ("kind", "Kind", False),
        ("amount", "Amount $", True),
        ("standing", "State", False),
    ),
    mine=_rules,
    cells=_rule_cells,
    header=(
        "household", "code", "account", "account_last_four", "kind", "amount", "every", "day", "starts_on",
        "until_on", "count", "moved", "note", "ended_at", "reason",
    ),
    exported=_exported_rule,
    empty="No recurring cash need",
    empty_body="They are added on a household's page.",
)  # fmt: skip
