"""The paper broker: `./evenkeel manage paper_broker`. The demonstration starts it; it never runs in production."""

from __future__ import annotations

import asyncio
import logging
import signal
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.embedded import folders
from advisory.paper_broker import connecting
from advisory.paper_broker.book import Book
from advisory.paper_broker.broker import Broker
from clients.models import Price, Security
from compliance import clock
from rebalancing import market_days


class Command(BaseCommand):
    help = "Trade on paper: answer FIX on this machine from the prices on record. Runs until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=connecting.PORT)
        parser.add_argument(
            "--trouble",
            metavar="SEED",
            help="from now on let things go wrong with about every other order, drawn from this number; `off` ends it. "
            "Also tells a broker that is running.",
        )
        parser.add_argument(
            "--connect",
            action="store_true",
            help="put the sessions with this broker on record, enabled, and end",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if settings.IN_PRODUCTION:
            raise CommandError("The paper broker is for demonstrations and development.")
        if options["connect"]:
            for row in connecting.connect(port=options["port"], books=folder(), at=clock.now()):
                self.stdout.write(f"{row} is on record.")
            return
        if options["trouble"] is not None:
            self._tell(options["trouble"])
            if connecting.answers():
                return  # One runs already, at whatever port, and has been told.
        logging.getLogger("fixcore").setLevel(logging.WARNING)
        asyncio.run(self._serve(options["port"], is_told=options["trouble"] is not None))

    def _tell(self, said: str) -> None:
        seed = "" if said == "off" else said
        if seed and not seed.lstrip("-").isdigit():
            raise CommandError("The seed is a number, or `off`.")
        names = {file.stem for file in folder().glob("*.sqlite3")} | set(connecting.COMP_IDS.values())
        for name in sorted(names):
            book = Book(folder() / f"{name}.sqlite3", now=clock.now)
            book.set_setting("trouble", seed)
            book.close()
        self.stdout.write("Things go wrong from now on." if seed else "Nothing goes wrong from now on.")

    async def _serve(self, port: int, *, is_told: bool) -> None:
        # The product's clock may run ahead of the machine's; asking the database each time would stall the loop.
        ahead = await asyncio.to_thread(clock.now) - datetime.now(UTC)
        broker = Broker(
            folder(),
            quote=quote,
            now=lambda: datetime.now(UTC) + ahead,
            trade_day=market_days.trade_day,
            closes_at=market_days.closed_at,
        )
        try:
            port = await broker.start(port)
        except OSError as error:
            if is_told:
                return  # One runs already, and has been told.
            raise CommandError(f"Port {port} is taken: does a paper broker run already?") from error
        self.stdout.write(f"The paper broker listens at 127.0.0.1:{port}.")
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        await stopping.wait()
        await broker.stop()


def folder() -> Path:
    """Where the paper broker keeps its books."""
    return folders.private("paper-broker")


def quote(symbol: str) -> tuple[Decimal, Decimal | None] | None:
    """The last price on record that is not in dispute, and half the security's spread."""
    security = Security.objects.filter(symbol=symbol).first()
    if security is None:
        return None
    standing = (Price.Standing.SOUND, Price.Standing.ACCEPTED)
    price = security.prices.filter(standing__in=standing).order_by("-as_of_on", "-received_at").first()
    return (price.price, security.half_spread) if price is not None else None
