"""Who looked at which account's trades of a revision: a tick that its owner and everybody else sees, and that stops nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent
from compliance.people.actors import Actor, ActorKind
from compliance.refusals import NotAllowed
from rebalancing.models import Proposal
from rebalancing.pages.explained import approval
from rebalancing.proposals import proposals, revisions, ticks
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve
from tests.factories.desk import Desk, on_record
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TICKS = (Action.TRADES_TICKED, Action.TRADES_UNTICKED)


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    made.propose()
    return made


def accounts(desk: Desk) -> list[str]:
    plan = revisions.plan_of(proposals.current(desk.proposal))
    return list(dict.fromkeys(order.account for order in plan.orders))


def tick(desk: Desk, person: Any, account: str, *, number: int = 1, looked_at: str = "yes") -> Any:
    address = reverse("rebalancing:tick", args=[desk.proposal.public_id, number, account])
    return as_(person).post(address, {"looked_at": looked_at})


def seen(desk: Desk, person: Any) -> list[tuple[tuple[str, ...], bool]]:
    page = page_of(as_(person).get(f"/proposals/{desk.proposal.public_id}/"))
    return [(one.looked_at_by, one.is_ticked) for one in page.trades.accounts]


def written() -> list[str]:
    return list(AuditEvent.objects.filter(action__in=TICKS).order_by("seq").values_list("action", flat=True))


def test_a_tick_is_shown_to_who_gave_it_and_to_the_others_by_name(desk: Desk) -> None:
    first = accounts(desk)[0]
    others = [((), False)] * (len(accounts(desk)) - 1)

    answer = tick(desk, desk.rui, first)

    assert answer.status_code == 302
    assert answer["Location"] == f"/proposals/{desk.proposal.public_id}/#account-{first}"
    assert seen(desk, desk.rui) == [(("Rui",), True), *others]
    assert seen(desk, desk.ana) == [(("Rui",), False), *others]
    tick(desk, desk.ana, first)
    assert seen(desk, desk.ana) == [(("Rui", "Ana"), True), *others]


def test_a_tick_is_taken_back_by_who_gave_it_alone(desk: Desk) -> None:
    first = accounts(desk)[0]
    tick(desk, desk.rui, first)
    tick(desk, desk.ana, first)

    tick(desk, desk.ana, first, looked_at="no")

    assert seen(desk, desk.rui)[0] == (("Rui",), True)
    assert written() == ["proposal.trades_ticked", "proposal.trades_ticked", "proposal.trades_unticked"]


def test_pressing_twice_is_one_tick(desk: Desk) -> None:
    first = accounts(desk)[0]

    for _ in range(2):
        tick(desk, desk.rui, first)

    assert written() == ["proposal.trades_ticked"]
    told = json.loads(AuditEvent.objects.get(action=Action.TRADES_TICKED).facts)
    assert (told["revision"], told["account"], told["fingerprint"]) == (1, first, desk.seen())


def test_a_new_revision_is_looked_at_anew(desk: Desk) -> None:
    first = accounts(desk)[0]
    tick(desk, desk.rui, first)
    proposals.revise(desk.proposal, did="looked again", by=Actor.person(desk.ana), at=SUNDAY_NOON)

    assert [ticked for ticked, _ in seen(desk, desk.rui)] == [()] * len(accounts(desk))
    earlier = page_of(as_(desk.ana).get(f"/proposals/{desk.proposal.public_id}/revisions/1/")).trades
    assert (earlier.accounts[0].looked_at_by, earlier.may_tick) == (("Rui",), False)


def test_what_was_replaced_meanwhile_is_not_ticked(desk: Desk) -> None:
    proposals.revise(desk.proposal, did="looked again", by=Actor.person(desk.ana), at=SUNDAY_NOON)

    answer = tick(desk, desk.rui, accounts(desk)[0])

    assert answer.status_code == 409
    assert "Another revision took the place of the one that you looked at." in words_of(answer)
    assert written() == []


def test_an_account_without_trades_has_nothing_to_tick(desk: Desk) -> None:
    assert tick(desk, desk.rui, "ac_000000000000").status_code == 422
    assert written() == []


def test_whoever_may_not_see_the_proposal_finds_nothing_to_tick(desk: Desk) -> None:
    first = accounts(desk)[0]

    assert [tick(desk, one, first).status_code for one in (cast.max_(), cast.carl())] == [404, 404]
    assert tick(desk, desk.rui, first, number=7).status_code == 404


def test_a_program_has_looked_at_nothing(desk: Desk) -> None:
    token = Actor(ActorKind.TOKEN, "Rui", person_ref=str(desk.rui.pk), session_ref="tk_1")

    with pytest.raises(NotAllowed, match="Only a signed-in person"):
        ticks.put(
            proposals.current(desk.proposal), accounts(desk)[0], is_looked_at=True, by=token, at=SUNDAY_NOON
        )


def test_whose_trades_nobody_ticked_is_told_where_one_decides_and_stops_nothing(desk: Desk) -> None:
    answer_findings(desk.proposal)
    names = [
        one.name
        for one in page_of(as_(desk.rui).get(f"/proposals/{desk.proposal.public_id}/")).trades.accounts
    ]
    tick(desk, desk.ana, accounts(desk)[0])
    rui = as_(desk.rui)

    page = rui.get(f"/proposals/{desk.proposal.public_id}/")
    check = rui.get(f"/proposals/{desk.proposal.public_id}/approve/")

    assert page_of(page).trades.unticked == page_of(check).unticked == tuple(names[1:])
    approve(desk.proposal, desk.rui)
    assert desk.proposal.state == Proposal.State.APPROVED
    told = json.loads(AuditEvent.objects.filter(action=Action.REVIEW_DECIDED).latest("seq").facts)
    assert told["accounts_nobody_ticked"] == sorted(accounts(desk)[1:])


def test_every_account_ticked_is_nothing_to_tell(desk: Desk) -> None:
    for account in accounts(desk):
        tick(desk, desk.rui, account)

    answer = as_(desk.rui).get(f"/proposals/{desk.proposal.public_id}/")

    assert page_of(answer).trades.unticked == ()
    assert "Nobody has ticked" not in words_of(answer)


def test_the_explanation_of_a_decision_says_who_had_looked(desk: Desk) -> None:
    tick(desk, desk.rui, accounts(desk)[0])
    desk.approve()

    explained = approval.of(cast.cora(), proposals.current(desk.proposal), at=SUNDAY_NOON)

    rows = next(one for one in explained.parts if one.name == "ticks").rows
    assert [row[1] for row in rows] == ["Rui", *["nobody"] * (len(accounts(desk)) - 1)]


def test_ticks_are_no_line_of_the_timeline_and_cost_the_page_nothing(desk: Desk) -> None:
    rui, address = as_(desk.rui), f"/proposals/{desk.proposal.public_id}/"
    rui.get(address)
    with CaptureQueriesContext(connection) as before:
        told = page_of(rui.get(address)).talk.events
    for account in accounts(desk):
        tick(desk, desk.ana, account)

    with CaptureQueriesContext(connection) as after:
        again = page_of(rui.get(address)).talk.events

    assert (again, len(after)) == (told, len(before))


def test_a_program_reads_who_looked(desk: Desk) -> None:
    tick(desk, desk.ana, accounts(desk)[0])

    told = as_(desk.rui).get(f"/api/v1/proposals/{desk.proposal.public_id}/revisions/1/").json()

    assert [one["looked_at_by"] for one in told["trades"]["accounts"]] == [
        ["Ana"],
        *[[]] * (len(accounts(desk)) - 1),
    ]
