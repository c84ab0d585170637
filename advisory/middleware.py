"""Middleware: request id, headers, session lifetime, and responses for refusals."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode

from advisory.errors import error_pages, problems, unavailable, unstorable_values
from advisory.people import denials, second_factor, sessions, step_up, tokens
from compliance import clock
from compliance.firm import firm_settings
from compliance.firm.firm_facts import TIME_ZONE
from compliance.people.actors import Actor
from compliance.people.confirmations import ConfirmationNeeded
from compliance.refusals import BadInput, Refusal
from rebalancing.engine.market.calendars import UncoveredYear

Next = Callable[[HttpRequest], HttpResponse]
API = "/api/"
OWN_SIGN_IN = ("/account/", "/appearance/", "/healthz", "/readyz", "/csp-reports", "/static/")
"""What a person may open before they have shown a second factor."""
NO_FACTOR = "Your role signs in with a second factor, and none is set up yet."
DOES_NOT_WORK = "This token does not work: it is wrong, has expired or was retired, or its owner has left."
DENIED = (403, 404)
USABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
FURTHER_CALENDAR = "Choose an earlier day, or install a release whose market calendar reaches that year."
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

log = structlog.get_logger("advisory.requests")


def request_id(answer: Next) -> Next:
    """Give every request an id: in the log, on error pages and in the answer's X-Request-ID."""

    def middleware(request: HttpRequest) -> HttpResponse:
        said = request.headers.get("X-Request-ID", "")
        # Only an id of safe form is adopted, because it is written to the log.
        request.request_id = said if USABLE_ID.fullmatch(said) else uuid.uuid4().hex  # type: ignore[attr-defined]
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request.request_id):  # type: ignore[attr-defined]
            response = answer(request)
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                user=getattr(getattr(request, "user", None), "pk", None),
                milliseconds=round((time.perf_counter() - started) * 1000),
            )
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def time_zone(answer: Next) -> Next:
    """Show moments in the firm's zone. It is looked up when a page shows the first one, and kept for a minute."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with clock.shown_in(_firms_zone):
            return answer(request)

    return middleware


def _firms_zone() -> str:
    def looked_up() -> str:
        on = clock.now().astimezone(clock.EASTERN).date()
        return firm_settings.in_force(on=on).of(TIME_ZONE)

    return str(cache.get_or_set("firm.time_zone", looked_up, 60))


def headers(answer: Next) -> Next:
    """Add security headers that Django and django-csp do not set."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Reporting-Endpoints", f'csp="{settings.CSP_REPORT_PATH}"')
        if not response.has_header("Cache-Control"):
            # Client data must not stay in a browser's or a proxy's cache after the session.
            patch_cache_control(response, no_store=True, private=True)
        return response

    return middleware


class TokenMiddleware:
    """A program that sends `Authorization: Bearer` acts for the token's owner, within the token's scopes.

    The token alone counts then: a session that comes with the same request is not looked at. Without that header nothing
    changes.
    """

    def __init__(self, answer: Next) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not request.path.startswith(API):
            return self.answer(request)
        token = tokens.sent_by(text.strip(), at=clock.now())
        if token is None:
            log.warning("a token that does not work", path=request.path[:200])
            response = problems.answer(problems.of_status(401, DOES_NOT_WORK, request))
            response["WWW-Authenticate"] = 'Bearer realm="evenkeel", error="invalid_token"'
            return response
        request.api_token, request.user = token, token.user  # type: ignore[attr-defined]
        # A token comes in a header, which no other site can make a browser send.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        if second_factor.is_required_of(token.user) and not second_factor.has_one(token.user):
            refusal = second_factor.SecondFactorNeeded(NO_FACTOR, "Sign in in the browser and set one up.")
            return problems.answer(problems.of_refusal(refusal, request))
        return self.answer(request)

    def process_view(self, request: HttpRequest, view: object, *_: object) -> HttpResponse | None:
        """Refuse what the scopes do not name, before the view sees it."""
        token = getattr(request, "api_token", None)
        if token is None or request.resolver_match is None:
            return None
        address, method = request.resolver_match.view_name, str(request.method)
        if tokens.may(token, address, method):
            return None
        log.info("refused to a token", address=address, token=token.public_id)
        return problems.answer(problems.of_refusal(tokens.refusal_at(address, method), request))


