"""The product's addresses with two doors of the tests: renaming a household, at once and by two people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import include, path

from advisory.urls import handler400, handler403, handler404, handler500
from advisory.urls import urlpatterns as product
from clients import access
from clients.models import Household
from compliance.actions import Action
from compliance.audit_trail import audit
from compliance.doors import addresses
from compliance.doors.before_after import changed
from compliance.doors.door import Act, Done, DoorForm, FormDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Renaming(DoorForm):
    name = forms.CharField(max_length=120)
    is_gone = forms.BooleanField(required=False, label="Has left")
    reason = forms.CharField(max_length=200)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"name": subject.name, "is_gone": False}

    def act(self, *, by: Actor, at: datetime) -> Done:
        if self.cleaned_data["name"] == "Nobody":
            raise BadInput("Nobody is no name.", "Write another.")
        before = {"name": self.subject.name}
        self.subject.name = self.cleaned_data["name"]
        self.subject.save(update_fields=["name"])
        audit.record(
            Action.HOUSEHOLD_CHANGED,
            about=self.subject,
            by=by,
            at=at,
            changed=changed(before, {"name": self.subject.name}),
        )
        return Done("The household is renamed.", f"/households/{self.subject.public_id}/", self.subject)


def _find(user: Any, public_id: str) -> Household:
    return get_object_or_404(access.households_for(user), public_id=public_id)


COMMON: dict[str, Any] = {
    "namespace": "tried",
    "noun": "Households of the tests",
    "roles": frozenset({Role.ADVISOR}),
    "refusal": "Only an advisor renames a household.",
    "find": _find,
    "form": Renaming,
    "actions": (Action.HOUSEHOLD_CHANGED,),
}
RENAME = FormDoor(
    name="rename",
    act=Act.EDIT,
    title="Rename a household",
    path="tried/<slug:public_id>/rename/",
    checked=True,
    **COMMON,
)
PROPOSE = FormDoor(
    name="propose",
    act=Act.EDIT,
    title="Propose a name",
    path="tried/<slug:public_id>/propose/",
    two_people=SubjectKind.CORRECTION,
    **COMMON,
)
DOORS = (RENAME, PROPOSE)

urlpatterns = [
    path("", include((addresses.browser(DOORS), "tried"))),
    path("api/v1/", include((addresses.api(DOORS), "api"))),
    *product,
]
