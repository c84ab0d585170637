"""The firm's restricted and watch lists in the browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients.doors import firm_list as doors
from clients.pages import firm_list as pages
from compliance import clock
from compliance.access import require_compliance
from compliance.doors.pages import links
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every entry, with the doors to it."""
    require_compliance(request.user)  # type: ignore[arg-type]  # The firm's own user model provides Person.
    asked, at = Asked.on_page(pages.KIND, request), clock.now()
    on = at.astimezone(clock.EASTERN).date()
    if asked.export:
        rows = pages.export(request.user, asked, on=on)
        return exports.taken(asked, pages.HEADER, rows, by=Actor.of(request), at=at)
    page = pages.show(request.user, asked, on=on)
    return render(
        request,
        "clients/firm_list.html",
        {
            "page": page,
            "adding": links((doors.PLACE.browser,), request.user),
            "rows": [
                (row, () if row.entry.lifted_at else links(doors.OF_ONE, request.user, row.entry))
                for row in page.rows
            ],
        },
        status=422 if asked.faults else 200,
    )
