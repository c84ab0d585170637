"""Notifying workers that there is work. The work itself is rows in the database, so a lost message loses
nothing.
"""

from __future__ import annotations

from typing import Any

import kombu.exceptions
import redis

from compliance.broker import outages

NOT_HEARD = (kombu.exceptions.KombuError, redis.RedisError, OSError)
"""The errors of a broker that is down, hangs or cannot write to its disk."""


def notify(task: Any, *, queue: str) -> bool:
    """Send a task without arguments and return whether the broker accepted it; otherwise the sweep sends it
    later.

    The broker's connection settings limit how long a call may block. After a failure the broker is not tried
    for a few seconds.
    """
    if not outages.BROKER.should_try():
        return False
    try:
        task.apply_async(queue=queue, ignore_result=True)
    except NOT_HEARD as error:
        outages.BROKER.failed(error)
        return False
    outages.BROKER.answered()
    return True
