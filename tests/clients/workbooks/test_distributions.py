"""Facts of required distributions in a workbook: loaded, exported, corrected, and loaded again without effect."""

from __future__ import annotations

from typing import Any

import pytest

from clients.models import DistributionFigure, DistributionTerms, Household
from clients.workbooks import workbooks, writing
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.workbooks import loaded, received

pytestmark = pytest.mark.django_db

TERMS = {
    "household": "miller", "inherited_from": "Frank Miller", "decedent_born_on": "1940-01-01", "died_on": "2023-05-01",
    "beneficiary": "other", "source": "Death certificate",
}  # fmt: skip
BALANCE = {
    "household": "miller",
    "figure": "balance",
    "year": "2026",
    "amount": "474000",
    "source": "Form 5498",
}
OUTSIDE = {
    "household": "miller", "figure": "outside_balance", "place": "Elsewhere", "plan": "ira", "year": "2026",
    "amount": "90000", "source": "Statement",
}  # fmt: skip


def rows(*, amount: str = "474000") -> Any:
    everything = made.together(made.firm(), made.family())
    account = everything["accounts"][1]
    account |= {"registration": "inherited_ira"}
    everything["distribution_terms"] = [TERMS | {"account": account["account"]}]
    everything["distribution_figures"] = [
        BALANCE | {"account": account["account"], "amount": amount},
        OUTSIDE | {"owner": account["owner"]},
    ]
    return everything


@pytest.fixture
def millers() -> Household:
    cast.ana(), cast.rui()
    loaded(made.xlsx(rows()))
    return Household.objects.get()


def sentences(content: bytes, kind: str = "xlsx") -> list[str]:
    plan = workbooks.planned(received(content, f"export.{kind}"), at=SUNDAY_NOON)
    assert plan.faults == ()
    return [step.sentence for one in plan.households for step in one.steps] + [
        step.sentence for step in plan.firm.steps
    ]


def test_a_workbook_brings_terms_and_figures(millers: Household) -> None:
    terms = DistributionTerms.objects.get()
    assert (terms.inherited_from, terms.beneficiary, str(terms.died_on)) == (
        "Frank Miller",
        "other",
        "2023-05-01",
    )
    assert [
        (one.kind, str(one.amount), one.year, one.place) for one in DistributionFigure.objects.order_by("pk")
    ] == [
        ("balance", "474000.00", 2026, ""),
        ("outside_balance", "90000.00", 2026, "Elsewhere"),
    ]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_loaded_again_changes_nothing(millers: Household, kind: str) -> None:
    exported = writing.as_file(writing.everything(Household.objects.all()), kind)

    assert sentences(exported, kind) == []


def test_a_row_that_differs_corrects_what_is_on_record(millers: Household) -> None:
    loaded(made.xlsx(rows(amount="475000")))

    found = DistributionFigure.objects.filter(kind="balance").order_by("pk")
    assert [(str(one.amount), one.end_reason) for one in found] == [
        ("474000.00", "Corrected"),
        ("475000.00", ""),
    ]
