"""Step-up: a person confirms anew that it is them, bound to exactly what they are about to do.

A verb that decides calls `required` with the digest of what it decides; a door says `confirmed=True`. Both hold for
pages and programs alike, since both go through them. A confirmation counts for its digest only, for some minutes, in
the session that gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings

from compliance.refusals import NotAllowed

SESSION_KEY = "confirmed"
KEPT_MAX = 10


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That a person confirmed this digest, by which method, and when."""

    about: str
    method: str
    at: datetime


class Confirming(Protocol):
    """Who acts, as far as confirmations go: an `Actor`."""

    @property
    def session_ref(self) -> str: ...

    @property
    def is_token(self) -> bool: ...

    @property
    def confirmations(self) -> tuple[Confirmation, ...]: ...


class ConfirmationNeeded(Exception):
    """What is asked for needs a confirmation first. No refusal: the act is done once the person has confirmed.

    `about` is the digest to be confirmed, `deed` what is about to be done, in words that follow "to".
    """

    kind = "confirmation-needed"
    http_status = 403
    title = "Confirm that it is you"
    how_to_fix = "Confirm exactly this with your second factor, or your password where you have none."

    def __init__(self, about: str, deed: str) -> None:
        super().__init__(f"A fresh confirmation is needed to {deed}.")
        self.about, self.deed = about, deed


def required(by: Confirming, *, about: str, deed: str, at: datetime) -> dict[str, Any]:
    """The facts of the trail about how this was confirmed. Raises `ConfirmationNeeded` without a fresh confirmation.

    It is asked of a session. What a person started in one and a worker carries out was confirmed when it started.
    A token can confirm nothing, so whatever asks for a confirmation is refused to it (`NotAllowed`).
    """
    if by.is_token:
        raise NotAllowed(f"A token cannot {deed}.", "Sign in and do it yourself.")
    if not settings.STEP_UP_MINUTES or not by.session_ref:
        return {}
    fresh_for = timedelta(minutes=settings.STEP_UP_MINUTES)
    for one in by.confirmations:
        if one.about == about and timedelta(0) <= at - one.at <= fresh_for:
            return {"confirmed": {"method": one.method, "at": one.at, "about": about}}
    raise ConfirmationNeeded(about, deed)


def keep(session: Any, given: Confirmation) -> None:
    """Remember a confirmation in the session that gave it."""
    standing = [one for one in session.get(SESSION_KEY, []) if one["about"] != given.about]
    told = {"about": given.about, "method": given.method, "at": given.at.isoformat()}
    session[SESSION_KEY] = [*standing, told][-KEPT_MAX:]


def confirmed_in(session: Any) -> tuple[Confirmation, ...]:
    """What a session has confirmed."""
    found = session.get(SESSION_KEY, ()) if hasattr(session, "get") else ()
    return tuple(
        Confirmation(one["about"], one["method"], datetime.fromisoformat(one["at"])) for one in found
    )
