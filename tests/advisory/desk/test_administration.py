"""What the administrator's home leads to: people, books, changes and services, each with its link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from advisory.desk import administration
from advisory.health import health
from advisory.people import invitations
from compliance.people.actors import Actor
from compliance.people.roles import Role
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import the_millers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture(autouse=True)
def _all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "status", lambda: {"state": "ready", "worker": "ok", "disk": "ok"})


def work(**changed: Any) -> dict[str, str]:
    section = administration.show(cast.ada(), at=changed.get("at", SUNDAY_NOON))
    return {row.what: row.url for row in section.work}


def test_a_firm_in_order_has_nothing_left_to_do() -> None:
    Authenticator.objects.create(user=cast.ada(), type="totp", data={})

    assert work() == {}


def test_each_thing_left_to_do_leads_to_where_it_is_done() -> None:
    the_millers()
    invitations.invite(
        "ines@firm.example", name="Ines", roles=[Role.TRADER], by=Actor.person(cast.ada()), at=SUNDAY_NOON
    )

    assert work() == {
        "1 household has no advisor": "/books/?without=advisor",
        "1 household has no reviewer": "/books/?without=reviewer",
        "1 invitation is not taken up yet": "/people/?state=invited&group=all",
        "1 member of staff has no second factor": "/people/?group=staff&state=active&has_factor=false",
    }
    later = SUNDAY_NOON + timedelta(days=8)
    assert work(at=later)["1 invitation is over"] == "/people/?state=lapsed&group=all"


def test_what_stops_the_firm_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "state": "degraded",
        "worker": "no heartbeat",
        "disk": "3% left",
        "outages": [{"part": "broker", "is_away": True, "sentence": "It does not answer."}],
    }
    monkeypatch.setattr(health, "status", lambda: told)

    assert list(work())[:3] == [
        "The broker does not answer",
        "The worker: no heartbeat",
        "The disk is almost full",
    ]
