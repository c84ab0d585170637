"""What a page answers: somebody signs in, opens it, and a test reads the value it was made from, or its words."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client


def as_(person: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


def page_of(answer: HttpResponse, status: int = 200) -> Any:
    """The frozen value that the template was given."""
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.context["page"]  # type: ignore[attr-defined]


def words_of(answer: HttpResponse) -> str:
    """The whole answer, white space folded."""
    return " ".join(answer.content.decode().split())
