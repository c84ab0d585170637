"""Start a drift scan of the latest closing prices; with --here measure the households in this process."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal
from rebalancing import market_days, tasks
from rebalancing.models import ScanRun
from rebalancing.scans import readings, scans


class Command(BaseCommand):
    help = "Start a drift scan. Exit 0 when it was started (or finished, with --here), 1 when it was refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--here", action="store_true", help="read every household in this process")
        parser.add_argument(
            "--daily", action="store_true", help="the scheduled daily scan, once per market day"
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        kind = ScanRun.Scan.DAILY if options["daily"] else ScanRun.Scan.REQUESTED
        by = Actor.system("scan_drift command")
        try:
            if options["here"]:
                at = clock.now()
                run = scans.start(
                    scan=kind,
                    market_on=market_days.last_close(at),
                    code_version=settings.VERSION,
                    user_id=None,
                    by=by,
                    at=at,
                )
                scans.work(worker="command", now=clock.now, do=readings.read, run=run, households_max=10**9)
                run.refresh_from_db()
            else:
                run = tasks.start(scan=kind, by=by, user_id=None)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        told = {
            "scan": run.public_id,
            "market_on": run.market_on.isoformat(),
            "state": run.state,
            "items": scans.progress(run),
            "outcomes": scans.outcomes(run),
        }
        self.stdout.write(json.dumps(told) if options["json"] else self._sentence(told))

    def _sentence(self, told: dict[str, Any]) -> str:
        outcomes = ", ".join(f"{count} {name}" for name, count in told["outcomes"].items()) or "none yet"
        return f"Scan {told['scan']} of {told['market_on']} is {told['state']}. Outcomes: {outcomes}."
