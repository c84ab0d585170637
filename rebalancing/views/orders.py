"""The release desk's doors: the blotter, the check before a release, the batch and its files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access as record
from compliance import clock, polling
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed, Refusal, Stale
from rebalancing import access
from rebalancing.execution import orders
from rebalancing.pages import blocks as block_pages
from rebalancing.pages import orders as pages
from rebalancing.pages import releases as release_pages
from rebalancing.pages.lists import blotter as blotter_page
from rebalancing.pages.lists import blotter_file
from rebalancing.proposals import proposals


@require_safe
def blotter(request: HttpRequest) -> HttpResponse:
    """What is ready to release, and every order of this person's scope; the orders as a file too."""
    _require_staff(request.user)
    at, asked = clock.now(), Asked.on_page(blotter_page.KIND, request)
    if asked.export:
        rows = blotter_file.export(request.user, asked)
        return exports.taken(asked, blotter_file.HEADER, rows, by=Actor.of(request), at=at)
    page = blotter_page.show(request.user, asked, at=at)
    return render(request, "rebalancing/blotter.html", {"page": page}, status=422 if asked.faults else 200)


@require_safe
def in_hand(request: HttpRequest) -> HttpResponse:
    """The blocks in hand: asked again while a broker may report or something is held, and not once all is over."""
    _require_staff(request.user)
    hand = block_pages.in_hand(request.user, at=clock.now())
    return polling.region(
        request, "rebalancing/_in_hand.html", {"hand": hand}, goes_on=bool(hand.asks_again_seconds)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """The check page before a release, and the release itself of exactly what it restated."""
    proposal = get_object_or_404(
        access.proposals_for(request.user).select_related("household"), public_id=public_id
    )
    if request.method != "POST":
        if standing := access.batches_for(request.user).filter(revision__proposal=proposal).first():
            return redirect("rebalancing:batch", standing.public_id)
        page = pages.release_check(request.user, proposal, at=clock.now())
        return render(request, "rebalancing/release.html", {"page": page})
    try:
        if request.POST.get("seen") != proposals.current(proposal).fingerprint:
            raise Stale("There is a newer revision than the one you saw.", "Read this one, then release it.")
        batch = orders.release(proposal, by=Actor.of(request), at=clock.now())
    except Refusal as refusal:
        page = pages.release_check(request.user, proposal, refused=refusal, at=clock.now())
        return render(request, "rebalancing/release.html", {"page": page}, status=refusal.http_status)
    return redirect("rebalancing:batch", batch.public_id)


@require_safe
def batch(request: HttpRequest, public_id: str) -> HttpResponse:
    """One released batch: the receipt of the release, and what is left to do at the custodian."""
    found = get_object_or_404(
        access.batches_for(request.user).select_related(
            "approval", "released_by", "revision__proposal__household"
        ),
        public_id=public_id,
    )
    return render(request, "rebalancing/batch.html", {"page": pages.batch(request.user, found)})


@require_POST
def batch_file(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Hand a file of the batch out, byte for byte. A post, because its orders count as exported then."""
    found = get_object_or_404(access.batches_for(request.user), public_id=public_id)
    if refusal := access.refusal_to_take_out(request.user):
        raise NotAllowed(refusal)
    file = get_object_or_404(found.files, name=name)
    orders.mark_exported(file, by=Actor.of(request), at=clock.now())
    return _attachment(file.content or "", file.name)


@require_safe
def release_report(request: HttpRequest, public_id: str) -> HttpResponse:
    """A release of many, household by household: what was released and what was refused, and why."""
    found = get_object_or_404(
        access.releases_for(request.user).select_related("started_by"), public_id=public_id
    )
    page = release_pages.report(request.user, found)
    return render(request, "rebalancing/release_report.html", {"page": page})


@require_POST
def release_file(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Hand a file of the release out, byte for byte. A post, because its blocks count as exported then."""
    found = get_object_or_404(access.releases_for(request.user), public_id=public_id)
    if refusal := access.refusal_to_take_out(request.user):
        raise NotAllowed(refusal)
    file = get_object_or_404(found.files, name=name)
    orders.mark_exported(file, by=Actor.of(request), at=clock.now())
    return _attachment(file.content or "", file.name)


@require_safe
def block(request: HttpRequest, public_id: str) -> HttpResponse:
    """A block with its statement and its orders, each with its memorandum."""
    found = get_object_or_404(
        access.blocks_for(request.user).select_related("release", "security"), public_id=public_id
    )
    page = release_pages.block(request.user, found, at=clock.now())
    return render(request, "rebalancing/block.html", {"page": page})


def _attachment(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def _require_staff(user: Any) -> None:
    if not record.is_staff(user):
        raise NotAllowed("The blotter is for the firm's desk.")
