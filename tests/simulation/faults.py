"""What goes wrong on a day, drawn from the seed; and a process that dies at some statement of the database."""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import connection

from compliance import public_ids

Answer = TypeVar("Answer")
STATEMENTS_MAX = 150
"""A process dies within so many statements, or lives on where it has fewer."""
SECONDS_MAX = 120


class Killed(BaseException):
    """The process is gone: nothing after this ran, and what was not committed never was."""


@dataclass(frozen=True)
class Trouble:
    """One day's. `missing` and `twice` are custodians; a file that is `late` comes the next morning, else its movements come
    with the next file. The file of the custodian `wrong_price` has one price that is `price_times` the right one, or, where it
    `is_price_old`, the prices of the day before.
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
    wrong_price: str = ""
    price_times: str = ""
    is_price_old: bool = False

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
        **_of_prices(seed, day, custodians, is_whole=not missing),
    )


def _of_prices(seed: int, day: date, custodians: tuple[str, ...], *, is_whole: bool) -> dict[str, Any]:
    """What is wrong with a file's prices. A price that is wrong by little is only seen where the other custodian's file comes."""
    chance = random.Random(f"{seed}/wrong/{day}")
    if chance.random() > 0.15:
        return {}
    found: dict[str, Any] = {"wrong_price": chance.choice(custodians)}
    if is_whole and chance.random() < 0.4:
        return {**found, "is_price_old": True}
    far = ("0.01", "0.1", "0.5", "1.6", "10", "100")
    return {**found, "price_times": chance.choice((*far, "0.95", "1.05", "1.08") if is_whole else far)}


@contextmanager
def _dying(after: int, die: Callable[[], None]) -> Iterator[None]:
    left = after

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            die()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield


def _raise() -> None:
    raise Killed


def survived(do: Callable[[], Answer], chance: random.Random | None, *, may_fork: bool = False) -> Answer:
    """Do something in a process that may die on the way; another process then does it from the start.

    Half of those that die are processes of their own, and die of `kill -9`: of what they held nothing is undone but by the
    database. The others only stop, which also leaves what they kept in memory as it was.
    `may_fork`: it changes nothing but the database, and prints no paper: the typesetter's threads are not there in a fork.
    """
    if chance is not None and chance.random() < 0.4:
        after, is_process = chance.randrange(1, STATEMENTS_MAX), chance.random() < 0.5
        if is_process and may_fork:
            _in_a_process(do, after, ids=chance.random())
        else:
            try:
                with _dying(after, _raise):
                    return do()
            except Killed:
                connection.close()
    return do()


def _in_a_process(do: Callable[[], object], after: int, *, ids: float) -> None:
    """Do something in a process of its own, which is killed before some statement, or comes to its end before that."""
    connection.close()
    key = os.fork()
    if not key:
        # What it draws is not what its parent draws afterwards.
        public_ids.secrets = random.Random(f"{ids}")  # type: ignore[assignment]
        status = 1
        faulthandler.dump_traceback_later(SECONDS_MAX - 10, file=sys.__stderr__)
        try:
            with _dying(after, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                do()
            status = 0
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(status)
    ended = _end_of(key)
    assert ended in (0, signal.SIGKILL), f"a process that was to be killed ended by itself with {ended}"


def _end_of(key: int) -> int:
    """How a child process ended. One that hangs must not take the whole run with it."""
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        found, ended = os.waitpid(key, os.WNOHANG)
        if found:
            return ended
        time.sleep(0.005)
    os.kill(key, signal.SIGKILL)
    os.waitpid(key, 0)
    raise AssertionError(f"a process did not end within {SECONDS_MAX} s")
