"""Changes that people make to their own credentials: each is on the trail with the change, and told by mail.

The pages are the sign-in library's; they are wrapped here, so that the change and its line are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial, wraps
from typing import Any

from allauth.account.utils import url_str_to_user_pk
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern

from advisory.models import User
from advisory.people import mail, second_factor
from compliance import clock
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.people.actors import Actor
from compliance.refusals import Refusal

View = Callable[..., HttpResponse]
Pattern = URLPattern | URLResolver

KINDS = {
    "totp": "authenticator app",
    "webauthn": "passkey",
    "recovery_codes": "recovery codes",
}
SECOND_STEP = "mfa_authenticate"
LAST = ("Your role signs in with a second factor, and this is your last one.", "Set up another one first.")
BY_LINK = "link for a forgotten password"


class LastFactor(Refusal):
    """Somebody whose role needs a second factor removes the last one (409)."""

    kind = "last-factor"


def recorded(patterns: Iterable[Pattern]) -> list[Pattern]:
    """The library's addresses, with what their forms change on the trail."""
    return [_recorded(one) for one in patterns]


def _recorded(pattern: Pattern) -> Pattern:
    if isinstance(pattern, URLResolver):
        assert isinstance(pattern.pattern, (RoutePattern, RegexPattern))
        return URLResolver(
            pattern.pattern,
            recorded(pattern.url_patterns),
            pattern.default_kwargs,
            pattern.app_name,
            pattern.namespace,
        )
    watched = _with_failures(pattern.callback) if pattern.name == SECOND_STEP else _watched(pattern.callback)
    return URLPattern(pattern.pattern, watched, pattern.default_args, pattern.name)


def _with_failures(view: View) -> View:
    """The page that asks for the second factor at sign-in; a wrong one is a failed sign-in."""

    @wraps(view)
    def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        stage = getattr(request, "_login_stage", None)
        if request.method == "POST" and response.status_code == 200 and stage is not None:
            by = Actor.system("sign-in page", request_id=str(getattr(request, "request_id", "") or ""))
            with transaction.atomic():
                audit.record(
                    audit.Action.USER_SIGN_IN_FAILED,
                    about=stage.login.user,
                    by=by,
                    at=clock.now(),
                    step="second factor",
                )
        return response

    return watched


def _watched(view: View) -> View:
    @wraps(view)
    def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        whose = _whose(request, kwargs) if request.method == "POST" else None
        if whose is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            password, factors = _standing(whose)
            by = Actor.of(request) if request.user.is_authenticated else Actor.system(BY_LINK)
            response = view(request, *args, **kwargs)
            after_password, after_factors = _standing(whose)
            at = clock.now()
            added = sorted(kind for pk, kind in after_factors.items() if pk not in factors)
            removed = sorted(kind for pk, kind in factors.items() if pk not in after_factors)
            if removed:
                if second_factor.is_required_of(whose) and not second_factor.has_one(whose):
                    # The library asks this of apps and not of passkeys; the refusal takes the removal back.
                    raise LastFactor(*LAST)
                factors_removed(whose, removed, by=by, at=at)
            if added:
                factors_added(whose, added, by=by, at=at)
                if any(kind in second_factor.PRIMARY for kind in added):
                    request.session[second_factor.ENROLLED] = True
            if password != after_password:
                password_changed(whose, by=by, at=at)
        return response

    return watched


def factors_added(user: User, kinds: list[str], *, by: Actor, at: datetime) -> None:
    """Record factors that a person set up, and tell them."""
    _tell(user, f"A new {_named(kinds)} was set up for your sign-in.", at=at)
    audit.record(audit.Action.FACTOR_ADDED, about=user, by=by, at=at, kinds=kinds)


def factors_removed(
    user: User, kinds: list[str], *, by: Actor, at: datetime, reason: str = "", alone: bool = False
) -> None:
    """Record factors that are gone, and tell the person."""
    _tell(user, f"Of your sign-in, this was removed: {_named(kinds)}.", at=at)
    told: dict[str, Any] = {"reason": reason, "alone": alone} if reason else {}
    audit.record(audit.Action.FACTOR_REMOVED, about=user, by=by, at=at, kinds=kinds, **told)


def password_changed(user: User, *, by: Actor, at: datetime) -> None:
    """Record a new password, and tell the person. Sessions with the former one are over."""
    _tell(user, "The password of your sign-in was changed. You are signed out everywhere else.", at=at)
    audit.record(audit.Action.PASSWORD_CHANGED, about=user, by=by, at=at)


def _named(kinds: Iterable[str]) -> str:
    return " and ".join(KINDS.get(kind, kind) for kind in kinds)


def _tell(user: User, what: str, *, at: datetime) -> None:
    told = {"name": user.name, "what": what}
    on = at.astimezone(EASTERN).date()
    transaction.on_commit(
        partial(mail.send, user.email, "Your sign-in was changed", "credential_changed", on=on, **told)
    )


def _standing(user: User) -> tuple[str, dict[int, str]]:
    """The password's hash and the factors by their key, as they are stored now."""
    password = User.objects.select_for_update(no_key=True).values_list("password", flat=True).get(pk=user.pk)
    return str(password), dict(Authenticator.objects.filter(user=user).values_list("pk", "type"))


def _whose(request: HttpRequest, kwargs: dict[str, Any]) -> User | None:
    """Whose credentials a form of the library is about: the signed-in person's, or whom a link was mailed to."""
    if request.user.is_authenticated:
        found: User = request.user
        return found
    if "uidb36" not in kwargs:
        return None
    try:
        key = url_str_to_user_pk(kwargs["uidb36"])
    except (ValueError, ValidationError):
        return None
    return User.objects.filter(pk=key).first()
