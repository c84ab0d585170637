"""The doors to the firm's policy templates: the list, and the editor that makes a version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from clients import access
from clients.pages import policy_editor, policy_templates
from clients.policies import model_versions, templates
from clients.policies.policies import Content
from clients.policy_forms import Editor, PreviewHousehold, TemplateName
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every template with its versions, and the examples that come with the product."""
    if not access.is_staff(request.user):
        raise NotAllowed("Policy templates are for the firm's desk.")
    return render(
        request, "clients/policy_template_list.html", {"page": policy_templates.listing(request.user)}
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A template of a new name, from an example or from nothing."""
    _require_maker(request)
    example = templates.SHIPPED.get(request.GET.get("from", ""))
    return _edit(request, example.content if example else {}, name=example.name if example else "", code="")


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The next version of a template."""
    template = get_object_or_404(access.policy_templates_for(request.user), public_id=public_id)
    _require_maker(request)
    return _edit(request, template.content, name=template.name, code=template.code)


def _edit(request: HttpRequest, start: Any, *, name: str, code: str) -> HttpResponse:
    at = clock.now()
    on = at.astimezone(clock.EASTERN).date()
    known = model_versions.to_follow()
    if not known:
        raise Conflict("No model is published yet.", "Publish a model first.")
    content = templates.parsed(start, model=known[0])
    choices: dict[str, Any] = {"models": known, "classes": list(access.asset_classes_for(request.user))}
    seen_by = access.households_for(request.user).order_by("name", "code")
    shown_for = PreviewHousehold(request.POST or None, households=list(seen_by))

    def answer(name: str, forms: Editor, *, status: int = 200, **parts: Any) -> HttpResponse:
        page = policy_editor.of_template(name, forms, households=shown_for["household"], on=on, **parts)
        return render(request, "clients/policy_edit.html", {"page": page}, status=status)

    if request.method == "GET":
        return answer(name, Editor(initial=content, **choices), content=content)
    named = TemplateName(request.POST)
    forms = Editor(data=request.POST, initial=content, **choices)
    typed_name = request.POST.get("name", "")
    if not (forms.is_valid() & named.is_valid()):
        faults = [("id_name", str(one)) for one in named.errors.get("name", ())] + forms.errors
        return answer(typed_name, forms, content=None, faults=faults, status=422)
    typed: Content = forms.content()
    if request.POST.get("action") == "show":
        household = shown_for.chosen()
        preview = policy_editor.preview_of(typed, household, on=on) if household is not None else None
        return answer(typed_name, forms, content=typed, preview=preview)
    try:
        made = templates.make(
            code=code or templates.code_of(named.cleaned_data["name"]),
            name=named.cleaned_data["name"],
            content=templates.as_content(typed),
            by=Actor.of(request),
            at=at,
        )
    except BadInput as refusal:
        return answer(typed_name, forms, content=typed, faults=[("", str(refusal))], status=422)
    messages.success(request, f"{made} is made.")
    return redirect("clients:policy_template_list")


def _require_maker(request: HttpRequest) -> None:
    user: Any = request.user
    if not any(user.has_role(role) for role in templates.ROLES):
        raise NotAllowed(templates.REFUSAL)
