"""Confirming anew that it is you: with the second factor, or with the password where there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.forms import ReauthenticateForm as Password
from allauth.core import ratelimit
from allauth.mfa.base.forms import ReauthenticateForm as Code
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm as Passkey
from allauth.mfa.webauthn.internal import auth as passkeys
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advisory.people import second_factor
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.confirmations import Confirmation, ConfirmationNeeded, keep
from compliance.refusals import BadInput

ABOUT, PASSWORD, CODE, CREDENTIAL, DEED = (
    "confirm_about", "confirm_password", "confirm_code", "confirm_credential", "confirm_deed",
)  # fmt: skip
"""Fields of the page; they come with the form that is being confirmed, which is sent again in one go."""
OURS = frozenset({ABOUT, PASSWORD, CODE, CREDENTIAL, DEED, "csrfmiddlewaretoken"})
DIGEST = re.compile(r"[0-9a-f]{64}")
WRONG = "That was not right. Nothing has been done yet."
TOO_MANY = "Too many attempts. Wait a minute, then try again."


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """What is asked before a deed. `carried` are the fields of the form that it came with."""

    deed: str
    about: str
    action: str
    next_url: str
    carried: tuple[tuple[str, str], ...]
    by_code: bool
    has_passkey: bool
    fault: str


def needed(request: HttpRequest, asked: ConfirmationNeeded, *, fault: str = "") -> HttpResponse:
    """The page that asks for the confirmation. It sends the same form again, so nothing is typed twice."""
    request.is_no_denial = True  # type: ignore[attr-defined]
    return _page(request, asked.about, asked.deed, fault=fault, status=422 if fault else 403)


def wrong(request: HttpRequest, fault: str) -> HttpResponse:
    """The same page after something wrong was typed."""
    deed = str(request.POST.get(DEED, ""))[:200]
    return _page(request, str(request.POST.get(ABOUT, ""))[:64], deed, fault=fault, status=422)


def _page(request: HttpRequest, about: str, deed: str, *, fault: str, status: int) -> HttpResponse:
    user: Any = request.user
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    is_post = request.method == "POST"
    page = ConfirmPage(
        deed=deed,
        about=about,
        action=request.get_full_path() if is_post else "",
        next_url="" if is_post else request.get_full_path(),
        carried=tuple(
            (name, value)
            for name, values in (request.POST.lists() if is_post else ())
            if name not in OURS
            for value in map(str, values)
        ),
        by_code=bool(kinds.intersection(second_factor.PRIMARY)),
        has_passkey=Authenticator.Type.WEBAUTHN in kinds,
        fault=fault,
    )
    data = {"request_options": passkeys.begin_authentication(user)} if page.has_passkey else None
    return render(request, "account/confirm.html", {"page": page, "js_data": data}, status=status)


def confirm(request: HttpRequest, given: Mapping[str, Any], *, at: datetime) -> Confirmation:
    """Check what was typed and remember it in the session, for one digest. Raises `BadInput`; that is on the trail."""
    about = str(given.get(ABOUT, ""))
    if not DIGEST.fullmatch(about):
        raise BadInput("A confirmation names what it is about.", "Open the page again.")
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        raise BadInput(TOO_MANY, kind="too-many-attempts", http_status=429)
    method = _checked(request.user, given)
    if method is None:
        with transaction.atomic():
            audit.record(
                audit.Action.USER_SIGN_IN_FAILED,
                about=request.user,
                by=Actor.of(request),
                at=at,
                step="confirmation",
                fingerprint=about,
            )
        raise BadInput(WRONG)
    confirmed = Confirmation(about, method, at)
    keep(request.session, confirmed)
    return confirmed


def _checked(user: Any, given: Mapping[str, Any]) -> str | None:
    """By which method this is right, or None. Whoever has a second factor confirms with it."""
    form: Any
    if not second_factor.has_one(user):
        form = Password(user=user, data={"password": str(given.get(PASSWORD, ""))})
        return "password" if form.is_valid() else None
    if typed := str(given.get(CREDENTIAL, "")):
        form = Passkey(user=user, data={"credential": _object(typed)})
    else:
        form = Code(user=user, data={"code": str(given.get(CODE, "")).strip()})
    if not form.is_valid():
        return None
    form.save()
    used = form.authenticator if isinstance(form, Code) else form.cleaned_data["credential"]
    return str(used.type)


def _object(typed: str) -> Any:
    """What the browser signed; a text that is no object proves nothing."""
    try:
        return typed if isinstance(json.loads(typed), dict) else ""
    except ValueError:
        return ""
