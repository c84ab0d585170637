"""The firm's people in the browser and for programs: who may do what, and what a second person decides."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail

from advisory.models import User
from clients.households import books
from clients.models import BookEntry, Household, Person
from compliance.models import AuditEvent, Review
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import a_managed_household, the_millers
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

INES = {"name": "Ines Ortega", "email": "ines@firm.example", "roles": ["advisor", "reviewer"]}


def approve(review: Review, user: Any) -> Any:
    return as_(user).post(
        f"/reviews/{review.public_id}/",
        {"verdict": "approved", "seen": review.fingerprint, "text": "Agreed."},
    )


def submit(user: Any, address: str, typed: dict[str, Any]) -> Any:
    """Fill in a door's form, and confirm on its check page if it has one."""
    client = as_(user)
    seen = client.get(address).context["page"].seen
    answer = client.post(address, {**typed, "door_seen": seen})
    if answer.status_code == 200 and answer.context["page"].checked:
        checked = answer.context["page"].checked
        answer = client.post(address, {**typed, "door_seen": seen, "door_checked": checked})
    return answer


def test_a_second_person_decides_about_an_invitation_before_it_is_sent(
    django_capture_on_commit_callbacks: Any,
) -> None:
    ada, cora = cast.ada(), cast.cora()

    answer = submit(ada, "/people/invite/", INES)

    review = Review.objects.get()
    assert answer["Location"] == f"/reviews/{review.public_id}/"
    assert not User.objects.filter(name="Ines Ortega").exists()
    assert approve(review, ada).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        approve(review, cora)
    ines = User.objects.get(name="Ines Ortega")
    assert (ines.is_active, {grant.role for grant in ines.role_grants.all()}) == (
        False,
        {"advisor", "reviewer"},
    )
    assert [message.to for message in mail.outbox] == [["ines@firm.example"]]
    assert "/account/set-up/?key=" in mail.outbox[0].body


def test_a_firm_with_nobody_else_acts_alone_and_the_trail_says_so() -> None:
    submit(cast.ada(), "/people/invite/", INES)

    assert User.objects.get(name="Ines Ortega").invitations.get().ended_at is None
    added = AuditEvent.objects.get(action="user.added", actor_label="Ada")
    assert json.loads(added.facts)["alone"] is True


def test_roles_change_when_a_second_person_agrees() -> None:
    ada, cora, tom = cast.ada(), cast.cora(), cast.tom()
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    submit(ada, f"/people/{tom.pk}/roles/", {"roles": ["trader", "reviewer"], "reason": "Helps out."})
    assert User.objects.get(pk=tom.pk).role_names == {"trader"}
    page = page_of(as_(ada).get("/"))
    waiting = [(row.what, row.why[:26]) for row in page.system.work if row.url.startswith("/reviews/")]
    assert waiting == [("Change roles: Tom", "Waits for a second person.")]
    approve(Review.objects.get(subject_kind="role_change"), cora)

    assert User.objects.get(pk=tom.pk).role_names == {"trader", "reviewer"}
    granted = AuditEvent.objects.filter(action="role.granted", about_id=str(tom.pk)).latest("seq")
    assert (granted.actor_label, json.loads(granted.facts)["alone"]) == ("Cora", False)


def test_second_factors_are_reset_by_two_people() -> None:
    ada, cora, tom = cast.ada(), cast.cora(), cast.tom()
    Authenticator.objects.create(user=tom, type="totp", data={})

    submit(ada, f"/people/{tom.pk}/factors/reset/", {"reason": "Lost phone; called back."})
    assert Authenticator.objects.filter(user=tom).exists()
    approve(Review.objects.get(), cora)

    assert not Authenticator.objects.filter(user=tom).exists()


def test_deactivating_without_a_successor_names_the_households() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    ana, ada = cast.ana(), cast.ada()

    answer = submit(ada, f"/people/{ana.pk}/deactivate/", {"reason": "Leaves."})

    assert answer.status_code == 422
    assert f"these households have no advisor: {household.name}" in words_of(answer)
    answer = submit(
        ada, f"/people/{ana.pk}/deactivate/", {"reason": "Leaves.", "advises_next": cast.otto().pk}
    )
    assert answer.status_code == 302
    assert not User.objects.get(pk=ana.pk).is_active


@pytest.mark.parametrize("name", ["Ana", "Rui", "Tom", "Cora"])
def test_only_administrators_change_people(name: str) -> None:
    cast.ada()
    client = as_(cast.known(name))

    statuses = {client.get("/people/invite/").status_code}
    statuses.add(client.get(f"/people/{cast.tom().pk}/roles/").status_code)

    assert statuses == ({403} if name == "Cora" else {403, 404})


