"""Restatements: found while files are loaded; an advisor or the desk says what each was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients.models import Restatement
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing.pages.lists import restatements as listed
from rebalancing.reconciliation import restated

NOUN = "Restatements"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "What a restatement was is said by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."


class See(DoorForm):
    seen_as = forms.ChoiceField(
        label="What it was", choices=Restatement.SeenAs.choices, widget=forms.RadioSelect
    )
    remark = forms.CharField(
        label="Note", max_length=300, required=False, strip=True, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed for an error of the custodian: what was asked, of whom.",
    )  # fmt: skip

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"seen_as": subject.seen_as, "remark": subject.seen_note}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_error = given.get("seen_as") == Restatement.SeenAs.CUSTODIAN_ERROR
        if is_error and not given.get("remark"):
            self.add_error("remark", "Say what the custodian was asked.")
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = restated.see(
            self.subject,
            seen_as=self.cleaned_data["seen_as"],
            remark=self.cleaned_data["remark"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("It is said what the restatement was.", back(row)[1], row)


def find(user: Any, public_id: str) -> Restatement:
    """A restatement that this person may see. Raises Http404."""
    found: Restatement = get_object_or_404(listed.mine(user), public_id=public_id)
    return found


def back(row: Restatement) -> tuple[str, str]:
    """The page of the restatement."""
    return "Restatement", reverse("rebalancing:restatement", args=[row.public_id])


_READ: dict[str, Any] = {"noun": NOUN, "roles": READERS, "refusal": READERS_ONLY}

DOORS: tuple[Door | NoDoor, ...] = (
    FormDoor(
        namespace="rebalancing", name="restatement_see", noun=NOUN, act=Act.EDIT, title="Say what it was", form=See,
        path="restatements/<slug:public_id>/see/", roles=ROLES, refusal=REFUSAL, find=find, back=back,
        actions=(Action.RESTATEMENT_SEEN, Action.BREAK_CLOSED), verbs=(restated.see,),
    ),
    NoDoor(NOUN, Act.CREATE, "Restatements are found while custodians' files are loaded."),
    NoDoor(NOUN, Act.RETIRE, "One stays on record; it goes only with its file, when that is undone."),
    Door(act=Act.READ, title="Restatements", browser="rebalancing:restatement_list", api="api:restatement-list", **_READ),
    Door(act=Act.HISTORY, title="A restatement with its history", browser="rebalancing:restatement",
         api="api:restatement", **_READ),
)  # fmt: skip
