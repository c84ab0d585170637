"""Light, dark or system appearance, stored in the browser because it belongs to a device and not to a person."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "appearance"
THEMES = ("light", "dark", "system")
A_YEAR = 365 * 24 * 60 * 60


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Store the appearance and return to the page it was chosen on."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest(f"Unknown appearance. Choose one of: {', '.join(THEMES)}.")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(
        COOKIE, theme, max_age=A_YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return response
