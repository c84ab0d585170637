"""Late in November a return has $600,000 of gains: the next sale waits for January, or somebody decides that it does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from clients.households import tax_profiles
from compliance.firm import waiting_figures
from compliance.people.actors import Actor
from rebalancing import tasks
from rebalancing.models import Proposal, Reading
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings
from tests.factories.desk import a_desk
from tests.factories.households import SET_UP
from tests.journeys.conftest import Clock
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_a_sale_at_a_gain_waits_for_january(the_clock: Clock, no_broker: None) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    desk = a_desk(taxable_only=True)
    tax_profiles.confirm(
        desk.household.tax_units.get(),
        tax_year=2026,
        confirmed_on=date(2026, 11, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(180_000),
        state_rate=D("0.044"),
        distributions_expected=D(600_000),
    )
    address = f"/households/{desk.household.public_id}/"

    # The scan prices the sale twice and leaves the gains alone.
    tasks.tick()
    tasks.work_scans()
    assert not _gains()
    ana = Visitor(cast.ana()).opens(address)
    ana.reads(
        "Selling now would realize",
        "the same sale on January 4, 2027",
        "$600,000 of gains are realized this year already",
    )
    ana.reads("when the new tax year has begun")

    # The client wants it now: Ana decides so for a few days, and the next scan sells.
    ana.follows("Trade anyway")
    ana.presses("Trade anyway", reason="She needs the policy kept this year.", expires_on="2026-11-27")
    ana.presses("Trade anyway").reads("traded anyway until")
    for one in Proposal.objects.all():
        proposals.withdraw(one, reason="Made anew.", by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    the_clock.at = SUNDAY_NOON + timedelta(minutes=5)
    tom = Visitor(cast.tom()).opens("/scans/")
    tom.presses("Start a scan")
    tasks.work_scans()
    assert Reading.objects.order_by("-pk")[0].outcome == "proposed"
    assert _gains()
    Visitor(cast.ana()).opens(address).reads("Traded anyway", "She needs the policy kept this year.")


def _gains() -> list[D]:
    """The gains that the open proposal would realize, lot by lot."""
    open_ones = Proposal.objects.filter(state__in=Proposal.OPEN_STATES)
    plans = [revisions.plan_of(proposals.current(one)) for one in open_ones]
    sales = [sale for plan in plans for order in plan.orders for sale in order.lots]
    return [sale.gain for sale in sales if sale.gain is not None and sale.gain > 0]
