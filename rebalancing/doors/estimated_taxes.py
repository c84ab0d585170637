"""A return's payments of a year and last year's tax: recorded, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access_facts
from clients.doors import looking_up
from clients.doors.households import ADVISORS, READERS, READERS_ONLY, not_advisor
from clients.doors.households import REFUSAL as NOT_THEIRS
from clients.households import estimated_taxes
from clients.households.estimated_taxes import Terms
from clients.models import EstimatedTax
from clients.models.columns import MONEY_MAX
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from rebalancing.doors import tax_profiles
from rebalancing.doors.stated_gains import dollars, ended, ledger_page
from rebalancing.doors.tax_profiles import UnitYear

NOUN = "Tax payments"
WHY = (
    "No penalty follows where withholding and payments reach 90% of this year's tax, or all of last year's: 110% of it"
    " above $150,000 of income (IRC 6654(d)(1))."
)


class _Payments(DoorForm):
    prior_tax = dollars(
        "Last year’s total tax", required=False, help_text="Empty: not known, which is not zero."
    )
    prior_income = dollars(
        "Last year’s adjusted gross income", least=-MONEY_MAX, required=False, help_text="Empty: not known."
    )
    withheld = dollars("Withholding expected for the whole year", help_text="0 for none.")
    paid = dollars("Estimated payments made so far", help_text="0 for none.")
    document = forms.CharField(label="Read from", max_length=200, required=False, strip=True)

    def terms(self) -> Terms:
        return Terms(**self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("prior_tax") is None) != (given.get("prior_income") is None):
            raise forms.ValidationError("Last year's tax and income belong together: give both, or neither.")
        return given


class Record(_Payments):
    @classmethod
    def now(cls, subject: UnitYear, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"withheld": Decimal(0), "paid": Decimal(0)}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = estimated_taxes.record(
            self.subject.unit, self.terms(), year=self.subject.year, user_id=self.user.pk, by=by, at=at
        )
        return Done("The payments are on record.", back(row)[1], row)


class Correct(_Payments):
    @classmethod
    def now(cls, subject: EstimatedTax, *, user: Any, on: date) -> Mapping[str, Any]:
        names = ("prior_tax", "prior_income", "withheld", "paid", "document")
        return {name: getattr(subject, name) for name in names}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = estimated_taxes.correct(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done("The payments are corrected.", back(row)[1], row)


class TakeBack(DoorForm):
    reason = looking_up.reason(missing="Say why they are taken back.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = estimated_taxes.take_back(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The payments are taken back.", back(row)[1], row)


def find(user: Any, public_id: str) -> EstimatedTax:
    """Payments of a return that this member of staff may see. Raises Http404."""
    found: EstimatedTax = get_object_or_404(
        access_facts.estimated_taxes_for(user).select_related("tax_unit__household"), public_id=public_id
    )
    return found


def back(row: EstimatedTax) -> tuple[str, str]:
    """The ledger in which they stand."""
    return ledger_page(row.tax_unit.household, row.tax_year)


def _refuse_year(user: Any, subject: UnitYear) -> str | None:
    if not subject.unit.files_for(subject.year):
        return f"{subject.unit} files for {subject.unit.last_tax_year} last."
    if estimated_taxes.in_force([subject.unit], year=subject.year):
        return f"Payments for {subject.year} are on record. Correct those."
    return not_advisor(user, subject.unit.household)


def _not_theirs(user: Any, row: EstimatedTax) -> str | None:
    return ended(user, row) or not_advisor(user, row.tax_unit.household)


_ONE: dict[str, Any] = {
    "namespace": "rebalancing", "noun": NOUN, "roles": ADVISORS, "refusal": NOT_THEIRS, "lead": WHY,
}  # fmt: skip
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": _not_theirs}

DOORS = (
    FormDoor(
        name="estimated_tax_record", act=Act.CREATE, title="Record a return’s payments", form=Record,
        path="tax-units/<slug:public_id>/payments/<int:year>/", find=tax_profiles.find_year,
        refuse=_refuse_year,
        address=lambda subject: {"public_id": subject.unit.public_id, "year": subject.year},
        back=lambda subject: ledger_page(subject.unit.household, subject.year),
        actions=(Action.ESTIMATED_TAX_RECORDED,), verbs=(estimated_taxes.record,), **_ONE,
    ),
    FormDoor(
        name="estimated_tax_correct", act=Act.EDIT, title="Correct the payments", form=Correct, checked=True,
        path="tax-payments/<slug:public_id>/correct/", actions=(Action.ESTIMATED_TAX_CHANGED,),
        verbs=(estimated_taxes.correct,), **_ROW,
    ),
    FormDoor(
        name="estimated_tax_end", act=Act.RETIRE, title="Take the payments back", form=TakeBack,
        path="tax-payments/<slug:public_id>/end/", actions=(Action.ESTIMATED_TAX_ENDED,),
        verbs=(estimated_taxes.take_back,), **_ROW,
    ),
    *(
        Door(
            noun=NOUN, act=act, title=title, browser="rebalancing:tax_ledger", api=api, roles=READERS,
            refusal=READERS_ONLY,
        )
        for act, title, api in (
            (Act.READ, "Payments beside the tax that follows", "api:tax-ledger"),
            (Act.HISTORY, "History of payments", "api:event-list"),
        )
    ),
)  # fmt: skip
