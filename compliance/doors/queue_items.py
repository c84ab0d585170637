"""Doors to the items of compliance's queue: taking one, handing it over, giving it back, settling it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse

from compliance import clock
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.pages import queue_items
from compliance.pages.queue_items import Item
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.review_desk import queue_owners

NOUN = "Items of the compliance queue"
ROLES = frozenset({Role.COMPLIANCE})
REFUSAL = "Compliance works its queue."


def _text(label: str, *, missing: str = "", **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=queue_owners.TEXT_MAX,
        strip=True,
        required=bool(missing),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": missing},
        help_text="It stays on record.",
        **options,
    )


class Take(DoorForm):
    """Nothing to type."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = queue_owners.take(self.subject.named, by=by, at=at)
        return Done("The item is yours.", _queue(), row)


class HandOver(DoorForm):
    owner = forms.ChoiceField(label="Who works it")
    note = _text("What they should know")

    def offer(self) -> None:
        choices = [(str(one.pk), one.get_full_name()) for one in people.holding(Role.COMPLIANCE)]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"owner": str(subject.owner_id or user.pk), "note": ""}

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        row = queue_owners.hand_over(
            self.subject.named, to=int(given["owner"]), note=given["note"], by=by, at=at
        )
        return Done("The item is handed over.", _queue(), row)


class GiveBack(DoorForm):
    reason = _text("Why", missing="Say why it is given back.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = queue_owners.give_back(self.subject.named, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The item is nobody's again.", _queue(), row)


class Settle(DoorForm):
    reason = _text("What you found", missing="Say what you found.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = queue_owners.settle(self.subject.named, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The item is settled.", _queue(), row)


def _queue() -> str:
    return reverse("compliance:queue")


def _find(user: Any, kind: str, item: str) -> Item:
    """An item that stands in the queue now. Raises Http404."""
    if not user.has_role(Role.COMPLIANCE):
        raise Http404
    for one in queue_items.standing(user, at=clock.now()):
        if one.key == (kind, item):
            return one
    raise Http404


def _back(one: Item | None) -> tuple[str, str]:
    return ("Compliance queue", _queue())


def _address(one: Item) -> dict[str, Any]:
    return {"kind": str(one.sort), "item": one.item}


def _kept_elsewhere(user: Any, one: Item) -> str | None:
    return "Who works it is said on its own page." if one.owner_url else None


def _taken(user: Any, one: Item) -> str | None:
    if one.owner:
        return f"{one.owner} has this item. Hand it over instead."
    return _kept_elsewhere(user, one)


def _nobodys(user: Any, one: Item) -> str | None:
    return _kept_elsewhere(user, one) if one.owner else "Nobody has this item."


def _not_to_settle(user: Any, one: Item) -> str | None:
    if not one.is_settled_by_hand:
        return "This item goes once its cause is gone. Open it, and do what it asks for."
    if one.person == user.pk:
        return "This item is about you, so a colleague settles it."
    return None


_ONE: dict[str, Any] = {
    "namespace": "compliance", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL, "find": _find, "back": _back,
    "address": _address,
}  # fmt: skip

DOORS: tuple[Door | NoDoor, ...] = (
    FormDoor(
        name="queue_take", act=Act.CREATE, title="Take the item", form=Take, button="Take it",
        path="compliance/items/<slug:kind>/<slug:item>/take/", refuse=_taken, actions=(Action.QUEUE_TAKEN,),
        verbs=(queue_owners.take,), **_ONE,
    ),
    FormDoor(
        name="queue_hand_over", act=Act.EDIT, title="Hand the item over", form=HandOver, button="Hand over",
        path="compliance/items/<slug:kind>/<slug:item>/hand-over/", refuse=_kept_elsewhere,
        actions=(Action.QUEUE_HANDED_OVER,), verbs=(queue_owners.hand_over,), **_ONE,
    ),
    FormDoor(
        name="queue_give_back", act=Act.EDIT, title="Give the item back", form=GiveBack, button="Give it back",
        path="compliance/items/<slug:kind>/<slug:item>/give-back/", refuse=_nobodys,
        actions=(Action.QUEUE_GIVEN_BACK,), verbs=(queue_owners.give_back,), **_ONE,
    ),
    FormDoor(
        name="queue_settle", act=Act.RETIRE, title="Settle the item", form=Settle, button="Settle it",
        path="compliance/items/<slug:kind>/<slug:item>/settle/", refuse=_not_to_settle,
        actions=(Action.QUEUE_SETTLED,), verbs=(queue_owners.settle,), **_ONE,
        lead="For what nothing else ends: an override, a refused or a fast approval, a new entry of a list.",
    ),
    Door(noun=NOUN, act=Act.READ, title="The compliance queue", browser="compliance:queue", roles=ROLES, refusal=REFUSAL),
    NoDoor(NOUN, Act.HISTORY, "The audit trail has who took, handed over, gave back and settled it."),
)  # fmt: skip
