"""Doors to trading anyway: somebody sets a measured reason to wait aside for one household."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import figures
from clients.doors import looking_up
from clients.models import Household
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing import access
from rebalancing.models import HoldOverride
from rebalancing.waiting import overrides

NOUN = "Decisions to trade anyway"
ROLES = frozenset({Role.ADVISOR, Role.COMPLIANCE})
REFUSAL = "Only the household’s advisor or compliance can decide to trade although a reason says to wait."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."


class _Ending(DoorForm):
    reason = looking_up.reason("Why trade anyway", missing="Say why it is traded anyway.", length=300)
    expires_on = looking_up.day(label="Until")

    def starts_on(self) -> date:
        return self.on

    def offer(self) -> None:
        self.days_max = overrides.days_max(on=self.starts_on())
        self.fields["expires_on"].help_text = f"At most {self.days_max} days; it ends by itself."

    def clean_expires_on(self) -> date:
        expires_on: date = self.cleaned_data["expires_on"]
        latest = self.starts_on() + timedelta(days=self.days_max)
        if not self.on <= expires_on <= latest:
            raise forms.ValidationError(f"Choose a day from {figures.day(self.on)} to {figures.day(latest)}.")
        return expires_on


class Make(_Ending):
    code = forms.ChoiceField(label="What is set aside")

    field_order = ("code", "reason", "expires_on")

    def offer(self) -> None:
        super().offer()
        self.order_fields(self.field_order)
        standing = overrides.standing(self.subject)
        self.fields["code"].choices = [(code, overrides.CODES[code]) for code in standing]  # type: ignore[attr-defined]
        self.fields["code"].help_text = " ".join(standing.values()) or "The last scan was not held back."

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        override = overrides.make(
            self.subject,
            code=given["code"],
            reason=given["reason"],
            expires_on=given["expires_on"],
            on=self.on,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done(
            "The next scan trades anyway. It is on record who decided so.", back(override)[1], override
        )


class Change(_Ending):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"reason": subject.reason, "expires_on": subject.expires_on}

    def starts_on(self) -> date:
        day: date = self.subject.starts_on
        return day

    def act(self, *, by: Actor, at: datetime) -> Done:
        override = overrides.change(
            self.subject,
            reason=self.cleaned_data["reason"],
            expires_on=self.cleaned_data["expires_on"],
            on=self.on,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The decision is corrected.", back(override)[1], override)


class End(DoorForm):
    reason = looking_up.reason(missing="Say why it ends.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        override = overrides.end(
            self.subject,
            reason=self.cleaned_data["reason"],
            on=self.on,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The decision has ended. The next scan waits again.", back(override)[1], override)


def find(user: Any, public_id: str) -> HoldOverride:
    """A decision in a household that this member of staff may see. Raises Http404."""
    found: HoldOverride = get_object_or_404(
        access.hold_overrides_for(user).select_related("household", "made_by"), public_id=public_id
    )
    return found


def back(override: HoldOverride) -> tuple[str, str]:
    """The page of the household."""
    return looking_up.household_page(override.household)


def _nothing_held(user: Any, household: Household) -> str | None:
    """Why there is nothing to set aside."""
    if refusal := looking_up.closed(user, household):
        return refusal
    if not overrides.standing(household):
        return "The last scan was not held back by anything that can be set aside."
    return None


def _over(user: Any, override: HoldOverride) -> str | None:
    return "This decision was ended already." if override.ended_at is not None else None


_ONE: dict[str, Any] = {"namespace": "rebalancing", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_OVERRIDE: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": _over}

DOORS = (
    FormDoor(
        name="hold_override_make", act=Act.CREATE, title="Trade anyway", form=Make, button="Trade anyway",
        lead="The household’s next scan proposes although this reason says to wait. It counts among the overrides that compliance looks at.",
        path="households/<slug:public_id>/trade-anyway/", find=looking_up.household, back=looking_up.household_page,
        refuse=_nothing_held, actions=(Action.HOLD_OVERRIDDEN,), verbs=(overrides.make,), checked=True, **_ONE,
    ),
    FormDoor(
        name="hold_override_change", act=Act.EDIT, title="Correct the decision to trade anyway", form=Change,
        button="Correct it", path="hold-overrides/<slug:public_id>/correct/", actions=(Action.HOLD_OVERRIDE_CHANGED,),
        verbs=(overrides.change,), checked=True, **_OVERRIDE,
    ),
    FormDoor(
        name="hold_override_end", act=Act.RETIRE, title="End the decision to trade anyway", form=End,
        button="End it", path="hold-overrides/<slug:public_id>/end/", actions=(Action.HOLD_OVERRIDE_ENDED,),
        verbs=(overrides.end,), **_OVERRIDE,
    ),
    Door(
        noun=NOUN, act=Act.READ, title=NOUN, browser="rebalancing:hold_override_list", api="api:hold-override-list",
        roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="Decisions to trade anyway, also those that ended",
        browser="rebalancing:hold_override_list", api="api:hold-override-list", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
