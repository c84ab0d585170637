"""Which facts about a security people decided: files leave those alone."""

from __future__ import annotations

from collections.abc import Collection

from clients.models import SecurityDecision


def in_force(securities: Collection[int]) -> dict[int, dict[str, SecurityDecision]]:
    """The decisions that hold, by security key and fact."""
    last = (
        SecurityDecision.objects.filter(security__in=securities)
        .select_related("decided_by")
        .order_by("security_id", "fact", "-id")
        .distinct("security_id", "fact")
    )
    found: dict[int, dict[str, SecurityDecision]] = {}
    for one in last:
        if one.holds:
            found.setdefault(one.security_id, {})[one.fact] = one
    return found
