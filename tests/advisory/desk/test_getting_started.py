"""From an empty record to the first scan: each step says what is there, what is missing and who can do it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from advisory.desk import getting_started
from clients.models import Account
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.households import a_managed_household
from tests.factories.workbooks import loaded, xlsx
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def states(user: Any) -> dict[str, str]:
    return {step.title: step.state for step in getting_started.show(user, at=SUNDAY_NOON).steps}


def test_an_administrator_of_an_empty_record_is_led_to_the_first_step() -> None:
    ada = as_(cast.ada())

    answer = ada.get(reverse("advisory:home"))

    assert answer.headers["Location"] == reverse("advisory:getting_started")
    page = ada.get(answer.headers["Location"]).content.decode()
    assert "Setting up the firm: 0 of 8 steps done" in page
    assert "Next: The firm." in page
    assert states(cast.ada()) == {
        "The firm": "missing",
        "Second factors of administrators": "missing",
        "People and their roles": "missing",
        "Securities and models": "missing",
        "Households and accounts": "missing",
        "Custodian files": "missing",
        "Investment policies": "missing",
        "The first scan": "missing",
    }


def test_each_step_names_who_can_do_it_and_opens_its_doors_to_them_only() -> None:
    cast.tom()
    steps = {step.title: step for step in getting_started.show(cast.ada(), at=SUNDAY_NOON).steps}

    assert steps["Custodian files"].who == "Tom can do this (trader)."
    assert steps["Custodian files"].links == ()
    assert steps["The firm"].who == "You can do this."
    assert [link.label for link in steps["Securities and models"].links][:2] == [
        "Preview the starter set",
        "Load your own workbook",
    ]
    cora = {step.title: step for step in getting_started.show(cast.cora(), at=SUNDAY_NOON).steps}
    assert cora["Households and accounts"].who.startswith("Ada, Tom can do this")


def test_a_step_that_is_done_asks_nobody_and_every_link_that_is_shown_opens() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    for person in (cast.ada(), cast.ana(), cast.rui(), cast.tom(), cast.cora()):
        client = as_(person)
        for step in getting_started.show(person, at=SUNDAY_NOON).steps:
            assert bool(step.who) == (step.state != "done"), step
            for link in step.links:
                if not link.posts:
                    assert client.get(link.url).status_code == 200, (person, link)


def test_on_an_empty_record_every_home_leads_to_this_page() -> None:
    for person in (cast.ana(), cast.rui(), cast.tom(), cast.cora()):
        page = as_(person).get(reverse("advisory:home")).content.decode()
        assert f'href="{reverse("advisory:getting_started")}"' in page, person
        assert "Nothing is left to do" in page or "No reviews need a decision" in page, person


def test_people_are_complete_with_every_working_role_and_two_of_them() -> None:
    for who in (cast.ada, cast.ana, cast.tom, cast.cora):
        who()
    assert states(cast.ada())["People and their roles"] == "begun"
    cast.rui()
    assert states(cast.ada())["People and their roles"] == "done"


def test_a_workbook_takes_several_steps_at_once() -> None:
    for who in (cast.ada, cast.ana, cast.rui, cast.tom, cast.cora):
        who()
    loaded(xlsx(made.together(made.firm(), made.family())))

    found = {step.title: step for step in getting_started.show(cast.tom(), at=SUNDAY_NOON).steps}

    assert found["Households and accounts"].state == "done"
    assert found["Securities and models"].state == "begun"
    assert "Drafted models that wait for a reviewer: 1." in found["Securities and models"].sentence
    assert found["Investment policies"].sentence == (
        "Households with a policy in force: 0 of 1. Versions in draft, in review or to be signed: 1."
    )
    assert found["Custodian files"].state == "missing"


def test_a_firm_that_works_has_nothing_left_but_its_name_and_second_factors() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    for who in (cast.ada, cast.tom, cast.cora):
        who()
    Account.objects.update(agreement_signed_on=date(2020, 1, 2))

    left = {title for title, state in states(cast.ada()).items() if state != "done"}

    assert left == {"The firm", "Second factors of administrators", "The first scan"}


def test_clients_have_no_business_here() -> None:
    assert as_(cast.carl()).get(reverse("advisory:getting_started")).status_code == 403
