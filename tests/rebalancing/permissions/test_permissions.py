"""Role by verb: what each role may do to a proposal and its orders, asked of the verbs themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.households import books
from clients.models import BookEntry
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import GRANTED_ROLES, Role
from compliance.refusals import NotAllowed
from rebalancing.execution import orders
from rebalancing.models import BatchFile, Order, Proposal
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.factories.households import SET_UP

RECORD = "the desk"
pytestmark = pytest.mark.django_db

Verb = Callable[[Desk, Actor], object]


def revise(desk: Desk, by: Actor) -> object:
    return proposals.revise(desk.proposal, did="asked for fresh figures", by=by, at=SUNDAY_NOON)


def withdraw(desk: Desk, by: Actor) -> object:
    return proposals.withdraw(desk.proposal, reason="The client called.", by=by, at=SUNDAY_NOON)


def release(desk: Desk, by: Actor) -> object:
    return orders.release(desk.proposal, by=by, at=SUNDAY_NOON)


def take_out(desk: Desk, by: Actor) -> object:
    return orders.mark_exported(BatchFile.objects.get(kind="orders"), by=by, at=SUNDAY_NOON)


ALLOWED: dict[Verb, set[Role]] = {
    revise: {Role.ADVISOR},
    withdraw: {Role.COMPLIANCE},
    release: {Role.TRADER},
    take_out: {Role.TRADER},
}
"""Of people whose book the household is not in; its own advisor may withdraw too."""


@pytest.fixture
def desk() -> Desk:
    return on_record()


def refused(verb: Verb, desk: Desk) -> set[Role]:
    """The roles whose holders the verb turns away. Who is let through may be told no for another reason."""
    found = set()
    for role in GRANTED_ROLES:
        try:
            verb(desk, Actor.person(cast.someone(f"{role}-{verb.__name__}", role)))
        except NotAllowed:
            found.add(role)
    return found


@pytest.mark.parametrize("verb", [revise, withdraw], ids=lambda verb: verb.__name__)
def test_who_may_change_an_open_proposal(verb: Verb, desk: Desk) -> None:
    desk.propose()

    assert set(GRANTED_ROLES) - refused(verb, desk) == ALLOWED[verb]


def test_who_may_release_and_take_out(desk: Desk) -> None:
    desk.approve()

    assert set(GRANTED_ROLES) - refused(release, desk) == ALLOWED[release]
    assert set(GRANTED_ROLES) - refused(take_out, desk) == ALLOWED[take_out]
    assert {order.state for order in Order.objects.all()} == {Order.State.EXPORTED}


def test_a_role_taken_away_a_second_ago_counts_already(desk: Desk) -> None:
    desk.approve()
    tom = Actor.person(desk.tom)
    desk.tom.role_grants.update(revoked_at=SUNDAY_NOON)

    with pytest.raises(NotAllowed):
        release(desk, tom)


def test_no_job_revises_releases_or_takes_out(desk: Desk) -> None:
    desk.propose()

    for verb in (revise, release):
        with pytest.raises(NotAllowed):
            verb(desk, Actor.system("scan"))


def test_the_advisor_of_the_book_withdraws_what_the_scan_made(desk: Desk, client: Client) -> None:
    proposal = desk.propose()
    client.force_login(desk.ana)
    where = reverse("rebalancing:withdraw", args=[proposal.public_id])
    page = client.get(reverse("rebalancing:proposal", args=[proposal.public_id])).content.decode()

    client.post(where, {"withdraw-reason": "The client moves money next week."})

    assert where in page
    assert Proposal.objects.get().state == Proposal.State.WITHDRAWN
    review = proposals.current(proposal).review
    told = audit.trail(about=review).filter(action="review.withdrawn").get()
    assert (told.actor_label, "The client moves money next week." in told.facts) == ("Ana", True)


def test_an_advisor_whose_book_it_left_withdraws_nothing(desk: Desk) -> None:
    desk.propose()
    BookEntry.objects.filter(user=desk.ana).update(ends_on=date(2026, 11, 20))
    other = cast.bea()
    books.assign(
        desk.household,
        user=other,
        part=BookEntry.Part.REVIEWER,
        starts_on=date(2020, 1, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    for person in (desk.ana, other):
        with pytest.raises(NotAllowed):
            withdraw(desk, Actor.person(person))


def test_nobody_withdraws_without_a_reason(desk: Desk) -> None:
    desk.propose()
    page: Any = Client()
    page.force_login(desk.ana)

    page.post(reverse("rebalancing:withdraw", args=[desk.proposal.public_id]), {"withdraw-reason": ""})

    assert desk.proposal.state == Proposal.State.IN_REVIEW
