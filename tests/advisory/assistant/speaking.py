"""An assistant's side of the conversation."""

from __future__ import annotations

import json
from typing import Any

from advisory.assistant.protocol import Server

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What each request of the newest revision carries."""


def asked(one: Server, method: str, params: Any = None, *, key: Any = 1) -> Any:
    message = {"jsonrpc": "2.0", "id": key, "method": method}
    if params is not None:
        message["params"] = params
    answer = one.answer_to(json.dumps(message).encode())
    assert answer is not None
    assert b"\n" not in answer
    told = json.loads(answer)
    assert (told["jsonrpc"], told["id"]) == ("2.0", key)
    return told


def modern(one: Server, method: str, **params: Any) -> Any:
    return asked(one, method, {**params, "_meta": META})
