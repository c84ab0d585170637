"""What the OpenAPI document says about every operation: who may call it, and how it reports errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.authentication import SessionScheme as DefaultSessionScheme
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

PROBLEM = {
    "type": "object",
    "description": "The format of every refusal and error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "example": "/problems/stale"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "how_to_fix": {"type": "string"},
        "causes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["input"],
                "properties": {
                    "input": {"type": "string"},
                    "sentence": {"type": "string"},
                    "shown": {"type": "string"},
                    "now": {"type": "string"},
                },
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token, which opens what its scopes name (docs/api.md) and never decides.",
}
REFUSED = {
    "description": "A refusal or an error.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class SessionScheme(DefaultSessionScheme):
    """The browser's session; changes also carry the CSRF token in the X-CSRFToken header."""

    target_class = "compliance.api.reading.Session"
    priority = 1


def by_role(
    name: str, *kinds: type[serializers.Serializer[Any]], many: bool = False
) -> PolymorphicProxySerializer:
    """A response with one of several forms, depending on the person's role."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=list(kinds), resource_type_field_name=None, many=many
    )


def as_any_of(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Say of every union that an answer is one of its forms or several at once; the generator calls this at the end.

    A client's shorter form of a thing is part of the staff's, so an answer may match both, which `oneOf` forbids.
    """
    for part in _parts(result):
        if "oneOf" in part:
            part["anyOf"] = part.pop("oneOf")
    return result


def _parts(of: Any) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        yield of
        for inner in list(of.values()):
            yield from _parts(inner)
    elif isinstance(of, list):
        for inner in of:
            yield from _parts(inner)


def with_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add the error format and the tokens to every operation; the generator calls this at the end."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components.setdefault("securitySchemes", {})["token"] = TOKEN
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = REFUSED
            operation.setdefault("security", []).append({"token": []})
    return result
