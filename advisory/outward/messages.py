"""What a message says: the kind of event and ids. Nobody's name, no figure, no text that anybody typed."""

from __future__ import annotations

import json
import re
from datetime import UTC
from typing import Any

from compliance.models import AuditEvent

ID = re.compile(r"[a-z]{2,4}_[0-9a-z]{12}|[0-9]{1,18}")
"""Ids that say nothing: random, or a number in a table. Whatever else an event is about stays unnamed."""


def id_of(event: AuditEvent) -> str:
    """The message's id: the same for every attempt, whatever happens to the process that makes it."""
    return f"msg_{event.hash[:32]}"


def body_of(event: AuditEvent) -> bytes:
    """The message's text: the same bytes for every attempt."""
    data: dict[str, Any] = {"event": event.seq, "about": {"kind": event.about_kind}}
    if ID.fullmatch(event.about_id):
        data["about"]["id"] = event.about_id
    if ID.fullmatch(event.household_ref):
        data["household"] = event.household_ref
    told = {
        "type": event.action,
        "timestamp": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