def denied_attempts(answer: Next) -> Next:
    """Put on the trail what was refused to somebody who is signed in: 403, and 404 for what they may not see.

    An address that does not exist at all is no attempt, nor is a request that only has to be confirmed, a session that
    still owes a factor, or a form that has expired (`is_no_denial`).
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        match = request.resolver_match
        if (
            response.status_code not in DENIED
            or match is None
            or hasattr(request, "is_no_denial")
            or (response.status_code == 404 and not match.kwargs)
            or not request.user.is_authenticated
        ):
            return response
        try:
            denials.note(
                match.view_name,
                match.kwargs,
                method=str(request.method),
                status=response.status_code,
                by=Actor.of(request),
                at=clock.now(),
            )
        except DatabaseError as error:
            # The attempt is refused all the same; what is not on the trail is in the log.
            log.error("a refused attempt is not on the trail", address=match.view_name, exc_info=error)
        return response

    return middleware


def _by_token(request: HttpRequest) -> bool:
    return hasattr(request, "api_token")


def session_lifetime(answer: Next) -> Next:
    """End a session that is too old or was idle too long, by the strictest limit of the person's roles."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not _by_token(request):
            now = int(time.time())
            began = request.session.setdefault("began_at", now)
            seen = request.session.get("seen_at", now)
            kind = sessions.kind_of(request.user)
            if (
                now - began > settings.SESSION_SECONDS[kind]
                or now - seen > settings.SESSION_IDLE_SECONDS[kind]
            ):
                logout(request)
            elif now - seen >= 60 or "seen_at" not in request.session:
                # Updating once a minute is precise enough and saves a write on every request.
                request.session["seen_at"] = now
        response = answer(request)
        if (
            request.path == "/account/logout/"
            and request.method == "POST"
            and not request.user.is_authenticated
        ):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


def second_factor_first(answer: Next) -> Next:
    """Show nothing but the pages of their own sign-in to whoever still owes a second factor."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if (
            request.user.is_authenticated
            and not _by_token(request)
            and not request.path.startswith(OWN_SIGN_IN)
            and second_factor.is_owed(request)
        ):
            return _ask_for_factor(request)
        return answer(request)

    return middleware


def _ask_for_factor(request: HttpRequest) -> HttpResponse:
    request.is_no_denial = True  # type: ignore[attr-defined]
    has_one = second_factor.has_one(request.user)  # type: ignore[arg-type]
    if request.path.startswith(API):
        sentence = "Your role signs in with a second factor." if has_one else NO_FACTOR
        refusal = second_factor.SecondFactorNeeded(sentence, "Sign in in the browser, then ask again.")
        return problems.answer(problems.of_refusal(refusal, request))
    if has_one:
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
    return redirect("mfa_index")


class RefusalMiddleware:
    """Turn a Refusal raised by a verb into a page for people and problem+json for programs."""

    def __init__(self, answer: Next) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_view(self, request: HttpRequest, view: object, *_: object) -> HttpResponse | None:
        """A form that comes with a confirmation: checked before the view sees it, and after the forged-request check."""
        if (
            request.method != "POST"
            or request.path.startswith(API)
            or request.content_type != "application/x-www-form-urlencoded"
            or step_up.ABOUT not in request.POST
            or not request.user.is_authenticated
        ):
            return None
        try:
            step_up.confirm(request, request.POST.dict(), at=clock.now())
        except BadInput as refusal:
            return step_up.wrong(request, str(refusal))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ConfirmationNeeded):
            return step_up.needed(request, error)
        if away := unavailable.why(error):
            return unavailable.answer(away, request)
        if unstorable_values.is_cause_of(error):
            log.warning("a value that cannot be stored", path=request.path[:200], exc_info=error)
            return error_pages.not_understood(request, error)
        if isinstance(error, UncoveredYear):
            error = BadInput(str(error), FURTHER_CALENDAR, kind="uncovered-year")
        if not isinstance(error, Refusal):
            return None
        return error_pages.refusal(request, error)
