"""The FIX process: `./evenkeel manage fix_session`, with the name of a session only that one."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance import clock
from rebalancing import tasks
from rebalancing.fix.process import Process


class Command(BaseCommand):
    help = "Keep the enabled FIX sessions connected, send what waits, and hand in what comes. Runs until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="only the session of this name")

    def handle(self, *_: Any, **options: Any) -> None:
        logging.getLogger("fixcore").setLevel(logging.WARNING)
        process = Process(now=clock.now, tell_workers=tasks.notify_of_reports, name=options["name"])
        asyncio.run(_until_stopped(process))


async def _until_stopped(process: Process) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    await process.run()
