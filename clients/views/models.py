"""The doors to model portfolios, and to the decision what counts as stocks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients import access
from clients.forms import EquityDecision
from clients.models import AssetClass, ModelVersion
from clients.pages import model_editor, model_uses
from clients.pages import models as pages
from clients.policies import model_files, model_portfolios, model_versions
from clients.securities import asset_classes
from compliance import clock
from compliance.doors import refused
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed, Stale


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every model of the firm."""
    if not access.is_staff(request.user):
        raise NotAllowed("Model portfolios are for the firm's desk.")
    page = pages.listing(request.user, on=_today())
    return render(request, "clients/model_list.html", {"page": page})


@require_POST
def decide_class(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether a class counts as stocks for clients' risk caps."""
    if not access.is_staff(request.user):
        raise Http404
    asset_class = get_object_or_404(AssetClass, code=code)
    form = EquityDecision(request.POST)
    if not form.is_valid():
        page = pages.listing(request.user, on=_today(), wrong=(asset_class.code, form))
        return render(request, "clients/model_list.html", {"page": page}, status=422)
    asset_classes.decide(asset_class, **form.cleaned_data, by=Actor.of(request), at=clock.now())
    messages.success(request, f"{asset_class} is decided.")
    return redirect("clients:model_list")


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One model as a tree."""
    model = get_object_or_404(access.models_for(request.user), public_id=public_id)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isdecimal() else None
    page = pages.show(request.user, model, number=number, on=_today())
    if page is None:
        raise Http404
    return render(request, "clients/model.html", {"page": page})


@require_GET
def uses(request: HttpRequest) -> HttpResponse:
    """Which models buy a security, and the drafts that replace it."""
    if not access.is_staff(request.user):
        raise NotAllowed("Model portfolios are for the firm's desk.")
    page = model_uses.show(request.user, request.GET.get("symbol", ""), on=_today())
    return render(request, "clients/model_uses.html", {"page": page})


@require_GET
def document(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """A version as a YAML document, in the layout that is read back."""
    found = _version(request.user, public_id, version)
    answer = HttpResponse(model_files.written(found), content_type="application/yaml; charset=utf-8")
    name = f"{found.model.code}-{found.version}.yaml"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The editor of a draft: what is typed is kept, finished or not."""
    model = get_object_or_404(access.models_for(request.user), public_id=public_id)
    if sentence := access.refusal_to_change_models(request.user):
        raise NotAllowed(sentence)
    version = model_versions.draft_of(model)
    if version is None:
        raise Http404
    if request.method == "GET":
        return render(request, "clients/model_edit.html", {"page": model_editor.show(version)})
    typed = request.POST
    if typed.get("seen") != model_portfolios.fingerprint_of(version):
        changed = "Somebody has changed this draft since you opened it. What you typed is kept; compare it with the draft."
        refusal = Stale(changed, "Correct it where need be, and save again.")
        told = refused.told(refusal, refused.Place.of(request))
        page = model_editor.again(version, typed, refused=told)
        return render(request, "clients/model_edit.html", {"page": page}, status=409)
    classes, problems = model_editor.read(typed)
    if problems:
        return _again(request, version, problems, status=422)
    note = str(typed.get("note", "")).strip()[:1000]
    try:
        model_portfolios.change(version, classes=classes, note=note, by=Actor.of(request), at=clock.now())
    except BadInput as problem:
        return _again(request, version, [str(problem)], status=422)
    messages.success(request, "The draft is saved.")
    return redirect("clients:model_edit", public_id)


def _again(request: HttpRequest, version: ModelVersion, problems: list[str], *, status: int) -> HttpResponse:
    page = model_editor.again(version, request.POST, problems=problems)
    return render(request, "clients/model_edit.html", {"page": page}, status=status)


def _today() -> date:
    return clock.now().astimezone(clock.EASTERN).date()


def _version(user: Any, public_id: str, number: int) -> ModelVersion:
    model = get_object_or_404(access.models_for(user), public_id=public_id)
    return get_object_or_404(model.versions.select_related("model"), version=number)
