"""Clients' restrictions outside the policy: recorded, made stricter by one person, looser or cancelled by two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_facts
from clients.doors import looking_up
from clients.doors.households import not_advisor
from clients.models import ClientRestriction, Household
from clients.policies import client_restrictions, restriction_terms
from clients.policies.restriction_terms import Terms
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import Refusal

NOUN = "Client restrictions"
ROLES = frozenset({Role.ADVISOR})
REFUSAL = "Only the household's advisor records what its client asks for."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
HUNDRED = Decimal(100)
WHO_LOOSENS = (
    "Recording a restriction and making it stricter take one person. Making it looser (a later start, an earlier end, a "
    "higher cap, fewer issuers) and cancelling it take a second one, because trades that the client ruled out become "
    "possible."
)


def _percent(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label="At most, in percent of the household", min_value=0, max_value=100, decimal_places=4, **options
    )


class _Said(DoorForm):
    """Why, who asked, when, on what paper, and the days on which it counts."""

    reason = looking_up.reason(
        missing="Say why, in the client's words.", help_text="Stands in plans and on the client's record."
    )
    asked_by = forms.CharField(
        label="Who asked for it", max_length=120, error_messages={"required": "Name who asked for it."}
    )
    asked_on = looking_up.day(label="Asked on")
    document = forms.CharField(
        label="Where the letter or note is kept", max_length=200, required=False, strip=True
    )
    starts_on = looking_up.day(label="From")
    ends_on = looking_up.day(label="Until", required=False, help_text="Its last day. Empty: until cancelled.")

    def clean_asked_on(self) -> date:
        asked_on: date = self.cleaned_data["asked_on"]
        if asked_on > self.on:
            raise forms.ValidationError("The client cannot have asked for it in the future.")
        return asked_on

    def said(self) -> dict[str, Any]:
        """What all these forms have in common, as terms."""
        given = self.cleaned_data
        return {
            "reason": given["reason"],
            "asked_by": given["asked_by"],
            "asked_on": given["asked_on"],
            "document": given.get("document", ""),
            "starts_on": given["starts_on"],
            "ends_on": given.get("ends_on"),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                self.check()
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return given

    def check(self) -> None:
        """Raise what the verb would raise, so that it is told at the form."""


class Record(_Said):
    kind = forms.ChoiceField(label="What is asked for", choices=ClientRestriction.Kind.choices)
    symbol = forms.CharField(
        label="Security", required=False, max_length=40, help_text="Its symbol. Name one thing only."
    )
    lot = forms.ChoiceField(label="Or one tax lot", required=False)
    issuers = forms.CharField(
        label="Or issuers, one a line",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="As the securities on record name them; a whole exclusion list at once.",
    )
    sector = forms.CharField(label="Or a sector", required=False, max_length=60)
    asset_class = forms.ChoiceField(label="Or a class", required=False)
    account = forms.ChoiceField(
        label="Where", required=False, help_text="In one account only, or in all of them."
    )
    weight_cap = _percent(required=False, help_text="For “No more than” only.")

    field_order = (
        *("kind", "symbol", "lot", "issuers", "sector", "asset_class", "account", "weight_cap"),
        *("reason", "asked_by", "asked_on", "document", "starts_on", "ends_on"),
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"asked_on": on, "starts_on": on}

    def offer(self) -> None:
        household: Household = self.subject
        self.order_fields(self.field_order)
        accounts = access.accounts_for(self.user).filter(household=household, closed_on=None)
        self.accounts = {one.public_id: one for one in accounts.order_by("name", "pk")}
        lots = (
            access.lots_of_the_desk(self.user)
            .filter(account__in=accounts, closed_on=None)
            .select_related("account", "security")
        )
        self.lots = {
            one.public_id: one for one in lots.order_by("account__name", "security__symbol", "acquired_on")
        }
        self.classes = {one.code: one for one in access.asset_classes_for(self.user)}
        self._choices("account", "Everywhere", {key: str(one) for key, one in self.accounts.items()})
        self._choices("asset_class", "None", {key: one.name for key, one in self.classes.items()})
        self._choices(
            "lot",
            "None",
            {
                key: f"{one.security.symbol}, {one.acquired_on or 'day unknown'}, {one.quantity.normalize():f} shares in"
                f" {one.account.name}"
                for key, one in self.lots.items()
            },
        )

    def _choices(self, name: str, nothing: str, offered: Mapping[str, str]) -> None:
        self.fields[name].choices = [("", nothing), *offered.items()]  # type: ignore[attr-defined]

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"]).strip()
        self.security = (
            access.securities_for(self.user).filter(symbol__iexact=symbol).first() if symbol else None
        )
        if symbol and self.security is None:
            raise forms.ValidationError(f"There is no security {symbol} on record.")
        return symbol

    def terms(self) -> Terms:
        given = self.cleaned_data
        cap = given.get("weight_cap")
        return Terms(
            kind=given["kind"],
            security=self.security,
            lot=self.lots.get(given["lot"]),
            issuers=_names(given["issuers"]),
            sector=given["sector"],
            asset_class=self.classes.get(given["asset_class"]),
            account=self.accounts.get(given["account"]),
            weight_cap=None if cap is None else cap / HUNDRED,
            **self.said(),
        )

    def check(self) -> None:
        restriction_terms.checked(self.subject, self.terms())

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = client_restrictions.record(
            self.subject, self.terms(), on=self.on, user_id=self.user.pk, by=by, at=at
        )
        return Done("The restriction is on record. Plans obey it from its first day.", page_of(row), row)


class _Change(_Said):
    weight_cap = _percent(required=False)
    issuers = forms.CharField(
        label="Issuers, one a line",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    may_loosen = False

    field_order = (
        "weight_cap",
        "issuers",
        "reason",
        "asked_by",
        "asked_on",
        "document",
        "starts_on",
        "ends_on",
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        row: ClientRestriction = subject
        found = {
            name: getattr(row, name)
            for name in ("reason", "asked_by", "asked_on", "document", "starts_on", "ends_on")
        }
        if row.weight_cap is not None:
            found["weight_cap"] = (row.weight_cap * HUNDRED).normalize()
        if row.issuers:
            found["issuers"] = "\n".join(row.issuers)
        return found

    def offer(self) -> None:
        self.order_fields(self.field_order)
        for name, is_used in (
            ("weight_cap", self.subject.weight_cap is not None),
            ("issuers", bool(self.subject.issuers)),
        ):
            if is_used:
                self.fields[name].required = True
            else:
                del self.fields[name]

    def terms(self) -> Terms:
        before, given = Terms.of(self.subject), self.cleaned_data
        return replace(
            before,
            weight_cap=given["weight_cap"] / HUNDRED if "weight_cap" in given else before.weight_cap,
            issuers=_names(given["issuers"]) if "issuers" in given else before.issuers,
            **self.said(),
        )

    def check(self) -> None:
        terms = restriction_terms.checked(self.subject.household, self.terms())
        looser = restriction_terms.is_looser(Terms.of(self.subject), terms, on=self.on)
        if looser and not self.may_loosen:
            raise forms.ValidationError(
                f"This would make it looser: {looser}. A second person decides about that: choose “Make the restriction"
                " looser”."
            )

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = client_restrictions.change(
            self.subject,
            self.terms(),
            on=self.on,
            may_loosen=self.may_loosen,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The restriction is changed.", page_of(row), row)


class Tighten(_Change):
    """What does not allow more than before."""


class Loosen(_Change):
    may_loosen = True


class Cancel(DoorForm):
    reason = looking_up.reason(missing="Say who wants it cancelled, and why.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = client_restrictions.cancel(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The restriction is cancelled.", page_of(row), row)


def _names(typed: str) -> tuple[str, ...]:
    return tuple(sorted({line.strip() for line in typed.splitlines() if line.strip()}))


def find(user: Any, public_id: str) -> ClientRestriction:
    """A restriction that this person may see. Raises Http404."""
    found: ClientRestriction = get_object_or_404(
        access_facts.client_restrictions_for(user).select_related(
            "household", "account", "lot__account", "lot__security", "security", "asset_class", "made_by"
        ),
        public_id=public_id,
    )
    return found


def page_of(row: ClientRestriction) -> str:
    """The address of a restriction's own page."""
    return reverse("clients:client_restriction", args=[row.public_id])


