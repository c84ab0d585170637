"""An answer as quotations: each record with its id and a digest of exactly what was read, and where it was read."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from advisory.assistant.record import Answer

IDS = ("public_id", "seq", "id", "household", "code", "number", "on")
"""What names a record, in this order."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "read_at": {
            "type": "object",
            "properties": {
                "address": {"type": "string"},
                "answered_at": {"type": "string"},
                "fingerprint": {"type": "string"},
                "sha256": {"type": "string"},
            },
            "required": ["address", "answered_at", "sha256"],
        },
        "page": {"type": "object"},
        "records": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "sha256": {"type": "string"}, "record": {}},
                "required": ["id", "sha256", "record"],
            },
        },
    },
    "required": ["read_at", "records"],
}


def quoted(answer: Answer) -> dict[str, Any]:
    """The answer as quotations. Nothing is added to a record, left out of it or worked out from it."""
    value = answer.value
    is_list = isinstance(value, list) or (isinstance(value, dict) and isinstance(value.get("results"), list))
    found = (value if isinstance(value, list) else value["results"]) if is_list else [value]
    place: dict[str, Any] = {
        "address": answer.address,
        "answered_at": answer.answered_at,
        "sha256": digest(value),
    }
    if answer.etag:
        place["fingerprint"] = answer.etag
    told: dict[str, Any] = {
        "read_at": place,
        "records": [
            {"id": _id_of(one, answer.address), "sha256": digest(one), "record": one} for one in found
        ],
    }
    if is_list and isinstance(value, dict):
        told["page"] = {name: value[name] for name in value if name != "results"}
    return told


def digest(value: Any) -> str:
    """SHA-256 of a value as JSON with sorted keys, without spaces, in UTF-8."""
    return hashlib.sha256(text(value).encode()).hexdigest()


def text(value: Any) -> str:
    """The one text of a value, from which its digest is made."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _id_of(one: Any, address: str) -> str:
    if isinstance(one, dict):
        for name in IDS:
            if one.get(name) not in (None, ""):
                return str(one[name])
    return address
