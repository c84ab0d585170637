"""The client's circumstances change: an open life event freezes everything but raising cash until the policy is adopted
again, or somebody says why it still fits.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import F, QuerySet

from clients.models import Household, LifeEvent
from compliance.firm.firm_settings import InForce
from compliance.firm.waiting_figures import EVENT_ESCALATION, EVENT_REMINDER
from compliance.statements.reads import prepared
from rebalancing.portfolios.gathered import Table
from rebalancing.portfolios.market import Market
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, is_known, is_set
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.reason import Effect, HoldReason, Owner

CODE = "life_event"
NEEDS = ("opened_on", "approved_again_on", "as_of", "only_raises_cash")


def stands(facts: Columns) -> Truth:
    """An event that has happened, with no policy adopted for the new situation since."""
    return at_least(facts["as_of"], facts["opened_on"]) & ~(
        is_known(facts["approved_again_on"]) & at_least(facts["approved_again_on"], facts["opened_on"])
    )


def fires(facts: Columns) -> Truth:
    """The event stands, and more is asked for than raising cash."""
    return stands(facts) & ~is_set(facts["only_raises_cash"])


def facts(event: LifeEvent, *, approved_on: date | None, on: date, only_raises_cash: bool) -> dict[str, Fact]:
    return {
        "opened_on": event.opened_on,
        "approved_again_on": approved_on,
        "as_of": on,
        "only_raises_cash": only_raises_cash,
    }


@prepared
def _open(keys: list[int], on: date) -> QuerySet[LifeEvent]:
    found = LifeEvent.objects.filter(
        household__in=keys, resolved_on=None, cancelled_at=None, opened_on__lte=on
    )
    return found.annotate(of_household=F("household")).order_by("-opened_on", "id")


OPEN = Table("life events", _open)


def find(
    household: Household,
    *,
    raises_cash: bool,
    on: date,
    figures: InForce | None = None,
    market: Market | None = None,
) -> list[HoldReason]:
    """The open events. Where money is due out, cash is raised and nothing else is traded."""
    events = (market or Market(on)).table(household.pk, OPEN, on)
    if not events:
        return []
    approved_on = household.policies.filter(state="adopted").values_list("effective_on", flat=True).first()
    return [
        _told(event, on=on, figures=figures, effect=Effect.PARTLY if raises_cash else Effect.HOLDS)
        for event in events
        if columns.holds(stands, **facts(event, approved_on=approved_on, on=on, only_raises_cash=raises_cash))
    ]


def _told(event: LifeEvent, *, on: date, figures: InForce | None, effect: Effect) -> HoldReason:
    told = f"{LifeEvent.Kind(event.kind).label} on {day_text(event.opened_on)}: the policy is being reviewed for the new situation first."
    if effect is Effect.PARTLY:
        told += " Only the money that is due is raised."
    dates = {}
    if figures is not None:
        remind_on = event.opened_on + timedelta(days=figures.of(EVENT_REMINDER))
        escalate_on = event.opened_on + timedelta(days=figures.of(EVENT_ESCALATION))
        dates = {"remind_on": remind_on.isoformat(), "escalate_on": escalate_on.isoformat()}
    return HoldReason(
        code=CODE,
        sentence=told,
        ends_on=None,
        because="It ends when a policy is adopted after that day, or when the advisor resolves it with a reason.",
        owner=Owner.ADVISOR,
        figures={"opened_on": event.opened_on.isoformat(), "days": str((on - event.opened_on).days), **dates},
        effect=effect,
        subject=event.public_id,
    )
