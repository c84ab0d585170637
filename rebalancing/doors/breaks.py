"""The doors to breaks: who works one, and the four answers: match, split, reverse, explain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients.doors import looking_up
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing import access
from rebalancing.fills import breaks, fills
from rebalancing.models import Break

NOUN, REPORTS = "Breaks", "Broker reports"
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
ROLES = frozenset({Role.TRADER, Role.COMPLIANCE})
REFUSAL = "Breaks are worked by the trading desk and by compliance."


class Assign(DoorForm):
    owner = forms.ChoiceField(label="Who works it")

    def offer(self) -> None:
        people = [
            one
            for one in get_user_model()._default_manager.filter(is_active=True).order_by("name", "pk")
            if any(one.has_role(role) for role in ROLES)
        ]
        self.fields["owner"].choices = [(str(one.pk), str(one)) for one in people]  # type: ignore[attr-defined]

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"owner": str(subject.owner_id or user.pk)}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = breaks.assign(
            self.subject, owner_id=int(self.cleaned_data["owner"]), user_id=self.user.pk, by=by, at=at
        )
        return Done("It is said who works the break.", back(row)[1], row)


class Explain(DoorForm):
    reason = looking_up.reason(
        "Why it is in order", missing="Say why the difference is in order.", length=500
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = breaks.explain(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The break is explained.", back(row)[1], row)


class Split(DoorForm):
    part = forms.DecimalField(
        label="The first part",
        max_digits=18,
        decimal_places=6,
        help_text="Of the whole difference, with its sign; the second part is the rest.",
    )
    reason = looking_up.reason("What the parts are", missing="Say what the parts are.", length=500)

    def act(self, *, by: Actor, at: datetime) -> Done:
        breaks.split(self.subject, **self.cleaned_data, user_id=self.user.pk, by=by, at=at)
        return Done("The break is split in two.", reverse("rebalancing:break_list"), self.subject)


class Match(DoorForm):
    reference = forms.CharField(
        label="Our reference",
        max_length=40,
        strip=True,
        help_text="Of the order or block that the report is about, as the blotter shows it.",
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        fills.match(self.subject.fill, self.cleaned_data["reference"], user_id=self.user.pk, by=by, at=at)
        return Done("The report is matched.", back(self.subject)[1], self.subject)


class Reverse(DoorForm):
    reason = looking_up.reason(
        "Who confirmed it", missing="Say who at the broker confirmed it.", length=500,
        help_text="The fill is taken back by an entry of its own; nothing is edited.",
    )  # fmt: skip

    def act(self, *, by: Actor, at: datetime) -> Done:
        fills.reverse(
            self.subject.fill, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The fill is taken back.", back(self.subject)[1], self.subject)


def find(user: Any, public_id: str) -> Break:
    """A break that this person may see. Raises Http404."""
    found: Break = get_object_or_404(
        access.breaks_for(user).select_related(
            *("account__household", "account__cash", "fill__block", "block", "security", "owner"),
            *("order__block", "order__security", "order__batch"),
        ),
        public_id=public_id,
    )
    return found


def back(row: Break) -> tuple[str, str]:
    """The page of the break."""
    return row.get_queue_display(), reverse("rebalancing:break", args=[row.public_id])


def ended(user: Any, row: Break) -> str | None:
    """Why nothing is done about a break any more."""
    return "This break has ended." if row.ended_at is not None else None


def not_parked(user: Any, row: Break) -> str | None:
    """Why there is no report to match."""
    if row.fill is None or row.fill.block_id is not None:
        return "Only a report that nobody could place is matched."
    return ended(user, row)


def not_a_fill(user: Any, row: Break) -> str | None:
    """Why there is no fill to reverse."""
    if row.fill is None or row.fill.block_id is None or row.fill.kind not in ("fill", "corrected"):
        return "Only a fill of an order of ours is reversed."
    return ended(user, row)


def no_figure(user: Any, row: Break) -> str | None:
    """Why there is nothing to split."""
    if not breaks.difference(row):
        return "This break has no figure that could be divided."
    return ended(user, row)


_ONE: dict[str, Any] = {
    "namespace": "rebalancing", "roles": ROLES, "refusal": REFUSAL, "find": find, "back": back,
}  # fmt: skip
_READ: dict[str, Any] = {"roles": READERS, "refusal": READERS_ONLY}

DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(NOUN, Act.CREATE, "the comparison with a custodian's file finds it, or a broker's report."),
    FormDoor(
        name="break_assign", act=Act.EDIT, title="Say who works the break", form=Assign, noun=NOUN,
        path="breaks/<slug:public_id>/assign/", refuse=ended, actions=(Action.BREAK_ASSIGNED,),
        verbs=(breaks.assign,), **_ONE,
    ),
    FormDoor(
        name="break_split", act=Act.EDIT, title="Split the break", form=Split, noun=NOUN,
        path="breaks/<slug:public_id>/split/", refuse=no_figure, actions=(Action.BREAK_SPLIT,),
        verbs=(breaks.split,), **_ONE,
    ),
    FormDoor(
        name="break_explain", act=Act.RETIRE, title="Explain the break", form=Explain, noun=NOUN,
        path="breaks/<slug:public_id>/explain/", refuse=ended, actions=(Action.BREAK_CLOSED,),
        verbs=(breaks.explain,), **_ONE,
    ),
    Door(noun=NOUN, act=Act.READ, title="Breaks in four queues", browser="rebalancing:break_list",
         api="api:break-list", **_READ),
    Door(noun=NOUN, act=Act.HISTORY, title="A break and what became of it", browser="rebalancing:break",
         api="api:break", **_READ),
    NoDoor(REPORTS, Act.CREATE, "brokers send them, and custodians' files bring them."),
    FormDoor(
        name="break_match", act=Act.EDIT, title="Match the report", form=Match, noun=REPORTS,
        path="breaks/<slug:public_id>/match/", refuse=not_parked, actions=(Action.FILL_MATCHED,),
        verbs=(fills.match,), **_ONE,
    ),
    FormDoor(
        name="break_reverse", act=Act.RETIRE, title="Reverse the fill", form=Reverse, noun=REPORTS,
        path="breaks/<slug:public_id>/reverse/", refuse=not_a_fill, actions=(Action.FILL_RECEIVED,),
        verbs=(fills.reverse,), **_ONE,
    ),
    Door(noun=REPORTS, act=Act.READ, title="What brokers reported", browser="rebalancing:fill_list",
         api="api:fill-list", **_READ),
    Door(noun=REPORTS, act=Act.HISTORY, title="The report in a break", browser="rebalancing:break",
         api="api:fill-list", **_READ),
)  # fmt: skip
