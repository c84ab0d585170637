"""What goes wrong on a day, drawn from the seed; and a process that dies at some statement of the database."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import connection

Answer = TypeVar("Answer")
STATEMENTS_MAX = 150
"""A process dies within so many statements, or lives on where it has fewer."""


class Killed(BaseException):
    """The process is gone: nothing after this ran, and what was not committed never was."""


@dataclass(frozen=True)
class Trouble:
    """One day's. `missing` and `twice` are custodians; a file that is `late` comes the next morning, else its movements come
    with the next file. `fills` is what the custodian who works files executes of an order, as a share of it, by chance.
    """

    broker: str = ""
    is_overnight: bool = False
    is_shuffled: bool = False
    missing: str = ""
    is_late: bool = False
    twice: str = ""
    is_restated: bool = False
    takes_other_lots: bool = False
    works_part_of_files: bool = False
    forgets_files: bool = False
    kills: bool = False

    @property
    def words(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in vars(self).items() if value) or "quiet"


QUIET = Trouble()


def of(seed: int, day: date, custodians: tuple[str, ...]) -> Trouble:
    """Every day has some of it."""
    chance = random.Random(f"{seed}/trouble/{day}")

    def happens(odds: float) -> bool:
        return chance.random() < odds

    missing = chance.choice(custodians) if happens(0.12) else ""
    return Trouble(
        broker=str(chance.randrange(1, 10_000)) if happens(0.6) else "",
        is_overnight=happens(0.15),
        is_shuffled=happens(0.4),
        missing=missing,
        is_late=bool(missing) and happens(0.5),
        twice=chance.choice(custodians) if happens(0.2) else "",
        is_restated=happens(0.08),
        takes_other_lots=happens(0.1),
        works_part_of_files=happens(0.3),
        forgets_files=happens(0.08),
        kills=happens(0.5),
    )


@contextmanager
def _dying(after: int) -> Iterator[None]:
    left = after

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield


def survived(do: Callable[[], Answer], chance: random.Random | None) -> Answer:
    """Do something in a process that may die on the way; another process then does it from the start."""
    if chance is not None and chance.random() < 0.4:
        try:
            with _dying(chance.randrange(1, STATEMENTS_MAX)):
                return do()
        except Killed:
            connection.close()
    return do()
