"""Doors to saved views: saving one from a list, renaming or sharing it, and removing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.lists import saved_views
from compliance.models import SavedView
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Saved views"
REFUSAL = "Saved views are for the firm's staff."


class Save(DoorForm):
    """A name for what is on the list now."""

    name = forms.CharField(max_length=60, error_messages={"required": "Give the view a name."})
    is_firm = forms.BooleanField(required=False, label="Share it with everybody at the firm")
    address = forms.CharField(max_length=200, widget=forms.HiddenInput)
    query = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)

    def act(self, *, by: Actor, at: datetime) -> Done:
        view = saved_views.save(**self.cleaned_data, by=by, at=at)
        return Done(f"The view “{view.name}” is saved.", _url(view), view)


class Change(DoorForm):
    """Its name, and who sees it."""

    name = forms.CharField(max_length=60, error_messages={"required": "Give the view a name."})
    is_firm = forms.BooleanField(required=False, label="Share it with everybody at the firm")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"name": subject.name, "is_firm": subject.is_firm}

    def act(self, *, by: Actor, at: datetime) -> Done:
        view = saved_views.change(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"The view “{view.name}” is changed.", _url(view), view)


class Remove(DoorForm):
    """Nothing to type."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        url, name = self.subject.address, self.subject.name
        saved_views.remove(self.subject, by=by, at=at)
        return Done(f"The view “{name}” is removed.", url)


def _find(user: Any, public_id: str) -> SavedView:
    return get_object_or_404(saved_views.views_for(user), public_id=public_id)


def _not_theirs(user: Any, view: SavedView) -> str | None:
    if view.owner_id == user.pk:
        return None
    return "This view belongs to a colleague. Save one of your own."


def _not_theirs_to_remove(user: Any, view: SavedView) -> str | None:
    if view.is_firm and user.has_role(Role.COMPLIANCE):
        return None
    return _not_theirs(user, view)


def _url(view: SavedView) -> str:
    return f"{view.address}?{view.query}" if view.query else view.address


def _back(view: SavedView | None) -> tuple[str, str]:
    return ("", "") if view is None else (f"View “{view.name}”", _url(view))


SAVE = FormDoor(
    name="view_save",
    namespace="compliance",
    noun=NOUN,
    act=Act.CREATE,
    title="Save this view",
    path="views/save/",
    roles=STAFF_ROLES,
    refusal=REFUSAL,
    form=Save,
    actions=(Action.VIEW_SAVED,),
    verbs=(saved_views.save,),
    lead="Its filters and its order are kept under a name.",
)
CHANGE = FormDoor(
    name="view_change",
    namespace="compliance",
    noun=NOUN,
    act=Act.EDIT,
    title="Rename or share a view",
    path="views/<slug:public_id>/change/",
    roles=STAFF_ROLES,
    refusal=REFUSAL,
    find=_find,
    refuse=_not_theirs,
    back=_back,
    form=Change,
    actions=(Action.VIEW_SAVED,),
    verbs=(saved_views.change,),
)
REMOVE = FormDoor(
    name="view_remove",
    namespace="compliance",
    noun=NOUN,
    act=Act.RETIRE,
    title="Remove a view",
    path="views/<slug:public_id>/remove/",
    roles=STAFF_ROLES,
    refusal=REFUSAL,
    find=_find,
    refuse=_not_theirs_to_remove,
    back=_back,
    form=Remove,
    actions=(Action.VIEW_REMOVED,),
    verbs=(saved_views.remove,),
)
DOORS: tuple[Door | NoDoor, ...] = (
    SAVE,
    CHANGE,
    REMOVE,
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Every view you may open",
        roles=STAFF_ROLES,
        refusal=REFUSAL,
        browser="compliance:view_list",
    ),
    NoDoor(NOUN, Act.HISTORY, "A view is a habit, not a fact; the audit trail has who saved and removed it."),
)
