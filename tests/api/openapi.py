"""The API's own document, as programs read it: schemas to hold answers against, and values to send drawn from it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
ODD = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "1e400",
        "NaN",
        "½",
        "\u202e",
        "'; --",
        "2027-02-30",
        "9" * 400,
        "null",
        "a\x00b",
        "{}",
    ]
)


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    path: str
    method: str
    of: dict[str, Any]

    def answers(self, status: int) -> dict[str, Any] | None:
        """The described answer with this status; None where the document has none."""
        found = self.of["responses"]
        described: dict[str, Any] | None = found.get(str(status)) or (
            found.get("default") if status >= 400 else None
        )
        return described

    @property
    def query(self) -> list[dict[str, Any]]:
        return [one for one in self.of.get("parameters", ()) if one["in"] == "query"]

    @property
    def body(self) -> dict[str, Any] | None:
        content = self.of.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")


@cache
def document() -> dict[str, Any]:
    """The document, with what is nullable said as JSON Schema says it."""
    generated = SchemaGenerator().get_schema(public=True)
    told: dict[str, Any] = _plain(generated)
    return told


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    told = {str(key): _plain(value) for key, value in part.items()}
    if told.pop("nullable", False) is True:
        return {"anyOf": [told, {"type": "null"}]}
    return told


@cache
def operations() -> dict[tuple[str, str], Operation]:
    return {
        (path, method.upper()): Operation(path, method.upper(), of)
        for path, methods in document()["paths"].items()
        for method, of in methods.items()
        if method in {"get", "post", "put", "delete", "patch"}
    }


def at(pattern: str, method: str) -> Operation:
    """The operation of a route, by its pattern."""
    return operations()["/" + re.sub(r"<\w+:(\w+)>", r"{\1}", pattern), method]


def faults(operation: Operation, answer: Any) -> list[str]:
    """How an answer differs from what the document says of it."""
    described = operation.answers(answer.status_code)
    if described is None:
        return [f"status {answer.status_code} is not described"]
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    content = described.get("content", {})
    if not content:
        return [] if not answer_bytes(answer) else [f"{kind} where the document describes no body"]
    if kind not in content:
        return [f"{kind} where the document says {', '.join(content)}"]
    if not kind.endswith("json"):
        return []
    schema = {**content[kind]["schema"], "components": document()["components"]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    error = best_match(validator.iter_errors(json.loads(answer_bytes(answer))))
    return (
        []
        if error is None
        else [f"{'/'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:160]}"]
    )


def answer_bytes(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def values(schema: dict[str, Any], *, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that a schema describes, and now and then one that it does not."""
    return st.one_of(_described(schema, depth), _described(schema, depth), _described(schema, depth), ODD)


def _described(schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return _described(document()["components"]["schemas"][name], depth)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return st.one_of([_described(one, depth) for one in schema[several]])
    if "allOf" in schema:
        return _described(schema["allOf"][0], depth)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object" and depth < 4:
        fields = schema.get("properties", {})
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: values(one, depth=depth + 1) for name, one in fields.items() if name in needed},
            optional={
                name: values(one, depth=depth + 1) for name, one in fields.items() if name not in needed
            },
        )
    if kind == "array" and depth < 4:
        return st.lists(values(schema["items"], depth=depth + 1), max_size=3)
    plain: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-(10**12), 10**12),
        "number": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "null": st.none(),
        "string": _text(schema),
    }
    return plain.get(str(kind), st.none())


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    form = schema.get("format")
    if form == "date":
        return st.dates().map(str)
    if form == "date-time":
        return st.datetimes().map(lambda one: f"{one.isoformat()}Z")
    if form == "decimal":
        return st.decimals(-(10**9), 10**9, places=2).map(str)
    return WORDS
