"""What required distributions are computed with, as firm-wide lists: terms of accounts, and figures of a year."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access_facts, figures
from clients.models import DistributionFigure, DistributionTerms
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

STATES = (
    State("standing", "On record", lambda _: Q(ended_at=None)),
    State("ended", "Corrected or taken back", lambda _: Q(ended_at__isnull=False)),
)


def state_of(row: DistributionTerms | DistributionFigure) -> tuple[str, str]:
    """What has become of a row, and its tone."""
    if row.ended_at is None:
        return "On record", "order"
    return ("Corrected" if row.end_reason == "Corrected" else "Taken back"), "plain"


def told(row: DistributionTerms) -> str:
    """The terms in words."""
    if row.beneficiary:
        who = row.get_beneficiary_display().lower()
        chose = f", {row.get_spouse_choice_display().lower()}" if row.spouse_choice else ""
        return f"From {row.inherited_from}, who died on {figures.day(row.died_on)}; inherited by {who}{chose}"
    if row.still_working:
        return "The owner still works for the employer" + (
            ", and has more than 5% of it" if row.owns_five_percent else ""
        )
    if row.retired_on:
        return f"Retired on {figures.day(row.retired_on)}"
    return (
        "The owner has more than 5% of the employer"
        if row.owns_five_percent
        else "The owner does not work on"
    )


def worth(row: DistributionFigure) -> str:
    """A figure in words."""
    if row.divisor is not None:
        return f"{row.divisor}"
    return figures.money(row.amount)


def _terms(user: Any) -> QuerySet[DistributionTerms]:
    return access_facts.distribution_terms_for(user).select_related("account__household", "account__owner")


def _terms_cells(row: DistributionTerms, on: date) -> tuple[Shown, ...]:
    state, tone = state_of(row)
    household = row.account.household
    return (
        Shown(row.account.name, url=reverse("clients:distribution_terms", args=[row.public_id]), mark=row.account.number_last4),
        Shown(household.name, url=reverse("clients:household", args=[household.public_id])),
        Shown(told(row)),
        Shown(row.source),
        Shown(state, tone=tone),
    )  # fmt: skip


def _exported_terms(row: DistributionTerms) -> tuple[Cell, ...]:
    return (
        row.account.household.name, row.account.household.code, row.account.name, row.account.number_last4,
        row.inherited_from, row.decedent_born_on, row.died_on, row.beneficiary, row.spouse_choice,
        row.still_working, row.retired_on, row.owns_five_percent, row.source, row.ended_at, row.end_reason,
    )  # fmt: skip


TERMS = RecordList(
    kind=Kind(
        name="distribution-terms",
        about=("distribution_terms_list", "distribution-terms"),
        filters=filters(
            STATES,
            household="account__household",
            beneficiary=django_filters.ChoiceFilter(
                choices=DistributionTerms.Beneficiary.choices, label="Beneficiary"
            ),
        ),
        orderings={"household": ("account__household__name", "pk"), "died_on": ("died_on", "pk")},
        usual="household",
        defaults={"state": "standing"},
        searched=("account__household__name", "account__household__code", "account__name", "inherited_from"),
    ),
    title="Terms of required distributions",
    noun="account",
    lead="What the plan type of an account does not say: from whom it was inherited, and whose owner still works.",
    states=STATES,
    columns=(
        ("account", "Account", False),
        ("household", "Household", False),
        ("died_on", "Terms", False),
        ("source", "Where it is written", False),
        ("standing", "State", False),
    ),
    mine=_terms,
    cells=_terms_cells,
    header=(
        "household", "code", "account", "last_four", "inherited_from", "decedent_born_on", "died_on", "beneficiary",
        "spouse_choice", "still_working", "retired_on", "owns_five_percent", "source", "ended_at", "end_reason",
    ),
    exported=_exported_terms,
    empty="No such terms are on record",
    empty_body="They are entered on the account’s page, where its plan type leaves a question open.",
    more=("beneficiary",),
)  # fmt: skip


def _figures(user: Any) -> QuerySet[DistributionFigure]:
    return access_facts.distribution_figures_for(user).select_related("person__household", "account")


def _figure_cells(row: DistributionFigure, on: date) -> tuple[Shown, ...]:
    state, tone = state_of(row)
    household = row.person.household
    return (
        Shown(row.get_kind_display(), url=reverse("clients:distribution_figure", args=[row.public_id])),
        Shown(household.name, url=reverse("clients:household", args=[household.public_id])),
        Shown(str(row.person), note=row.where),
        Shown(str(row.year), note=figures.day(row.taken_on) if row.taken_on else ""),
        Shown(worth(row)),
        Shown(row.source),
        Shown(state, tone=tone),
    )


def _exported_figure(row: DistributionFigure) -> tuple[Cell, ...]:
    return (
        row.person.household.name, row.person.household.code, str(row.person), row.kind, row.year, row.where,
        row.taken_on, row.amount, row.divisor, row.source, row.ended_at, row.end_reason,
    )  # fmt: skip


FIGURES = RecordList(
    kind=Kind(
        name="distribution-figures",
        about=("distribution_figure_list", "distribution-figures"),
        filters=filters(
            STATES,
            household="person__household",
            kind=django_filters.ChoiceFilter(choices=DistributionFigure.Kind.choices, label="Kind"),
            year=django_filters.NumberFilter(label="Year", min_value=2000, max_value=2200, decimal_places=0),
        ),
        orderings={
            "household": ("person__household__name", "pk"),
            "year": ("year", "pk"),
            "amount": ("amount", "pk"),
        },
        usual="household",
        first_down=frozenset({"year", "amount"}),
        defaults={"state": "standing"},
        searched=("person__household__name", "person__household__code", "source", "place"),
    ),
    title="Figures of required distributions",
    noun="figure",
    lead="Balances of December 31, divisors, gifts to charity and what was taken elsewhere, each with its source.",
    states=STATES,
    columns=(
        ("kind", "Figure", False),
        ("household", "Household", False),
        ("owner", "Owner and account", False),
        ("year", "Year", False),
        ("amount", "Amount", True),
        ("source", "Source", False),
        ("standing", "State", False),
    ),
    mine=_figures,
    cells=_figure_cells,
    header=(
        "household", "code", "owner", "kind", "year", "where", "taken_on", "amount", "divisor", "source", "ended_at",
        "end_reason",
    ),
    exported=_exported_figure,
    empty="No figure is on record",
    empty_body="They are asked for on the household’s page of required distributions.",
    more=("kind", "year"),
)  # fmt: skip
