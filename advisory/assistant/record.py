"""The API as this process reaches it: read with a token, never written to."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

PREFIX = "/api/v1/"
SECONDS = 30
BYTES_MAX = 2_000_000
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class BadAddress(ValueError):
    """The address is none that a token may be sent to."""


class NotAnswered(Exception):
    """The API refused, or did not answer; the words are its own where it has any. `status` is 0 without an answer."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: the address with its query, when the desk answered, its ETag where it has one, and the value."""

    address: str
    answered_at: str
    etag: str
    value: Any


class Record(Protocol):
    """Where the record is read."""

    def read(self, path: str, query: Mapping[str, str]) -> Answer: ...


class Api:
    """The API at an address, with a token."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        is_local = parts.scheme == "http" and parts.hostname in LOCAL
        if not parts.hostname or parts.username or parts.query or not (parts.scheme == "https" or is_local):
            raise BadAddress("The address of the desk begins with https:// (http:// for this machine only).")
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._token = token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def read(self, path: str, query: Mapping[str, str]) -> Answer:
        """Read one address. Raises `NotAnswered`."""
        address = f"{PREFIX}{path}" + (f"?{urlencode(query)}" if query else "")
        asked = urllib.request.Request(  # noqa: S310 - the scheme was checked when this was made
            self._base + address,
            method="GET",
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/json",
                "User-Agent": "Evenkeel assistant",
            },
        )
        try:
            with self._opener.open(asked, timeout=SECONDS) as response:
                body = response.read(BYTES_MAX + 1)
                told = dict(response.headers.items())
        except urllib.error.HTTPError as error:
            raise NotAnswered(_problem(error), status=error.code) from error
        except (OSError, HTTPException) as error:
            raise NotAnswered(f"The desk did not answer ({type(error).__name__}).") from error
        if len(body) > BYTES_MAX:
            raise NotAnswered("The answer is too long. Ask for less: one household, or a smaller page.")
        return Answer(address, told.get("Date", ""), told.get("ETag", "").strip('"'), parsed(body))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the address it was meant for."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def parsed(body: bytes) -> Any:
    """The value of an answer; a figure that is not whole keeps its text. Raises `NotAnswered` for what is no JSON."""
    try:
        return json.loads(body, parse_float=str)
    except ValueError as error:
        raise NotAnswered("The answer was not JSON.") from error


def _problem(error: urllib.error.HTTPError) -> str:
    """What the API said was wrong, with what to do about it."""
    try:
        told = json.loads(error.read(BYTES_MAX))
    except (ValueError, OSError):
        told = None
    if not isinstance(told, dict):
        return f"The desk answered {error.code}."
    parts = [str(told[name]) for name in ("title", "detail", "how_to_fix") if told.get(name)]
    faults = told.get("errors")
    if isinstance(faults, dict):
        parts += [f"{name}: {fault}" for name, fault in faults.items()]
    return f"{error.code}: " + " ".join(parts)
