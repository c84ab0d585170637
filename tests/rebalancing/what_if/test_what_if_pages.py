"""The page and the endpoint of what-if questions: who may ask, about whom, and what cannot be asked."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import ModelPortfolio
from compliance.models import AuditEvent
from tests import cast
from tests.factories.the_firm import the_harts
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

PAGE, API = "/what-if/", "/api/v1/what-if/"


def ask(person, query="", status=200):
    return page_of(as_(person).get(f"{PAGE}?{query}"), status)


def test_the_page_says_how_many_are_outside_now_and_with_the_change():
    page = ask(cast.cora(), "points=20")

    assert page.heading == "0 of 1 household would be outside a band, 1 is now"
    assert [(row.standing, row.moved_now > 0, row.moved) for row in page.rows] == [
        ("no_longer", True, D("0.00"))
    ]
    assert [(line.name, line.now.flagged, line.then.flagged) for line in page.by_model] == [
        ("Balanced", 1, 0)
    ]
    assert [(line.name, line.now.flagged, line.then.flagged) for line in page.by_advisor] == [("Ana", 1, 0)]


def test_without_a_question_it_shows_the_present():
    page = ask(cast.cora())

    assert page.heading == "1 of 1 household is outside a band"
    assert page.whole.now == page.whole.then
    assert not page.is_asked


def test_each_person_asks_about_their_own_households():
    the_harts(ana=cast.otto(), rui=cast.rosa())

    assert ask(cast.cora()).whole.now.households == 2
    assert ask(cast.tom()).whole.now.households == 2
    assert ask(cast.ana()).whole.now.households == 1
    assert ask(cast.otto()).whole.now.households == 1


@pytest.mark.parametrize("who", [cast.carl, cast.ada, cast.max_])
def test_clients_and_administrators_ask_nothing(who):
    person = who()

    assert as_(person).get(PAGE).status_code == 403
    assert as_(person).get(API).status_code == 403


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("points=abc", "Band in points: Enter a number."),
        ("points=99", "Band in points: Ensure this value is less than or equal to 25."),
        ("share=80", "Band as a share: Ensure this value is less than or equal to 50."),
        ("model=none", "Model: there is no such model."),
        ("version=1", "Targets of its version: choose the model whose version it is."),
        ("asset_class=none&points=3", "Class: there is no such class."),
        ("asset_class=us_bond", "Class: say how wide its band would be, in points or as a share."),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(query, sentence):
    answer = as_(cast.cora()).get(f"{PAGE}?{query}")

    page = page_of(answer, 422)
    assert [str(fault) for fault in page.listing.faults] == [sentence]
    assert page.whole is None
    assert "There is a problem" in words_of(answer)
    assert as_(cast.cora()).get(f"{API}?{query}").status_code == 422


def test_a_version_that_is_not_there_is_said():
    model = ModelPortfolio.objects.get()

    page = ask(cast.cora(), f"model={model.public_id}&version=7", 422)

    assert [str(fault) for fault in page.listing.faults] == [
        "Targets of its version: Balanced has no version 7."
    ]


def test_a_model_narrows_the_question_to_those_who_follow_it():
    model = ModelPortfolio.objects.get()

    page = ask(cast.cora(), f"model={model.public_id}&version=1")

    assert page.questions[0] == "Only households that follow Balanced."
    assert page.whole.now == page.whole.then


def test_the_file_has_every_row_and_its_taking_is_on_the_trail():
    answer = as_(cast.cora()).get(f"{PAGE}?points=20&export=csv")

    header, row = answer.content.decode().splitlines()
    assert header.startswith("household,code,model")
    assert row.startswith("Miller,miller,Balanced,Ana,No longer outside,")
    assert AuditEvent.objects.filter(action="data.exported", about_kind="what_if").count() == 1


def test_asking_writes_nothing():
    cora = cast.cora()
    before = AuditEvent.objects.count()

    ask(cora, "points=1")

    assert AuditEvent.objects.count() == before
    assert as_(cora).post(PAGE).status_code == 405


def test_a_program_gets_the_same_figures():
    page = ask(cast.cora(), "points=20")

    told = as_(cast.cora()).get(f"{API}?points=20").json()

    assert told["together"]["then"]["flagged"] == page.whole.then.flagged == 0
    assert told["together"]["now"]["moved"] == str(page.whole.now.moved)
    assert told["count"] == 1
    assert [row["standing"] for row in told["households"]] == ["no_longer"]