def back(row: ClientRestriction) -> tuple[str, str]:
    """The restriction's own page."""
    return str(row), page_of(row)


def not_theirs(user: Any, row: ClientRestriction) -> str | None:
    """Why this person may not change or cancel this restriction."""
    if row.cancelled_at is not None or row.expired_at is not None:
        return "This restriction has ended already."
    return not_advisor(user, row.household)


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": not_theirs}
_TWO: dict[str, Any] = {**_ROW, "two_people": SubjectKind.CORRECTION, "lead": WHO_LOOSENS}

DOORS = (
    FormDoor(
        name="client_restriction_record", act=Act.CREATE, title="Record a client’s restriction", form=Record,
        path="households/<slug:public_id>/restriction/", find=looking_up.household, refuse=not_advisor,
        back=looking_up.household_page, actions=(Action.RESTRICTION_MADE,),
        verbs=(client_restrictions.record,), checked=True, lead=WHO_LOOSENS,
        file="sheet `client_restrictions`", **_ONE,
    ),
    FormDoor(
        name="client_restriction_tighten", act=Act.EDIT, title="Make the restriction stricter or correct it",
        form=Tighten, button="Change it", path="client-restrictions/<slug:public_id>/tighten/",
        actions=(Action.RESTRICTION_CHANGED,), verbs=(client_restrictions.change,), checked=True,
        lead=WHO_LOOSENS, **_ROW,
    ),
    FormDoor(
        name="client_restriction_loosen", act=Act.EDIT, title="Make the restriction looser", form=Loosen,
        button="Propose the change", path="client-restrictions/<slug:public_id>/loosen/",
        actions=(Action.RESTRICTION_CHANGED,), verbs=(client_restrictions.change,), checked=True, **_TWO,
    ),
    FormDoor(
        name="client_restriction_cancel", act=Act.RETIRE, title="Cancel the restriction", form=Cancel,
        button="Propose to cancel it", path="client-restrictions/<slug:public_id>/cancel/",
        actions=(Action.RESTRICTION_CANCELLED,), verbs=(client_restrictions.cancel,), **_TWO,
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Clients’ restrictions across the firm",
        browser="clients:client_restriction_list", api="api:client-restriction-list", roles=READERS,
        refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A client’s restriction and its history",
        browser="clients:client_restriction", api="api:client-restriction", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
