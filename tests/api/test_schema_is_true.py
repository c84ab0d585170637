"""The API answers as its own document says, whoever asks, and to whatever is sent; and never with an error of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.api import openapi
from tests.architecture import asking
from tests.architecture.asking import PEOPLE, Route, Row
from tests.examples import DEPTH
from tests.factories.the_firm import TheFirm, undone

pytestmark = pytest.mark.slow


def routes() -> Iterator[tuple[Route, Row]]:
    for route in asking.walk():
        if route.is_api and route.name != "api:confirmation":
            yield from (
                (route, Row(route.pattern, method, "present" if route.has_object else ""))
                for method in route.methods
            )


def who_gets_something(row: Row) -> list[str]:
    """One of the staff and one client who are served, by the reviewed table; with `--all` everybody."""
    if DEPTH == "all":
        return list(PEOPLE)
    told = asking.reviewed().get(row)
    if told is None:
        return ["advisor", "client"]
    served = [one for one in PEOPLE if told[one].startswith("2")]
    staff = [one for one in served if "client" not in one]
    clients = [one for one in served if "client" in one]
    return [*staff[:1], *clients[:1]] or ["advisor"]


@contextmanager
def as_it_was(route: Route, firm: TheFirm) -> Iterator[None]:
    """What has to have happened at an address has happened, and afterwards has not."""
    run, file = firm.run, firm.file
    cache.clear()
    with undone():
        if before := asking.BEFORE.get(route.name):
            before(firm)
        yield
    object.__setattr__(firm, "run", run)
    object.__setattr__(firm, "file", file)


def test_every_answer_is_what_the_document_says(firm: TheFirm) -> None:
    at, wrong, served = asking.browsers(firm), [], 0
    for route, row in routes():
        for person in who_gets_something(row):
            with as_it_was(route, firm):
                answer = asking.answer_of(route, row, firm, at[asking.user_of(firm, person, route)])
                faults = openapi.faults(openapi.at(route.pattern, row.method), answer)
            served += answer.status_code < 300
            wrong += [f"{row.text} by {person} ({answer.status_code}): {fault}" for fault in faults]

    assert not wrong, "\n".join(wrong)
    assert served > 300, "Hardly anybody was served, so hardly anything was compared."


def test_an_answer_that_is_not_as_described_is_noticed() -> None:
    operation = openapi.at("api/v1/models/<slug:public_id>/", "GET")
    wrong = [
        openapi.faults(operation, HttpResponse(text, status=status, content_type=kind))
        for text, status, kind in (
            ("{}", 200, "application/json"),
            ("[]", 200, "application/json"),
            ("<p>", 200, "text/html"),
            ("{}", 404, "application/problem+json"),
            ("{}", 201, "application/json"),
        )
    ]

    assert all(wrong), wrong


ROUTES = list(routes())
ASKING = ("advisor", "reviewer", "trader", "compliance", "administrator", "client", "anonymous")
DRAWN = {"quick": 40, "ci": 120, "all": 5_000}[DEPTH]
drawn = settings(
    max_examples=DRAWN,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=DEPTH != "all",
)


@drawn
@given(data=st.data())
def test_whatever_is_sent_is_answered_as_the_document_says(firm: TheFirm, data: st.DataObject) -> None:
    """Bodies and filters drawn from the document's schemas, with odd values among them, by anybody."""
    at = asking.browsers(firm)
    route, row = data.draw(st.sampled_from(ROUTES), label="address")
    person = data.draw(st.sampled_from(ASKING), label="who")
    operation = openapi.at(route.pattern, row.method)
    query = {
        one["name"]: data.draw(openapi.values(one["schema"]), label=one["name"])
        for one in operation.query
        if data.draw(st.booleans())
    }
    body = data.draw(openapi.values(operation.body), label="body") if operation.body else None
    with as_it_was(route, firm):
        answer = _sent(route, row, firm, at[asking.user_of(firm, person, route)], query, body)
        assert answer.status_code < 500, answer.content[:400]
        assert openapi.faults(operation, answer) == []


def _sent(route: Route, row: Row, firm: TheFirm, client: Client, query: dict[str, Any], body: Any) -> Any:
    address = "/" + asking.address_of(route, row, firm)
    if query:
        address += "?" + urlencode({name: _plain(value) for name, value in query.items()}, doseq=True)
    if row.method == "GET":
        return client.get(address)
    headers = {"If-Match": f'"{firm.fingerprint}"'} if asking.MATCHED.match(route.name) else {}
    send = client.put if row.method == "PUT" else client.post
    return send(address, json.dumps(body), content_type="application/json", headers=headers)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return (
        {True: "true", False: "false", None: ""}.get(value, value)
        if isinstance(value, (bool, type(None)))
        else value
    )
