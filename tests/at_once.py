"""Several people act at the same moment, each on a connection of their own, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from compliance.refusals import Refusal


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads that start together; each answer is what it returned or how it was refused."""
    barrier = threading.Barrier(len(acts))
    answers: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            answers[place] = act()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    broken = [one for one in answers if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert not broken, broken
    return answers


def by_kind(answers: list[object], kind: type) -> list[Any]:
    return [answer for answer in answers if isinstance(answer, kind)]
