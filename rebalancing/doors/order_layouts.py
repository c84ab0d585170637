"""Doors to the firm's own layouts of order files, by custodian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients.doors import looking_up
from clients.models import Account
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role
from rebalancing import access
from rebalancing.execution import order_layouts
from rebalancing.execution.order_layouts import Terms
from rebalancing.models import OrderLayout

NOUN = "Layouts of order files"
ROLES = frozenset({Role.TRADER, Role.ADMINISTRATOR})
REFUSAL = "Layouts of order files are kept by the trading desk and the firm's administrators."
READERS = ROLES | {Role.COMPLIANCE}
READERS_ONLY = (
    "Layouts of order files are seen by the trading desk, compliance and the firm's administrators."
)


class _Layout(DoorForm):
    name = forms.CharField(
        label="Name", max_length=80, strip=True, help_text="Such as the custodian's own name for it."
    )
    columns = forms.CharField(
        label="Columns",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text="One a line: Caption = field. Fields: order_id, block_id, account, side (B, S), symbol, cusip, quantity, "
        "type (market, limit), limit, tif (DAY), trade_day (%m/%d/%Y), settlement_day; of what was filled also price and amount. "
        'Text in "quotation marks" is written as it stands.',
    )
    has_captions = forms.BooleanField(label="First line names the columns", required=False)
    delimiter = forms.ChoiceField(label="Between columns", choices=OrderLayout.Delimiter.choices)
    source = forms.CharField(
        label="Who says so",
        max_length=300,
        strip=True,
        help_text="Who at the custodian confirmed this layout, and when. It stays on record.",
    )

    def custodian(self) -> str:
        raise NotImplementedError

    def of_kind(self) -> str:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and (why := order_layouts.fault(self.terms(given))):
            self.add_error("columns", why)
        return given

    def terms(self, given: Mapping[str, Any]) -> Terms:
        return Terms(**{name: given[name] for name in Terms.__dataclass_fields__})

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """What the first lines would be, with the last orders at the custodian; account numbers masked."""
        custodian = self.custodian()
        orders = order_layouts.orders_at(custodian, among=access.orders_for(self.user), kind=self.of_kind())
        text = order_layouts.preview(
            custodian, self.terms(self.cleaned_data), among=orders, kind=self.of_kind()
        )
        lines = text.splitlines() or ["There is no order at this custodian to show it with."]
        return [(f"Line {number}", "", line) for number, line in enumerate(lines, start=1)]


class Make(_Layout):
    at_custodian = forms.ChoiceField(label="Custodian", choices=Account.Custodian.choices)
    kind = forms.ChoiceField(label="For", choices=OrderLayout.Kind.choices)

    field_order = ("at_custodian", "kind", "name", "columns", "has_captions", "delimiter", "source")

    def offer(self) -> None:
        self.order_fields(self.field_order)

    def custodian(self) -> str:
        return str(self.cleaned_data["at_custodian"])

    def of_kind(self) -> str:
        return str(self.cleaned_data["kind"])

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        row = order_layouts.make(
            given["at_custodian"], given["kind"], self.terms(given), user_id=self.user.pk, by=by, at=at
        )
        return Done("The layout is in force: the next files are written by it too.", _url(row), row)


class Change(_Layout):
    @classmethod
    def now(cls, subject: OrderLayout, *, user: Any, on: date) -> Mapping[str, Any]:
        found = order_layouts.terms_of(subject)
        return {name: getattr(found, name) for name in Terms.__dataclass_fields__}

    def custodian(self) -> str:
        return str(self.subject.custodian)

    def of_kind(self) -> str:
        return str(self.subject.kind)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = order_layouts.change(
            self.subject, self.terms(self.cleaned_data), user_id=self.user.pk, by=by, at=at
        )
        return Done("The new layout is in force; the one before stays on record.", _url(row), row)


class Retire(DoorForm):
    reason = looking_up.reason("Why it is retired", missing="Say why it is retired.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = order_layouts.retire(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("No more files are written by it.", _url(row), row)


def find(user: Any, public_id: str) -> OrderLayout:
    """A layout, for those who may see them. Raises Http404."""
    found: OrderLayout = get_object_or_404(
        access.order_layouts_for(user).select_related("made_by", "retired_by", "replaces"),
        public_id=public_id,
    )
    return found


def _url(row: OrderLayout) -> str:
    return reverse("rebalancing:order_layout", args=[row.public_id])


def _to_it(row: OrderLayout) -> tuple[str, str]:
    return row.name, _url(row)


def _to_the_list(subject: Any) -> tuple[str, str]:
    return NOUN, reverse("rebalancing:order_layouts")


def _standing(user: Any, row: OrderLayout) -> str | None:
    return None if row.retired_at is None else "This layout is no longer in force."


_KEEP: dict[str, Any] = {"namespace": "rebalancing", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_READ: dict[str, Any] = {"noun": NOUN, "roles": READERS, "refusal": READERS_ONLY}

DOORS: tuple[Door | NoDoor, ...] = (
    FormDoor(
        name="order_layout_make", act=Act.CREATE, title="Add a layout", form=Make, path="order-layouts/new/",
        back=_to_the_list, checked=True, button="Put it in force",
        lead="Nobody but your firm confirms it: ask the custodian first, and try a file there before you rely on it.",
        actions=(Action.ORDER_LAYOUT_MADE,), verbs=(order_layouts.make,), **_KEEP,
    ),
    FormDoor(
        name="order_layout_change", act=Act.EDIT, title="Change the layout", form=Change,
        path="order-layouts/<slug:public_id>/change/", find=find, back=_to_it, checked=True, refuse=_standing,
        actions=(Action.ORDER_LAYOUT_MADE,), verbs=(order_layouts.change,), **_KEEP,
    ),
    FormDoor(
        name="order_layout_retire", act=Act.RETIRE, title="Retire the layout", form=Retire,
        path="order-layouts/<slug:public_id>/retire/", find=find, back=_to_it, refuse=_standing,
        actions=(Action.ORDER_LAYOUT_RETIRED,), verbs=(order_layouts.retire,), **_KEEP,
    ),
    Door(act=Act.READ, title="Layouts of order files", browser="rebalancing:order_layouts", **_READ),
    Door(act=Act.HISTORY, title="A layout, and the one before", browser="rebalancing:order_layout", **_READ),
)  # fmt: skip
