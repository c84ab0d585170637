"""People's tokens for the API: made, found by what a program sends, and ended.

A token acts for its owner, sees what its owner sees, and does what its scopes name (`token_scopes`); it never decides.
What a program sends is `evk_`, the token's public id, and a secret of 256 random bits, of which the digest alone is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.crypto import constant_time_compare

from advisory.models import ApiToken, User
from advisory.people import mail, token_scopes
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.digests import fingerprint
from compliance.firm import firm_facts, firm_settings
from compliance.people import confirmations, people
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import BadInput, Conflict, NotAllowed, Refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet

PREFIX = "evk"
SENT = re.compile(rf"{PREFIX}_([0-9a-z]{{12}})_([A-Za-z0-9_-]{{43}})")
OPEN_MAX = 20
FOR_STAFF = "API tokens are for the firm's staff."


@dataclass(frozen=True, slots=True)
class Made:
    """A token with what a program sends, which nobody can read again later."""

    token: ApiToken
    text: str


def refusal_to_make(user: Any) -> str | None:
    """Why this person can make no token; None where they can."""
    return None if any(user.has_role(role) for role in STAFF_ROLES) else FOR_STAFF


def tokens_for(user: Any) -> QuerySet[ApiToken]:
    """The tokens a person may see and end: their own, and everybody's for administrators and compliance."""
    if refusal_to_make(user) is not None:
        return ApiToken.objects.none()
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.COMPLIANCE):
        return ApiToken.objects.all()
    return ApiToken.objects.filter(user_id=user.pk)


def days_max(*, on: date) -> int:
    """How many days a token made on this day works at most."""
    return firm_settings.in_force(on=on).of(firm_facts.TOKEN_DAYS_MAX)


def make(name: str, scopes: Iterable[str], *, expires_on: date, by: Actor, at: datetime) -> Made:
    """Make a token of one's own and tell its owner by mail.

    Raises `ConfirmationNeeded` without a fresh confirmation of exactly this, `BadInput` for a name, scopes or an end
    that cannot be, `NotAllowed` for clients, `Conflict` while a person has as many as anybody may.
    """
    on = at.astimezone(EASTERN).date()
    name, wanted = " ".join(name.split()), sorted(set(scopes))
    _check(name, wanted, expires_on, on=on)
    typed = {"name": name, "scopes": wanted, "expires_on": expires_on}
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=people.behind(by).pk)
        if sentence := refusal_to_make(user):
            raise NotAllowed(sentence)
        deed = f"make the API token “{name}”"
        confirmed = confirmations.required(
            by, about=fingerprint.of(typed, kind="api token"), deed=deed, at=at
        )
        if standing(user, on=on).count() >= OPEN_MAX:
            raise Conflict(f"You have {OPEN_MAX} tokens, the most anybody may have.", "Retire one first.")
        secret = secrets.token_urlsafe(32)
        token = ApiToken.objects.create(
            user=user,
            name=name,
            scopes=",".join(wanted),
            digest=_digest(secret),
            made_at=at,
            expires_on=expires_on,
        )
        _tell(
            user,
            f"A new API token, “{name}”, was made for you. It works until {expires_on:%B %-d, %Y}.",
            on=on,
        )
        audit.record(
            audit.Action.TOKEN_MADE,
            about=user,
            by=by,
            at=at,
            sealing=[("api_token", token.pk)],
            token=token.public_id,
            **typed,
            **confirmed,
        )
    return Made(token, f"{shown(token)}_{secret}")


def shown(token: ApiToken) -> str:
    """The part of a token that is no secret, by which it is recognized."""
    return f"{PREFIX}_{token.public_id.removeprefix('tk_')}"


def standing(user: User, *, on: date) -> QuerySet[ApiToken]:
    """The tokens of a person that work on a day."""
    return ApiToken.objects.filter(user=user, ended_at=None, expires_on__gte=on)


