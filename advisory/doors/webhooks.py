"""Webhooks: where other programs are told what happens, and each message once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advisory.doors.people import REASON
from advisory.models import WebhookDelivery, WebhookEndpoint
from advisory.outward import deliveries, sending, topics, webhooks
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput

NOUN = "Webhooks"
ROLES = frozenset({Role.ADMINISTRATOR})
READERS = ROLES | {Role.COMPLIANCE}


class Terms(DoorForm):
    """What it is called, where it is, and what it is told about."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="What receives it, such as “client portal”.",
        error_messages={"required": "Name what receives it."},
    )
    url = forms.CharField(
        label="Address",
        max_length=sending.URL_MAX,
        help_text="A public https address.",
        error_messages={"required": "Write the address that messages go to."},
    )
    wanted = forms.MultipleChoiceField(
        label="What it is told about",
        choices=topics.CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="Kinds of events and ids only: no names, no figures, no text.",
        error_messages={"required": "Tick at least one topic."},
    )

    @classmethod
    def now(cls, subject: WebhookEndpoint | None, *, user: Any, on: date) -> Mapping[str, Any]:
        if subject is None:
            return {}
        return {"name": subject.name, "url": subject.url, "wanted": subject.topics.split(",")}

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            sending.address_of(url)
        except BadInput as refusal:
            raise forms.ValidationError(f"{refusal} {refusal.how_to_fix}") from refusal
        return url


class Make(Terms):
    def act(self, *, by: Actor, at: datetime) -> Done:
        made = webhooks.make(**self.cleaned_data, by=by, at=at)
        return Done("The webhook is made. It is told nothing until it has a secret.", page_of(made), made)


class Change(Terms):
    def act(self, *, by: Actor, at: datetime) -> Done:
        changed = webhooks.change(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("The webhook is changed.", page_of(changed), changed)


class Pause(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        paused = webhooks.pause(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("Nothing is sent until you resume it; what happens waits.", page_of(paused), paused)


class Resume(DoorForm):
    """Nothing is typed: the button resumes it."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        resumed = webhooks.resume(self.subject, by=by, at=at)
        return Done("What waits is sent now.", page_of(resumed), resumed)


class Retire(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        ended = webhooks.retire(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The webhook is retired. Its log stays.", page_of(ended), ended)


class SendAgain(DoorForm):
    """Nothing is typed: the button sends the message again."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        sent = deliveries.send_again(self.subject, by=by, at=at)
        return Done("The message is sent again, with the same id.", page_of(sent.endpoint), sent)


def page_of(endpoint: WebhookEndpoint) -> str:
    return reverse("advisory:webhook", args=[endpoint.public_id])


def _find(user: Any, public_id: str) -> WebhookEndpoint:
    found: WebhookEndpoint = get_object_or_404(webhooks.endpoints_for(user), public_id=public_id)
    return found


def _find_delivery(user: Any, public_id: str) -> WebhookDelivery:
    every = deliveries.deliveries_for(user).select_related("endpoint")
    found: WebhookDelivery = get_object_or_404(every, public_id=public_id)
    return found


def _standing(user: Any, subject: WebhookEndpoint) -> str | None:
    return "This webhook is retired." if subject.ended_at is not None else None


def _running(user: Any, subject: WebhookEndpoint) -> str | None:
    return "This webhook is paused already." if subject.paused_at is not None else _standing(user, subject)


def _paused(user: Any, subject: WebhookEndpoint) -> str | None:
    return "This webhook is not paused." if subject.paused_at is None else _standing(user, subject)


def _sendable(user: Any, subject: WebhookDelivery) -> str | None:
    if subject.state == deliveries.State.WAITING and subject.tries == 0:
        return "This message is about to be sent."
    return _standing(user, subject.endpoint)


def _back(subject: WebhookEndpoint | None) -> tuple[str, str]:
    return (subject.name, page_of(subject)) if subject is not None else (NOUN, reverse("advisory:webhooks"))


def _back_to_log(subject: WebhookDelivery) -> tuple[str, str]:
    return _back(subject.endpoint)


COMMON: dict[str, Any] = {
    "noun": NOUN,
    "namespace": "advisory",
    "roles": ROLES,
    "refusal": webhooks.FOR_ADMINISTRATORS,
    "back": _back,
}
ONE: dict[str, Any] = {**COMMON, "find": _find}
MAKE = FormDoor(
    **COMMON,
    name="webhook_make",
    act=Act.CREATE,
    title="Make a webhook",
    path="webhooks/make/",
    form=Make,
    confirmed=True,
    lead="Another program is told what happens here, and asks the API for the rest.",
    actions=(Action.WEBHOOK_MADE,),
    verbs=(webhooks.make,),
)
CHANGE = FormDoor(
    **ONE,
    name="webhook_change",
    act=Act.EDIT,
    title="Change the webhook",
    path="webhooks/<slug:public_id>/change/",
    refuse=_standing,
    form=Change,
    checked=True,
    confirmed=True,
    actions=(Action.WEBHOOK_CHANGED,),
    verbs=(webhooks.change,),
)
PAUSE = FormDoor(
    **ONE,
    name="webhook_pause",
    act=Act.EDIT,
    title="Pause the webhook",
    path="webhooks/<slug:public_id>/pause/",
    refuse=_running,
    form=Pause,
    actions=(Action.WEBHOOK_PAUSED,),
    verbs=(webhooks.pause,),
)
RESUME = FormDoor(
    **ONE,
    name="webhook_resume",
    act=Act.EDIT,
    title="Resume the webhook",
    path="webhooks/<slug:public_id>/resume/",
    refuse=_paused,
    form=Resume,
    actions=(Action.WEBHOOK_RESUMED,),
    verbs=(webhooks.resume,),
)
RETIRE = FormDoor(
    **ONE,
    name="webhook_retire",
    act=Act.RETIRE,
    title="Retire the webhook",
    path="webhooks/<slug:public_id>/retire/",
    refuse=_standing,
    form=Retire,
    actions=(Action.WEBHOOK_RETIRED,),
    verbs=(webhooks.retire,),
)
SEND_AGAIN = FormDoor(
    **{**COMMON, "back": _back_to_log},
    find=_find_delivery,
    name="webhook_send_again",
    act=Act.EDIT,
    title="Send again",
    path="webhook-deliveries/<slug:public_id>/again/",
    refuse=_sendable,
    form=SendAgain,
    lead="The receiver gets the same message with the same id, and can tell that it had it.",
    actions=(Action.WEBHOOK_SENT_AGAIN,),
    verbs=(deliveries.send_again,),
)
READ: dict[str, Any] = {"noun": NOUN, "roles": READERS, "refusal": webhooks.FOR_ADMINISTRATORS}
DOORS: tuple[Door | NoDoor, ...] = (
    MAKE,
    CHANGE,
    PAUSE,
    RESUME,
    RETIRE,
    SEND_AGAIN,
    Door(
        **{**READ, "roles": ROLES},
        act=Act.EDIT,
        title="Make a new secret",
        browser="advisory:webhook_secret",
        api="api:webhook-secret",
        confirmed=True,
        actions=(Action.WEBHOOK_SECRET_MADE,),
        verbs=(webhooks.mint,),
    ),
    Door(**READ, act=Act.READ, title="Webhooks", browser="advisory:webhooks", api="api:webhook-list"),
    Door(
        **READ,
        act=Act.HISTORY,
        title="A webhook, its deliveries and its history",
        browser="advisory:webhook",
        api="api:webhook-delivery-list",
    ),
)
