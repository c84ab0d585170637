"""Doors to market conditions: one by one, many from a file, corrected, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import looking_up
from clients.models import MarketCondition, Security
from clients.securities import market_conditions
from clients.securities.market_conditions import COLUMNS, Fact
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import BadInput

NOUN = "Market conditions"
ROLES = frozenset({Role.TRADER, Role.COMPLIANCE})
REFUSAL = "What the market was like is entered by the trading desk and compliance."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
FILE_MAX = 500_000


def _source() -> forms.CharField:
    return forms.CharField(
        label="Source",
        max_length=200,
        strip=True,
        help_text="Where it was found: a notice, a screen, a data file.",
        error_messages={"required": "Say where it was found."},
    )


class _Condition(DoorForm):
    market_on = looking_up.day(label="Market day")
    kind = forms.ChoiceField(label="What", choices=MarketCondition.Kind.choices)
    symbol = forms.CharField(
        label="Security", max_length=40, required=False, strip=True, help_text="Empty: the whole market."
    )
    value = forms.DecimalField(
        label="Figure",
        required=False,
        min_value=Decimal("0.000001"),
        max_value=Decimal("999.999999"),
        decimal_places=6,
        help_text="The median spread as a fraction of the price, or the level of the index. A halt has none.",
    )
    source = _source()

    security: Security | None = None

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"])
        if symbol:
            self.security = access.securities_for(self.user).filter(symbol__iexact=symbol).first()
            if self.security is None:
                raise forms.ValidationError(f"There is no security {symbol} on record.")
        return symbol

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and (why := market_conditions.fault(self.fact(), today=self.on)):
            raise forms.ValidationError(why)
        return given

    def fact(self) -> Fact:
        given = self.cleaned_data
        return Fact(given["market_on"], given["kind"], self.security, given["value"])


class Enter(_Condition):
    def act(self, *, by: Actor, at: datetime) -> Done:
        made = market_conditions.record(
            self.fact(),
            source=self.cleaned_data["source"],
            user_id=self.user.pk,
            by=by,
            at=at,
            today=self.on,
        )
        return Done("It is on record. The next scan measures with it.", back(made)[1], made)


class Correct(_Condition):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {
            "market_on": subject.market_on,
            "kind": subject.kind,
            "symbol": subject.security.symbol if subject.security else "",
            "value": subject.value,
            "source": subject.source,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        made = market_conditions.correct(
            self.subject,
            self.fact(),
            source=self.cleaned_data["source"],
            user_id=self.user.pk,
            by=by,
            at=at,
            today=self.on,
        )
        return Done("It is corrected. What was entered before stays on record.", back(made)[1], made)


class Load(DoorForm):
    source = _source()
    rows = forms.CharField(
        label="Rows",
        max_length=FILE_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=(
            f"The text of a CSV file. Its first line is {','.join(COLUMNS)}; a day is written 2026-11-20, a kind is halt, "
            "spread or implied, and the symbol is empty for the whole market."
        ),
        error_messages={"required": "Paste the rows of the file."},
    )

    def clean_rows(self) -> str:
        text = str(self.cleaned_data["rows"])
        try:
            self.facts = tuple(
                market_conditions.parsed(
                    text, securities={one.symbol: one for one in access.securities_for(self.user)}
                )
            )
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        for number, fact in enumerate(self.facts, start=1):
            if why := market_conditions.fault(fact, today=self.on):
                raise forms.ValidationError(f"Row {number}: {why}")
        return text

    def act(self, *, by: Actor, at: datetime) -> Done:
        count = market_conditions.record_many(
            self.facts,
            source=self.cleaned_data["source"],
            user_id=self.user.pk,
            by=by,
            at=at,
            today=self.on,
        )
        return Done(
            f"{count} row{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} on record.", page()[1]
        )


class Cancel(DoorForm):
    reason = looking_up.reason("What was wrong", missing="Say what was wrong.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        condition = market_conditions.cancel(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("It is taken back.", back(condition)[1], condition)


def find(user: Any, public_id: str) -> MarketCondition:
    """A condition, for those who may read the market's facts. Raises Http404."""
    found: MarketCondition = get_object_or_404(
        access_facts.market_conditions_for(user).select_related("security"), public_id=public_id
    )
    return found


def page() -> tuple[str, str]:
    return NOUN, reverse("clients:market_condition_list")


def back(_condition: MarketCondition) -> tuple[str, str]:
    """The list of all conditions."""
    return page()


def settled(_user: Any, condition: MarketCondition) -> str | None:
    """Why a condition cannot be changed any more."""
    return "This was taken back already." if condition.cancelled_at is not None else None


def to_list(_subject: Any) -> tuple[str, str]:
    return page()


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_CONDITION: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": settled}

DOORS = (
    FormDoor(
        name="market_condition_enter", act=Act.CREATE, title="Enter a market condition", form=Enter, button="Enter it",
        path="market-conditions/enter/", back=to_list, actions=(Action.MARKET_CONDITION_ADDED,),
        verbs=(market_conditions.record,), **_ONE,
    ),
    FormDoor(
        name="market_condition_load", act=Act.CREATE, title="Load market conditions from a file", form=Load,
        button="Load them", path="market-conditions/load/", back=to_list,
        actions=(Action.MARKET_CONDITION_ADDED,), verbs=(market_conditions.record_many,), file="a CSV, pasted or sent",
        **_ONE,
    ),
    FormDoor(
        name="market_condition_correct", act=Act.EDIT, title="Correct the market condition", form=Correct,
        button="Correct it", path="market-conditions/<slug:public_id>/correct/",
        actions=(Action.MARKET_CONDITION_CHANGED,), verbs=(market_conditions.correct,), checked=True, **_CONDITION,
    ),
    FormDoor(
        name="market_condition_cancel", act=Act.RETIRE, title="Take back the market condition", form=Cancel,
        button="Take it back", path="market-conditions/<slug:public_id>/take-back/",
        actions=(Action.MARKET_CONDITION_CANCELLED,), verbs=(market_conditions.cancel,), **_CONDITION,
    ),
    Door(
        noun=NOUN, act=Act.READ, title=NOUN, browser="clients:market_condition_list", api="api:market-condition-list",
        roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="Market conditions, also those taken back",
        browser="clients:market_condition_list", api="api:market-condition-list", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
