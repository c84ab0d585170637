"""The sessions of a person that are open now: where they are signed in, and ending one or all others.

A session is found by its sign-in on the audit trail, whose digest of the key leads to the stored session; no table of
its own is kept, and the keys themselves are nowhere but in the session store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare

from advisory.models import User
from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import Conflict

BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session, by the digest of its key."""

    ref: str
    device: str
    methods: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """A person's own sessions, and when each ends by itself."""

    sessions: tuple[OpenSession, ...]
    idle_minutes: int
    hours: int

    @property
    def has_others(self) -> bool:
        """Whether there is a session to end besides the one that asks."""
        return any(not one.is_this for one in self.sessions)


def kind_of(user: Any) -> str:
    """Which lifetime counts: the strictest of the person's roles."""
    if Role.ADMINISTRATOR in user.role_names:
        return "administrator"
    return "client" if user.role_names == {Role.CLIENT} else "staff"


def show(user: User, *, this: str, at: datetime) -> SessionsPage:
    """The page of a person's own sessions; `this` is the digest of the one that asks."""
    kind = kind_of(user)
    return SessionsPage(
        sessions=tuple(open_sessions(user, this=this, at=at)),
        idle_minutes=settings.SESSION_IDLE_SECONDS[kind] // 60,
        hours=settings.SESSION_SECONDS[kind] // 3600,
    )


def open_sessions(user: User, *, this: str = "", at: datetime) -> list[OpenSession]:
    """What is still open of the sign-ins within a session's longest life, the newest first."""
    kind = kind_of(user)
    sign_ins = {
        one["session_ref"]: one
        for one in AuditEvent.objects.filter(
            action=audit.Action.USER_SIGNED_IN,
            person_ref=str(user.pk),
            occurred_at__gte=at - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )
        .exclude(session_ref="")
        .order_by("seq")
        .values("session_ref", "mfa_method", "occurred_at", "facts")
    }
    found = []
    for ref, data in _stored(sign_ins):
        if not _is_of(user, data):
            continue
        event = sign_ins[ref]
        began = datetime.fromtimestamp(data.get("began_at", event["occurred_at"].timestamp()), UTC)
        seen = datetime.fromtimestamp(data.get("seen_at", began.timestamp()), UTC)
        over = at - seen > timedelta(seconds=settings.SESSION_IDLE_SECONDS[kind])
        if over or at - began > timedelta(seconds=settings.SESSION_SECONDS[kind]):
            continue
        device = _device_told(event["facts"])
        found.append(OpenSession(ref, device, event["mfa_method"], began, seen, ref == this))
    return sorted(found, key=lambda one: one.began_at, reverse=True)


@transaction.atomic
def end(user: User, ref: str, *, by: Actor, at: datetime) -> None:
    """End one of a person's sessions, by the digest of its key. Raises `Conflict` when it is over already."""
    keys = [key for found, key in _keys([ref]) if found == ref and _is_of(user, _data(key))]
    if not keys:
        raise Conflict("This session is over already.", "Look at the list again.")
    Session.objects.filter(session_key__in=keys).delete()
    audit.record(audit.Action.SESSIONS_ENDED, about=user, by=by, at=at, session=ref)


@transaction.atomic
def end_others(user: User, *, this: str, by: Actor, at: datetime) -> int:
    """End all of a person's sessions but the one that asks, and return how many."""
    others = [one.ref for one in open_sessions(user, this=this, at=at) if not one.is_this]
    keys = [key for ref, key in _keys(others)]
    Session.objects.filter(session_key__in=keys).delete()
    audit.record(audit.Action.SESSIONS_ENDED, about=user, by=by, at=at, sessions=sorted(others))
    return len(others)


def device_of(agent: str) -> str:
    """A browser and a system in two words, from what the browser says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " on ".join(part for part in (browser, system) if part)


def _device_told(facts: str) -> str:
    told = json.loads(facts).get("device")
    return str(told) if told else "An unknown browser"


def _stored(refs: Iterable[str]) -> Iterable[tuple[str, dict[str, Any]]]:
    for ref, key in _keys(refs):
        yield ref, _data(key)


def _keys(refs: Iterable[str]) -> list[tuple[str, str]]:
    """The stored keys behind digests (see `compliance.people.actors.session_ref`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT left(encode(sha256(session_key::bytea), 'hex'), 16) AS ref, session_key FROM django_session "
            "WHERE left(encode(sha256(session_key::bytea), 'hex'), 16) = ANY(%s)",
            [list(refs)],
        )
        return [(str(ref), str(key)) for ref, key in cursor.fetchall()]


def _data(key: str) -> dict[str, Any]:
    stored = Session.objects.filter(session_key=key).first()
    return stored.get_decoded() if stored is not None else {}


def _is_of(user: User, data: dict[str, Any]) -> bool:
    """Whether a session is this person's and has not been ended by a new password or by the firm."""
    return str(data.get(SESSION_KEY)) == str(user.pk) and constant_time_compare(
        data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )
