"""An assistant speaks MCP with us: both of its eras, JSON-RPC to the letter, and never a way to change anything."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import advisory.assistant
from advisory.assistant import catalog, protocol, quoting
from advisory.assistant.protocol import Server
from advisory.assistant.record import Answer, NotAnswered
from tests.advisory.assistant.speaking import META, asked, modern

MILLERS = {"public_id": "hh_0000000000aa", "name": "The Millers", "value": "1250000.10", "closed_on": None}


class Books:
    """A record that answers every address with the Millers, or with what it was told to."""

    def __init__(self, value: Any = MILLERS) -> None:
        self.value = value
        self.read_at: list[tuple[str, dict[str, str]]] = []

    def read(self, path: str, query: Mapping[str, str]) -> Answer:
        self.read_at.append((path, dict(query)))
        if isinstance(self.value, Exception):
            raise self.value
        return Answer(f"/api/v1/{path}", "Mon, 23 Nov 2026 14:00:00 GMT", "", self.value)


def server(value: Any = MILLERS) -> Server:
    return Server(Books(value), version="0.1.0")


def begun(value: Any = MILLERS, version: str = "2025-11-25") -> Server:
    one = server(value)
    asked(one, "initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "a"}})
    assert one.answer_to(b'{"jsonrpc":"2.0","method":"notifications/initialized"}') is None
    return one


@pytest.mark.parametrize("version", protocol.LEGACY)
def test_a_client_of_the_handshake_gets_its_own_version(version: str) -> None:
    told = asked(server(), "initialize", {"protocolVersion": version, "capabilities": {}})["result"]

    assert told["protocolVersion"] == version
    assert told["capabilities"] == {"tools": {}, "resources": {}}
    assert told["serverInfo"]["name"] == "evenkeel"


def test_a_version_that_nobody_knows_is_answered_with_the_newest_of_the_handshake() -> None:
    told = asked(server(), "initialize", {"protocolVersion": "1999-01-01"})["result"]

    assert told["protocolVersion"] == "2025-11-25"


def test_before_the_handshake_only_a_ping_is_answered() -> None:
    one = server()

    assert asked(one, "ping")["result"] == {}
    assert asked(one, "tools/list")["error"]["code"] == -32600


def test_a_request_that_names_its_version_stands_alone() -> None:
    told = modern(server(), "tools/list")["result"]

    assert (told["resultType"], told["ttlMs"], told["cacheScope"]) == ("complete", 3_600_000, "public")
    assert told["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "evenkeel"


def test_discovery_says_what_is_spoken() -> None:
    told = modern(server(), "server/discover")["result"]

    assert told["supportedVersions"] == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    assert told["capabilities"] == {"tools": {}, "resources": {}}
    assert told["instructions"] == protocol.INSTRUCTIONS


def test_a_version_that_is_not_spoken_is_refused_with_those_that_are() -> None:
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "1900-01-01"}

    error = asked(server(), "server/discover", {"_meta": meta})["error"]

    assert (error["code"], error["message"]) == (-32022, "Unsupported protocol version")
    assert error["data"] == {"supported": protocol.SUPPORTED, "requested": "1900-01-01"}


@pytest.mark.parametrize("missing", META)
def test_a_modern_request_without_what_it_needs_is_refused(missing: str) -> None:
    meta = {name: value for name, value in META.items() if name != missing}

    assert asked(server(), "server/discover", {"_meta": meta})["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[]", -32600),
        (b'"a"', -32600),
        (b'{"id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
    ],
)
def test_what_is_no_request_is_an_error_without_an_id(line: bytes, code: int) -> None:
    answer = server().answer_to(line)

    assert answer is not None
    told = json.loads(answer)
    assert (told["id"], told["error"]["code"]) == (None, code)


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tools/write", None, -32601),
        ("completion/complete", None, -32601),
        ("tools/list", [], -32602),
        ("tools/list", {"cursor": "2"}, -32602),
        ("tools/call", {"name": "approve", "arguments": {}}, -32602),
        ("tools/call", {"name": "households", "arguments": []}, -32602),
        ("resources/read", {}, -32602),
    ],
)
def test_a_request_that_cannot_be_is_refused_by_its_id(method: str, params: Any, code: int) -> None:
    assert asked(begun(), method, params, key="a-1")["error"]["code"] == code


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
        b'{"jsonrpc":"2.0","method":"tools/list"}',
        b'{"jsonrpc":"2.0","id":1,"result":{}}',
    ],
)
def test_notifications_and_answers_are_not_answered(line: bytes) -> None:
    assert begun().answer_to(line) is None


def test_a_batch_is_answered_where_its_version_has_them() -> None:
    batch = b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":2,"method":"ping"}]'

    answer = begun(version="2025-03-26").answer_to(batch)

    assert answer is not None
    assert [one["id"] for one in json.loads(answer)] == [1, 2]
    refused = begun(version="2025-06-18").answer_to(batch)
    assert refused is not None
    assert json.loads(refused)["error"]["code"] == -32600


def test_an_answer_quotes_the_record_with_its_id_and_digest() -> None:
    told = modern(server(), "tools/call", name="household", arguments={"id": "hh_0000000000aa"})["result"]

    plain = '{"closed_on":null,"name":"The Millers","public_id":"hh_0000000000aa","value":"1250000.10"}'
    digest = hashlib.sha256(plain.encode()).hexdigest()
    assert told["isError"] is False
    assert told["structuredContent"] == {
        "read_at": {
            "address": "/api/v1/households/hh_0000000000aa/",
            "answered_at": "Mon, 23 Nov 2026 14:00:00 GMT",
            "sha256": digest,
        },
        "records": [{"id": "hh_0000000000aa", "sha256": digest, "record": MILLERS}],
    }
    assert json.loads(told["content"][0]["text"]) == told["structuredContent"]


def test_each_record_of_a_list_is_quoted_by_itself_and_the_page_is_told() -> None:
    harts = {"public_id": "hh_0000000000bb", "name": "The Härts\u2028"}
    listed = {"count": 2, "next": None, "previous": None, "results": [MILLERS, harts]}

    told = modern(server(listed), "tools/call", name="households", arguments={})["result"]

    found = told["structuredContent"]
    assert [(one["id"], one["sha256"]) for one in found["records"]] == [
        (one["public_id"], quoting.digest(one)) for one in (MILLERS, harts)
    ]
    assert found["page"] == {"count": 2, "next": None, "previous": None}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("household", {}, "household needs id."),
        ("household", {"id": "../tokens"}, "id is written as"),
        ("household", {"id": 7}, "id is a string."),
        ("household", {"id": "hh_0000000000aa", "approve": True}, "household takes no approve."),
        ("households", {"page": 0}, "page is a integer."),
        ("households", {"page": True}, "page is a integer."),
        ("households", {"name": "x" * 201}, "name is a string."),
        ("households", {"is_open": "yes"}, "is_open is a boolean."),
        ("proposals", {"state": "open&page_size=500"}, "state is written as"),
    ],
)
def test_an_argument_that_cannot_be_is_told_so_that_it_can_be_put_right(
    name: str, given: dict[str, Any], words: str
) -> None:
    books = Books()

    told = modern(Server(books, version="1"), "tools/call", name=name, arguments=given)["result"]

    assert told["isError"] is True
    assert words in told["content"][0]["text"]
    assert books.read_at == []


def test_what_the_desk_refuses_is_told_in_its_words() -> None:
    refused = NotAnswered("403: This token may not do this. Use a token with clients:read.", status=403)

    told = modern(server(refused), "tools/call", name="households", arguments={})["result"]

    assert (told["isError"], told["content"][0]["text"]) == (True, str(refused))


def test_arguments_stay_where_they_belong() -> None:
    books = Books()
    one = Server(books, version="1")

    modern(one, "tools/call", name="revision", arguments={"id": "pr_0000000000aa", "number": 2})
    modern(one, "tools/call", name="lots", arguments={"symbol": "A/../B?x=1", "is_open": True, "page": 2})

    assert books.read_at == [
        ("proposals/pr_0000000000aa/revisions/2/", {}),
        ("lots/", {"symbol": "A/../B?x=1", "is_open": "true", "page": "2"}),
    ]


def test_the_same_addresses_are_resources() -> None:
    one = server()
    listed = modern(one, "resources/list")["result"]["resources"]
    templates = modern(one, "resources/templates/list")["result"]["resourceTemplates"]

    assert "evenkeel://record/households" in [row["uri"] for row in listed]
    assert "evenkeel://record/proposals/{id}/revisions/{number}" in [row["uriTemplate"] for row in templates]
    uri = "evenkeel://record/households/hh_0000000000aa"
    told = modern(one, "resources/read", uri=uri)["result"]
    (content,) = told["contents"]
    assert (told["ttlMs"], told["cacheScope"]) == (0, "private")
    assert (content["uri"], content["mimeType"]) == (uri, "application/json")
    assert json.loads(content["text"])["records"][0]["id"] == "hh_0000000000aa"


@pytest.mark.parametrize(
    "uri",
    [
        "evenkeel://record/tokens",
        "evenkeel://record/households/../tokens",
        "evenkeel://record/households/hh_1?x=1",
        "evenkeel://record/audit/first",
        "evenkeel://elsewhere/households",
        "file:///etc/passwd",
    ],
)
def test_a_resource_that_is_none_is_not_found(uri: str) -> None:
    assert modern(server(), "resources/read", uri=uri)["error"]["code"] == -32602
    assert asked(begun(), "resources/read", {"uri": uri})["error"]["code"] == -32002


def test_what_the_token_may_not_see_is_not_found() -> None:
    one = server(NotAnswered("404: Not found.", status=404))

    error = modern(one, "resources/read", uri="evenkeel://record/households/hh_0000000000aa")["error"]

    assert (error["code"], error["message"]) == (-32602, "Resource not found")


def test_every_tool_says_that_it_only_reads_and_names_are_their_own() -> None:
    tools = modern(server(), "tools/list")["result"]["tools"]

    assert len({tool["name"] for tool in tools}) == len(tools) == len(catalog.TOOLS)
    for tool in tools:
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["inputSchema"]["additionalProperties"] is False


def test_the_process_can_send_nothing_but_get() -> None:
    """Whatever is asked: there is one place that sends, and it says GET."""
    folder = Path(advisory.assistant.__file__).parent
    sent = []
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Request", "urlopen")):
                sent.append((file.name, {one.arg: ast.unparse(one.value) for one in node.keywords}))

    ((name, given),) = sent
    assert (name, given["method"], "data" in given) == ("record.py", "'GET'", False)
