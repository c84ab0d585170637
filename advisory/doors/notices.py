"""Notifications: read on a page, and mailed once a day to whoever chooses so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.urls import reverse

from advisory.people import notice_choices
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES

NOUN = "Notifications"


class ChooseDigest(DoorForm):
    digest = forms.ChoiceField(
        label="By mail",
        choices=notice_choices.Digest.choices,
        widget=forms.RadioSelect,
        help_text="Counts and links, never a name or a figure. A day on which nothing waits has no mail.",
        error_messages={"required": "Choose one."},
    )

    @classmethod
    def now(cls, subject: None, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"digest": notice_choices.of(user).digest}

    def act(self, *, by: Actor, at: datetime) -> Done:
        chosen = notice_choices.choose(self.cleaned_data["digest"], by=by, at=at)
        daily = chosen.digest == notice_choices.Digest.DAILY
        said = "The first mail comes tomorrow." if daily else "No mail comes."
        return Done(said, reverse("advisory:notices"))


def _back(subject: None) -> tuple[str, str]:
    return NOUN, reverse("advisory:notices")


STAFF: dict[str, Any] = {"noun": NOUN, "roles": STAFF_ROLES, "refusal": notice_choices.FOR_STAFF}
DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(NOUN, Act.CREATE, "They are lines of the audit trail."),
    Door(**STAFF, act=Act.READ, title="Notifications", browser="advisory:notices", api="api:notice-list"),
    FormDoor(
        **STAFF,
        name="digest_choose",
        namespace="advisory",
        act=Act.EDIT,
        title="Choose what is mailed",
        path="notices/digest/",
        back=_back,
        form=ChooseDigest,
        actions=(Action.DIGEST_CHOSEN,),
        verbs=(notice_choices.choose,),
    ),
    NoDoor(NOUN, Act.RETIRE, "After 30 days they are in the audit trail only."),
    NoDoor(NOUN, Act.HISTORY, "They are lines of the audit trail."),
)
