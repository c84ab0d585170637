"""The door to an investment policy as a document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from clients import access
from rebalancing.client_reports import policy_documents


@require_safe
def pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    """One version as a tagged PDF to read, print and sign."""
    policy = get_object_or_404(
        access.policies_for(request.user).select_related("household", "model__model"), public_id=public_id
    )
    answer = HttpResponse(policy_documents.pdf_of(policy), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{policy.public_id}.pdf"'
    answer["Cache-Control"] = "no-store, private"
    return answer
