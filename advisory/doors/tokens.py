"""API tokens: made on a page of their own, which shows them once, and retired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advisory.doors.people import REASON
from advisory.models import ApiToken
from advisory.people import tokens
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES

NOUN = "API tokens"


class RetireToken(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        token = tokens.retire(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(f"The token “{token}” no longer works.", reverse("advisory:tokens"), token)


def _find(user: Any, public_id: str) -> ApiToken:
    found: ApiToken = get_object_or_404(tokens.tokens_for(user), public_id=public_id)
    return found


def _standing(user: Any, subject: ApiToken) -> str | None:
    return "This token has ended already." if subject.ended_at is not None else None


def _back(subject: ApiToken) -> tuple[str, str]:
    return NOUN, reverse("advisory:tokens")


STAFF: dict[str, Any] = {"noun": NOUN, "roles": STAFF_ROLES, "refusal": tokens.FOR_STAFF}
DOORS: tuple[Door | NoDoor, ...] = (
    Door(
        **STAFF,
        act=Act.CREATE,
        title="Make an API token",
        browser="advisory:tokens",
        confirmed=True,
        actions=(Action.TOKEN_MADE,),
        verbs=(tokens.make,),
    ),
    Door(**STAFF, act=Act.READ, title="API tokens", browser="advisory:tokens", api="api:token-list"),
    NoDoor(NOUN, Act.EDIT, "what a token may do never changes; make another one"),
    FormDoor(
        **STAFF,
        name="token_retire",
        namespace="advisory",
        act=Act.RETIRE,
        title="Retire the token",
        path="tokens/<slug:public_id>/retire/",
        find=_find,
        refuse=_standing,
        back=_back,
        form=RetireToken,
        actions=(Action.TOKEN_RETIRED,),
        verbs=(tokens.retire,),
    ),
    Door(
        **STAFF, act=Act.HISTORY, title="Its history", browser="compliance:audit_list", api="api:event-list"
    ),
)
