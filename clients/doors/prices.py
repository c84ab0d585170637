"""Doors to prices: by hand with a second person, in dispute, missing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access
from clients.doors.securities import DESK, ONLY_DESK, address, back, find
from clients.models import Price
from clients.models.columns import PRICE_MAX
from clients.securities import manual_prices, price_disputes
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Prices"
MAKERS = frozenset({Role.TRADER, Role.COMPLIANCE})
ONLY_MAKERS = "Only the trading desk and compliance can enter a price. A second person then decides."


class Enter(DoorForm):
    priced_on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    price = forms.DecimalField(
        label="Price, dollars for one unit",
        min_value=Decimal("0.000001"),
        max_value=PRICE_MAX,
        decimal_places=6,
        help_text="A whole contract for an option, one dollar of face for a bond.",
    )
    evidence = forms.CharField(
        label="Evidence",
        max_length=300,
        help_text="Where it was found: a statement, a screen, a person and a time.",
        error_messages={"required": "Say where the price was found."},
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> dict[str, Any]:
        manual = subject.prices.filter(source=manual_prices.SOURCE).order_by("-as_of_on").first()
        return {"priced_on": manual.as_of_on if manual else "", "price": manual.price if manual else ""}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"priced_on", "price", "evidence"} <= given.keys() and (
            refusal := manual_prices.refusal_of(
                given["price"], priced_on=given["priced_on"], evidence=given["evidence"], today=self.on
            )
        ):
            raise forms.ValidationError(refusal)
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        entered = manual_prices.enter(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(
            f"The price of {self.subject} on {entered.as_of_on} is entered.", back(self.subject)[1], entered
        )


class Retire(DoorForm):
    reason = forms.CharField(max_length=300, error_messages={"required": "Say why; it stays on record."})

    def act(self, *, by: Actor, at: datetime) -> Done:
        manual_prices.retire(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The price is out of use.", back(self.subject.security)[1], self.subject)


def _price(user: Any, price: int) -> Price:
    manual = access.prices_for(user).filter(source=manual_prices.SOURCE, standing=Price.Standing.ACCEPTED)
    return get_object_or_404(manual.select_related("security"), pk=price)


ENTER = FormDoor(
    namespace="clients",
    name="price_enter",
    noun=NOUN,
    act=Act.CREATE,
    title="Enter a price by hand",
    lead="It comes before every other source of its day.",
    path="securities/<int:security>/price/",
    find=find,
    address=address,
    back=back,
    roles=MAKERS,
    refusal=ONLY_MAKERS,
    form=Enter,
    actions=(Action.CHANGE_PROPOSED, Action.PRICE_OVERRIDDEN),
    verbs=(manual_prices.enter,),
    two_people=SubjectKind.CORRECTION,
)
RETIRE = FormDoor(
    namespace="clients",
    name="price_retire",
    noun=NOUN,
    act=Act.RETIRE,
    title="Retire a price by hand",
    path="prices/<int:price>/retire/",
    find=_price,
    address=lambda price: {"price": price.pk},
    back=lambda price: back(price.security),
    roles=MAKERS,
    refusal=ONLY_MAKERS,
    form=Retire,
    actions=(Action.CHANGE_PROPOSED, Action.PRICE_RETIRED),
    verbs=(manual_prices.retire,),
    two_people=SubjectKind.CORRECTION,
)

DOORS: tuple[Door | NoDoor, ...] = (
    ENTER,
    RETIRE,
    Door(
        noun=NOUN,
        act=Act.EDIT,
        title="Decide about a price in dispute",
        browser="clients:price_decide",
        api="api:disputed-price-decide",
        file="`manage decide_price`",
        roles=MAKERS,
        refusal=price_disputes.REFUSAL_TO_DECIDE,
        actions=(Action.PRICE_DECIDED,),
        verbs=(price_disputes.decide,),
    ),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Prices by day and source",
        browser="clients:price_list",
        api="api:price-list",
        file="house `prices.csv`, custodians' position files",
        roles=DESK,
        refusal=ONLY_DESK,
    ),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Held securities without a price of the last market day",
        browser="clients:price_stale",
        api="api:price-stale",
        roles=DESK,
        refusal=ONLY_DESK,
    ),
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="One security's prices, drawn and listed",
        browser="clients:security",
        api="api:security",
        roles=DESK,
        refusal=ONLY_DESK,
    ),
)
