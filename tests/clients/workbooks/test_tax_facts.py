"""Accounts elsewhere and elections of the average basis in a workbook: loaded, exported, changed, refused row by row."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clients.models import BasisElection, Household, OutsideAccount, Security
from clients.workbooks import workbooks, writing
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.workbooks import loaded, received

pytestmark = pytest.mark.django_db

PLAN = {
    "household": "miller", "name": "Acme 401(k)", "institution": "Acme", "registration": "plan_401k", "buys": "ZUS",
    "declared_on": "2026-11-01",
}  # fmt: skip
ELECTION = {
    "household": "miller", "symbol": "ZUF", "elected_on": "2026-03-02", "document": "Letter of March",
}  # fmt: skip


def rows(*, elsewhere: dict[str, Any] | None = None, election: dict[str, Any] | None = None) -> Any:
    everything = made.together(made.firm(), made.family())
    taxable = next(one for one in everything["accounts"] if one["registration"] == "joint")
    owner = next(one["owner"] for one in everything["accounts"] if one.get("owner"))
    everything["outside_accounts"] = [PLAN | {"owner": owner} | (elsewhere or {})]
    everything["basis_elections"] = [ELECTION | {"account": taxable["account"]} | (election or {})]
    return everything


@pytest.fixture
def fund(db: None) -> Security:
    cast.ana(), cast.rui()
    return Security.objects.create(symbol="ZUF", name="A mutual fund", kind="mutual_fund")


@pytest.fixture
def millers(fund: Security) -> Household:
    loaded(made.xlsx(rows()))
    return Household.objects.get()


def planned(content: bytes, kind: str = "xlsx") -> tuple[list[str], list[str]]:
    plan = workbooks.planned(received(content, f"export.{kind}"), at=SUNDAY_NOON)
    return [step.sentence for one in plan.households for step in one.steps], [
        f"{one.column.split()[-1]}: {one.rule}" for one in plan.faults
    ]


def test_a_workbook_brings_accounts_elsewhere_and_elections(millers: Household) -> None:
    elsewhere = OutsideAccount.objects.get()
    assert (elsewhere.name, elsewhere.registration, elsewhere.buys, elsewhere.owner.household) == (
        "Acme 401(k)",
        "plan_401k",
        ["ZUS"],
        millers,
    )
    election = BasisElection.objects.get()
    assert (election.security.symbol, election.elected_on) == ("ZUF", date(2026, 3, 2))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_loaded_again_changes_nothing(millers: Household, kind: str) -> None:
    exported = writing.as_file(writing.everything(Household.objects.all()), kind)

    assert planned(exported, kind) == ([], [])


def test_a_row_that_differs_changes_what_is_on_record(millers: Household) -> None:
    loaded(made.xlsx(rows(elsewhere={"has_statements": "yes"}, election={"document": "Letter of April"})))

    assert [(one.has_statements, one.end_reason) for one in OutsideAccount.objects.order_by("pk")] == [
        (False, "Changed"),
        (True, ""),
    ]
    assert [(one.document, one.end_reason) for one in BasisElection.objects.order_by("pk")] == [
        ("Letter of March", "Changed"),
        ("Letter of April", ""),
    ]


@pytest.mark.parametrize(
    ("elsewhere", "election", "fault"),
    [
        ({"owner": "Somebody Else"}, {}, "owner: Somebody Else is not a person of household miller."),
        ({"buys": "NOPE"}, {}, "buys: No such security is on record."),
        ({"declared_on": "2027-01-04"}, {}, "declared_on: This day is still to come."),
        ({}, {"symbol": "NOPE"}, "symbol: No such security is on record."),
        ({}, {"elected_on": "2027-01-04"}, "elected_on: This day is still to come."),
        (
            {},
            {"symbol": "ZUS"},
            "symbol: ZUS is no mutual fund; the average basis is for those (IRC 1012(d)).",
        ),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, dict) else "",
)
def test_what_cannot_be_is_named_by_row_and_column(
    elsewhere: dict[str, Any], election: dict[str, Any], fault: str, millers: Household
) -> None:
    _, faults = planned(made.xlsx(rows(elsewhere=elsewhere, election=election)))

    assert faults == [fault]
