"""Doors to securities: add, correct, decide groups and replacements, hand back to files, retire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors.security_forms import SecurityForm, present
from clients.models import Security, SecurityDecision
from clients.securities import decided_facts, decisions, security_facts
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Securities"
COMPLIANCE = frozenset({Role.COMPLIANCE})
DESK = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER})
ONLY_COMPLIANCE = "Only compliance can decide about securities. Ask compliance to decide it."
ONLY_DESK = "Securities and prices are for the firm's desk."


class Add(SecurityForm):
    symbol = forms.CharField(
        max_length=24,
        help_text="Letters and digits, such as VTI or BRK.B.",
        error_messages={"required": "Write the symbol."},
    )
    field_order = ("symbol",)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> dict[str, Any]:
        return {
            "kind": Security.Kind.ETF,
            "trading": Security.Trading.OPEN,
            "increment": 1,
            "settlement_days": 1,
            "wash_applies": True,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        added = security_facts.add(
            self.cleaned_data["symbol"],
            facts=self.facts(),
            weights=self.weights,
            reason=self.cleaned_data["reason"],
            by=by,
            at=at,
        )
        return Done(f"{added} is on record. Files leave alone what you decided.", url_of(added), added)


class Edit(SecurityForm):
    @classmethod
    def now(cls, subject: Security, *, user: Any, on: date) -> dict[str, Any]:
        return present(subject)

    def act(self, *, by: Actor, at: datetime) -> Done:
        changed = security_facts.decide(
            self.subject,
            facts=self.facts(),
            weights=self.weights,
            reason=self.cleaned_data["reason"],
            by=by,
            at=at,
        )
        return Done(f"{changed} is changed. Files leave it alone from now on.", url_of(changed), changed)


class Group(DoorForm):
    wash_group = forms.ChoiceField(
        label="Wash-sale group",
        required=False,
        help_text="Securities that are substantially identical with it (IRC 1091).",
    )
    reason = forms.CharField(max_length=300, error_messages={"required": "Say why."})

    def offer(self) -> None:
        groups = access.wash_groups_for(self.user).filter(retired_on=None).order_by("code")
        field: Any = self.fields["wash_group"]
        field.choices = [("", "No group"), *((one.code, one.code) for one in groups)]

    @classmethod
    def now(cls, subject: Security, *, user: Any, on: date) -> dict[str, Any]:
        return {"wash_group": subject.wash_group.code if subject.wash_group else ""}

    def act(self, *, by: Actor, at: datetime) -> Done:
        decisions.decide_wash_group(
            self.subject,
            code=self.cleaned_data["wash_group"],
            reason=self.cleaned_data["reason"],
            by=by,
            at=at,
        )
        return Done(f"The wash-sale group of {self.subject} is decided.", url_of(self.subject), self.subject)


class Replacements(DoorForm):
    replacements = forms.CharField(
        label="Approved replacements in order",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One symbol a line, the first choice first. Empty: none is approved.",
    )

    @classmethod
    def now(cls, subject: Security, *, user: Any, on: date) -> dict[str, Any]:
        approved = subject.replacements.exclude(approved_by=None).order_by("rank")
        return {"replacements": "\n".join(approved.values_list("replacement__symbol", flat=True))}

    def clean_replacements(self) -> str:
        given = [one.upper() for one in self.cleaned_data["replacements"].replace(",", " ").split()]
        known = access.securities_for(self.user).in_bulk(given, field_name="symbol")
        if unknown := [one for one in given if one not in known]:
            raise forms.ValidationError(f"No security {', '.join(unknown[:5])} is on record.")
        self.chosen = [known[one] for one in given]
        return "\n".join(given)

    def act(self, *, by: Actor, at: datetime) -> Done:
        decisions.order_replacements(self.subject, self.chosen, by=by, at=at)
        return Done(f"The replacements of {self.subject} are approved.", url_of(self.subject), self.subject)


class HandBack(DoorForm):
    facts = forms.MultipleChoiceField(
        label="Facts that files decide again",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one fact."},
    )
    reason = forms.CharField(max_length=300, error_messages={"required": "Say why."})

    def offer(self) -> None:
        field: Any = self.fields["facts"]
        field.choices = [
            (fact, SecurityDecision.Fact(fact).label)
            for fact in sorted(decided_facts.in_force([self.subject.pk]).get(self.subject.pk, {}))
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        security_facts.hand_back(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"Files decide these facts of {self.subject} again.", url_of(self.subject), self.subject)


class Reason(DoorForm):
    reason = forms.CharField(max_length=300, error_messages={"required": "Say why; it stays on record."})


class Retire(Reason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        security_facts.retire(self.subject, reason=self.cleaned_data["reason"], on=self.on, by=by, at=at)
        return Done(f"{self.subject} is retired.", url_of(self.subject), self.subject)


class Reopen(Reason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        security_facts.reopen(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(f"{self.subject} is offered and traded again.", url_of(self.subject), self.subject)


def url_of(security: Security) -> str:
    return reverse("clients:security", args=[security.pk])


def find(user: Any, security: int) -> Security:
    """A security this person may read."""
    return get_object_or_404(access.securities_for(user).select_related("wash_group"), pk=security)


def address(security: Security) -> dict[str, Any]:
    return {"security": security.pk}


def back(security: Security) -> tuple[str, str]:
    return str(security), url_of(security)


def _of_one(name: str, form: type[DoorForm], *, act: Act, title: str, **more: Any) -> FormDoor:
    return FormDoor(
        namespace="clients",
        name=f"security_{name}",
        noun=NOUN,
        act=act,
        title=title,
        path=f"securities/<int:security>/{name.replace('_', '-')}/",
        find=find,
        address=address,
        back=back,
        roles=COMPLIANCE,
        refusal=ONLY_COMPLIANCE,
        form=form,
        **more,
    )


ADD = FormDoor(
    namespace="clients",
    name="security_add",
    noun=NOUN,
    act=Act.CREATE,
    title="Add a security",
    path="securities/add/",
    roles=COMPLIANCE,
    refusal=ONLY_COMPLIANCE,
    form=Add,
    back=lambda _: ("Securities", reverse("clients:security_list")),
    actions=(Action.SECURITY_ADDED,),
    verbs=(security_facts.add,),
    checked=True,
)
EDIT = _of_one(
    "edit",
    Edit,
    act=Act.EDIT,
    title="Edit a security",
    lead="What you change is kept against later files, which say so in their preview.",
    actions=(Action.SECURITY_CHANGED,),
    verbs=(security_facts.decide,),
    checked=True,
)
GROUP = _of_one(
    "wash_group",
    Group,
    act=Act.EDIT,
    title="Decide the wash-sale group",
    actions=(Action.SECURITY_CHANGED,),
    verbs=(decisions.decide_wash_group,),
)
REPLACEMENTS = _of_one(
    "replacements",
    Replacements,
    act=Act.EDIT,
    title="Approve replacements",
    actions=(Action.SECURITY_CHANGED,),
    verbs=(decisions.order_replacements,),
)
HAND_BACK = _of_one(
    "hand_back",
    HandBack,
    act=Act.RETIRE,
    title="Let files decide again",
    refuse=lambda _, security: (
        None
        if decided_facts.in_force([security.pk])
        else "Nobody decided a fact of this security: files decide them all."
    ),
    actions=(Action.SECURITY_CHANGED,),
    verbs=(security_facts.hand_back,),
)
RETIRE = _of_one(
    "retire",
    Retire,
    act=Act.RETIRE,
    title="Retire a security",
    refuse=lambda _, security: security_facts.refusal_to_retire(security),
    actions=(Action.SECURITY_RETIRED,),
    verbs=(security_facts.retire,),
    checked=True,
)
REOPEN = _of_one(
    "reopen",
    Reopen,
    act=Act.EDIT,
    title="Reopen a security",
    refuse=lambda _, security: None if security.retired_on else f"{security} is not retired.",
    actions=(Action.SECURITY_REOPENED,),
    verbs=(security_facts.reopen,),
)

OF_ONE = tuple(one.browser for one in (EDIT, GROUP, REPLACEMENTS, HAND_BACK, RETIRE, REOPEN))
"""The doors that the page of a security links to."""

DOORS: tuple[Door | NoDoor, ...] = (
    *(ADD, EDIT, GROUP, REPLACEMENTS, HAND_BACK, RETIRE, REOPEN),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Securities on record",
        browser="clients:security_list",
        api="api:security-list",
        file="house `securities.csv`",
        roles=DESK,
        refusal=ONLY_DESK,
    ),
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="One security: its facts, whose they are, its prices and its history",
        browser="clients:security",
        api="api:security",
        roles=DESK,
        refusal=ONLY_DESK,
    ),
)
