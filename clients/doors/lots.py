"""Tax lots: a basis or day corrected by two people, a correction withdrawn, a lot locked and unlocked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors import looking_up
from clients.holdings import lot_corrections
from clients.holdings.lot_corrections import Decided
from clients.models import LotCorrection, TaxLot
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import BadInput

NOUN = "Tax lots"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Corrections of tax lots are asked for by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
BASIS_MAX = Decimal(10) ** 11


class Correct(DoorForm):
    acquired_on = looking_up.day(label="Acquired on", required=False, help_text="Empty: unknown.")
    basis = forms.DecimalField(
        label="Basis of the whole lot", required=False, min_value=Decimal(0), max_value=BASIS_MAX, decimal_places=2,
        help_text="In dollars, adjusted. Empty: unknown, which is not zero.",
    )  # fmt: skip
    basis_status = forms.ChoiceField(label="Status of the basis", choices=TaxLot.BasisStatus.choices)
    evidence = looking_up.reason(
        "Evidence", missing="Say what the correction rests on.", length=1000,
        help_text="For example: statement of the former custodian, March 2019, page 4.",
    )  # fmt: skip
    document = looking_up.document()
    document_sha256 = looking_up.document_digest()

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {name: getattr(subject, name) for name in ("acquired_on", "basis", "basis_status")}

    def clean_acquired_on(self) -> date | None:
        acquired_on: date | None = self.cleaned_data["acquired_on"]
        if acquired_on is not None and acquired_on > self.on:
            raise forms.ValidationError("This day is still to come.")
        return acquired_on

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"acquired_on", "basis", "basis_status", "evidence"} <= set(given):
            try:
                lot_corrections.refuse_contradictions(self.decided())
            except BadInput as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given

    def decided(self) -> Decided:
        given = self.cleaned_data
        return Decided(
            acquired_on=given["acquired_on"],
            basis=given["basis"],
            basis_status=given["basis_status"],
            evidence=given["evidence"],
            document=given.get("document", ""),
            document_sha256=given.get("document_sha256", ""),
        )

    def act(self, *, by: Actor, at: datetime) -> Done:
        correction = lot_corrections.correct(
            self.subject, self.decided(), asked_by_id=self.user.pk, by=by, at=at
        )
        return Done("The lot is corrected.", back(self.subject)[1], correction)


class Withdraw(DoorForm):
    reason = looking_up.reason(missing="Say why the correction ends.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        correction = lot_corrections.withdraw(
            in_force(self.subject), reason=self.cleaned_data["reason"], by=by, at=at
        )
        return Done(
            "The correction has ended; the lot follows the files again.", back(self.subject)[1], correction
        )


class Lock(DoorForm):
    lock = forms.ChoiceField(label="Why it is locked", choices=TaxLot.Lock.choices)
    reason = looking_up.reason(missing="Say why this lot is not sold.")
    until_on = looking_up.day(label="Until", required=False, help_text="Empty: until it is unlocked.")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"lock": subject.lock, "reason": subject.lock_reason, "until_on": subject.lock_until_on}

    def clean_until_on(self) -> date | None:
        until_on: date | None = self.cleaned_data["until_on"]
        if until_on is not None and until_on <= self.on:
            raise forms.ValidationError("The lock would already have ended. Choose a later day.")
        return until_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        lot = lot_corrections.lock(
            self.subject, kind=given["lock"], reason=given["reason"], until_on=given["until_on"], by=by, at=at
        )
        return Done("The lot is locked. No plan sells it.", back(lot)[1], lot)


class Unlock(DoorForm):
    reason = looking_up.reason(missing="Say why the lock ends.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        lot = lot_corrections.unlock(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The lot may be sold again.", back(lot)[1], lot)


def find(user: Any, public_id: str) -> TaxLot:
    """A tax lot that this member of staff may see. Raises Http404."""
    found: TaxLot = get_object_or_404(
        access.lots_of_the_desk(user).select_related("account__household", "security", "source_file"),
        public_id=public_id,
    )
    return found


def back(lot: TaxLot) -> tuple[str, str]:
    """The lot's own page."""
    return str(lot), reverse("clients:lot", args=[lot.public_id])


def in_force(lot: TaxLot) -> LotCorrection:
    """The correction of a lot that is in force. Raises `BadInput` where there is none."""
    found: LotCorrection | None = lot.corrections.filter(ended_at=None).first()
    if found is None:
        raise BadInput("No correction of this lot is in force.", "There is nothing to do.")
    return found


def closed(user: Any, lot: TaxLot) -> str | None:
    """Why a lot cannot be corrected any more."""
    return "The custodian no longer lists this lot." if lot.closed_on else None


def not_corrected(user: Any, lot: TaxLot) -> str | None:
    """Why no correction can be withdrawn."""
    return (
        None if lot.corrections.filter(ended_at=None).exists() else "No correction of this lot is in force."
    )


def not_locked(user: Any, lot: TaxLot) -> str | None:
    """Why a lot cannot be unlocked."""
    return None if lot.lock else "This lot is not locked."


_ONE: dict[str, Any] = {
    "namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL, "find": find, "back": back,
}  # fmt: skip
_TWO: dict[str, Any] = {**_ONE, "two_people": SubjectKind.CORRECTION}

DOORS = (
    FormDoor(
        name="lot_correct", act=Act.EDIT, title="Correct basis or acquisition date", form=Correct, checked=True,
        button="Propose the correction", path="lots/<slug:public_id>/correct/", refuse=closed,
        actions=(Action.LOT_CORRECTED,), verbs=(lot_corrections.correct,), **_TWO,
    ),
    FormDoor(
        name="lot_withdraw", act=Act.RETIRE, title="End the correction", form=Withdraw, button="Propose to end it",
        path="lots/<slug:public_id>/end-correction/", refuse=not_corrected,
        actions=(Action.LOT_CORRECTION_ENDED,), verbs=(lot_corrections.withdraw,), **_TWO,
    ),
    FormDoor(
        name="lot_lock", act=Act.EDIT, title="Lock the lot", form=Lock, button="Lock it",
        path="lots/<slug:public_id>/lock/", refuse=closed, actions=(Action.LOT_LOCKED,),
        verbs=(lot_corrections.lock,), **_ONE,
    ),
    FormDoor(
        name="lot_unlock", act=Act.RETIRE, title="Unlock the lot", form=Unlock, button="Propose to unlock it",
        path="lots/<slug:public_id>/unlock/", refuse=not_locked, actions=(Action.LOT_UNLOCKED,),
        verbs=(lot_corrections.unlock,), **_TWO,
    ),
    Door(
        noun=NOUN, act=Act.READ, title="A tax lot", browser="clients:lot", api="api:lot", roles=READERS,
        refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A tax lot with its corrections", browser="clients:lot", api="api:lot",
        roles=READERS, refusal=READERS_ONLY,
    ),
    NoDoor(NOUN, Act.CREATE, "Tax lots come with the custodians' files."),
)  # fmt: skip
