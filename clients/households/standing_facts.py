"""What facts that never change have in common: they are taken up once, ended once, and told with what differs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from clients.models import BasisElection, EstimatedTax, LotOrigin, OutsideAccount, StatedGains
from compliance.refusals import BadInput, Conflict

Fact = TypeVar("Fact", BasisElection, EstimatedTax, LotOrigin, OutsideAccount, StatedGains)
CHANGED = "Changed"


def taken_up(row: Fact) -> Fact:
    """The row, locked against a second change. Raises `Conflict` for one that has ended."""
    found = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if found.ended_at is not None:
        raise Conflict("This was ended already.", "There is nothing to do.")
    return found


def end(row: Fact, *, reason: str, user_id: int | None, at: datetime) -> Fact:
    """End a row; the caller saves nothing else. Raises `BadInput` without a reason."""
    if not reason.strip():
        raise BadInput("It needs a reason to end.", "Say why.")
    row.ended_at, row.ended_by_id, row.end_reason = at, user_id, reason.strip()[:200]
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])
    return row


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What differs, by name, in words. Raises `BadInput` where nothing does."""
    told = {
        name: {"before": _word(before[name]), "after": _word(after[name])}
        for name in after
        if before[name] != after[name]
    }
    if not told:
        raise BadInput("Nothing is changed.", "Change something, or leave the page.")
    return told


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
