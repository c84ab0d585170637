"""A plan about chosen classes only: whatever else stands outside its band is left as it is, and at most funds them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.documents.household import ClassPolicy, Household, SleeveTarget
from rebalancing.portfolios.portfolios import Portfolio

ZERO, ONE = Decimal(0), Decimal(1)


def only(portfolio: Portfolio, classes: Collection[str]) -> Portfolio:
    """The portfolio with bands that every other class and its sleeves stand inside of, wherever they stand."""
    policy = portfolio.household.policy
    widened = replace(
        policy,
        classes=tuple(row if row.id in classes else _open(row) for row in policy.classes),
        sleeve_targets=tuple(
            row if row.asset_class in classes else _unmeasured(row) for row in policy.sleeve_targets
        ),
    )
    return replace(portfolio, household=replace(portfolio.household, policy=widened))


def as_in(portfolio: Portfolio, shown: Household) -> Portfolio:
    """The portfolio about the classes that a plan made before was about, where it was about some only."""
    open_before = {row.id for row in shown.policy.classes if (row.lower, row.upper) == (ZERO, ONE)}
    policy = portfolio.household.policy
    opened = {row.id for row in policy.classes if (row.lower, row.upper) != (ZERO, ONE)} & open_before
    return only(portfolio, {row.id for row in policy.classes} - opened) if opened else portfolio


def _open(row: ClassPolicy) -> ClassPolicy:
    return replace(row, lower=ZERO, upper=ONE)


def _unmeasured(row: SleeveTarget) -> SleeveTarget:
    return replace(row, is_measured=False)
