"""When only prices move a little, a proposal keeps its orders share for share, unless that costs more than the firm lets it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal as D

import pytest
from django.urls import reverse

from compliance.audit_trail import audit
from compliance.firm.desk_figures import REPRICED_WITHIN
from compliance.models import Approval, Consent
from compliance.people.actors import Actor
from rebalancing.models import Proposal, Revision
from rebalancing.proposals import pinned, proposals, revisions
from rebalancing.scans import renewals
from tests.clock import MONDAY, set_clock
from tests.factories.days import priced, scan_of
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import decided
from tests.pages import as_

pytestmark = pytest.mark.django_db
EVENING = datetime.combine(MONDAY, time(23), tzinfo=UTC)


@pytest.fixture
def desk() -> Desk:
    made = a_desk()
    made.propose()
    return made


def both(desk: Desk) -> tuple[Revision, Revision]:
    first, second = Proposal.objects.get(household=desk.household).revisions.order_by("number")
    return first, second


@pytest.mark.parametrize("price", ["99.50", "100.60", "101.30"])
def test_small_moves_keep_every_share_and_lot_and_restate_every_amount(desk: Desk, price: str) -> None:
    priced("ZUS", MONDAY, price)
    scan_of(MONDAY)
    first, second = both(desk)
    before, now = revisions.plan_of(first), revisions.plan_of(second)
    assert pinned.are_share_for_share(before, now)
    assert second.input_digest != first.input_digest
    assert second.fingerprint != first.fingerprint
    for order in second.orders.filter(security__symbol="ZUS"):
        assert order.price == D(price)
        assert order.amount != first.orders.get(position=order.position).amount
    assert now.after.classes != before.after.classes
    last = audit.trail(about=desk.proposal).order_by("-seq")[0]
    assert last.action == "proposal.repriced"
    assert "The orders are the same, share for share." in last.facts
    set_clock(EVENING)
    page = as_(desk.rui).get(reverse("rebalancing:proposal", args=[desk.proposal.public_id])).content.decode()
    assert "The trades are the same, share for share" in page
    assert "Prices that moved" in page


def test_a_plan_that_is_better_by_more_than_the_firms_figure_is_worked_out_again(desk: Desk) -> None:
    decided(REPRICED_WITHIN, D(0))
    priced("ZUS", MONDAY, "101.30")
    found = renewals.renew(desk.proposal, by=Actor.system("scan"), at=EVENING)
    assert found is not None
    assert found.how is renewals.How.REFRESHED
    assert "other orders are better by $" in found.why
    assert "the firm keeps the same ones up to $0" in found.why
    assert not pinned.are_share_for_share(*(revisions.plan_of(one) for one in both(desk)))


def test_what_was_given_to_the_revision_before_binds_that_one_alone(desk: Desk) -> None:
    desk.approve()
    approval = Approval.objects.get(subject_kind="proposal")
    priced("ZUS", MONDAY, "100.10")
    scan_of(MONDAY)
    first, second = both(desk)
    assert pinned.are_share_for_share(revisions.plan_of(first), revisions.plan_of(second))
    assert desk.proposal.state == Proposal.State.IN_REVIEW
    assert approval.fingerprint == first.fingerprint != second.fingerprint
    assert not Consent.objects.filter(fingerprint=second.fingerprint).exists()
    set_clock(EVENING)
    page = as_(desk.rui).get(reverse("rebalancing:proposal", args=[desk.proposal.public_id])).content.decode()
    assert "bind exactly what was seen, to the cent" in page
    assert "although its trades are the same share for share" in page
    assert proposals.current(desk.proposal).number == 2


def test_five_evenings_of_small_moves_ask_for_one_reading_of_the_orders(desk: Desk) -> None:
    """The reviewer reads the orders once: they are the same on the last evening."""
    days = (MONDAY, date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27))
    for day, price in zip(days, ("100.30", "99.90", "100.50", "100.20"), strict=True):
        priced("ZUS", day, price)
        scan_of(day)
    revised = list(Proposal.objects.get().revisions.order_by("number"))
    assert len(revised) == 5
    plans = [revisions.plan_of(one) for one in revised]
    assert all(pinned.are_share_for_share(plans[0], one) for one in plans)
