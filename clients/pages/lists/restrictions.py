"""What clients ask for outside their policies, and employers' plans with their menus, as firm-wide lists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from clients import access_facts, figures
from clients.models import ClientRestriction, EmployerPlan
from clients.pages.lists.record_list import ANY, RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

SOON = timedelta(days=30)
STATES = (
    State(
        "in_force",
        "In force",
        lambda on: Q(cancelled_at=None, starts_on__lte=on) & (Q(ends_on=None) | Q(ends_on__gte=on)),
    ),
    State(
        "ending",
        "Ending within 30 days",
        lambda on: Q(cancelled_at=None, ends_on__gte=on, ends_on__lte=on + SOON),
    ),
    State("to_come", "Still to come", lambda on: Q(cancelled_at=None, starts_on__gt=on)),
    State("over", "Ended by themselves", lambda on: Q(cancelled_at=None, ends_on__lt=on)),
    State("cancelled", "Cancelled or replaced", lambda _: Q(cancelled_at__isnull=False)),
)
PLAN_STATES = (
    State("in_use", "In use", lambda _: Q(retired_at=None)),
    State("retired", "Retired", lambda _: Q(retired_at__isnull=False)),
)


def words(row: ClientRestriction) -> str:
    """What is asked for, as a sentence without its end: `No more than 5% in XYZ`."""
    if row.weight_cap is not None:
        return f"{row.get_kind_display()} {figures.weight_trimmed(row.weight_cap)}% in {row.what}"
    return f"{row.get_kind_display()}: {row.what}"


def where(row: ClientRestriction) -> str:
    """Where it holds."""
    return row.account.name if row.account else "everywhere"


def state_of(row: ClientRestriction, *, on: date) -> tuple[str, str]:
    """What has become of a restriction, and its tone."""
    if row.cancelled_at is not None:
        return "Changed" if row.cancel_reason == "Changed" else "Cancelled", "plain"
    if row.ends_on is not None and row.ends_on < on:
        return "Ended", "plain"
    return ("To come", "plain") if row.starts_on > on else ("In force", "attention")


def _mine(user: Any) -> QuerySet[ClientRestriction]:
    found = access_facts.client_restrictions_for(user)
    return found.select_related("household", "account", "lot__security", "security", "asset_class", "made_by")


def _cells(row: ClientRestriction, on: date) -> tuple[Shown, ...]:
    state, tone = state_of(row, on=on)
    return (
        Shown(words(row), url=reverse("clients:client_restriction", args=[row.public_id])),
        Shown(row.household.name, url=reverse("clients:household", args=[row.household.public_id])),
        Shown(where(row)),
        Shown(row.reason, note=f"{row.asked_by}, {figures.day(row.asked_on)}"),
        Shown(figures.day(row.ends_on) if row.ends_on else "Until cancelled"),
        Shown(state, tone=tone),
    )


def _exported(row: ClientRestriction) -> tuple[Cell, ...]:
    return (
        row.household.name, row.household.code, row.kind, row.what, where(row), row.weight_cap, row.reason,
        row.asked_by, row.asked_on, row.document, row.starts_on, row.ends_on, row.cancelled_at, row.cancel_reason,
    )  # fmt: skip


RESTRICTIONS = RecordList(
    kind=Kind(
        name="client-restrictions",
        about=("client_restriction_list", "client-restrictions"),
        filters=filters(
            STATES,
            household="household",
            kind=django_filters.ChoiceFilter(choices=ClientRestriction.Kind.choices, label="Kind"),
        ),
        orderings={
            "ends_on": ("ends_on", "pk"),
            "household": ("household__name", "pk"),
            "starts_on": ("starts_on", "pk"),
        },
        usual="household",
        defaults={"state": "in_force"},
        searched=("household__name", "household__code", "reason", "issuers"),
    ),
    title="Client restrictions",
    noun="restriction",
    lead="What clients ask for outside their policies. Plans, rules and checks obey it like the policy itself.",
    states=STATES,
    columns=(
        ("what", "Restriction", False),
        ("household", "Household", False),
        ("where", "Where", False),
        ("reason", "Why, and who asked", False),
        ("ends_on", "Until", False),
        ("standing", "State", False),
    ),
    mine=_mine,
    cells=_cells,
    header=(
        "household", "code", "kind", "what", "where", "weight_cap", "reason", "asked_by", "asked_on", "document",
        "starts_on", "ends_on", "cancelled_at", "cancel_reason",
    ),
    exported=_exported,
    empty="No restriction is on record",
    empty_body="Restrictions are recorded on a household's page, under Policy.",
)  # fmt: skip


def _plan_state(self: Any, rows: QuerySet[EmployerPlan], name: str, value: str) -> QuerySet[EmployerPlan]:
    by_name = {one.name: one for one in PLAN_STATES}
    return rows if value == ANY else rows.filter(by_name[value].rows(None))


class PlanFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(
        choices=[*((one.name, one.label) for one in PLAN_STATES), (ANY, "All")], method="in_state"
    )
    in_state = _plan_state


def _plans(user: Any) -> QuerySet[EmployerPlan]:
    listed = Count("funds", filter=Q(funds__ended_at=None), distinct=True)
    members = Count("accounts", filter=Q(accounts__ended_at=None), distinct=True)
    return access_facts.employer_plans_for(user).annotate(funds_count=listed, accounts_count=members)


def _plan_cells(plan: Any, on: date) -> tuple[Shown, ...]:
    retired = plan.retired_at is not None
    return (
        Shown(plan.name, url=reverse("clients:employer_plan", args=[plan.public_id])),
        Shown(plan.code),
        Shown(str(plan.funds_count)),
        Shown(str(plan.accounts_count)),
        Shown(plan.source),
        Shown("Retired" if retired else "In use", tone="plain" if retired else "order"),
    )


def _exported_plan(plan: Any) -> tuple[Cell, ...]:
    return plan.name, plan.code, plan.funds_count, plan.accounts_count, plan.source, plan.retired_at


PLANS = RecordList(
    kind=Kind(
        name="employer-plans",
        about=("employer_plan_list", "employer-plans"),
        filters=PlanFilters,
        orderings={"name": ("name", "pk")},
        usual="name",
        defaults={"state": "in_use"},
        searched=("name", "code"),
    ),
    title="Employers’ plans",
    noun="plan",
    lead="What each plan lets its participants buy. In an account of a plan without a menu nothing is bought.",
    states=PLAN_STATES,
    columns=(
        ("name", "Plan", False),
        ("code", "Code", False),
        ("funds", "Funds", True),
        ("accounts", "Accounts", True),
        ("source", "Document", False),
        ("standing", "State", False),
    ),
    mine=_plans,
    cells=_plan_cells,
    header=("plan", "code", "funds", "accounts", "document", "retired_at"),
    exported=_exported_plan,
    empty="No employer’s plan is on record",
    empty_body="Add the plan with its menu, then say on each account which plan it belongs to.",
)
