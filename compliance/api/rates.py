"""How often programs may ask. On its own, because the framework imports it while it imports itself."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class TokenRate(SimpleRateThrottle):
    """How often one token asks, beside the limit of its owner."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        token = getattr(request, "api_token", None)
        return f"throttle_token_{token.public_id}" if token is not None else None
