"""Who reads which lines of the trail: the page and the API show the same to everybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEvent
from tests import cast
from tests.factories.desk import Desk, on_record
from tests.factories.households import many_managed_households

RECORD = "the desk"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The Millers in Ana's and Rui's book, another household in nobody's, and something done for both."""
    desk = on_record()
    many_managed_households(1, reviewer=cast.rosa())
    desk.propose()
    return desk


def on_the_page(user: Any) -> set[int]:
    client, seqs, number = Client(), set[int](), 1
    client.force_login(user)
    while True:
        page = client.get(reverse("compliance:audit_list"), {"page": number}).context["page"]
        seqs |= {row.seq for row in page.rows}
        if page.listing.pager.next is None:
            return seqs
        number += 1


def in_the_api(user: Any) -> set[int]:
    client, seqs = Client(), set[int]()
    client.force_login(user)
    url: str | None = "/api/v1/audit/"
    while url:
        answer = client.get(url).json()
        seqs |= {row["seq"] for row in answer["results"]}
        url = answer["next"]
    return seqs


def of_their_book(desk: Desk, user: Any) -> set[int]:
    events = AuditEvent.objects.all()
    if user is not desk.tom:
        return {
            one.seq
            for one in events
            if one.person_ref == str(user.pk) or one.household_ref == desk.household.public_id
        }
    return {one.seq for one in events if one.person_ref == str(user.pk)}


def test_page_and_api_show_own_acts_and_the_own_book(desk: Desk) -> None:
    for user in (desk.ana, desk.rui, desk.tom):
        expected = of_their_book(desk, user)
        assert on_the_page(user) == expected
        assert in_the_api(user) == expected
    assert of_their_book(desk, desk.ana) > of_their_book(desk, desk.tom)


def test_compliance_reads_every_line_on_both(desk: Desk) -> None:
    cora = cast.cora()
    every = set(AuditEvent.objects.values_list("seq", flat=True))

    assert on_the_page(cora) == every
    assert in_the_api(cora) == every


def test_an_event_of_another_book_is_not_found_on_either(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.ana)
    own = {one.seq for one in AuditEvent.objects.filter(household_ref=desk.household.public_id)}
    other = AuditEvent.objects.exclude(household_ref__in=("", desk.household.public_id)).first()
    assert other is not None

    for seq, status in ((min(own), 200), (other.seq, 404)):
        assert client.get(reverse("compliance:audit_event", args=[seq])).status_code == status
        assert client.get(f"/api/v1/audit/{seq}/").status_code == status
