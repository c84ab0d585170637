"""Idempotent requests: a repeated key gets the first answer and has no second effect.

The key is stored in the transaction of the effect. A crash leaves both or neither, so a program that received
no answer can simply send its request again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from compliance.models import RequestKey
from compliance.models.request_keys import KEY_MAX
from compliance.people.actors import Actor
from compliance.refusals import BadInput

KEPT_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request: a success status and a body of plain JSON values."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One request by one person. `text` is empty where the caller sent no key; then nothing is stored."""

    text: str
    request_digest: str
    by: Actor
    at: datetime

    def __post_init__(self) -> None:
        if len(self.text) > KEY_MAX or not self.text.isascii() or (self.text and not self.text.isprintable()):
            raise BadInput(
                f"An Idempotency-Key is at most {KEY_MAX} printable ASCII characters.", "Send a random UUID."
            )


def earlier(key: Key) -> Answer | None:
    """The answer this key got before, or None when it is new. Raises BadInput for another request."""
    if not key.text:
        return None
    row = RequestKey.objects.filter(person_id=int(key.by.person_ref), key=key.text).first()
    if row is None:
        return None
    if row.request_digest != key.request_digest:
        raise BadInput(
            "This Idempotency-Key was sent with another request before.",
            "Use a new key for a new request.",
            kind="idempotency-key-reused",
        )
    return Answer(row.status, json.loads(row.answer))


def once(key: Key, do: Callable[[], Answer]) -> Answer:
    """Run `do` at most once for a key; the key is stored in the same transaction as its changes.

    Two simultaneous requests wait for each other: the second gets the first one's answer. If `do` raises,
    nothing is stored.
    """
    if not key.text:
        return do()
    if answered := earlier(key):
        return answered
    try:
        with transaction.atomic():
            row = _add(key)
            answer = do()
            _fill(row, answer)
    except IntegrityError:
        answered = earlier(key)
        if answered is None:
            raise
        return answered
    return answer


def keep(key: Key, answer: Answer) -> None:
    """Store the answer inside the effect's own transaction, for verbs that open the outermost one."""
    if not connection.in_atomic_block:
        raise RuntimeError("call repeats.keep() inside the transaction of the request's effect.")
    if key.text:
        _fill(_add(key), answer)


def forget(*, at: datetime) -> int:
    """Delete expired keys; a second run finds none."""
    count, _ = RequestKey.objects.filter(first_at__lt=at - KEPT_FOR).delete()
    return count


def _add(key: Key) -> RequestKey:
    return RequestKey.objects.create(
        person_id=int(key.by.person_ref), key=key.text, request_digest=key.request_digest, first_at=key.at
    )


def _fill(row: RequestKey, answer: Answer) -> None:
    row.status, row.answer = answer.status, json.dumps(answer.body, ensure_ascii=False, sort_keys=True)
    row.save(update_fields=["status", "answer"])
