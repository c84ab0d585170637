"""Names, addresses, sessions and second factors; who leaves and comes back; and the last administrator, who stays."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from advisory.models import User
from advisory.people import invitations, roles, users
from clients import access
from clients.households import books
from clients.models import BookEntry, Coverage, Household
from compliance.audit_trail import audit
from compliance.models import AuditEvent, Review, SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict
from compliance.review_desk import reviews
from tests import cast
from tests.at_once import at_once, by_kind
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, the_millers
from tests.pages import as_

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _at_noon(it_is_sunday_noon: None) -> None:
    pass


def ada() -> Actor:
    return Actor.person(cast.ada())


def deactivate(user: User, **changed: Any) -> User:
    given = {"advises_next": None, "reviews_next": None, "reason": "Retires.", "by": ada(), **changed}
    return users.deactivate(user, **given, at=SUNDAY_NOON)


def facts_of(action: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(AuditEvent.objects.get(action=action).facts)
    return found


def book_of(user: Any, household: Household, part: str = BookEntry.Part.ADVISOR) -> None:
    books.assign(household, user=user, part=part, starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON)


# Leaving


def test_who_is_deactivated_is_signed_out_at_once_and_for_good() -> None:
    tom = cast.tom()
    client = as_(tom)
    assert client.get("/").status_code == 200

    deactivate(tom)

    assert client.get("/")["Location"].startswith("/account/login/")
    # Not even the sessions of before come back with the person.
    sent = users.reactivate(tom, [Role.TRADER], reason="Is back.", alone=False, by=ada(), at=SUNDAY_NOON)
    invitations.accept(sent.invitation, cast.PASSWORD, at=SUNDAY_NOON)
    User.objects.filter(pk=tom.pk).update(password=tom.password)
    assert client.get("/")["Location"].startswith("/account/login/")


def test_the_open_work_of_who_leaves_goes_to_the_colleagues_named() -> None:
    household, rosa = the_millers(), cast.rosa()
    book_of(cast.ana(), household)
    book_of(cast.rui(), household, BookEntry.Part.REVIEWER)

    deactivate(cast.rui(), reviews_next=rosa)
    deactivate(cast.ana(), advises_next=cast.otto())

    today = {(one.user.name, one.part) for one in access.book_entries_today()}
    assert today == {("Otto", "advisor"), ("Rosa", "reviewer")}
    assert access.advises(cast.otto(), household)
    handed = AuditEvent.objects.filter(action="user.deactivated").order_by("-seq")[0]
    assert json.loads(handed.facts)["handed_over"] == {
        "advisor": {"to": str(cast.otto().pk), "households": 1}
    }
    ana = User.objects.get(name="Ana")
    assert (ana.is_active, roles.granted_to(ana)) == (False, frozenset())


def test_an_advisor_stays_while_a_household_would_have_nobody() -> None:
    book_of(cast.ana(), the_millers())

    with pytest.raises(Conflict, match="1 household would have no advisor") as refused:
        deactivate(cast.ana())

    assert [str(cause) for cause in refused.value.causes] == ["Miller"]
    assert User.objects.get(name="Ana").is_active
    assert not AuditEvent.objects.filter(action="user.deactivated").exists()


def test_with_another_advisor_nobody_needs_to_be_named() -> None:
    household = the_millers()
    book_of(cast.ana(), household)
    book_of(cast.otto(), household)

    deactivate(cast.ana())

    assert [one.user.name for one in access.book_entries_today()] == ["Otto"]


def test_coverage_invitations_and_requests_end_with_who_leaves() -> None:
    coverage = books.cover(
        cast.otto(), covered_by=cast.ana(), part="advisor", starts_on=MONDAY, ends_on=MONDAY,
        reason="Away.", on=SUNDAY, by=ada(), at=SUNDAY_NOON,
    )  # fmt: skip
    asked = reviews.request(
        subject_kind=SubjectKind.SETTING, subject_id="ch_1", subject_revision=1, title="A change",
        fingerprint="a" * 64, expires_at=SUNDAY_NOON.replace(month=12), by=Actor.person(cast.ana()),
        at=SUNDAY_NOON,
    )  # fmt: skip
    invited = invitations.invite(
        "ines@firm.example", name="Ines", roles=[Role.TRADER], by=ada(), at=SUNDAY_NOON
    )

    deactivate(cast.ana())
    deactivate(invited.user)

    assert Coverage.objects.get(pk=coverage.pk).ended_at == SUNDAY_NOON
    assert Review.objects.get(pk=asked.pk).state == "withdrawn"
    assert invitations.find(invited.link.partition("?key=")[2], at=SUNDAY_NOON) is None


def test_nobody_deactivates_themselves_or_twice() -> None:
    with pytest.raises(Conflict, match="their own sign-in"):
        deactivate(cast.ada(), by=ada())
    deactivate(cast.tom())
    with pytest.raises(Conflict, match="left already"):
        deactivate(cast.tom())


def test_who_comes_back_has_the_roles_decided_anew_and_chooses_a_new_password() -> None:
    deactivate(cast.ana())

    sent = users.reactivate(
        cast.ana(), [Role.TRADER], reason="Is back.", alone=False, by=ada(), at=SUNDAY_NOON
    )

    ana = User.objects.get(name="Ana")
    assert (ana.is_active, ana.has_usable_password()) == (False, False)
    invitations.accept(sent.invitation, cast.PASSWORD, at=SUNDAY_NOON)
    assert User.objects.get(name="Ana").role_names == {"trader"}


# The last administrator


def test_the_last_administrator_neither_leaves_nor_loses_the_role() -> None:
    last, cora = cast.ada(), Actor.person(cast.cora())

    for attempt in (
        lambda: deactivate(last, by=cora),
        lambda: roles.change(last, [Role.TRADER], reason="x", alone=False, by=cora, at=SUNDAY_NOON),
        lambda: roles.revoke(last, Role.ADMINISTRATOR, by=None, at=SUNDAY_NOON),
    ):
        with pytest.raises(Conflict, match="last administrator"):
            attempt()
    assert User.objects.get(pk=last.pk).role_names == {"administrator"}


def test_an_invited_administrator_does_not_count_until_they_can_sign_in() -> None:
    invitations.invite("ines@firm.example", name="Ines", roles=[Role.ADMINISTRATOR], by=ada(), at=SUNDAY_NOON)

    with pytest.raises(Conflict, match="last administrator"):
        deactivate(cast.ada(), by=Actor.person(cast.cora()))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE advisory_user SET is_active = false",
        "UPDATE advisory_rolegrant SET revoked_at = now() WHERE role = 'administrator'",
    ],
)
def test_the_database_keeps_the_last_administrator_too(statement: str) -> None:
    cast.ada()
    with (
        pytest.raises(IntegrityError, match="The last administrator stays"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_remove_each_other_one_stays() -> None:
    one, other = cast.ada(), cast.someone("Abe", Role.ADMINISTRATOR)
    by_one, by_other = Actor.person(one), Actor.person(other)

    answers = at_once(
        lambda: deactivate(other, by=by_one),
        lambda: roles.change(one, [Role.TRADER], reason="x", alone=False, by=by_other, at=SUNDAY_NOON),
    )

    assert len(by_kind(answers, Exception)) == 1
    assert (
        User.objects.filter(
            role_grants__role="administrator", role_grants__revoked_at=None, is_active=True
        ).count()
        == 1
    )


# Names, addresses, sessions, factors


def test_a_corrected_name_is_on_the_trail_with_both() -> None:
    users.rename(cast.tom(), "  Tom Olsen ", by=ada(), at=SUNDAY_NOON)

    assert User.objects.get(email="tom@firm.example").name == "Tom Olsen"
    assert facts_of("user.changed") == {"changed": {"name": {"before": "Tom", "after": "Tom Olsen"}}}
    with pytest.raises(BadInput, match="needs a name"):
        users.rename(cast.tom(), " ", by=ada(), at=SUNDAY_NOON)


def test_both_addresses_are_told_of_a_correction_and_sessions_end(
    django_capture_on_commit_callbacks: Any,
) -> None:
    tom = cast.tom()
    client = as_(tom)

    with django_capture_on_commit_callbacks(execute=True):
        users.correct_email(
            tom, "Tom.Olsen@firm.example", reason="Typed wrongly.", alone=False, by=ada(), at=SUNDAY_NOON
        )

    assert User.objects.get(pk=tom.pk).email == "tom.olsen@firm.example"
    assert [message.to for message in mail.outbox] == [["tom@firm.example"], ["tom.olsen@firm.example"]]
    assert client.get("/").status_code == 302


def test_an_invitation_follows_the_corrected_address() -> None:
    sent = invitations.invite("ines@firm.exmaple", name="Ines", roles=[Role.TRADER], by=ada(), at=SUNDAY_NOON)

    users.correct_email(sent.user, "ines@firm.example", reason="Typo.", alone=False, by=ada(), at=SUNDAY_NOON)

    assert sent.user.invitations.get(ended_at=None).sent_to == "ines@firm.example"
    assert invitations.find(sent.link.partition("?key=")[2], at=SUNDAY_NOON) is None


def test_ended_sessions_are_over_and_the_next_sign_in_works() -> None:
    tom = cast.tom()
    client = as_(tom)

    users.end_sessions(tom, reason="A lost phone.", by=ada(), at=SUNDAY_NOON)

    assert client.get("/").status_code == 302
    assert as_(User.objects.get(pk=tom.pk)).get("/").status_code == 200


def test_second_factors_are_removed_and_the_sessions_end() -> None:
    tom = cast.tom()
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=tom, type=kind, data={})
    client = as_(tom)

    users.reset_factors(tom, reason="Called back.", alone=False, by=ada(), at=SUNDAY_NOON)

    assert not Authenticator.objects.filter(user=tom).exists()
    assert client.get("/").status_code == 302
    assert facts_of("factor.removed")["kinds"] == ["recovery_codes", "totp"]
    with pytest.raises(Conflict, match="has no second factor"):
        users.reset_factors(tom, reason="Again.", alone=False, by=ada(), at=SUNDAY_NOON)


def test_the_operator_resets_the_factors_of_whom_nobody_else_can_help() -> None:
    Authenticator.objects.create(user=cast.ada(), type="totp", data={})

    call_command("reset_factors", "ada@firm.example", reason="Came by in person.", stdout=StringIO())

    assert not Authenticator.objects.exists()
    assert facts_of("factor.removed") == {"alone": True, "kinds": ["totp"], "reason": "Came by in person."}
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_factors", "ada@firm.example", reason="Again.")
    with pytest.raises(CommandError, match="Nobody signs in as max"):
        call_command("reset_factors", "max@firm.example", reason="Who?")


# Roles


def test_an_advisor_with_a_book_keeps_the_role() -> None:
    book_of(cast.ana(), the_millers())

    with pytest.raises(Conflict, match="Ana has 1 household in the book as advisor"):
        roles.change(cast.ana(), [Role.TRADER], reason="x", alone=False, by=ada(), at=SUNDAY_NOON)
    answer = as_(cast.ada()).post(f"/people/{cast.ana().pk}/roles/", {"roles": ["trader"], "reason": "x"})

    assert answer.status_code == 422
    assert "Hand the book over first." in answer.content.decode()


def test_roles_become_exactly_those_chosen() -> None:
    roles.change(
        cast.bea(), [Role.REVIEWER, Role.TRADER], reason="New desk.", alone=False, by=ada(), at=SUNDAY_NOON
    )

    bea = User.objects.get(name="Bea")
    assert bea.role_names == {"reviewer", "trader"}
    last = audit.trail(about=bea).order_by("-seq")[:2]
    assert [(event.action, json.loads(event.facts)["reason"]) for event in last] == [
        ("role.revoked", "New desk."),
        ("role.granted", "New desk."),
    ]


def test_a_change_that_changes_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="These are the roles"):
        roles.change(cast.ana(), [Role.ADVISOR], reason="x", alone=False, by=ada(), at=SUNDAY_NOON)
