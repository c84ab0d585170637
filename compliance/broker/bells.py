"""Ringing for workers. The work itself is rows in the database, so a bell that nobody hears loses nothing."""

from __future__ import annotations

from typing import Any

import kombu.exceptions
import redis

from compliance.broker import outages

NOT_HEARD = (kombu.exceptions.KombuError, redis.RedisError, OSError)
"""What a broker that is gone, hangs or cannot write to its disk raises."""


def ring(task: Any, *, queue: str) -> bool:
    """Send a task without arguments, and say whether the broker took it; the sweep rings again when not.

    How long a silent broker may hold the caller up is set with the broker's connection. After it was
    silent once, it is left alone for a few seconds.
    """
    if not outages.BROKER.is_worth_asking():
        return False
    try:
        task.apply_async(queue=queue, ignore_result=True)
    except NOT_HEARD as error:
        outages.BROKER.failed(error)
        return False
    outages.BROKER.answered()
    return True
