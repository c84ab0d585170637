"""JSON Schemas of the two documents, made from the dataclasses so that they cannot drift apart.

The files in docs/formats are these, printed; a test compares them.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from rebalancing.engine.documents import household, plan
from rebalancing.engine.documents.parsing import MISSING, TEXT_LENGTH_MAX, specs_of
from rebalancing.engine.documents.serializing import to_json

DOCUMENTS: dict[str, tuple[type, str]] = {
    "household": (household.Household, household.FORMAT),
    "plan": (plan.Plan, plan.FORMAT),
}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``household`` or ``plan``. Raises KeyError for another name."""
    kind, format_name = DOCUMENTS[name]
    definitions: dict[str, Any] = {}
    root = _object(kind, definitions)
    properties = {"format": {"const": format_name}, **root["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format_name,
        **root,
        "properties": properties,
        "required": ["format", *root["required"]],
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text(name: str) -> str:
    """The schema as it stands in docs/formats: indented, ends with a line break."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def _object(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for spec in specs_of(kind):
        described = _type(spec.kind, definitions)
        if spec.default is not MISSING:
            described = {**described, "default": to_json(spec.default)}
        properties[spec.name] = described
    return {
        "type": "object",
        "description": inspect.getdoc(kind) or "",
        "properties": properties,
        "required": [spec.name for spec in specs_of(kind) if spec.default is MISSING],
        "additionalProperties": False,
    }


def _type(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = [part for part in typing.get_args(kind) if part is not type(None)]
        return {"anyOf": [_type(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _type(typing.get_args(kind)[0], definitions)}
    if kind is Decimal:
        return {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,16})?$"}
    if kind is date:
        return {"type": "string", "format": "date"}
    if kind is bool:
        return {"type": "boolean"}
    if kind is int:
        return {"type": "integer"}
    if kind is str:
        return {"type": "string", "maxLength": TEXT_LENGTH_MAX}
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = (
            _object(typing.cast(type, kind), definitions)
            if dataclasses.is_dataclass(kind)
            else {"enum": [member.value for member in typing.cast(type[Enum], kind)]}
        )
    return {"$ref": f"#/$defs/{name}"}
