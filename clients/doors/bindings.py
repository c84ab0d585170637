"""Bindings of accounts to the masked numbers of custodians' files, made by hand and ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients.doors import accounts, looking_up
from clients.households import bindings
from clients.households.accounts import LABEL_MAX, MASK_MAX
from clients.models import AccountBinding
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Account bindings"
REFUSAL = "Bindings to custodians' files are made and ended by the trading desk."


class Bind(DoorForm):
    mask = forms.CharField(
        max_length=MASK_MAX,
        label="Masked number",
        strip=True,
        help_text="As the custodian's files print it, such as ...417.",
    )
    label = forms.CharField(
        max_length=LABEL_MAX, label="Name in the files", required=False, strip=True,
        help_text="As the files print it beside the number; empty where they print none.",
    )  # fmt: skip

    def act(self, *, by: Actor, at: datetime) -> Done:
        bindings.bind(
            custodian=self.subject.custodian,
            mask=self.cleaned_data["mask"],
            label=self.cleaned_data["label"],
            account=self.subject,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return accounts.done("The account is bound. Files with this number are loaded into it.", self.subject)


class Unbind(DoorForm):
    reason = looking_up.reason(missing="Say why the binding ends.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        binding = bindings.end(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return accounts.done(
            "The binding has ended. Files with this number load nothing until it is bound again.",
            binding.account,
        )


def find_binding(user: Any, public_id: str, binding: int) -> AccountBinding:
    """A binding of an account that this person may see. Raises Http404."""
    found: AccountBinding = get_object_or_404(
        accounts.find(user, public_id).bindings.select_related("account"), pk=binding
    )
    return found


def ended(user: Any, binding: AccountBinding) -> str | None:
    """Why a binding cannot be ended again."""
    return "This binding has ended." if binding.ended_at else None


def _of_binding(binding: AccountBinding) -> dict[str, Any]:
    return {"public_id": binding.account.public_id, "binding": binding.pk}


def _back(binding: AccountBinding) -> tuple[str, str]:
    return accounts.back(binding.account)


_ONE: dict[str, Any] = {
    "namespace": "clients", "noun": NOUN, "roles": frozenset({Role.TRADER}), "refusal": REFUSAL,
}  # fmt: skip
_READ: dict[str, Any] = {
    "noun": NOUN, "browser": "clients:account", "api": "api:account", "roles": accounts.READERS,
    "refusal": accounts.READERS_ONLY,
}  # fmt: skip

DOORS = (
    FormDoor(
        name="account_bind", act=Act.CREATE, title="Bind a masked number", form=Bind, button="Bind it",
        path="accounts/<slug:public_id>/bind/", find=accounts.find, back=accounts.back, refuse=accounts.closed,
        actions=(Action.ACCOUNT_BOUND,), verbs=(bindings.bind,), **_ONE,
    ),
    FormDoor(
        name="account_unbind", act=Act.RETIRE, title="End the binding", form=Unbind, button="End it",
        path="accounts/<slug:public_id>/bindings/<int:binding>/end/", find=find_binding, back=_back, refuse=ended,
        address=_of_binding, actions=(Action.ACCOUNT_UNBOUND,), verbs=(bindings.end,), **_ONE,
    ),
    Door(act=Act.READ, title="Bindings of an account", **_READ),
    Door(act=Act.HISTORY, title="Bindings of an account, also those that ended", **_READ),
    NoDoor(NOUN, Act.EDIT, "A binding that was wrong is ended, and the right one made."),
)  # fmt: skip
