"""Where a tax lot came from when it was not bought: a gift, an inheritance; recorded and ended by two people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms

from clients import figures
from clients.doors import looking_up
from clients.doors.lots import BASIS_MAX, READERS, READERS_ONLY, ROLES, back, find
from clients.holdings import lot_origins
from clients.holdings.lot_origins import Facts
from clients.models import LotOrigin, TaxLot
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Refusal

NOUN = "Origins of tax lots"
REFUSAL = "Where lots came from is recorded by the household's advisor or the trading desk."


def _dollars(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_value=BASIS_MAX, decimal_places=2, **options
    )


class _Origin(DoorForm):
    evidence = looking_up.reason(
        "Evidence", missing="Say what it rests on.", length=1000,
        help_text="For example: letter of the donor, Form 709, appraisal of the estate.",
    )  # fmt: skip

    def facts(self) -> Facts:
        raise NotImplementedError

    def _past(self, name: str) -> date:
        day: date = self.cleaned_data[name]
        if day > self.on:
            raise forms.ValidationError("This day is still to come.")
        return day

    def clean_happened_on(self) -> date:
        return self._past("happened_on")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                lot_origins.refuse(self.subject, self.facts())
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given

    def follows(self) -> list[tuple[str, str, str]]:
        found = lot_origins.basis_of(self.facts())
        return [("Basis of the lot", figures.money(self.subject.basis), figures.money(found))]

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = lot_origins.record(self.subject, self.facts(), asked_by_id=self.user.pk, by=by, at=at)
        return Done("Where the lot came from is on record.", back(self.subject)[1], row)


class Gift(_Origin):
    happened_on = looking_up.day(label="Given on")
    former_basis = _dollars("The donor’s basis", help_text="Of the whole lot, in dollars.")
    former_acquired_on = looking_up.day(
        label="The donor acquired it on",
        required=False,
        help_text="Empty: not known; then no days are tacked.",
    )
    value = _dollars(
        "Value on the day of the gift", required=False, help_text="Needed for a loss. Empty: not known."
    )
    gift_tax = _dollars("Gift tax on the appreciation", required=False, help_text="Empty is none.")

    field_order = ("happened_on", "former_basis", "former_acquired_on", "value", "gift_tax", "evidence")

    def offer(self) -> None:
        self.order_fields(self.field_order)

    def facts(self) -> Facts:
        given = self.cleaned_data
        return Facts(
            kind=str(LotOrigin.Kind.GIFT),
            happened_on=given["happened_on"],
            value=given.get("value"),
            evidence=given["evidence"],
            former_basis=given["former_basis"],
            former_acquired_on=given.get("former_acquired_on"),
            gift_tax=given.get("gift_tax") or Decimal(0),
        )


class Inherited(_Origin):
    kind = forms.ChoiceField(
        label="How",
        choices=[(one.value, one.label) for one in LotOrigin.Kind if one is not LotOrigin.Kind.GIFT],
        help_text="A joint account of spouses outside community property: half steps up (IRC 2040(b)).",
    )
    happened_on = looking_up.day(label="Date of death")
    value = _dollars(
        "Value on that day", help_text="Of the whole lot, in dollars; it may be less than the basis."
    )
    alternate_value = _dollars(
        "Value six months later", required=False, help_text="Only where the estate elected it (IRC 2032)."
    )
    former_basis = _dollars(
        "Basis of the owners before", required=False, help_text="Needed where half of it stays."
    )

    field_order = ("kind", "happened_on", "value", "alternate_value", "former_basis", "evidence")

    def offer(self) -> None:
        self.order_fields(self.field_order)

    def facts(self) -> Facts:
        given = self.cleaned_data
        return Facts(
            kind=given["kind"],
            happened_on=given["happened_on"],
            value=given["value"],
            evidence=given["evidence"],
            alternate_value=given.get("alternate_value"),
            former_basis=given.get("former_basis"),
        )


class End(DoorForm):
    reason = looking_up.reason(missing="Say why it does not hold.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = lot_origins.end(in_force(self.subject), reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The lot is again what its files say.", back(self.subject)[1], row)


def in_force(lot: TaxLot) -> LotOrigin:
    """The origin of a lot that stands. Raises `BadInput` where there is none."""
    found: LotOrigin | None = lot.origins.filter(ended_at=None).first()
    if found is None:
        raise BadInput("No origin of this lot is on record.", "There is nothing to do.")
    return found


def known(user: Any, lot: TaxLot) -> str | None:
    """Why no origin can be recorded."""
    if lot.closed_on is not None:
        return "The custodian no longer lists this lot."
    if lot.origins.filter(ended_at=None).exists():
        return "Where this lot came from is on record. End that first."
    return None


def not_known(user: Any, lot: TaxLot) -> str | None:
    """Why no origin can be ended."""
    return None if lot.origins.filter(ended_at=None).exists() else "No origin of this lot is on record."


_TWO: dict[str, Any] = {
    "namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL, "find": find, "back": back,
    "two_people": SubjectKind.CORRECTION,
}  # fmt: skip
_MADE: dict[str, Any] = {
    "act": Act.CREATE, "refuse": known, "verbs": (lot_origins.record,), "checked": True,
    "actions": (Action.LOT_ORIGIN_RECORDED, Action.LOT_CORRECTED), "button": "Propose it",
}  # fmt: skip

DOORS: tuple[Door | NoDoor, ...] = (
    FormDoor(
        name="lot_gift", title="Record that it was a gift", form=Gift, path="lots/<slug:public_id>/gift/",
        lead="A gain counts from the donor's basis, a loss from the lower of that and the value that day; between the two"
        " there is neither (IRC 1015(a)).",
        **_MADE, **_TWO,
    ),
    FormDoor(
        name="lot_inherited", title="Record that it was inherited", form=Inherited,
        path="lots/<slug:public_id>/inherited/",
        lead="Its basis is its value on the day of the death, up or down, and it is long-term at once (IRC 1014, 1223(9)).",
        **_MADE, **_TWO,
    ),
    FormDoor(
        name="lot_origin_end", act=Act.RETIRE, title="End the origin of the lot", form=End, refuse=not_known,
        button="Propose to end it", path="lots/<slug:public_id>/end-origin/",
        actions=(Action.LOT_ORIGIN_ENDED, Action.LOT_CORRECTION_ENDED), verbs=(lot_origins.end,), **_TWO,
    ),
    NoDoor(NOUN, Act.EDIT, "One that was wrong is ended, and the right one recorded."),
    *(
        Door(
            noun=NOUN, act=act, title=title, browser="clients:lot", api="api:lot", roles=READERS,
            refusal=READERS_ONLY,
        )
        for act, title in ((Act.READ, "A tax lot and where it came from"), (Act.HISTORY, "Its history"))
    ),
)  # fmt: skip
