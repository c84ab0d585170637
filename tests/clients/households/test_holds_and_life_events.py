"""Holds are renewed, corrected, lifted and end; life events are corrected, resolved and taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.households import holds, life_events
from clients.models import Hold, Household, LifeEvent
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.waiting import circumstances
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, a_published_model, an_adopted_policy, loaded, the_millers

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


@pytest.fixture
def millers() -> Household:
    return the_millers()


def a_hold(household: Household, kind: str = "advisor", **changes: Any) -> Hold:
    values = {
        "account": None, "security": None, "kind": kind, "reason": "A house.", "starts_on": date(2026, 11, 1),
        "expires_on": date(2026, 11, 30), "user_id": None, "by": SET_UP, "at": SUNDAY_NOON, **changes,
    }  # fmt: skip
    return holds.place(household, **values)


def acts(user: Any) -> dict[str, Any]:
    return {"user_id": user.pk, "by": Actor.person(user), "at": SUNDAY_NOON}


def test_a_renewed_hold_starts_anew_and_the_old_one_is_lifted(millers: Household, ana: Any) -> None:
    old = a_hold(millers)

    new = holds.renew(old, reason="Closing is late.", expires_on=date(2027, 1, 31), on=TODAY, **acts(ana))

    old.refresh_from_db()
    assert (old.lift_reason, old.lifted_by) == ("Renewed", ana)
    assert (new.starts_on, new.expires_on, new.replaces) == (TODAY, date(2027, 1, 31), old)
    assert [one.is_in_force(on=TODAY) for one in (old, new)] == [False, True]
    assert audit.trail(about=new).get().action == audit.Action.HOLD_RENEWED
    assert audit.differences(about=[old, new]) == []


def test_a_hold_is_renewed_for_ninety_days_from_today_at_most(millers: Household, ana: Any) -> None:
    with pytest.raises(BadInput, match="at most 90 days: until 02/20/2027"):
        holds.renew(a_hold(millers), reason="x", expires_on=date(2027, 2, 21), on=TODAY, **acts(ana))


def test_a_corrected_hold_keeps_its_first_day(millers: Household, ana: Any) -> None:
    old = a_hold(millers)

    new = holds.change(old, reason="A houseboat.", expires_on=date(2026, 12, 3), **acts(ana))

    assert (new.starts_on, new.reason) == (old.starts_on, "A houseboat.")
    event = audit.trail(about=new).get()
    assert event.action == audit.Action.HOLD_CHANGED
    assert '"reason":{"after":"A houseboat.","before":"A house."}' in event.facts
    with pytest.raises(Conflict, match="already lifted"):
        holds.change(old, reason="Again.", expires_on=date(2026, 12, 4), **acts(ana))
    with pytest.raises(BadInput, match="Nothing is changed"):
        holds.change(new, reason="A houseboat.", expires_on=date(2026, 12, 3), **acts(ana))


def test_the_end_of_a_hold_is_on_the_trail_once(millers: Household) -> None:
    over = a_hold(millers)
    a_hold(millers, expires_on=date(2026, 12, 1))
    job = {"by": Actor.system("ends of holds"), "at": SUNDAY_NOON}

    assert holds.expire(on=date(2026, 11, 30), **job) == 0  # Its last day still counts.
    assert (holds.expire(on=date(2026, 12, 1), **job), holds.expire(on=date(2026, 12, 1), **job)) == (1, 0)
    assert [event.action for event in audit.trail(about=over)] == ["hold.placed", "hold.expired"]
    assert audit.differences(about=[over]) == []


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("advisor", {"Ana", "Tom"}),
        ("legal", {"Cora"}),
        ("deceased", {"Ana", "Cora"}),
        ("transfer", {"Ana", "Tom"}),
        ("custodian", {"Ana", "Tom", "Cora"}),
        ("margin_call", {"Tom", "Cora"}),
        ("cash_up_front", {"Tom", "Cora"}),
    ],
)
def test_each_kind_of_hold_has_its_people(millers: Household, kind: str, who: set[str]) -> None:
    hold = a_hold(millers, kind)
    everybody = ("Ana", "Rui", "Tom", "Cora", "Ada", "Carl", "Max")

    assert {name for name in everybody if kind in holds.kinds_for(cast.known(name))} == who
    assert {name for name in everybody if holds.refusal_to_end(cast.known(name), hold) is None} == who


# ── Life events ──────────────────────────────────────────────────────────────────────────────────


def an_event(household: Household, **changes: Any) -> LifeEvent:
    values = {
        "kind": "retirement", "opened_on": date(2026, 11, 2), "person": None, "note": "", "by": SET_UP,
        "at": SUNDAY_NOON, **changes,
    }  # fmt: skip
    return life_events.record(household, **values)


def held(household: Household) -> list[str]:
    return [one.code for one in circumstances.find(household, raises_cash=False, on=TODAY)]


def test_an_event_entered_wrongly_is_taken_back_and_holds_nothing(millers: Household, ana: Any) -> None:
    event = an_event(millers)
    assert held(millers) == ["life_event"]

    life_events.cancel(event, reason="It was the neighbor.", **acts(ana))

    assert held(millers) == []
    assert audit.trail(about=event).last().action == audit.Action.LIFE_EVENT_CANCELLED  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="cancelled"):
        life_events.resolve(event, resolved_on=TODAY, reason="Fits.", **acts(ana))


def test_a_corrected_event_takes_the_place_of_the_first(millers: Household, ana: Any) -> None:
    event = an_event(millers)
    mia = millers.people.get()

    fixed = life_events.correct(
        event, kind="job_loss", opened_on=date(2026, 11, 3), person=mia, note="", **acts(ana)
    )

    assert (fixed.replaces, fixed.kind, fixed.person) == (event, "job_loss", mia)
    assert held(millers) == ["life_event"]
    assert audit.differences(about=[event, fixed]) == []


def test_a_person_of_another_household_is_refused(millers: Household) -> None:
    other = the_millers("hart")

    with pytest.raises(BadInput, match="not of this household"):
        an_event(millers, person=other.people.get())


def test_an_event_is_resolved_by_hand_with_a_reason(millers: Household, ana: Any) -> None:
    event = an_event(millers)

    with pytest.raises(BadInput, match="still fits"):
        life_events.resolve(event, resolved_on=TODAY, reason=" ", **acts(ana))
    with pytest.raises(BadInput, match="cannot be resolved before"):
        life_events.resolve(event, resolved_on=date(2026, 11, 1), reason="x", **acts(ana))
    life_events.resolve(event, resolved_on=TODAY, reason="The plan assumed it.", **acts(ana))

    event.refresh_from_db()
    assert (event.resolved_on, event.resolution, event.resolved_by) == (TODAY, "The plan assumed it.", ana)
    assert held(millers) == []


def test_adopting_a_policy_resolves_the_events_before_it(millers: Household, rui: Any) -> None:
    loaded(bundle())
    before = an_event(millers, opened_on=date(2026, 3, 3))
    after = an_event(millers, opened_on=date(2026, 3, 4))

    an_adopted_policy(millers, model=a_published_model(reviewer=rui), reviewer=rui)  # From March 3, 2026.

    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.resolved_on, before.resolution) == (date(2026, 3, 3), "Policy version 1 was adopted.")
    assert after.is_open
    assert held(millers) == ["life_event"]


def test_the_database_keeps_what_was_entered(millers: Household) -> None:
    an_event(millers)
    a_hold(millers)

    for change in ("clients_lifeevent SET kind = 'death'", "clients_hold SET kind = 'legal'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {change}")
