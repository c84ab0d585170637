"""The door to ticks: who looked at which account's trades."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from compliance import clock
from compliance.people.actors import Actor
from rebalancing import access
from rebalancing.proposals import ticks


@require_POST
def tick(request: HttpRequest, public_id: str, number: int, account: str) -> HttpResponse:
    """Tick an account's trades of a revision as looked at, or take one's own tick back."""
    proposal = get_object_or_404(access.proposals_for(request.user), public_id=public_id)
    revision = get_object_or_404(proposal.revisions.select_related("proposal"), number=number)
    is_looked_at = request.POST.get("looked_at") != "no"
    ticks.put(revision, account, is_looked_at=is_looked_at, by=Actor.of(request), at=clock.now())
    return redirect(f"{reverse('rebalancing:proposal', args=[public_id])}#account-{account}")
