"""Doors to FIX sessions: made, changed, enabled, logged on and off, reset, retired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients.doors import looking_up
from clients.models import Account
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role
from rebalancing import access
from rebalancing.fix import inbox, sessions
from rebalancing.fix.sessions import Address
from rebalancing.models import FixInbox, FixSession

NOUN = "FIX sessions"
ROLES = frozenset({Role.TRADER, Role.ADMINISTRATOR})
REFUSAL = "FIX sessions are kept by the trading desk and the firm's administrators."
READERS = ROLES | {Role.COMPLIANCE}
READERS_ONLY = "FIX sessions are seen by the trading desk, compliance and the firm's administrators."
WHO_ELSE = "Whoever names the broker's address decides where the firm's orders go, so a second person agrees."
COMP_ID = RegexValidator(r"^[A-Za-z0-9._-]{1,40}$", "Use letters, digits, dots, hyphens and underscores.")
HOST = RegexValidator(r"^[A-Za-z0-9.:-]{1,200}$", "Write a host name or an address, such as fix.example.com.")


class _Terms(DoorForm):
    name = forms.CharField(
        label="Name", max_length=40, strip=True, help_text="What the desk calls the broker."
    )
    heartbeat_seconds = forms.IntegerField(
        label="Heartbeat",
        min_value=5,
        max_value=300,
        help_text="Seconds; 30 unless the broker asks for another.",
    )


class _Address(DoorForm):
    our_comp_id = forms.CharField(label="Our CompID", validators=[COMP_ID], help_text="SenderCompID (49).")
    their_comp_id = forms.CharField(
        label="Their CompID", validators=[COMP_ID], help_text="TargetCompID (56)."
    )
    host = forms.CharField(label="Host", validators=[HOST])
    port = forms.IntegerField(label="Port", min_value=1, max_value=65535)
    uses_tls = forms.BooleanField(
        label="TLS", required=False, help_text="Only a program on this machine is reached without it."
    )
    block_account = forms.CharField(
        label="Account for blocks",
        required=False,
        strip=True,
        max_length=40,
        help_text="The broker's account (1) that blocks are traded in before they are allocated; stored encrypted.",
    )

    def address(self) -> Address:
        return Address(**{name: self.cleaned_data[name] for name in Address.__dataclass_fields__})


class Make(_Address, _Terms):
    custodian = forms.ChoiceField(label="Custodian", choices=Account.Custodian.choices)

    field_order = ("name", "custodian", "host", "port", "uses_tls", "our_comp_id", "their_comp_id")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"heartbeat_seconds": 30, "uses_tls": True}

    def offer(self) -> None:
        self.order_fields(self.field_order)

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        row = sessions.make(
            name=given["name"],
            custodian=given["custodian"],
            heartbeat_seconds=given["heartbeat_seconds"],
            address=self.address(),
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The session is on record. It connects once it is enabled.", _url(row), row)


class Change(_Terms):
    @classmethod
    def now(cls, subject: FixSession, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"name": subject.name, "heartbeat_seconds": subject.heartbeat_seconds}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.change(self.subject, by=by, at=at, **self.cleaned_data)
        return Done("The session is changed.", _url(row), row)


class Readdress(_Address):
    @classmethod
    def now(cls, subject: FixSession, *, user: Any, on: date) -> Mapping[str, Any]:
        found = sessions.address_of(subject)
        values = {name: getattr(found, name) for name in Address.__dataclass_fields__}
        # The number is not shown again; the same four digits mean that it stays.
        return {**values, "block_account": _masked(found.block_account)}

    def address(self) -> Address:
        typed = super().address()
        standing = sessions.address_of(self.subject).block_account
        if typed.block_account == _masked(standing):
            return Address(
                **{**{n: getattr(typed, n) for n in Address.__dataclass_fields__}, "block_account": standing}
            )
        return typed

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.readdress(self.subject, self.address(), by=by, at=at)
        return Done("The session connects to the new address.", _url(row), row)


class _Plain(DoorForm):
    """Nothing is typed; the page says what follows."""


class Enable(_Plain):
    def follows(self) -> tuple[tuple[str, str, str], ...]:
        row: FixSession = self.subject
        secured = "with TLS" if row.uses_tls else "on this machine"
        return (
            ("Orders for " + row.get_custodian_display(), "by file", f"to {row.host}:{row.port}, {secured}"),
        )

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.enable(self.subject, by=by, at=at)
        return Done("The session is enabled and logs on.", _url(row), row)


class _WithReason(DoorForm):
    reason = looking_up.reason(missing="Say why; it stays on record.")


class Disable(_WithReason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.disable(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The session is disabled. What waits to be sent stays in its outbox.", _url(row), row)


class LogOn(_Plain):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.log_on(self.subject, by=by, at=at)
        return Done("The session logs on.", _url(row), row)


class LogOff(_Plain):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.log_off(self.subject, by=by, at=at)
        return Done("The session logs off. Blocks for it wait in the outbox.", _url(row), row)


class Reset(_WithReason):
    def follows(self) -> tuple[tuple[str, str, str], ...]:
        row: FixSession = self.subject
        return (("Next numbers, out and in", f"{row.next_out} and {row.next_in}", "1 and 1"),)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.reset(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The next logon begins at number 1.", _url(row), row)


class Retire(_WithReason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = sessions.retire(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The session is retired.", reverse("rebalancing:fix_sessions"), row)


class TryAgain(_Plain):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = inbox.try_again(self.subject, by=by, at=at)
        return Done("The message is taken again within a minute.", _url(row.session), row)


class Settle(_WithReason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        row = inbox.settle(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The message is dealt with.", _url(row.session), row)


def find_message(user: Any, public_id: str) -> FixInbox:
    """A message that this person may see. Raises Http404."""
    found: FixInbox = get_object_or_404(
        access.fix_messages_for(user).select_related("session"), public_id=public_id
    )
    return found


def find(user: Any, public_id: str) -> FixSession:
    """A session that this person may see. Raises Http404."""
    if not any(user.has_role(role) for role in READERS):
        raise Http404
    found: FixSession = get_object_or_404(access.fix_sessions_for(user), public_id=public_id)
    return found


def back(row: FixSession | None) -> tuple[str, str]:
    """The page it stands on."""
    return (str(row), _url(row)) if row is not None else (NOUN, reverse("rebalancing:fix_sessions"))


def _url(row: FixSession) -> str:
    return reverse("rebalancing:fix_session", args=[row.public_id])


def _masked(number: str) -> str:
    return f"…{number[-4:]}" if number else ""


def _retired(user: Any, row: FixSession) -> str | None:
    return "This session is retired." if row.retired_at is not None else None


def _not_off(user: Any, row: FixSession) -> str | None:
    return _retired(user, row) or ("This session is enabled already." if row.is_enabled else None)


def _not_on(user: Any, row: FixSession) -> str | None:
    return _retired(user, row) or (None if row.is_enabled else "This session is not enabled.")


def _not_wanted_off(user: Any, row: FixSession) -> str | None:
    return _not_on(user, row) or ("The desk wants it logged on already." if row.is_wanted else None)


def _not_wanted_on(user: Any, row: FixSession) -> str | None:
    return _not_on(user, row) or (None if row.is_wanted else "The desk wants it logged off already.")


def _reset_already(user: Any, row: FixSession) -> str | None:
    return _retired(user, row) or (
        "The next logon resets the numbers already." if row.is_reset_wanted else None
    )


def _still_on(user: Any, row: FixSession) -> str | None:
    return _retired(user, row) or ("Disable the session first." if row.is_enabled else None)


def _not_set_aside(user: Any, row: FixInbox) -> str | None:
    return None if inbox.is_set_aside(row) else "This message is not set aside."


_ONE: dict[str, Any] = {
    "namespace": "rebalancing",
    "noun": NOUN,
    "roles": ROLES,
    "refusal": REFUSAL,
    "back": back,
}
_ROW: dict[str, Any] = {**_ONE, "find": find}
_TWO: dict[str, Any] = {**_ROW, "two_people": SubjectKind.SETTING}

MESSAGES = "Messages of brokers that were set aside"
_MESSAGE: dict[str, Any] = {
    "namespace": "rebalancing",
    "noun": MESSAGES,
    "roles": frozenset({Role.TRADER}),
    "refusal": "What a broker sent is dealt with by the trading desk.",
    "find": find_message,
    "back": lambda row: back(row.session),
    "refuse": _not_set_aside,
}

DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(noun=MESSAGES, act=Act.CREATE, why="a message is set aside when it cannot be read or taken."),
    FormDoor(
        name="fix_message_again", act=Act.EDIT, title="Take the message again", form=TryAgain, button="Take it again",
        lead="For a message whose cause was cured, such as a block that was not on record yet.",
        path="fix-messages/<slug:public_id>/again/", actions=(Action.FIX_MESSAGE_RETRIED,), verbs=(inbox.try_again,),
        **_MESSAGE,
    ),
    FormDoor(
        name="fix_message_settle", act=Act.RETIRE, title="Deal with the message", form=Settle, button="Dealt with",
        lead="For a message that nothing should follow from, or whose effect was entered by hand.",
        path="fix-messages/<slug:public_id>/settle/", actions=(Action.FIX_MESSAGE_SETTLED,), verbs=(inbox.settle,),
        **_MESSAGE,
    ),
    *(
        Door(
            noun=MESSAGES, act=act, title=title, browser="rebalancing:fix_session", api="api:fix-session",
            roles=READERS, refusal=READERS_ONLY,
        )
        for act, title in ((Act.READ, MESSAGES), (Act.HISTORY, "Everything received on a session"))
    ),
    FormDoor(
        name="fix_session_make", act=Act.CREATE, title="Add a FIX session", form=Make, button="Add the session",
        path="fix/add/", actions=(Action.FIX_SESSION_MADE,), verbs=(sessions.make,), checked=True, **_ONE,
    ),
    FormDoor(
        name="fix_session_change", act=Act.EDIT, title="Rename it, or change its heartbeat", form=Change,
        path="fix/<slug:public_id>/change/", actions=(Action.FIX_SESSION_CHANGED,), verbs=(sessions.change,),
        refuse=_retired, checked=True, **_ROW,
    ),
    FormDoor(
        name="fix_session_readdress", act=Act.EDIT, title="Change where it connects", form=Readdress, lead=WHO_ELSE,
        path="fix/<slug:public_id>/address/", actions=(Action.CHANGE_PROPOSED, Action.FIX_SESSION_READDRESSED),
        verbs=(sessions.readdress,), refuse=_retired, **_TWO,
    ),
    FormDoor(
        name="fix_session_enable", act=Act.EDIT, title="Enable the session", form=Enable, lead=WHO_ELSE,
        path="fix/<slug:public_id>/enable/", actions=(Action.CHANGE_PROPOSED, Action.FIX_SESSION_ENABLED),
        verbs=(sessions.enable,), refuse=_not_off, **_TWO,
    ),
    FormDoor(
        name="fix_session_disable", act=Act.EDIT, title="Disable the session", form=Disable, button="Disable it",
        path="fix/<slug:public_id>/disable/", actions=(Action.FIX_SESSION_DISABLED,), verbs=(sessions.disable,),
        refuse=_not_on, **_ROW,
    ),
    FormDoor(
        name="fix_session_log_on", act=Act.EDIT, title="Log on", form=LogOn, button="Log on",
        path="fix/<slug:public_id>/log-on/", actions=(Action.FIX_LOGON_ASKED,), verbs=(sessions.log_on,),
        refuse=_not_wanted_off, **_ROW,
    ),
    FormDoor(
        name="fix_session_log_off", act=Act.EDIT, title="Log off", form=LogOff, button="Log off",
        lead="It stays enabled: blocks for it wait in the outbox until it is logged on again.",
        path="fix/<slug:public_id>/log-off/", actions=(Action.FIX_LOGOFF_ASKED,), verbs=(sessions.log_off,),
        refuse=_not_wanted_on, **_ROW,
    ),
    FormDoor(
        name="fix_session_reset", act=Act.EDIT, title="Reset the sequence numbers", form=Reset,
        lead="Both sides begin at number 1 again. A report that was sent and not received cannot be asked for after it.",
        path="fix/<slug:public_id>/reset/", actions=(Action.CHANGE_PROPOSED, Action.FIX_RESET_ASKED),
        verbs=(sessions.reset,), refuse=_reset_already, **_TWO,
    ),
    FormDoor(
        name="fix_session_retire", act=Act.RETIRE, title="Retire the session", form=Retire, button="Retire it",
        path="fix/<slug:public_id>/retire/", actions=(Action.FIX_SESSION_RETIRED,), verbs=(sessions.retire,),
        refuse=_still_on, checked=True, **_ROW,
    ),
    Door(
        noun=NOUN, act=Act.READ, title=NOUN, browser="rebalancing:fix_sessions", api="api:fix-session-list",
        roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A session, also one that is retired, with its messages",
        browser="rebalancing:fix_session", api="api:fix-session", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
