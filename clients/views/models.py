"""The doors to model portfolios, which are read here and never changed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access
from clients.pages import models as pages
from compliance.refusals import NotAllowed


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every model of the firm."""
    if not access.is_staff(request.user):
        raise NotAllowed("Model portfolios are for the firm's desk.")
    return render(request, "clients/model_list.html", {"page": pages.listing(request.user)})


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One model as a tree."""
    model = get_object_or_404(access.models_for(request.user), public_id=public_id)
    asked = request.GET.get("version", "")
    page = pages.show(model, number=int(asked) if asked.isdecimal() else None)
    if page is None:
        raise Http404
    return render(request, "clients/model.html", {"page": page})