def test_who_sees_the_people(ana: Any) -> None:
    assert {
        name: as_(cast.known(name)).get("/people/").status_code for name in ("Ada", "Cora", "Ana", "Carl")
    } == {
        "Ada": 200,
        "Cora": 200,
        "Ana": 403,
        "Carl": 403,
    }


def test_the_list_shows_roles_factors_and_state_and_leaves_as_a_file() -> None:
    ada, tom = cast.ada(), cast.tom()
    Authenticator.objects.create(user=tom, type="totp", data={})
    submit(ada, "/people/invite/", INES)
    cast.carl()

    rows = {row.name: row for row in page_of(as_(ada).get("/people/")).rows}

    assert set(rows) == {"Ada", "Ines Ortega", "Tom"}
    assert (rows["Ines Ortega"].state, rows["Ines Ortega"].roles) == ("invited", ("Advisor", "Reviewer"))
    assert {name: row.has_factor for name, row in rows.items()}["Tom"]
    filtered = page_of(as_(ada).get("/people/?group=all&has_factor=false&state=active")).rows
    assert [row.name for row in filtered] == ["Ada", "Carl"]
    export = as_(ada).get("/people/?group=all&export=csv").content.decode().splitlines()
    assert export[0] == "name,email,roles,second_factor,last_sign_in,state"
    assert len(export) == 5


def test_a_persons_page_shows_roles_books_and_history_and_the_doors_that_fit() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    page = page_of(as_(cast.ada()).get(f"/people/{cast.ana().pk}/"))

    assert [row.role for row in page.roles] == ["Advisor"]
    assert [entry.household.name for entry in page.entries] == ["Miller"]
    assert [link.label for link in page.links] == [
        "Correct the name",
        "Correct the e-mail address",
        "Change roles",
        "End all sessions",
        "Deactivate",
    ]
    assert [event.action for event in page.history] == ["user.added", "role.granted"]
    assert page_of(as_(cast.cora()).get(f"/people/{cast.ana().pk}/")).links == ()


def test_programs_read_people_and_change_them_the_same_way() -> None:
    ada, tom = cast.ada(), cast.tom()
    client = as_(ada)

    listed = client.get("/api/v1/people/?role=trader").json()
    assert [(one["name"], one["state"]) for one in listed["results"]] == [("Tom", "active")]
    present = client.get(f"/api/v1/people/{tom.pk}/name/")
    answer = client.post(
        f"/api/v1/people/{tom.pk}/name/",
        json.dumps({"name": "Tom Olsen"}),
        content_type="application/json",
        headers={"If-Match": present["ETag"], "Idempotency-Key": "rename-tom-1"},
    )

    assert (answer.status_code, User.objects.get(pk=tom.pk).name) == (200, "Tom Olsen")
    assert as_(cast.ana()).get("/api/v1/people/").status_code == 403


# Books and coverage


def test_an_administrator_assigns_a_household_and_sees_no_holdings() -> None:
    household, ada, ana = the_millers(), cast.ada(), cast.ana()
    assert "has no advisor" in words_of(as_(ada).get("/books/?without=advisor"))

    answer = submit(
        ada,
        f"/books/{household.public_id}/assign/",
        {"user": ana.pk, "part": "advisor", "starts_on": "2026-11-22"},
    )

    assert answer.status_code == 302
    assert as_(ana).get(f"/households/{household.public_id}/").status_code == 200
    assert as_(ada).get(f"/households/{household.public_id}/").status_code == 403
    row = page_of(as_(ada).get("/books/")).rows[0]
    assert [one.name for one in row.advisors] == ["Ana"]


def test_a_book_is_handed_over_and_shown_until_then() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    submit(
        cast.ada(),
        f"/books/of/{cast.ana().pk}/hand-over/",
        {"part": "advisor", "to": cast.otto().pk, "from_on": "2026-11-24", "reason": "Retires."},
    )

    page = page_of(as_(cast.ada()).get("/books/"))
    assert [(one.name, one.is_later) for one in page.rows[0].advisors] == [("Ana", False), ("Otto", True)]
    assert household.book_entries.filter(user=cast.otto(), starts_on="2026-11-24").exists()


