"""What changed since somebody last looked at a proposal: trades and inputs, against the revision that they opened then."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import CashBalance, Price
from compliance.people.actors import Actor
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.proposals import proposals, revisions
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    made = a_desk()
    made.propose()
    return made


def opened(desk: Desk, person: Any, number: int | None = None) -> Any:
    part = "" if number is None else f"revisions/{number}/"
    return page_of(as_(person).get(f"/proposals/{desk.proposal.public_id}/{part}")).changes


def revised(desk: Desk, *edits: Edit) -> None:
    proposals.revise(
        desk.proposal, edits=edits, did="left a trade alone", by=Actor.person(desk.ana), at=SUNDAY_NOON
    )


def without(desk: Desk, number: int) -> Edit:
    """Leave the account of an order of the plan under review alone."""
    order = revisions.plan_of(proposals.current(desk.proposal)).orders[number]
    return Edit(
        id="leave", kind=EditKind.NO_TRADE, account=order.account, security=order.security, reason="asked for"
    )


def test_whoever_opened_no_earlier_revision_sees_what_changed_since_the_one_before(desk: Desk) -> None:
    revised(desk, without(desk, 0))
    revised(desk)

    changes = opened(desk, desk.rui)

    assert (changes.base, changes.looked_at) == (2, None)


def test_whoever_opened_an_earlier_one_sees_all_that_changed_since(desk: Desk) -> None:
    opened(desk, desk.rui)
    first = revisions.plan_of(proposals.current(desk.proposal))
    revised(desk, without(desk, 0))
    opened(desk, desk.ana)
    revised(desk)

    rui, ana = opened(desk, desk.rui), opened(desk, desk.ana)

    assert (rui.base, ana.base) == (1, 2)
    assert rui.looked_at is not None
    assert revisions.plan_of(proposals.current(desk.proposal)).orders == first.orders
    assert (rui.orders, rui.inputs, rui.inputs_are_the_same) == ((), (), True)
    assert ana.orders


def test_looking_again_at_the_same_revision_changes_nothing_of_what_is_told(desk: Desk) -> None:
    opened(desk, desk.rui)
    revised(desk, without(desk, 0))

    told = [opened(desk, desk.rui) for _ in range(2)]

    assert told[0] == told[1]
    assert told[0].base == 1


def test_looking_back_is_no_later_look(desk: Desk) -> None:
    opened(desk, desk.rui)
    revised(desk, without(desk, 0))
    opened(desk, desk.rui)
    opened(desk, desk.rui, 1)
    revised(desk)

    assert opened(desk, desk.rui).base == 2


def test_the_first_revision_has_changed_from_nothing(desk: Desk) -> None:
    assert opened(desk, desk.rui) is None


def test_inputs_that_changed_are_named_beside_the_trades(desk: Desk) -> None:
    opened(desk, desk.rui)
    CashBalance.objects.filter(account__number_last4="0001").update(settled=D(60_000))
    Price.objects.filter(security__symbol="ZUS").update(price=D("101"))
    revised(desk)

    answer = as_(desk.rui).get(f"/proposals/{desk.proposal.public_id}/")

    changes = page_of(answer).changes
    assert [one for one in changes.inputs if one.startswith("cash of Taxable: shown ")]
    assert [one.symbol for one in changes.prices] == ["ZUS"]
    assert not changes.inputs_are_the_same
    assert "Changed since revision 1, where you last looked" in words_of(answer)
    assert changes.inputs[0] in words_of(answer)


def test_a_program_reads_the_same(desk: Desk) -> None:
    opened(desk, desk.rui)
    CashBalance.objects.filter(account__number_last4="0001").update(settled=D(60_000))
    revised(desk)

    address = f"/api/v1/proposals/{desk.proposal.public_id}/revisions/2/"
    told = as_(desk.rui).get(address).json()["changes"]

    page = opened(desk, desk.rui)
    assert told["base"] == page.base == 1
    assert told["inputs"] == list(page.inputs)
    assert told["looked_at"] is not None
