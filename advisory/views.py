"""Home, health and reports: the pages that belong to no lower floor."""

from __future__ import annotations

import json

import structlog
from allauth.account.forms import ResetPasswordKeyForm as SetPassword
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from advisory.desk import getting_started as getting_started_page
from advisory.desk import home as home_page
from advisory.desk import navigation, notices
from advisory.health import health
from advisory.outward import webhook_page
from advisory.outward import webhooks as endpoints
from advisory.people import (
    access,
    invitations,
    notice_choices,
    person_list,
    person_page,
    sessions,
    token_page,
    tokens,
)
from clients import access as record
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import BadInput, NotAllowed

log = structlog.get_logger("csp.reports")
REPORT_BYTES_MAX = 20_000


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what needs this person's attention today. Clients have a page of their own."""
    if request.user.role_names == {Role.CLIENT} and (portal := navigation.url_of("rebalancing:portal")):  # type: ignore[union-attr]
        return redirect(portal)
    if request.user.role_names == {Role.EXAMINER}:  # type: ignore[union-attr]
        return redirect("rebalancing:examinations")
    if getting_started_page.is_empty_for(request.user):
        return redirect("advisory:getting_started")
    return render(request, "advisory/home.html", {"page": home_page.show(request.user, at=clock.now())})


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a sign-in; as a file too."""
    if sentence := access.refusal_to_see_people(request.user):
        raise NotAllowed(sentence)
    at, asked = clock.now(), Asked.on_page(person_list.KIND, request)
    if asked.export:
        rows = person_list.export(request.user, asked, at=at)
        return exports.taken(asked, person_list.HEADER, rows, by=Actor.of(request), at=at)
    page = person_list.show(request.user, asked, at=at)
    return render(request, "advisory/person_list.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def person(request: HttpRequest, person: int) -> HttpResponse:
    """One person, with the doors this viewer may use."""
    found = get_object_or_404(access.people_for(request.user), pk=person)
    at = clock.now()
    page = person_page.show(request.user, found, on=at.astimezone(clock.EASTERN).date(), at=at)
    return render(request, "advisory/person.html", {"page": page})


@require_GET
def client_sign_in(request: HttpRequest, public_id: str) -> HttpResponse:
    """The sign-in of a client, for who looks after the household."""
    found = get_object_or_404(record.persons_for(request.user), public_id=public_id)
    page = person_page.client(request.user, found, at=clock.now())
    return render(request, "advisory/client_sign_in.html", {"page": page})


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password1", "password2", "key")
@login_not_required
def set_up(request: HttpRequest) -> HttpResponse:
    """Where a set-up link leads: choose a password, then sign in. The key stays out of the path, which is logged."""
    at = clock.now()
    key = str((request.GET if request.method == "GET" else request.POST).get("key", ""))[:200]
    invitation = invitations.find(key, at=at)
    if invitation is None:
        return render(request, "account/set_up_over.html", status=404)
    page = {"name": invitation.user.name, "email": invitation.user.email, "key": key}
    if request.method == "GET":
        return render(
            request, "account/set_up.html", {"page": page, "form": SetPassword(user=invitation.user)}
        )
    form = SetPassword(request.POST, user=invitation.user)
    if not form.is_valid():
        return render(request, "account/set_up.html", {"page": page, "form": form}, status=422)
    request_id = str(getattr(request, "request_id", ""))
    invitations.accept(invitation, form.cleaned_data["password1"], request_id=request_id, at=at)
    messages.success(request, "Your password is set. Sign in with it now.")
    return redirect("account_login")


@require_GET
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where the person who asks is signed in."""
    this = Actor.of(request).session_ref
    page = sessions.show(request.user, this=this, at=clock.now())  # type: ignore[arg-type]
    return render(request, "account/sessions.html", {"page": page})


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """End one of the own sessions."""
    ref = str(request.POST.get("session", ""))[:16]
    sessions.end(request.user, ref, by=Actor.of(request), at=clock.now())  # type: ignore[arg-type]
    messages.success(request, "The session is ended.")
    return redirect("sessions")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of the own sessions but this one."""
    by = Actor.of(request)
    ended = sessions.end_others(request.user, this=by.session_ref, by=by, at=clock.now())  # type: ignore[arg-type]
    messages.success(request, f"Ended: {ended}.")
    return redirect("sessions")


@require_http_methods(["GET", "POST"])
def own_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of the person who asks, and where they make one. What a program sends is shown in this answer only."""
    if sentence := tokens.refusal_to_make(request.user):
        raise NotAllowed(sentence)
    at = clock.now()
    on = at.astimezone(clock.EASTERN).date()
    form = token_page.MakeToken(request.POST if request.method == "POST" else None, on=on)
    made, status = None, 422 if form.is_bound else 200
    if form.is_valid():
        try:
            made = tokens.make(**form.cleaned_data, by=Actor.of(request), at=at)
        except BadInput as refusal:
            form.add_error(None, f"{refusal} {refusal.how_to_fix}")
        else:
            form, status = token_page.MakeToken(on=on), 200
    page = token_page.show(request.user, form, made=made, at=at)
    return render(request, "advisory/tokens.html", {"page": page, "form": form}, status=status)


