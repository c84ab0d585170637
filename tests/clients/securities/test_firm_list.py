"""The firm's restricted and watch lists: read, changed by two people, lifted by another, never deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from compliance.models import ProposedChange, RestrictedIssuer, Review
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db
RECORD = "the desk"

ENTRY = {
    "issuer": "Invented Bond ETF",
    "kind": "restricted",
    "starts_on": "2026-11-20",
    "ends_on": "",
    "reason": "Inside information.",
}


@pytest.fixture(autouse=True)
def _sunday_noon() -> None:
    set_clock(SUNDAY_NOON)


@pytest.fixture
def cora() -> Client:
    return as_(cast.cora())


def through_the_check(client: Client, url: str, typed: dict[str, str]) -> Any:
    first = client.post(url, typed)
    assert first.status_code == 200, words_of(first)[:2000]
    page = first.context["page"]
    return client.post(url, {**typed, "door_seen": page.seen, "door_checked": page.checked})


def placed(client: Client, **changed: str) -> RestrictedIssuer:
    through_the_check(client, "/firm-list/add/", {**ENTRY, **changed})
    return RestrictedIssuer.objects.latest("pk")


def test_compliance_places_and_a_colleague_lifts(cora: Client) -> None:
    entry = placed(cora)

    assert cora.get(f"/firm-list/{entry.public_id}/lift/").status_code == 403
    through_the_check(as_(cast.nina()), f"/firm-list/{entry.public_id}/lift/", {"reason": "Published."})

    (row,) = page_of(cora.get("/firm-list/?state=lifted")).rows
    assert (row.entry.issuer, row.securities_count, row.state) == ("Invented Bond ETF", 1, "lifted")
    assert row.lifted.endswith(": Published.")
    assert row.lifted.startswith("Nina, Nov 22, 2026")


def test_other_dates_need_a_second_person_and_the_old_entry_stays(cora: Client) -> None:
    entry = placed(cora)

    as_(cast.nina()).post(
        f"/firm-list/{entry.public_id}/change/",
        {"starts_on": "2026-11-20", "ends_on": "2026-12-31", "reason": "Ends with the year."},
    )
    review = Review.objects.get(subject_id=ProposedChange.objects.get().public_id)
    by_herself = as_(cast.nina()).post(
        f"/reviews/{review.public_id}/", {"verdict": "approved", "seen": review.fingerprint}
    )
    assert by_herself.status_code == 403
    # Whoever placed it may not lift it either: a third person decides.
    third = as_(cast.someone("Kim", "compliance"))
    third.post(f"/reviews/{review.public_id}/", {"verdict": "approved", "seen": review.fingerprint})

    rows = RestrictedIssuer.objects.order_by("pk")
    assert [(str(one.ends_on), one.lifted_at is not None, one.placed_by_label) for one in rows] == [
        ("None", True, "Cora"),
        ("2026-12-31", False, "Nina"),
    ]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("in_force", ["Invented Bond ETF"]),
        ("scheduled", ["Invented US Stock ETF"]),
        ("ended", ["Invented US Broad ETF"]),
        ("lifted", []),
        ("", ["Invented Bond ETF", "Invented US Broad ETF", "Invented US Stock ETF"]),
    ],
)
def test_entries_are_told_by_their_state(cora: Client, state: str, found: list[str]) -> None:
    placed(cora)
    placed(cora, issuer="invented us stock etf", starts_on="2026-12-01", kind="watch")
    placed(cora, issuer="Invented US Broad ETF", starts_on="2026-11-01", ends_on="2026-11-10")

    page = page_of(cora.get(f"/firm-list/?state={state}"))

    assert [row.entry.issuer for row in page.rows] == found
    assert page.heading == "1 issuer on a list today"
    told = cora.get(f"/api/v1/firm-list/?state={state}").json()["results"]
    assert [row["issuer"] for row in told] == found


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("issuer", "Nobody Inc", "No security on record is issued by"),
        ("issuer", "", "Name the issuer."),
        ("ends_on", "2026-11-01", "This would end before it starts."),
        ("starts_on", "soon", "Enter a valid date."),
        ("kind", "blacklist", "Select a valid choice"),
        ("reason", " ", "Say why"),
        ("reason", "x" * 1_901, "at most 1900 characters"),
    ],
)
def test_entries_that_cannot_be_are_refused(cora: Client, field: str, value: str, sentence: str) -> None:
    answer = cora.post("/firm-list/add/", {**ENTRY, field: value})
    if answer.status_code == 200:
        page = answer.context["page"]
        answer = cora.post(
            "/firm-list/add/",
            {**ENTRY, field: value, "door_seen": page.seen, "door_checked": page.checked},
        )

    assert (answer.status_code, RestrictedIssuer.objects.count()) == (422, 0)
    assert sentence in words_of(answer).replace("&#x27;", "'")


@pytest.mark.parametrize(("who", "status"), [("cora", 200), ("tom", 403), ("ana", 403), ("carl", 403)])
def test_only_compliance_reads_the_lists(who: str, status: int) -> None:
    assert as_(getattr(cast, who)()).get("/firm-list/").status_code == status
