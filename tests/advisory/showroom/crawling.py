"""Every page that a person reaches by links, one address of each kind of page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

OTHERS_TO_LEAVE = ("/account/logout/", "/static/", "/api/docs", "/api/schema")
HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
UNRENDERED = re.compile(r"\{[{%]|&lt;[A-Z]\w+ object")


@dataclass(frozen=True, slots=True)
class Dead:
    """A link that leads nowhere, or a page that shows what no reader should see."""

    address: str
    found_on: str
    what: str


def dead_links(client: Client) -> Iterator[Dead]:
    """Follow every link from the home page on, each kind of page once, and again for each parameter it has not been asked with.

    Sets of parameters are not all asked for: eight filters of one list would be 256 pages.
    """
    waiting, seen = [("/", "")], dict[str, set[str]]()
    while waiting:
        address, source = waiting.pop()
        kind = _kind(address)
        if kind is None:
            yield Dead(address, source, "no such address")
        elif kind[1] - seen.get(kind[0], set()) and not address.startswith(OTHERS_TO_LEAVE):
            seen.setdefault(kind[0], set()).update(kind[1])
            answer = client.get(address, follow=True)
            if answer.status_code >= 400:
                yield Dead(address, source, str(answer.status_code))
            elif "html" in answer.headers.get("Content-Type", ""):
                text = answer.content.decode()
                if found := UNRENDERED.search(text):
                    yield Dead(address, source, found.group())
                waiting += [(one, address) for one in _links(text, address)]


def _links(text: str, address: str) -> list[str]:
    found = (urldefrag(urljoin(address, one.replace("&amp;", "&")))[0] for one in HREF.findall(text))
    return [one for one in found if one.startswith("/") and not one.startswith("//")]


def _kind(address: str) -> tuple[str, frozenset[str]] | None:
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    # An address without parameters is one more way to ask for the page.
    return name, frozenset(key for key, _ in parse_qsl(parts.query)) or frozenset({""})