@require_safe
def own_notices(request: HttpRequest) -> HttpResponse:
    """What happened in the book of the person who asks, by others."""
    if sentence := notice_choices.refusal_to_have(request.user):
        raise NotAllowed(sentence)
    return render(request, "advisory/notices.html", {"page": notices.show(request.user, at=clock.now())})


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark what was shown as read: what came since stays new."""
    if sentence := notice_choices.refusal_to_have(request.user):
        raise NotAllowed(sentence)
    text = str(request.POST.get("up_to", ""))
    if not text.isdecimal() or len(text) > 15:
        raise BadInput("That is no place in the list.", "Open your notifications and try again.")
    notice_choices.mark_read(request.user, up_to=int(text))  # type: ignore[arg-type]
    return redirect("advisory:notices")


@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every webhook."""
    if sentence := endpoints.refusal_to_see(request.user):
        raise NotAllowed(sentence)
    return render(request, "advisory/webhooks.html", {"page": webhook_page.show_all(request.user)})


@require_safe
def webhook(request: HttpRequest, public_id: str) -> HttpResponse:
    """One webhook with the log of its deliveries."""
    found = get_object_or_404(endpoints.endpoints_for(request.user), public_id=public_id)
    page = webhook_page.show(request.user, found, state=str(request.GET.get("state", ""))[:10])
    return render(request, "advisory/webhook.html", {"page": page})


@require_POST
def webhook_secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a new secret. It is shown in this answer only."""
    found = get_object_or_404(endpoints.endpoints_for(request.user), public_id=public_id)
    if sentence := endpoints.refusal_to_keep(request.user):
        raise NotAllowed(sentence)
    made = endpoints.mint(found, by=Actor.of(request), at=clock.now())
    page = webhook_page.show(request.user, made.endpoint, minted=made)
    return render(request, "advisory/webhook.html", {"page": page})


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Back to what was asked for by a link, once it is confirmed; the confirmation itself was checked on the way here."""
    wanted = str(request.POST.get("next", ""))
    hosts = {request.get_host()}
    return redirect(wanted if url_has_allowed_host_and_scheme(wanted, hosts) else "advisory:home")


@require_safe
def getting_started(request: HttpRequest) -> HttpResponse:
    """Show the way from an empty record to the first scan, and how far the firm is."""
    if not STAFF_ROLES & request.user.role_names:  # type: ignore[union-attr]
        raise NotAllowed("This page is for the firm's staff.")
    page = getting_started_page.show(request.user, at=clock.now())
    return render(request, "advisory/getting_started.html", {"page": page})


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Report that this process answers; checks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Report readiness: 503 without database or migrations, 200 `degraded` without broker."""
    readiness = health.readiness()
    return JsonResponse(readiness.as_dict(), status=200 if readiness.ready else 503)


@require_safe
def statusz(request: HttpRequest) -> JsonResponse:
    """Show staff the age of the canary and of the schedule's last run."""
    if not STAFF_ROLES & request.user.role_names:  # type: ignore[union-attr]
        raise NotAllowed("This page is for the firm's staff.")
    return JsonResponse(health.status())


@csrf_exempt
@require_POST
@login_not_required
def csp_report(request: HttpRequest) -> HttpResponse:
    """Write a browser's report of a blocked script or style to the log, shortened and without its query."""
    if int(request.headers.get("Content-Length") or 0) > REPORT_BYTES_MAX:
        return HttpResponse(status=413)
    try:
        reports = json.loads(request.body)
    except ValueError:
        return HttpResponse(status=400)
    for report in (reports if isinstance(reports, list) else [reports])[:10]:
        body = report.get("body") or report.get("csp-report") if isinstance(report, dict) else None
        if isinstance(body, dict):
            log.warning(
                "blocked by the content security policy",
                directive=_short(body.get("effectiveDirective") or body.get("effective-directive")),
                blocked=_short(body.get("blockedURL") or body.get("blocked-uri")),
                page=_short(body.get("documentURL") or body.get("document-uri")),
            )
    return HttpResponse(status=204)


def _short(value: object) -> str:
    return str(value or "").split("?")[0][:200]
