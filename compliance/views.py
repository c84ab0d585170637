"""The doors of this floor: fetch what this person may see, call one verb, answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.db import transaction
from django.forms import Select
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from compliance import access, clock, forms, restrictions
from compliance.audit_trail import audit
from compliance.lists import events as event_list
from compliance.lists import exports, trail_bundles
from compliance.lists.asked import Asked
from compliance.models import ChangeRequest, ListKind, RestrictedIssuer
from compliance.pages import queue as queue_page
from compliance.pages import trail
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.review_desk import threads

if TYPE_CHECKING:
    from compliance.people.roles import Person

Books = Callable[[Any], Collection[str]]
"""Names the households in a person's book; the floor above knows them."""


@require_GET
def audit_list(
    request: HttpRequest, household_refs: Books, places_for: trail.PlacesFor, called: trail.Called
) -> HttpResponse:
    """The audit trail with filters and the state of the chain."""
    user = _person(request)
    access.require_reader(user)
    events = access.events_for(user, household_refs=household_refs(user))
    asked = Asked.on_page(event_list.KIND, request)
    if asked.text:
        # The trail holds ids; the floors above know what is called so, of what this person may open.
        asked = replace(asked, also=trail.named(called(user, asked.text)))
    if asked.export == "zip":
        bundle = trail_bundles.take(
            asked.narrowed(events),
            about=event_list.KIND.about,
            filters=asked.query(),
            is_whole=asked.is_whole and user.has_role(Role.COMPLIANCE),
            by=Actor.of(request),
            at=(at := clock.now()),
        )
        return exports.streamed(bundle, event_list.KIND.name, at=at)
    if asked.export:
        rows = trail.export_events(events, asked)
        return exports.taken(asked, event_list.HEADER, rows, by=Actor.of(request), at=clock.now())
    page = trail.audit_list(user, events, asked, places_for, at=clock.now())
    form = asked.form()
    form.fields["person"].widget = Select(choices=[("", "Anybody"), *page.people])
    status = 422 if asked.faults else 200
    return render(request, "compliance/audit_list.html", {"page": page, "form": form}, status=status)


@require_GET
def audit_event(
    request: HttpRequest, seq: int, household_refs: Books, places_for: trail.PlacesFor
) -> HttpResponse:
    """One event; that it was opened is itself on the trail."""
    user = _person(request)
    access.require_reader(user)
    readable = access.events_for(user, household_refs=household_refs(user))
    event = get_object_or_404(readable, seq=seq)
    page = trail.audit_event(user, readable, event, places_for)
    with transaction.atomic():
        about = audit.Ref("auditevent", str(event.seq), event.household_ref)
        audit.record(audit.Action.EVENT_VIEWED, about=about, by=Actor.of(request), at=clock.now())
    return render(request, "compliance/audit_event.html", {"page": page})


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Check the whole trail now."""
    access.require_compliance(_person(request))
    found = audit.verify_and_record(by=Actor.of(request), at=clock.now())
    if found.first_bad is None:
        messages.success(request, f"The chain is intact: {found.events_count:,} events.")
    else:
        messages.error(
            request, f"The chain is broken at #{found.first_bad.seq:,}: {found.first_bad.problem}."
        )
    return redirect("compliance:audit_list")


@require_GET
def queue(request: HttpRequest, above: queue_page.Above) -> HttpResponse:
    """What compliance looks at."""
    user = _person(request)
    access.require_compliance(user)
    asked, at = Asked.on_page(queue_page.KIND, request), clock.now()
    if asked.export:
        rows = queue_page.export(user, asked, at=at)
        return exports.taken(asked, queue_page.HEADER, rows, by=Actor.of(request), at=at)
    return _queue(request, above)


def _queue(request: HttpRequest, above: queue_page.Above, **refused: Any) -> HttpResponse:
    """The queue; `refused` is a form on it that has faults."""
    asked = Asked.on_page(queue_page.KIND, request)
    page = queue_page.show(_person(request), asked, above, at=clock.now(), **refused)
    status = 422 if refused or asked.faults else 200
    return render(request, "compliance/queue.html", {"page": page}, status=status)


@require_POST
def dismiss(request: HttpRequest, change_request: int, above: queue_page.Above) -> HttpResponse:
    """Set a request for changes aside, with the reason on record."""
    user = _person(request)
    access.require_compliance(user)
    asked = get_object_or_404(
        ChangeRequest.objects.filter(review__in=access.reviews_for(user)), pk=change_request
    )
    form = forms.Reason(request.POST)
    if not form.is_valid():
        return _queue(request, above, reason_form=form)
    threads.dismiss(asked, form.cleaned_data["reason"], by=Actor.of(request), at=clock.now())
    messages.success(request, "The request for changes is dismissed.")
    return redirect("compliance:queue")


@require_POST
def restriction_place(request: HttpRequest, above: queue_page.Above) -> HttpResponse:
    """Put an issuer on the restricted or watch list."""
    user = _person(request)
    access.require_compliance(user)
    form = forms.Restriction(request.POST)
    if not form.is_valid():
        return _queue(request, above, restriction_form=form)
    asked = {**form.cleaned_data, "kind": ListKind(form.cleaned_data["kind"])}
    placed = restrictions.place(
        asked.pop("issuer"), **asked, on_record=above.issuers(), by=Actor.of(request), at=clock.now()
    )
    count = above.issuers().get(placed.issuer, 0)
    messages.success(
        request,
        f"{placed.issuer} is on the {placed.get_kind_display().lower()} list: {queue_page.restricts_text(count)}.",
    )
    return redirect("compliance:queue")


@require_POST
def restriction_lift(request: HttpRequest, public_id: str, above: queue_page.Above) -> HttpResponse:
    """Take an issuer off its list."""
    user = _person(request)
    access.require_compliance(user)
    entry = get_object_or_404(RestrictedIssuer, public_id=public_id)
    form = forms.Reason(request.POST)
    if not form.is_valid():
        return _queue(request, above, reason_form=form)
    lifted = restrictions.lift(entry, form.cleaned_data["reason"], by=Actor.of(request), at=clock.now())
    messages.success(request, f"{lifted.issuer} is off the list.")
    return redirect("compliance:queue")


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)
