"""Households end: the doors that concern proposals and orders besides the record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.urls import reverse

from clients.doors import looking_up
from clients.doors.households import ADVISORS, NOUN, REFUSAL, not_advisor, not_after
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.refusals import Cause
from rebalancing.households import closing


def listed(causes: list[Cause]) -> list[forms.ValidationError]:
    """What stands in the way, each as an error of the form."""
    return [forms.ValidationError(cause.sentence) for cause in causes]


class Close(DoorForm):
    closed_on = looking_up.day(label="Closed on")
    reason = looking_up.reason(missing="Say why it is closed.")

    def clean_closed_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["closed_on"], "The day")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if causes := closing.obstacles(self.subject):
            self.add_error(None, listed(causes))
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        household = closing.close(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{household} is closed. Its record stays.", reverse("clients:household_list"), household)


COMMON: dict[str, Any] = {
    "namespace": "rebalancing",
    "noun": NOUN,
    "roles": ADVISORS,
    "refusal": REFUSAL,
    "find": looking_up.household,
    "refuse": not_advisor,
    "back": looking_up.household_page,
    "checked": True,
}
CLOSE = FormDoor(
    name="household_close",
    act=Act.RETIRE,
    title="Close the household",
    path="households/<slug:public_id>/close/",
    form=Close,
    lead="Its accounts are closed first. Books, holds and recurring cash needs end with it; the record stays.",
    actions=(
        Action.HOUSEHOLD_CLOSED,
        Action.BOOK_ENDED,
        Action.HOLD_LIFTED,
        Action.CASH_NEED_CANCELLED,
        Action.CASH_RULE_ENDED,
    ),
    verbs=(closing.close,),
    **COMMON,
)
DOORS: tuple[Door | NoDoor, ...] = (CLOSE,)
