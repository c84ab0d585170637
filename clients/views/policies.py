"""The door to investment policies, which are read here and never changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access
from clients.pages import policies as pages


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One version of a household's policy."""
    visible = access.policies_for(request.user).select_related("household", "model__model")
    policy = get_object_or_404(visible, public_id=public_id)
    return render(request, "clients/policy.html", {"page": pages.show(request.user, policy)})
