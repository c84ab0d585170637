"""The doors to investment policies: read, edit, compare, and sign as a client."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from clients import access
from clients.forms import ClientSignature
from clients.models import Policy, PolicySignature
from clients.pages import policies as pages
from clients.pages import policy_changes, policy_editor, policy_signing
from clients.policies import drafts, model_versions, signatures
from clients.policy_forms import Editor
from compliance import clock
from compliance.doors import refused
from compliance.doors.refused import Known
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed, Refusal, Step


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One version of a household's policy."""
    policy = _policy(request, public_id)
    return render(request, "clients/policy.html", {"page": pages.show(request.user, policy, at=clock.now())})


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The editor of a draft: show the bands of what is typed, or save it."""
    policy = _policy(request, public_id)
    if refusal := access.refusal_to_write_policies(request.user, policy.household):
        raise NotAllowed(refusal)
    if policy.state != Policy.State.DRAFT:
        raise Conflict(
            f"This version is {policy.get_state_display().lower()} and cannot be edited.",
            "Reopen it as a draft, or begin a new version.",
        )
    at = clock.now()
    on = at.astimezone(clock.EASTERN).date()
    content = drafts.content_of(policy)
    choices: dict[str, Any] = {
        "models": _models(policy),
        "classes": list(access.asset_classes_for(request.user)),
        "accounts": list(
            access.accounts_for(request.user).filter(household=policy.household, closed_on=None)
        ),
    }
    if request.method == "GET":
        page = policy_editor.of_policy(policy, Editor(initial=content, **choices), content=content, on=on)
        return render(request, "clients/policy_edit.html", {"page": page})
    forms = Editor(data=request.POST, initial=content, **choices)
    if not forms.is_valid():
        page = policy_editor.of_policy(policy, forms, content=None, faults=forms.errors, on=on)
        return render(request, "clients/policy_edit.html", {"page": page}, status=422)
    typed = forms.content()
    if request.POST.get("action") == "show":
        page = policy_editor.of_policy(policy, forms, content=typed, on=on)
        return render(request, "clients/policy_edit.html", {"page": page})
    try:
        drafts.save(policy, typed, by=Actor.of(request), at=at)
    except BadInput as refusal:
        page = policy_editor.of_policy(policy, forms, content=typed, faults=[("", str(refusal))], on=on)
        return render(request, "clients/policy_edit.html", {"page": page}, status=422)
    messages.success(request, "The draft is saved.")
    return redirect("clients:policy_edit", public_id)


@require_GET
def changes(request: HttpRequest, public_id: str) -> HttpResponse:
    """A version beside another one of the same household, in words and numbers."""
    access_refusal = None if access.is_staff(request.user) else "Versions are compared at the firm's desk."
    if access_refusal:
        raise NotAllowed(access_refusal)
    policy = _policy(request, public_id)
    page = policy_changes.show(request.user, policy, against=request.GET.get("with", ""))
    return render(request, "clients/policy_changes.html", {"page": page})


@require_http_methods(["GET", "POST"])
def to_sign(request: HttpRequest, public_id: str) -> HttpResponse:
    """A client reads the approved version and signs exactly that."""
    policy = _policy(request, public_id)
    at = clock.now()
    party = PolicySignature.Party.CLIENT
    if stranger := signatures.refusal_to_sign(policy, party, request.user, at=at):
        raise NotAllowed(stranger)
    form = ClientSignature(request.POST or None, user=request.user)
    told, status = None, 200
    if request.method == "POST":
        if form.is_valid():
            given = form.cleaned_data
            try:
                signatures.sign(
                    policy,
                    party=party,
                    seen=given["seen"],
                    typed_name=given["typed_name"],
                    by=Actor.of(request),
                    at=at,
                )
            except BadInput as refusal:
                form.add_error(None, str(refusal))
                status = refusal.http_status
            except Refusal as refusal:
                again = Step("Read the version as it is now", request.path)
                told = refused.told(refusal, known=Known((again,)))
                status = refusal.http_status
            else:
                messages.success(request, "You have signed your investment policy. Thank you.")
                return redirect("clients:policy_to_sign", public_id)
        else:
            status = 422
    page = policy_signing.show(request.user, policy, refused=told, at=at)
    return render(request, "clients/policy_to_sign.html", {"page": page, "form": form}, status=status)


def _policy(request: HttpRequest, public_id: str) -> Policy:
    visible = access.policies_for(request.user).select_related("household", "model__model")
    return get_object_or_404(visible, public_id=public_id)


def _models(policy: Policy) -> list[Any]:
    """The published models, and the one of this draft even where it no longer is."""
    found = model_versions.to_follow()
    return found if policy.model in found else [policy.model, *found]
