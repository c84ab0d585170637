"""The doors to breaks, to what brokers reported, and to errors in trading: lists, and the page of one."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access as record
from compliance import clock
from compliance.audit_trail import audit
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import market_days
from rebalancing.doors import breaks as break_doors
from rebalancing.doors import trade_errors as error_doors
from rebalancing.pages import after_trade as after
from rebalancing.pages.lists import breaks, fills, trade_errors
from rebalancing.pages.lists import executions as lists
from rebalancing.reconciliation import lot_letters


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The breaks of this person's scope; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(breaks.KIND, request)
    if asked.export:
        rows = breaks.export(request.user, asked, on=market_days.new_york_date(at))
        return exports.taken(asked, breaks.HEADER, rows, by=Actor.of(request), at=at)
    page = breaks.show(request.user, asked, at=at)
    return render(request, "rebalancing/breaks.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One break."""
    _require_staff(request)
    found = break_doors.find(request.user, public_id)
    page = breaks.of_one(found, request.user, on=market_days.new_york_date(clock.now()))
    return render(request, "rebalancing/break.html", {"page": page})


@require_GET
def letter(request: HttpRequest, public_id: str) -> HttpResponse:
    """The letter to the custodian about the lots of a sale, as a PDF."""
    _require_staff(request)
    found, at = break_doors.find(request.user, public_id), clock.now()
    asked = lot_letters.of(found)
    if asked is None:
        raise Http404
    with transaction.atomic():
        audit.record(audit.Action.LOT_LETTER_MADE, about=found, by=Actor.of(request), at=at)
    answer = HttpResponse(lot_letters.pdf_of(found, asked, at=at), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="lots-{found.public_id}.pdf"'
    return answer


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """What brokers reported; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(fills.KIND, request)
    if asked.export:
        return exports.taken(
            asked, fills.HEADER, fills.export(request.user, asked), by=Actor.of(request), at=at
        )
    page = fills.show(request.user, asked)
    return render(request, "rebalancing/fills.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def errors(request: HttpRequest) -> HttpResponse:
    """The errors in trading; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(trade_errors.KIND, request)
    if asked.export:
        rows = trade_errors.export(request.user, asked)
        return exports.taken(asked, trade_errors.HEADER, rows, by=Actor.of(request), at=at)
    page = trade_errors.show(request.user, asked)
    return render(
        request, "rebalancing/trade_errors.html", {"page": page}, status=422 if asked.faults else 200
    )


@require_GET
def error(request: HttpRequest, public_id: str) -> HttpResponse:
    """One error in trading."""
    _require_staff(request)
    found = error_doors.find(request.user, public_id)
    return render(request, "rebalancing/trade_error.html", {"page": trade_errors.of_one(found, request.user)})


@require_GET
def executions(request: HttpRequest) -> HttpResponse:
    """Best execution by custodian and security; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(lists.KIND, request)
    if asked.export:
        return exports.taken(
            asked, lists.HEADER, lists.export(request.user, asked), by=Actor.of(request), at=at
        )
    page = lists.show(request.user, asked)
    return render(request, "rebalancing/executions.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def after_trade(request: HttpRequest, public_id: str) -> HttpResponse:
    """A batch after the trade: fills, allocations, lots, cash and the drift left."""
    _require_staff(request)
    batch = after.find(request.user, public_id)
    if batch is None:
        raise Http404
    return render(request, "rebalancing/after_trade.html", {"page": after.show(request.user, batch)})


def _require_staff(request: HttpRequest) -> None:
    if not record.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
