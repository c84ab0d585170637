"""Policies and models, read-only: bands as numbers, the tree with its weights, versions, and who may look."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Household, ModelPortfolio, Policy, PolicyTarget
from clients.policies import drafts
from tests import cast
from tests.factories.households import a_managed_household
from tests.pages import as_, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Any]:
    return {"ana": cast.ana(), "rui": cast.rui()}


@pytest.fixture
def household(people: dict[str, Any]) -> Household:
    return a_managed_household(advisor=people["ana"], reviewer=people["rui"])


def policy_url() -> str:
    return reverse("clients:policy", args=[Policy.objects.get().public_id])


def model_url() -> str:
    return reverse("clients:model", args=[ModelPortfolio.objects.get().public_id])


def test_bands_are_shown_as_numbers_beside_the_words_that_made_them(
    household: Household, people: dict[str, Any]
) -> None:
    page = page_of(as_(people["ana"]).get(policy_url()))

    assert page.heading == "Investment policy of Miller, version 1: in force since Mar 3, 2026"
    assert {(row.name, row.bar.lower, row.bar.target, row.bar.upper, row.rule) for row in page.targets} == {
        ("US stocks", D("0.53"), D("0.58"), D("0.63"), "5 points either side"),
        ("US bonds", D("0.35"), D("0.40"), D("0.45"), "5 points either side"),
        ("Cash", D(0), D("0.02"), D("0.04"), "its own low and high"),
    }
    assert page.target_total == 1
    assert page.read_only.startswith("An adopted version never changes.")
    assert page.model_url == model_url()


def test_programs_read_every_term_that_is_signed(household: Household, people: dict[str, Any]) -> None:
    policy = Policy.objects.get()
    shown = as_(people["ana"]).get(f"/api/v1/policies/{policy.public_id}/").json()

    assert set(drafts.TERMS) | {"version", "model", "sections", "restrictions", "signatures"} <= shown.keys()
    columns = {column.name for column in PolicyTarget._meta.concrete_fields} - {"id", "policy", "asset_class"}
    assert columns <= shown["targets"][0].keys()
    assert [(one["party"], one["method"]) for one in shown["signatures"]] == [
        ("client", "earlier"),
        ("advisor", "earlier"),
    ]


def test_a_policy_is_not_found_outside_the_book(household: Household) -> None:
    assert as_(cast.rosa()).get(policy_url()).status_code == 404
    assert as_(cast.max_()).get(policy_url()).status_code == 404


def test_a_model_is_a_tree_whose_weights_add_up(household: Household, people: dict[str, Any]) -> None:
    page = page_of(as_(people["ana"]).get(model_url()))

    told = [
        (
            row.name,
            row.weight,
            [(sleeve.name, [one.symbol for one in sleeve.members]) for sleeve in row.sleeves],
        )
        for row in page.classes
    ]
    assert sorted(told) == [
        ("Cash", D("0.02"), []),
        ("US bonds", D("0.40"), [("core", ["ZBD"])]),
        ("US stocks", D("0.58"), [("total", ["ZUS", "ZUB"])]),
    ]
    assert (page.weight_total, page.policies) == (1, 1)


def test_a_version_that_is_not_there_is_not_found(household: Household, people: dict[str, Any]) -> None:
    ana = as_(people["ana"])

    assert ana.get(model_url(), {"version": "1"}).status_code == 200
    assert ana.get(model_url(), {"version": "7"}).status_code == 404


def test_the_models_are_listed_with_how_many_policies_follow_them(
    household: Household, people: dict[str, Any]
) -> None:
    page = page_of(as_(people["ana"]).get(reverse("clients:model_list")))

    assert [(row.name, row.version, row.policies) for row in page.rows] == [("Balanced", 1, 1)]


def test_clients_do_not_read_the_firms_models(household: Household) -> None:
    carl = as_(cast.carl())

    assert carl.get(reverse("clients:model_list")).status_code == 403
    assert carl.get(model_url()).status_code == 404


def test_before_the_first_model_the_list_says_what_makes_one_appear() -> None:
    answer = as_(cast.ana()).get(reverse("clients:model_list"))

    assert page_of(answer).heading == "No model portfolio yet"
    assert b"A model appears here once it has been drafted" in answer.content
