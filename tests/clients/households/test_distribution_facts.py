"""Facts of required distributions: said of an account or of a year, corrected, taken back, and never rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from clients.households import distribution_facts
from clients.households.distribution_facts import Figure
from clients.models import DistributionFigure, DistributionTerms, Household
from compliance.audit_trail import audit
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.factories import distributions
from tests.factories.at_doors import acted, door
from tests.factories.distributions import FATHER, TODAY, acts, ira
from tests.factories.households import a_managed_household
from tests.pages import as_

pytestmark = pytest.mark.django_db


@pytest.fixture
def millers() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    distributions.born(household, date(1950, 3, 1))
    return household


def test_terms_say_from_whom_an_account_was_inherited_and_where_it_is_written(millers: Household) -> None:
    row = distributions.terms(millers, by=cast.ana())

    assert str(row) == "Inherited from Frank Miller, who died on 2023-05-01"
    event = audit.trail(about=row).get()
    assert (event.action, event.household_ref) == (
        audit.Action.DISTRIBUTION_TERMS_RECORDED,
        millers.public_id,
    )
    assert audit.differences(about=[row]) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source": " "}, "Say where this is written"),
        ({"beneficiary": ""}, "An inherited account has somebody who died"),
        ({"died_on": None}, "the birth and the death are missing"),
        ({"died_on": date(2027, 1, 1)}, "in the future"),
        ({"decedent_born_on": date(2024, 1, 1)}, "birth is after the death"),
        ({"beneficiary": "spouse"}, "A spouse chooses"),
        ({"spouse_choice": "own"}, "A spouse chooses"),
        ({"still_working": True}, "employer’s plan only"),
    ],
)
def test_terms_that_cannot_be_are_refused(millers: Household, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        distributions.terms(millers, by=cast.ana(), said=replace(FATHER, **changes))


def test_an_account_has_its_terms_once_and_a_correction_takes_their_place(millers: Household) -> None:
    row = distributions.terms(millers, by=cast.ana())
    with pytest.raises(Conflict, match="Correct those"):
        distribution_facts.record_terms(row.account, FATHER, on=TODAY, **acts(cast.ana()))

    fresh = distribution_facts.correct_terms(
        row, replace(FATHER, died_on=date(2023, 5, 2)), on=TODAY, **acts(cast.ana())
    )

    row.refresh_from_db()
    assert (row.end_reason, fresh.replaces, fresh.died_on) == ("Corrected", row, date(2023, 5, 2))
    assert distribution_facts.terms_in_force().get() == fresh
    with pytest.raises(BadInput, match="Nothing is changed"):
        distribution_facts.correct_terms(
            fresh, replace(FATHER, died_on=date(2023, 5, 2)), on=TODAY, **acts(cast.ana())
        )


def test_what_was_entered_stays_as_it_was_entered(millers: Household) -> None:
    distributions.balance(millers, by=cast.ana())

    with pytest.raises(DatabaseError), transaction.atomic():
        DistributionFigure.objects.update(amount=1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source": ""}, "Say where the figure is taken from"),
        ({"amount": None}, "The amount is missing"),
        ({"kind": "divisor"}, "A divisor is a number"),
        ({"account": None}, "belongs to an account"),
        ({"kind": "taken"}, "has its day"),
        ({"kind": "charitable", "taken_on": date(2025, 5, 1)}, "must be in 2026"),
        ({"kind": "outside_balance"}, "needs that firm"),
        ({"year": 2027}, "still to come"),
    ],
)
def test_figures_that_cannot_be_are_refused(
    millers: Household, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        distributions.balance(millers, by=cast.ana(), **changes)


@pytest.mark.parametrize(
    ("born_on", "given_on", "counts"),
    [
        (date(1956, 3, 1), date(2026, 8, 31), False),
        (date(1956, 3, 1), date(2026, 9, 1), True),
        (date(1955, 8, 31), date(2026, 2, 28), True),
        (date(1955, 8, 31), date(2026, 2, 27), False),
    ],
)
def test_a_gift_counts_from_the_day_its_owner_is_seventy_and_a_half(
    millers: Household, born_on: date, given_on: date, counts: bool
) -> None:
    distributions.born(millers, born_on)
    facts: dict[str, Any] = {"kind": "charitable", "amount": "900", "taken_on": given_on}

    if counts:
        assert distributions.balance(millers, by=cast.ana(), **facts).taken_on == given_on
    else:
        with pytest.raises(BadInput, match="not yet 70½"):
            distributions.balance(millers, by=cast.ana(), **facts)


def test_a_year_has_one_balance_an_account_and_one_line_a_firm_elsewhere(millers: Household) -> None:
    distributions.balance(millers, by=cast.ana())
    with pytest.raises(Conflict, match="on record"):
        distributions.balance(millers, by=cast.ana(), amount="1")
    outside = Figure(
        person=ira(millers).owner, kind="outside_balance", year=2026, amount=D(90_000), plan="ira",
        place="Elsewhere", source="Statement",
    )  # fmt: skip
    distribution_facts.record_figure(outside, on=TODAY, **acts(cast.ana()))
    with pytest.raises(Conflict, match="on record"):
        distribution_facts.record_figure(outside, on=TODAY, **acts(cast.ana()))


def test_the_doors_take_a_figure_through_its_life(millers: Household) -> None:
    account = ira(millers)
    typed = {
        "kind": "balance",
        "account": account.public_id,
        "year": "2026",
        "amount": "474000",
        "source": "Statement",
    }

    acted(cast.ana(), door("distribution_figure_record", millers.public_id), **typed)
    row = DistributionFigure.objects.get()
    acted(
        cast.ana(),
        door("distribution_figure_correct", row.public_id),
        year="2026",
        amount="475000",
        source="Form 5498",
    )
    fresh = DistributionFigure.objects.get(ended_at=None)
    acted(cast.ana(), door("distribution_figure_retract", fresh.public_id), reason="The wrong account.")

    page = as_(cast.ana()).get(door("distribution_figure", fresh.public_id))
    assert (page.context["page"].state, [str(one.sentence) for one in page.context["page"].events]) == (
        "Taken back",
        [
            "Figure of a required distribution taken back",
            "Figure of a required distribution corrected",
            "Figure of a required distribution recorded",
        ],
    )
    listed = as_(cast.tom()).get(door("distribution_figure_list"), {"state": "ended"})
    assert [row[4][1].text for row in listed.context["page"].rows] == ["$474,000.00", "$475,000.00"]


def test_the_doors_take_terms_through_their_life(millers: Household) -> None:
    account = ira(millers)
    millers.accounts.filter(pk=account.pk).update(registration="inherited_ira")
    typed = {
        "inherited_from": "Frank Miller", "decedent_born_on": "1940-01-01", "died_on": "2023-05-01",
        "beneficiary": "other", "source": "Death certificate",
    }  # fmt: skip

    acted(cast.ana(), door("distribution_terms_record", account.public_id), **typed)
    row = DistributionTerms.objects.get()
    acted(
        cast.ana(), door("distribution_terms_correct", row.public_id), **typed | {"beneficiary": "eligible"}
    )
    fresh = DistributionTerms.objects.get(ended_at=None)
    acted(cast.ana(), door("distribution_terms_retract", fresh.public_id), reason="The wrong account.")

    assert [one.end_reason for one in DistributionTerms.objects.order_by("pk")] == [
        "Corrected",
        "The wrong account.",
    ]
    listed = as_(cast.tom()).get(door("distribution_terms_list"), {"state": "ended"})
    assert listed.context["page"].rows[0][2][1].text == (
        "From Frank Miller, who died on May 1, 2023; inherited by another person"
    )


def test_an_ira_of_the_owners_own_leaves_nothing_open(millers: Household) -> None:
    answer = as_(cast.ana()).get(door("distribution_terms_record", ira(millers).public_id))

    assert answer.status_code == 409 or "leaves nothing open" in answer.content.decode()


def test_programs_read_terms_and_figures(millers: Household) -> None:
    distributions.terms(millers, by=cast.ana())
    distributions.balance(millers, by=cast.ana())

    terms = as_(cast.ana()).get("/api/v1/distribution-terms/").json()["results"]
    figures = as_(cast.ana()).get("/api/v1/distribution-figures/").json()["results"]

    assert [(one["beneficiary"], one["written_in"]) for one in terms] == [("other", "Death certificate")]
    assert [(one["kind"], one["year"], one["amount"]) for one in figures] == [("balance", 2026, "474000.00")]
