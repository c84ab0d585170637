"""A proposal that nobody decided yet, at the prices of the next days: repriced, worked out again, taken back, or at its end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal as D

import pytest

from clients.models import CashBalance
from compliance.audit_trail import audit
from compliance.firm.desk_figures import APPROVAL_GOOD_FOR, SCAN_DAYS
from compliance.models import Approval
from compliance.models.reviews import State as ReviewState
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from compliance.review_desk import approvals
from rebalancing import tasks
from rebalancing.models import Proposal, Reading
from rebalancing.proposals import proposals, revisions
from rebalancing.scans import renewals
from tests.clock import LAST_FRIDAY, MONDAY, set_clock
from tests.factories.days import priced, scan_of
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import decided

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)


@pytest.fixture
def desk() -> Desk:
    made = a_desk()
    made.propose()
    return made


def evening(day: date) -> datetime:
    return datetime.combine(day, time(23), tzinfo=UTC)


def told(proposal: Proposal) -> list[str]:
    return [event.action for event in audit.trail(about=proposal).order_by("seq")]


def test_small_moves_reprice_it_and_the_review_goes_on(desk: Desk) -> None:
    first = proposals.current(desk.proposal)
    priced("ZUS", MONDAY, "100.60")
    reading = scan_of(MONDAY)

    second = proposals.current(desk.proposal)
    assert (second.number, second.prices_as_of_on, second.trade_on) == (2, MONDAY, TUESDAY)
    assert second.expires_at == first.expires_at
    assert desk.proposal.state == Proposal.State.IN_REVIEW
    review = revisions.review_of(first)
    review.refresh_from_db()
    assert review.state == ReviewState.SUPERSEDED
    assert revisions.review_of(second).state == ReviewState.OPEN
    makers = [
        {(one.person_id, one.did) for one in revisions.review_of(revision).makers.all()}
        for revision in (first, second)
    ]
    assert makers[0] <= makers[1]
    assert told(desk.proposal)[-1] == "proposal.repriced"
    assert reading.outcome == Reading.Outcome.PENDING
    assert "Repriced at the prices of November 23: ZUS +0.6%." in reading.reason
    assert "it can be decided until" in reading.reason


def test_a_large_move_works_it_out_again(desk: Desk) -> None:
    priced("ZUS", MONDAY, "108")
    reading = scan_of(MONDAY)

    assert proposals.current(desk.proposal).number == 2
    assert told(desk.proposal)[-1] == "proposal.refreshed"
    assert (
        "Worked out again at the prices of November 23: price of ZUS: shown 100.00, now 108.00."
        in reading.reason
    )


def test_cash_that_came_in_works_it_out_again_on_the_same_day(desk: Desk) -> None:
    CashBalance.objects.filter(account__number_last4="0001").update(settled=D(60_000))
    found = renewals.renew(desk.proposal, by=Actor.system("scan"), at=evening(LAST_FRIDAY))

    assert found is not None
    assert found.how is renewals.How.REFRESHED
    assert "cash of Taxable" in found.why


def test_what_nothing_calls_for_any_more_is_taken_back_and_the_household_is_read_anew(desk: Desk) -> None:
    priced("ZUS", MONDAY, "40")
    reading = scan_of(MONDAY)

    standing = Proposal.objects.order_by("pk")[0]
    if standing.state == Proposal.State.WITHDRAWN:
        assert "nothing calls for these trades any more" in reading.reason
    assert reading.outcome != Reading.Outcome.FAILED
    assert Proposal.objects.filter(state__in=Proposal.OPEN_STATES).count() <= 1


def test_an_approval_of_the_day_before_does_not_count(desk: Desk) -> None:
    desk.approve()
    old = Approval.objects.get(subject_kind=SubjectKind.PROPOSAL)
    scan_of(MONDAY)

    assert desk.proposal.state == Proposal.State.IN_REVIEW
    new = proposals.current(desk.proposal)
    assert new.fingerprint != old.fingerprint
    with pytest.raises(Blocked):
        approvals.require_approval(
            subject_kind=SubjectKind.PROPOSAL,
            subject_id=desk.proposal.public_id,
            fingerprint=new.fingerprint,
            at=evening(MONDAY),
        )
    review = revisions.review_of(desk.proposal.revisions.get(number=1))
    assert review.pk == old.review_id
    assert review.state == ReviewState.SUPERSEDED


def test_its_end_stays_where_it_was_and_then_it_expires(desk: Desk) -> None:
    decided(APPROVAL_GOOD_FOR, 2)  # It keeps the five market days that it was given.
    for day in (MONDAY, TUESDAY, WEDNESDAY, FRIDAY, date(2026, 11, 30)):
        scan_of(day)
    first = Proposal.objects.order_by("pk")[0]
    assert first.state in Proposal.OPEN_STATES
    assert proposals.current(first).number == 6
    scan_of(date(2026, 12, 1))
    first.refresh_from_db()
    assert first.state == Proposal.State.EXPIRED
    assert first.household.proposals.filter(state__in=Proposal.OPEN_STATES).count() == 1


def test_a_second_look_at_the_same_prices_changes_nothing(desk: Desk) -> None:
    scan_of(MONDAY)
    before = proposals.current(desk.proposal).pk

    assert renewals.renew(desk.proposal, by=Actor.system("scan"), at=evening(MONDAY)) is None
    assert proposals.current(desk.proposal).pk == before
    assert renewals.due(MONDAY, at=evening(MONDAY)) == []


def test_a_proposal_that_was_returned_waits_for_its_maker(desk: Desk) -> None:
    proposals.request_changes(
        desk.proposal,
        seen=desk.seen(),
        text="Leave the IRA alone.",
        by=Actor.person(desk.rui),
        at=evening(LAST_FRIDAY),
    )
    scan_of(MONDAY)

    assert proposals.current(desk.proposal).number == 1
    assert desk.proposal.state == Proposal.State.RETURNED


def test_on_days_without_a_scan_it_is_repriced_all_the_same(desk: Desk) -> None:
    decided(SCAN_DAYS, ("fri",))
    for symbol, price in (("ZUS", "100.20"), ("ZUB", 50), ("ZBD", 80)):
        priced(symbol, MONDAY, price)
    set_clock(evening(MONDAY))
    tasks.renew()
    tasks.renew()

    assert proposals.current(desk.proposal).number == 2
    assert told(desk.proposal).count("proposal.repriced") == 1