def retire(token: ApiToken, *, reason: str, by: Actor, at: datetime) -> ApiToken:
    """End a token for good. Raises `Conflict` when it has ended already."""
    with transaction.atomic():
        locked = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
        if locked.ended_at is not None:
            raise Conflict("This token has ended already.", "There is nothing to do.")
        _end([locked], reason=reason, by=by, at=at)
        if by.person_ref != str(locked.user_id):
            on = at.astimezone(EASTERN).date()
            _tell(locked.user, f"Your API token “{locked.name}” was retired: {reason}", on=on)
    return locked


def end_all(user: User, *, reason: str, by: Actor, at: datetime) -> None:
    """End every token of a person, as part of what ends their sessions."""
    with transaction.atomic():
        found = ApiToken.objects.select_for_update().filter(user=user, ended_at=None)
        _end(list(found.order_by("pk")), reason=reason, by=by, at=at)


def sent_by(text: str, *, at: datetime) -> ApiToken | None:
    """The token that a program has sent, with its owner; None for one that is wrong, over, or of somebody who left."""
    parts = SENT.fullmatch(text)
    if parts is None:
        return None
    token = ApiToken.objects.select_related("user").filter(public_id=f"tk_{parts[1]}").first()
    if token is None or not constant_time_compare(token.digest, _digest(parts[2])):
        return None
    on = at.astimezone(EASTERN).date()
    if token.ended_at is not None or token.expires_on < on or not token.user.is_active:
        return None
    if token.last_used_on != on:
        # A day is precise enough to find what nobody uses, and saves a write on every request.
        ApiToken.objects.filter(pk=token.pk, ended_at=None).update(last_used_on=on)
    return token


def may(token: ApiToken, address: str, method: str) -> bool:
    """Whether a token's scopes open an address of the API."""
    return token_scopes.opened_by(token.scopes.split(","), address, method)


class NotForTokens(Refusal):
    """What a token asks for is not in its scopes, or in none at all (403)."""

    kind = "not-for-this-token"
    http_status = 403
    title = "This token may not do this"


def refusal_at(address: str, method: str) -> NotForTokens:
    """The refusal at an address that the token's scopes do not open; it names the scopes that do."""
    if found := token_scopes.that_open(address, method):
        return NotForTokens(
            "The scopes of this token do not name this.", f"Use a token with {' or '.join(found)}."
        )
    return NotForTokens("No token may do this.", "Sign in and do it yourself.")


def _check(name: str, scopes: list[str], expires_on: date, *, on: date) -> None:
    if not name or len(name) > 80 or not name.isprintable():
        raise BadInput("A token needs a name of at most 80 characters.", "Name what uses it.")
    if not scopes:
        raise BadInput("A token needs at least one thing that it may do.", "Tick one.")
    if unknown := [code for code in scopes if code not in token_scopes.BY_CODE]:
        raise BadInput(f"There is no scope {unknown[0][:40]}.", "Choose among those offered.")
    most = days_max(on=on)
    if not on <= expires_on <= on + timedelta(days=most):
        raise BadInput(
            f"A token ends within {most} days.", f"Choose a day until {on + timedelta(days=most):%B %-d, %Y}."
        )


def _end(tokens: list[ApiToken], *, reason: str, by: Actor, at: datetime) -> None:
    person = int(by.person_ref) if by.is_person else None
    for token in tokens:
        token.ended_at, token.ended_by_id, token.end_reason = at, person, reason[:300]
        token.save(update_fields=["ended_at", "ended_by", "end_reason"])
        audit.record(
            audit.Action.TOKEN_RETIRED,
            about=audit.Ref("user", str(token.user_id)),
            by=by,
            at=at,
            sealing=[("api_token_ended", token.pk)],
            token=token.public_id,
            name=token.name,
            reason=reason,
        )


def _tell(user: User, what: str, *, on: date) -> None:
    told = {"name": user.name, "what": what}
    transaction.on_commit(
        partial(mail.send, user.email, "Your API tokens changed", "credential_changed", on=on, **told)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
