"""What households wait for that issuers and custodians do: named on the list, with what is to be done about it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.corporate_actions import applying
from clients.models import Account, Household, Restatement, Security
from clients.restatements import restatements
from compliance.people.actors import Actor
from rebalancing.pages.lists import obstacles
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import actions, restated
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture(autouse=True)
def millers() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Account.objects.update(agreement_signed_on=date(2020, 1, 2), agreement_effective_on=date(2020, 1, 2))
    return household


def told() -> list[tuple[str, str]]:
    """What stands on Tom's list of the Millers: the link, and the sentence."""
    (row,) = obstacles.of_book(cast.tom(), at=SUNDAY_NOON)
    found = [one for one in row.reasons if one.kind.code in ("corporate_action", "restated")]
    return [(one.link, one.sentence) for one in found]


def test_an_action_that_nobody_agreed_to_names_its_accounts_and_who_is_asked() -> None:
    actions.announced()

    ((link, sentence),) = told()

    assert link == "Agree to it"
    assert sentence.startswith("Taxable")
    assert "IRA" in sentence
    assert "Stock split of ZUS on Nov 23, 2026: 4 for 1." in sentence
    assert "Two people agree to its terms before it is applied." in sentence


def test_terms_that_are_not_whole_are_completed_first() -> None:
    actions.announced(
        kind="spin_off", shares_new=D(1), shares_old=D(10), new_security=Security.objects.get(symbol="ZUB")
    )

    ((link, sentence),) = told()

    assert (link, "complete them" in sentence) == ("Complete its terms", True)


def test_an_agreed_one_waits_for_the_custodians_file_and_one_a_file_contradicts_asks() -> None:
    action = actions.agreed(kind="cash_merger", cash=D(70))
    applying.run(at=SUNDAY_NOON)
    ((link, sentence),) = told()
    assert (link, "ends by itself with the custodian" in sentence) == ("Look at the action", True)

    action.accounts.filter(account__name="Taxable").update(state="unclear")

    assert sorted(link for link, _ in told()) == ["Look at the action", "Say what it shows"]


def test_an_action_on_what_nobody_here_holds_is_not_named() -> None:
    actions.announced("ZUB")

    assert told() == []


def test_a_restatement_keeps_nobody_from_trading_and_goes_once_it_is_explained() -> None:
    row = restated.a_restatement(Account.objects.get(name="Taxable"))

    ((link, sentence),) = told()
    (standing,) = {one.standing for one in obstacles.of_book(cast.ana(), at=SUNDAY_NOON)}
    assert (link, standing) == ("Say what it was", "ready")
    assert (
        sentence == "1 restatement of custodians waits for somebody to say what it was, first ZUS in Taxable."
    )
    assert "waits for somebody to say what it was" in words_of(as_(cast.ana()).get("/readiness/"))

    restatements.see(
        row,
        seen_as="correction",
        remark="",
        user_id=cast.ana().pk,
        by=Actor.person(cast.ana()),
        at=SUNDAY_NOON,
    )
    assert told() == []
    assert Restatement.objects.count() == 1


def test_facts_cost_the_same_queries_for_one_household_and_for_all() -> None:
    actions.announced()
    restated.a_restatement(Account.objects.get(name="Taxable"))
    tom = cast.tom()
    obstacles.of_book(tom, at=SUNDAY_NOON)
    with CaptureQueriesContext(connection) as one:
        obstacles.of_book(tom, at=SUNDAY_NOON)
    actions.announced("ZBD")
    with CaptureQueriesContext(connection) as two:
        obstacles.of_book(tom, at=SUNDAY_NOON)

    assert len(two) == len(one)
