"""What a what-if may be asked: the fields of its form, what they name on record, and the question in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import django_filters
from django.core.validators import validate_slug
from django.forms import HiddenInput, Select

from clients import access as record
from clients.models import AssetClass, ModelPortfolio
from compliance.lists.asked import Asked, Fault, Kind
from rebalancing.what_if.changes import Change

ZERO, HUNDRED = Decimal(0), Decimal(100)
BPS = Decimal(10_000)
RATE = Decimal("23.8")
"""Percent: the highest federal rate on long-term gains, 20% (IRC 1(h)) and 3.8% (IRC 1411)."""
STANDINGS = {
    "newly": "Newly outside",
    "no_longer": "No longer outside",
    "still": "Outside both ways",
}


class WhatIfFilters(django_filters.FilterSet):
    """What can be asked. Percentages are percent of the portfolio, of the target and of gains."""

    model = django_filters.CharFilter(
        label="Model",
        validators=[validate_slug],
        max_length=32,
        help_text="Only the households that follow it; none: all.",
    )
    version = django_filters.NumberFilter(
        label="Targets of its version",
        min_value=1,
        max_value=32_000,
        decimal_places=0,
        help_text="The version's number, a draft's too.",
    )
    asset_class = django_filters.CharFilter(
        label="Class",
        validators=[validate_slug],
        max_length=32,
        help_text="Whose band changes; none: every class but cash.",
    )
    points = django_filters.NumberFilter(
        label="Band in points",
        min_value=Decimal("0.1"),
        max_value=25,
        decimal_places=4,
        help_text="Half its width, in percentage points.",
    )
    share = django_filters.NumberFilter(
        label="Band as a share",
        min_value=1,
        max_value=50,
        decimal_places=4,
        help_text="Half its width, in percent of the target. With points, the narrower counts.",
    )
    minimum_trade = django_filters.NumberFilter(
        label="Smallest trade",
        min_value=0,
        max_value=10_000_000,
        decimal_places=2,
        help_text="In dollars, by class.",
    )
    half_spread = django_filters.NumberFilter(
        label="Half spread",
        min_value=0,
        max_value=500,
        decimal_places=2,
        help_text="The cost of one side of a trade, in basis points.",
    )
    tax_rate = django_filters.NumberFilter(
        label="Tax on gains",
        min_value=0,
        max_value=60,
        decimal_places=2,
        help_text=f"In percent; empty: {RATE}, the highest federal rate on long-term gains.",
    )
    show = django_filters.ChoiceFilter(label="Households", choices=list(STANDINGS.items()))


KIND = Kind(
    name="what-if",
    about=("what_if", "what-if"),
    filters=WhatIfFilters,
    orderings={
        "name": lambda row: (row.name, row.code),
        "moved": lambda row: row.moved,
        "tax": lambda row: (row.tax is not None, row.tax or ZERO),
        "drift": lambda row: abs(row.drift),
    },
    first_down=frozenset({"moved", "tax", "drift"}),
    searched=lambda row: f"{row.name} {row.code}",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, with what it names."""

    asked: Asked
    change: Change
    model: ModelPortfolio | None
    rate: Decimal


def read(user: Any, asked: Asked) -> Question:
    """What is asked, with a fault for what it names and is not on record for this person."""
    given, faults = asked.chosen, list(asked.faults)
    model = version = None
    if key := given.get("model"):
        model = record.models_for(user).filter(public_id=key).first()
        if model is None:
            faults.append(Fault("model", "Model: there is no such model."))
    if number := given.get("version"):
        if model is None:
            if not given.get("model"):
                faults.append(
                    Fault("version", "Targets of its version: choose the model whose version it is.")
                )
        else:
            version = model.versions.filter(version=int(number)).first()
            if version is None:
                faults.append(
                    Fault("version", f"Targets of its version: {model.name} has no version {int(number)}.")
                )
    code = given.get("asset_class") or ""
    if code and not AssetClass.objects.filter(code=code).exists():
        faults.append(Fault("asset_class", "Class: there is no such class."))
    points, share = given.get("points"), given.get("share")
    if code and points is None and share is None and not faults:
        faults.append(Fault("asset_class", "Class: say how wide its band would be, in points or as a share."))
    rate = given.get("tax_rate")
    spread = given.get("half_spread")
    return Question(
        asked=replace(asked, faults=tuple(faults)),
        change=Change(
            asset_class=code,
            points=None if points is None else points / HUNDRED,
            share=None if share is None else share / HUNDRED,
            version=version,
            minimum_trade=given.get("minimum_trade"),
            half_spread=None if spread is None else spread / BPS,
        ),
        model=model,
        rate=RATE if rate is None else rate,
    )


def form_of(user: Any, asked: Asked) -> Any:
    """The questions to fill in, each with what was wrong about it."""
    form = asked.form()
    models = record.models_for(user).order_by("name").values_list("public_id", "name")
    classes = AssetClass.objects.order_by("position", "code").values_list("code", "name")
    form.fields["model"].widget = Select(choices=[("", "All models"), *models])
    form.fields["asset_class"].widget = Select(choices=[("", "Every class but cash"), *classes])
    form.fields["show"].widget = HiddenInput()
    if form.is_valid():
        for fault in asked.faults:
            if fault.name in form.fields:
                form.add_error(fault.name, fault.sentence)
    return form


def words(question: Question) -> Iterator[str]:
    """What is asked, in sentences."""
    change, model = question.change, question.model
    if model is not None:
        yield f"Only households that follow {model.name}."
    if change.version is not None:
        yield f"Their targets would be the weights of version {change.version.version}; bands keep their width in points."
    widths = [
        *([f"{_plain(change.points * 100)} points"] if change.points is not None else []),
        *([f"{_plain(change.share * 100)}% of the target"] if change.share is not None else []),
    ]
    if widths:
        of = f"the class {change.asset_class}" if change.asset_class else "every class but cash"
        narrower = ", whichever is narrower" if len(widths) > 1 else ""
        yield f"The band of {of} would be {' or '.join(widths)} on each side{narrower}, and never wider than half its target."
    if change.minimum_trade is not None:
        yield f"No trade would be smaller than ${change.minimum_trade:,.2f}."
    if change.half_spread is not None:
        yield f"Half the spread would cost {_plain(change.half_spread * BPS)} basis points."


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
