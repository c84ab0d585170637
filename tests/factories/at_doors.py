"""Typing at a door, as its page asks for it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tests.pages import as_


def door(name: str, *parts: str) -> str:
    return reverse(f"clients:{name}", args=parts)


def acted(person: Any, address: str, **typed: str) -> Any:
    """Type at a door, and confirm its check page where there is one."""
    client = as_(person)
    seen = client.get(address).context["page"].seen
    answer = client.post(address, {**typed, "door_seen": seen})
    page = answer.context["page"] if answer.context else None
    if getattr(page, "checked", ""):
        answer = client.post(address, {**typed, "door_seen": seen, "door_checked": page.checked})
    return answer
