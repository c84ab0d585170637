"""The assistant's tools at the firm's own API, with a token of Ana's: what she may see, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from advisory.assistant import catalog, quoting
from advisory.assistant.protocol import Server
from advisory.assistant.record import Answer, Api, BadAddress, NotAnswered, parsed
from advisory.people import token_scopes, tokens
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from tests.advisory.assistant.speaking import modern
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.the_firm import TheFirm

PROJECT = Path(__file__).resolve().parents[2]
READING = ("firm:read", "clients:read", "trail:read")
FILLED = {"id": "hh_0000000000aa", "number": 1, "seq": 1}


class InProcess:
    """The API without a network in between."""

    def __init__(self, token: str) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {token}"})

    def read(self, path: str, query: Mapping[str, str]) -> Answer:
        answer = self._client.get(f"/api/v1/{path}", dict(query))
        if answer.status_code != 200:
            raise NotAnswered(answer.content.decode(), status=answer.status_code)
        return Answer(
            f"/api/v1/{path}", "", answer.headers.get("ETag", "").strip('"'), parsed(answer.content)
        )


def assistant_of(owner: Any, *scopes: str) -> Server:
    made = tokens.make(
        "assistant", scopes or READING, expires_on=MONDAY, by=Actor.person(owner), at=SUNDAY_NOON
    )
    return Server(InProcess(made.text), version="0.1.0")


def told(server: Server, tool: str, /, **given: Any) -> Any:
    return modern(server, "tools/call", name=tool, arguments=given)["result"]


@pytest.mark.parametrize("tool", catalog.TOOLS, ids=lambda tool: tool.name)
def test_every_tool_reads_an_address_that_a_reading_scope_opens(tool: catalog.Tool) -> None:
    path, _ = tool.address({one.name: FILLED[one.name] for one in tool.takes if one.required})
    address = resolve(f"/api/v1/{path}").view_name

    assert token_scopes.opened_by(READING, address, "GET")


@pytest.mark.parametrize("tool", catalog.LISTED, ids=lambda tool: tool.name)
def test_every_list_answers_and_knows_every_argument(firm: TheFirm, tool: catalog.Tool) -> None:
    ana = assistant_of(firm.ana)

    assert told(ana, tool.name)["isError"] is False, told(ana, tool.name)
    for one in tool.takes:
        value = {"boolean": True, "integer": 1}.get(one.kind) or {
            catalog.ID: firm.millers.public_id,
            catalog.DAY: "2026-11-20",
            catalog.MOMENT: "2026-11-20T00:00:00Z",
            catalog.WORD: "all",
        }.get(one.pattern, "x")
        answer = told(ana, tool.name, **{one.name: value})
        assert "no such filter" not in answer["content"][0]["text"].lower(), (tool.name, one.name)


def test_ana_quotes_a_household_a_proposal_and_its_revision(firm: TheFirm) -> None:
    ana = assistant_of(firm.ana)
    proposal = firm.proposal.public_id

    (household,) = told(ana, "household", id=firm.harts.public_id)["structuredContent"]["records"]
    one = told(ana, "proposal", id=proposal)["structuredContent"]
    revision = told(ana, "revision", id=proposal, number=1)["structuredContent"]

    assert household["id"] == firm.harts.public_id
    assert household["sha256"] == quoting.digest(household["record"])
    assert one["read_at"]["fingerprint"] == one["records"][0]["record"]["fingerprint"] == firm.fingerprint
    assert revision["read_at"]["address"] == f"/api/v1/proposals/{proposal}/revisions/1/"


def test_what_it_reads_is_on_the_trail_with_the_token(firm: TheFirm) -> None:
    told(assistant_of(firm.ana), "household", id=firm.harts.public_id)

    event = AuditEvent.objects.filter(action="household.viewed").latest("seq")
    assert (event.actor_kind, event.person_ref, event.about_id) == (
        "token",
        str(firm.ana.pk),
        firm.harts.public_id,
    )


def test_it_sees_what_its_owner_sees(firm: TheFirm) -> None:
    otto = assistant_of(firm.otto)

    answer = told(otto, "household", id=firm.harts.public_id)

    assert answer["isError"] is True
    assert "The Harts" not in answer["content"][0]["text"]


def test_a_token_without_the_scope_is_told_which_one(firm: TheFirm) -> None:
    answer = told(assistant_of(firm.ana, "firm:read"), "households")

    assert answer["isError"] is True
    assert "clients:read" in answer["content"][0]["text"]


@contextmanager
def a_desk(answers: Mapping[str, tuple[int, bytes]]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A desk on this machine; what it was asked, by method, address and token."""
    seen: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.command, self.path, self.headers["Authorization"]))
            status, body = answers.get(self.path, (404, b'{"title": "Not found"}'))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://localhost:9/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed into the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


def test_the_process_speaks_on_its_streams_and_ends_with_its_input() -> None:
    ask = {"name": "promises", "arguments": {}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ask},
    ]
    with a_desk({"/api/v1/promises/": (200, b'{"results": [], "count": 0}')}) as (address, seen):
        ended = subprocess.run(
            [sys.executable, "-m", "advisory.assistant"],
            input="".join(json.dumps(line) + "\n" for line in lines),
            env={**os.environ, "EVENKEEL_MCP_ADDRESS": address, "EVENKEEL_MCP_TOKEN": "evk_secret"},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    first, second = map(json.loads, ended.stdout.splitlines())
    assert first["result"]["protocolVersion"] == "2025-06-18"
    assert second["result"]["structuredContent"]["page"] == {"count": 0}
    assert seen == [("GET", "/api/v1/promises/", "Bearer evk_secret")]
    assert "evk_secret" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, b'{"title": "No", "detail": "Not yours.", "how_to_fix": "Ask."}', "403: No Not yours. Ask."),
        (500, b"<html>", "The desk answered 500."),
        (302, b"", "The desk answered 302."),
        (200, b"<html>", "The answer was not JSON."),
        (200, b'"' + b"x" * 2_000_001 + b'"', "The answer is too long."),
    ],
)
def test_what_goes_wrong_at_the_desk_is_told(status: int, body: bytes, words: str) -> None:
    with a_desk({"/api/v1/promises/": (status, body)}) as (address, seen), pytest.raises(NotAnswered) as told:
        Api(address, "evk").read("promises/", {})

    assert words in str(told.value)
    assert len(seen) == 1


def test_a_desk_that_is_not_there_is_told() -> None:
    with pytest.raises(NotAnswered, match=r"The desk did not answer \(URLError\)\."):
        Api("http://127.0.0.1:9", "evk").read("promises/", {})


@pytest.mark.parametrize(
    "address", ["", "desk.example", "http://desk.example", "ftp://desk.example", "https://a:b@desk.example"]
)
def test_a_token_is_sent_to_no_address_that_cannot_keep_it(address: str) -> None:
    with pytest.raises(BadAddress):
        Api(address, "evk")


def test_a_figure_keeps_its_text() -> None:
    assert parsed(b'{"a": 0.10, "b": 3, "c": "1.50"}') == {"a": "0.10", "b": 3, "c": "1.50"}