def test_an_advisor_arranges_coverage_for_their_own_book_and_nobody_elses() -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    days = {"part": "advisor", "starts_on": "2026-11-22", "ends_on": "2026-11-24", "reason": "Vacation."}

    refused = submit(
        cast.ana(), "/coverage/arrange/", {**days, "away": cast.otto().pk, "covered_by": cast.ana().pk}
    )
    submit(cast.ana(), "/coverage/arrange/", {**days, "away": cast.ana().pk, "covered_by": cast.otto().pk})

    assert refused.status_code == 422
    rows = page_of(as_(cast.otto()).get("/coverage/")).rows
    assert [(row.away, row.covered_by, row.end) for row in rows] == [("Ana", "Otto", None)]
    assert page_of(as_(cast.ana()).get("/coverage/")).rows[0].end is not None
    assert as_(cast.otto()).get("/households/").status_code == 200
    assert "Miller" in words_of(as_(cast.otto()).get("/households/"))


# Clients


def mia(household: Household) -> Person:
    return household.people.get()


def test_an_advisor_invites_a_client_who_then_sees_what_was_agreed() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    person = mia(household)
    client = as_(cast.ana())

    answer = client.post(
        f"/persons/{person.public_id}/sign-in/invite/",
        {"email": "mia.miller@home.example", "may_see": "own_accounts"},
    )

    assert answer["Location"] == f"/persons/{person.public_id}/sign-in/"
    page = page_of(client.get(answer["Location"]))
    assert (page.state, page.may_see, [link.label for link in page.links]) == (
        "Invited",
        "Own accounts only",
        ["Change what they see", "Send a new set-up link", "Take the sign-in away"],
    )
    person.refresh_from_db()
    assert (person.may_see, person.user.email, person.user.is_active) == (
        "own_accounts",
        "mia.miller@home.example",
        False,
    )
    assert as_(cast.otto()).get(f"/persons/{person.public_id}/sign-in/invite/").status_code == 404
    assert as_(cast.rui()).get(f"/persons/{person.public_id}/sign-in/invite/").status_code == 403


def test_a_clients_sign_in_is_taken_away_and_may_come_back() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    person, client = mia(household), as_(cast.ana())
    typed = {"email": "mia.miller@home.example", "may_see": "household"}
    client.post(f"/persons/{person.public_id}/sign-in/invite/", typed)
    user = User.objects.get(email="mia.miller@home.example")

    client.post(f"/persons/{person.public_id}/sign-in/end/", {"reason": "Asked by phone."})

    person.refresh_from_db()
    user.refresh_from_db()
    assert (person.user, user.is_active, user.deactivated_at) == (None, False, SUNDAY_NOON)
    client.post(f"/persons/{person.public_id}/sign-in/invite/", typed)
    person.refresh_from_db()
    assert person.user == user
    assert user.invitations.filter(ended_at=None).count() == 1


def test_what_a_client_sees_is_changed_after_a_check() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    person = mia(household)
    as_(cast.ana()).post(
        f"/persons/{person.public_id}/sign-in/invite/",
        {"email": "mia.miller@home.example", "may_see": "household"},
    )

    submit(cast.ana(), f"/persons/{person.public_id}/sign-in/sight/", {"may_see": "nothing"})

    person.refresh_from_db()
    assert person.may_see == "nothing"
    changed = AuditEvent.objects.filter(action="household.changed", household_ref=household.public_id)
    assert json.loads(changed.latest("seq").facts)["changed"] == {
        "may_see": {"before": "household", "after": "nothing"}
    }


def test_a_client_cannot_be_given_a_staff_address() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    answer = as_(cast.ana()).post(
        f"/persons/{mia(household).public_id}/sign-in/invite/",
        {"email": "Rui@firm.example", "may_see": "household"},
    )

    assert answer.status_code == 422
    assert re.search(r"rui@firm.example is the sign-in of Rui already", words_of(answer))


def test_books_are_read_by_programs() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    books.cover(
        cast.ana(), covered_by=cast.otto(), part=BookEntry.Part.ADVISOR, starts_on=SUNDAY_NOON.date(),
        ends_on=SUNDAY_NOON.date(), reason="Away.", on=SUNDAY_NOON.date(), by=Actor.person(cast.ada()), at=SUNDAY_NOON,
    )  # fmt: skip
    client = as_(cast.ada())

    (row,) = client.get("/api/v1/books/").json()["results"]
    assert (row["public_id"], [one["name"] for one in row["assignments"]]) == (
        household.public_id,
        ["Ana", "Rui"],
    )
    (covered,) = client.get("/api/v1/coverage/").json()["results"]
    assert (covered["away"], covered["covered_by"]) == (cast.ana().pk, cast.otto().pk)
