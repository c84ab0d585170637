"""What is decided in the shares of before a corporate action does not reach a broker: proposals, releases and blocks."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.people.actors import Actor
from compliance.refusals import Conflict, Refusal
from rebalancing.execution import closing, orders
from rebalancing.models import Block
from rebalancing.portfolios import pending_actions
from rebalancing.proposals import proposals, staleness
from tests.clock import SUNDAY_NOON
from tests.factories import actions, released
from tests.factories.desk import Desk, a_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
PENDING = "A corporate action is pending: Stock split of ZUS on Nov 23, 2026: 4 for 1."


@pytest.fixture
def desk() -> Desk:
    return a_desk(taxable_only=True)


def test_an_open_proposal_goes_stale_and_says_why(desk: Desk) -> None:
    revision = proposals.current(desk.propose())
    actions.announced()

    _, causes = staleness.causes(revision, at=SUNDAY_NOON)

    said = [str(one.sentence) for one in causes]
    assert "A corporate action is pending on ZUS: Stock split of ZUS on Nov 23, 2026: 4 for 1." in said


def test_an_approved_proposal_is_not_released_any_more(desk: Desk) -> None:
    proposal = desk.approve()
    actions.announced()

    with pytest.raises(Refusal) as refused:
        orders.release(proposal, by=Actor.person(desk.tom), at=SUNDAY_NOON)

    assert any("corporate action is pending on ZUS" in str(one.sentence) for one in refused.value.causes)
    assert not Block.objects.exists()


def test_a_block_that_has_not_left_stays(desk: Desk) -> None:
    batch = desk.release()
    sale = released.blocks()["sell"]
    assert closing.why_held(sale, at=SUNDAY_NOON) == ""
    actions.announced()

    assert closing.why_held(sale, at=SUNDAY_NOON).startswith(PENDING)
    assert set(pending_actions.of_blocks([one.reference for one in Block.objects.all()], at=SUNDAY_NOON)) == {
        sale.reference
    }
    with pytest.raises(Conflict, match="corporate action is pending"):
        released.hand_out(batch)


def test_a_block_of_after_the_day_leaves(desk: Desk) -> None:
    desk.release()
    sale = released.blocks()["sell"]
    actions.announced(on=date(2026, 11, 20))

    assert closing.why_held(sale, at=SUNDAY_NOON) == ""
