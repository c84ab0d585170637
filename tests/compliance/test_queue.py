"""Compliance's queue: what stands in it, who works it, and what the trail has of that."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from advisory.models import User
from compliance import restrictions
from compliance.audit_trail import audit
from compliance.models import AuditEvent, ListKind, QueueOwner, RestrictedIssuer
from compliance.pages import queue_items
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from compliance.review_desk import findings, queue_owners
from compliance.review_desk.queue_owners import Named
from compliance.rules.findings.severity import Severity
from tests.clock import MONDAY_NOON, TUESDAY_NOON
from tests.factories.reviews import SHOWN, an_answer, an_open_review
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db
QUEUE = "/compliance/"


@pytest.fixture(autouse=True)
def _it_is_tuesday(set_clock: Callable[..., None]) -> None:
    set_clock(TUESDAY_NOON)


@pytest.fixture
def overridden(ana: User, nina: User) -> str:
    """Nina overrode a finding of Ana's proposal. The item's id."""
    review = an_open_review(ana, answer=an_answer(("PTC-10", Severity.OVERRIDE)))
    (given,) = findings.override(
        review.examinations.get().findings.get(),
        reason="tax_cost_accepted",
        text="Client asked.",
        fingerprint=SHOWN,
        expires_at=review.expires_at,
        by=Actor.person(nina),
        at=MONDAY_NOON,
    )
    return str(given.pk)


def act(user: User, item: str, verb: str, kind: str = "override", **typed: str) -> Any:
    return as_(user).post(f"/compliance/items/{kind}/{item}/{verb}/", typed)


def rows(user: User, query: str = "") -> dict[str, Any]:
    found = page_of(as_(user).get(f"{QUEUE}?{query}")).rows
    return {row.item.sort.value: row for row in found}


def facts(action: str) -> dict[str, Any]:
    return dict(json.loads(AuditEvent.objects.filter(action=action).order_by("-seq")[0].facts))


def test_an_item_says_how_much_it_weighs_how_old_it_is_and_that_it_is_nobodys(
    overridden: str, cora: User
) -> None:
    row = rows(cora)["override"]

    assert (row.item.weight.label, row.days, row.item.owner, row.item.who) == ("To look at", 1, "", "Nina")
    assert row.item.title.endswith("overridden: Rebalance of the Alder household")
    assert "PTC" not in row.item.title, "a rule is told by its name"
    assert [one.label for one in row.acts] == ["Take it", "Hand over", "Settle"]


def test_whoever_takes_an_item_has_it_until_they_hand_it_over_or_give_it_back(
    overridden: str, cora: User, nina: User
) -> None:
    assert act(cora, overridden, "take").status_code == 302
    assert rows(cora)["override"].is_mine
    assert rows(nina, "owner=others")["override"].item.owner == "Cora"
    assert act(nina, overridden, "take").status_code == 403, "a page says who has it"

    assert act(cora, overridden, "hand-over", owner=str(nina.pk), note="I am away.").status_code == 302
    assert facts("queue_item.handed_over")["changed"] == {"owner": {"before": "Cora", "after": "Nina"}}
    assert rows(nina, "owner=mine")["override"].item.owner == "Nina"

    assert act(nina, overridden, "give-back").status_code == 422, "the next one reads why"
    assert act(nina, overridden, "give-back", reason="Not mine.").status_code == 302
    assert rows(cora, "owner=nobody")["override"].item.owner == ""
    assert [one.ending for one in QueueOwner.objects.order_by("pk")] == ["handed_over", "given_back"]
    assert audit.verify().is_intact


def test_what_nothing_else_ends_is_settled_by_somebody_whom_it_is_not_about(
    overridden: str, cora: User, nina: User
) -> None:
    assert act(nina, overridden, "settle", reason="Fine.").status_code == 403, "she gave it"
    assert act(cora, overridden, "settle").status_code == 422
    assert act(cora, overridden, "settle", reason="The client's mail is on file.").status_code == 302

    assert "override" not in rows(cora)
    assert facts("queue_item.settled")["reason"] == "The client's mail is on file."
    assert act(cora, overridden, "take").status_code == 404, "it stands no more"
    assert audit.verify().is_intact


def test_what_ends_by_itself_is_not_settled_by_a_word(ana: User, cora: User) -> None:
    review = an_open_review(ana)

    assert act(cora, review.public_id, "settle", "review", reason="Fine.").status_code == 403
    with pytest.raises(Conflict, match="goes once its cause is gone"):
        queue_owners.settle(
            Named("review", review.public_id), reason="Fine.", by=Actor.person(cora), at=TUESDAY_NOON
        )


@pytest.mark.parametrize("verb", ["take", "hand-over", "give-back", "settle"])
def test_only_compliance_works_the_queue(
    verb: str, overridden: str, ana: User, rui: User, carl: User
) -> None:
    for user in (ana, rui, carl):
        assert act(user, overridden, verb, reason="x", owner=str(user.pk)).status_code in (403, 404)
    assert not QueueOwner.objects.exists()


def test_the_verbs_refuse_what_makes_no_sense(overridden: str, ana: User, cora: User, nina: User) -> None:
    one, by, at = Named("override", overridden), Actor.person(cora), TUESDAY_NOON
    with pytest.raises(Conflict, match="Nobody has this item"):
        queue_owners.give_back(one, reason="x", by=by, at=at)
    with pytest.raises(BadInput, match="Only compliance"):
        queue_owners.hand_over(one, to=ana.pk, note="", by=by, at=at)
    with pytest.raises(NotAllowed):
        queue_owners.take(one, by=Actor.person(ana), at=at)
    queue_owners.take(one, by=by, at=at)
    with pytest.raises(Conflict, match="You have this item already"):
        queue_owners.take(one, by=by, at=at)
    with pytest.raises(Conflict, match="Cora has this item already"):
        queue_owners.take(one, by=Actor.person(nina), at=at)
    with pytest.raises(Conflict, match="Cora has this item already"):
        queue_owners.hand_over(one, to=cora.pk, note="", by=by, at=at)


def test_a_review_past_its_time_is_urgent(ana: User, cora: User, set_clock: Callable[..., None]) -> None:
    an_open_review(ana, expires_at=TUESDAY_NOON + timedelta(days=20))
    assert rows(cora)["review"].severity == "notice"

    set_clock(MONDAY_NOON + timedelta(days=6))
    row = rows(cora)["review"]
    assert (row.severity, row.is_late) == ("urgent", True)
    assert page_of(as_(cora).get(QUEUE)).heading == "1 item needs attention"


@pytest.mark.parametrize(
    ("ends_on", "later", "told"),
    [
        (None, 0, "New on the list."),
        (None, 31, ""),
        (None, 366, "It has no last day and stands for a year: is it still so?"),
        (date(2026, 11, 30), 40, "Its last day is over: take it off."),
    ],
)
def test_an_entry_of_the_lists_stands_in_the_queue_where_it_asks_something(
    ends_on: date | None, later: int, told: str, cora: User, nina: User, set_clock: Callable[..., None]
) -> None:
    restrictions.place(
        "XYZ Corp", on_record=("XYZ Corp",), kind=ListKind.WATCH, starts_on=date(2026, 11, 23), ends_on=ends_on,
        reason="Board seat.", by=Actor.person(nina), at=TUESDAY_NOON,
    )  # fmt: skip
    set_clock(TUESDAY_NOON + timedelta(days=later))

    found = [one.sentence for one in queue_items.of(cora, TUESDAY_NOON + timedelta(days=later))]

    assert found == ([f"{told} Board seat."] if told else [])
    assert RestrictedIssuer.objects.exists()


def test_the_queue_is_filtered_searched_and_taken_out_as_a_list(overridden: str, cora: User) -> None:
    assert set(rows(cora)) == {"override", "review"}
    assert set(rows(cora, "kind=override")) == {"override"}
    assert set(rows(cora, "severity=urgent")) == set()
    assert as_(cora).get(f"{QUEUE}?kind=nonsense").status_code == 422
    chips = {
        one.label: one.count for group in page_of(as_(cora).get(QUEUE)).listing.chips for one in group.chips
    }
    assert (chips["Overrides"], chips["Reviews"], chips["Nobody's"]) == (1, 1, 2)
    csv = as_(cora).get(f"{QUEUE}?export=csv").content.decode().splitlines()
    assert csv[0] == "severity,kind,what,sentence,who,since,due,owner"
    assert len(csv) == 3


def test_the_queue_costs_the_same_however_much_it_shows(ana: User, nina: User, cora: User) -> None:
    client: Client = as_(cora)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(QUEUE)
        return len(asked)

    def overrides(count: int) -> None:
        for number in range(count):
            review = an_open_review(
                ana, subject_id=f"pr_{QueueOwner.objects.count()}_{count}_{number}",
                answer=an_answer(("PTC-10", Severity.OVERRIDE)),
            )  # fmt: skip
            (given,) = findings.override(
                review.examinations.get().findings.get(), reason="tax_cost_accepted", text="Asked.", fingerprint=SHOWN,
                expires_at=review.expires_at, by=Actor.person(nina), at=MONDAY_NOON,
            )  # fmt: skip
            queue_owners.take(Named("override", str(given.pk)), by=Actor.person(cora), at=TUESDAY_NOON)

    overrides(1)
    queries()
    few = queries()
    overrides(12)

    assert queries() == few
    assert few <= QUERIES_MAX
    assert "Cora" in words_of(client.get(QUEUE))


QUERIES_MAX = 40
