"""The first question of an incident: what could this account have seen, and what did it do?"""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance import clock
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.models import AuditEvent
from tests import cast
from tests.advisory.people.signing_in import sign_in
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db


def asked(email: str, **more: Any) -> str:
    said = StringIO()
    today = clock.now().astimezone(EASTERN).date()
    span = {"since": today.isoformat(), "until": today.isoformat(), **more}
    call_command(
        "breach_scope",
        "--user",
        email,
        "--from",
        span["since"],
        "--to",
        span["until"],
        *more.get("also", ()),
        stdout=said,
    )
    return said.getvalue()


def test_what_was_opened_is_named_with_its_session_and_what_lists_could_show() -> None:
    opened = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    ana = sign_in(cast.ana())
    ana.get(f"/households/{opened.public_id}/")
    sign_in(cast.ana(), "a wrong password of some length")

    told = json.loads(asked("ana@firm.example", also=["--json"]))

    assert [(one["name"], one["actions"]["household.viewed"]) for one in told["households"]] == [
        (opened.name, 1)
    ]
    signed_in = AuditEvent.objects.get(action="user.signed_in")
    assert [(one["ref"], one["methods"]) for one in told["sessions"]] == [(signed_in.session_ref, "password")]
    assert (told["could_list"], told["reads_all"], told["failed_sign_ins"]) == ([opened.name], False, 1)
    assert told["roles"] == ["advisor"]


def test_it_reads_in_words_and_is_on_the_trail_itself() -> None:
    opened = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    sign_in(cast.ana()).get(f"/households/{opened.public_id}/")

    told = asked("ANA@firm.example")

    assert "Households opened, changed or taken: 1" in told
    assert f"{opened.public_id}  {opened.name}: household.viewed 1" in told
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.about_kind, event.about_id) == (
        audit.Action.DATA_EXPORTED,
        "breach_scope",
        str(cast.ana().pk),
    )


def test_whoever_reads_everything_is_said_to() -> None:
    sign_in(cast.cora()).get("/")

    assert "every household of the firm" in asked("cora@firm.example")


def test_what_came_before_and_after_is_left_out() -> None:
    opened = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    sign_in(cast.ana()).get(f"/households/{opened.public_id}/")
    tomorrow = (clock.now().astimezone(EASTERN).date() + timedelta(days=1)).isoformat()

    assert "Households opened, changed or taken: 0" in asked(
        "ana@firm.example", since=tomorrow, until=tomorrow
    )


@pytest.mark.parametrize(
    ("user", "since", "until", "sentence"),
    [
        ("nobody@firm.example", "2026-11-20", "2026-11-20", "Nobody ever signed in as"),
        ("ana@firm.example", "2026-11-21", "2026-11-20", "The span ends before it begins"),
        ("ana@firm.example", "last week", "2026-11-20", "no day"),
        ("ana@firm.example", "2026-11-20T09:00", "2026-11-20", "with its zone"),
        ("ana@firm.example", "2026-11-31", "2026-11-20", "no day or moment"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    user: str, since: str, until: str, sentence: str
) -> None:
    cast.ana()

    with pytest.raises(CommandError, match=sentence):
        asked(user, since=since, until=until)
