"""The FIX process, or the worker that takes what it received, which kills itself with SIGKILL at a named step.

`python -m tests.processes.fix_that_dies process "after the row"`; without a step it lives. A second argument after the step is
the text that the message of that step must hold.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

IN_THE_PROCESS = (
    "before the row",
    "before the row is committed",
    "after the row",
    "after the number",
    "before an order is marked",
    "before the mark is committed",
    "after the mark",
    "after the bytes",
)
IN_A_WORKER = ("before the effect", "before the effect is committed", "after the effect")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_around(owner: Any, name: str, *, first: bool, when: Callable[..., bool]) -> None:
    """Die before, or after, a function does its work."""
    do = getattr(owner, name)

    def done(*given: Any, **named: Any) -> Any:
        is_it = when(*given, **named)
        if is_it and first:
            die()
        answer = do(*given, **named)
        if is_it:
            die()
        return answer

    setattr(owner, name, done)


def arm(step: str, text: str) -> None:
    """Arrange the death."""
    from rebalancing.fills import fills
    from rebalancing.fix import inbox, store
    from rebalancing.fix.session import KeepingSession
    from rebalancing.models import FixInbox

    def of_the_message(*_: Any, raw: str, **__: Any) -> bool:
        return text in raw

    if step in ("before the row", "after the row"):
        dies_around(inbox, "keep", first=step == "before the row", when=of_the_message)
    elif step == "before the row is committed":
        dies_around(FixInbox, "save", first=False, when=lambda row, *_, **__: text in row.raw)
    elif step == "after the number":
        dispatch = KeepingSession._dispatch

        async def dispatch_or_die(self: KeepingSession, msg: Any) -> None:
            if text in msg.encode().decode("latin-1"):
                die()
            await dispatch(self, msg)

        KeepingSession._dispatch = dispatch_or_die  # type: ignore[method-assign]
    elif step in ("before an order is marked", "after the mark"):
        dies_around(
            store.RowStore, "_set", first=step.startswith("before"),
            when=lambda _, number, message: text.encode() in message,
        )  # fmt: skip
    elif step == "before the mark is committed":
        dies_around(store, "_is_administrative", first=False, when=lambda message: text.encode() in message)
    elif step == "after the bytes":
        send = KeepingSession.send

        async def send_and_die(self: KeepingSession, message: Any) -> None:
            await send(self, message)
            await asyncio.sleep(0.3)
            die()

        KeepingSession.send = send_and_die  # type: ignore[method-assign]
    elif step in ("before the effect", "before the effect is committed"):
        dies_around(
            fills, "take", first=step == "before the effect", when=lambda report, **_: text in report.exec_id
        )
    elif step == "after the effect":
        take_one = inbox._take_one

        def take_one_and_die(key: int, *given: Any, **named: Any) -> int:
            found = FixInbox.objects.get(pk=key)
            answer = take_one(key, *given, **named)
            if text in found.raw:
                die()
            return answer

        inbox._take_one = take_one_and_die
    elif step:
        raise SystemExit(f"There is no step {step!r}.")


def main(what: str, step: str = "", text: str = "") -> None:
    import django

    django.setup()
    arm(step, text)
    from compliance import clock
    from rebalancing import tasks
    from rebalancing.fix.process import Process

    if what == "worker":
        tasks.take_reports()
        return
    process = Process(now=clock.now, tell_workers=lambda: None, look_seconds=0.05, pause_seconds=0.1)

    async def until_stopped() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, process.stop)
        await process.run()

    asyncio.run(until_stopped())


if __name__ == "__main__":
    main(*sys.argv[1:])
