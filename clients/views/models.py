"""The doors to model portfolios, which are read here, and to the decision what counts as stocks."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from clients import access
from clients.forms import EquityDecision
from clients.models import AssetClass
from clients.pages import models as pages
from clients.securities import asset_classes
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every model of the firm."""
    if not access.is_staff(request.user):
        raise NotAllowed("Model portfolios are for the firm's desk.")
    return render(request, "clients/model_list.html", {"page": pages.listing(request.user)})


@require_POST
def decide_class(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether a class counts as stocks for clients' risk caps."""
    if not access.is_staff(request.user):
        raise Http404
    asset_class = get_object_or_404(AssetClass, code=code)
    form = EquityDecision(request.POST)
    if not form.is_valid():
        page = pages.listing(request.user, wrong=(asset_class.code, form))
        return render(request, "clients/model_list.html", {"page": page}, status=422)
    asset_classes.decide(asset_class, **form.cleaned_data, by=Actor.of(request), at=clock.now())
    messages.success(request, f"{asset_class} is decided.")
    return redirect("clients:model_list")


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One model as a tree."""
    model = get_object_or_404(access.models_for(request.user), public_id=public_id)
    asked = request.GET.get("version", "")
    page = pages.show(model, number=int(asked) if asked.isdecimal() else None)
    if page is None:
        raise Http404
    return render(request, "clients/model.html", {"page": page})
