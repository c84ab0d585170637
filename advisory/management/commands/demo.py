from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from advisory.models import User
from advisory.showroom.demo import families, firm, people, sample_decisions, tables
from advisory.showroom.demo.days import day_after_day
from advisory.supervision.firm import HOUSEHOLDS_MAX
from clients.models import Household
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.models import ScanRun
from rebalancing.monitors import alarms
from rebalancing.scans import scans
from rebalancing.tasks import notify_workers


class Command(BaseCommand):
    help = "Load a fictional advisory firm through the importer and scan it. The database must be empty."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=7, help="the random seed (7)")
        parser.add_argument(
            "--households", type=int, default=firm.HOUSEHOLDS, help=f"how many ({firm.HOUSEHOLDS})"
        )
        parser.add_argument("--as-of", type=date.fromisoformat, help="the last market day (the last close)")
        parser.add_argument("--no-scan", action="store_true", help="do not start the drift scan")
        parser.add_argument(
            "--scan-here", action="store_true", help="read every household in this process, without a worker"
        )

        parser.add_argument(
            "--no-sample-decisions", action="store_true", help="leave the scan's proposals undecided"
        )

        parser.add_argument(
            "--describe", action="store_true", help="only print the table of situations and households"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["describe"]:
            drawn = families.draw(
                seed=options["seed"],
                count=options["households"],
                as_of=options["as_of"] or market_days.last_close(clock.now()),
            )
            self.stdout.write(tables.situations(drawn))
            return
        self._refuse_where_it_must_not_run(options["households"])
        at = clock.now()
        as_of = options["as_of"] or market_days.last_close(at)
        made = firm.set_up(
            seed=options["seed"],
            count=options["households"],
            as_of=as_of,
            folder=Path(settings.MEDIA_ROOT) / "demo",
            say=self._say,
            at=at,
        )
        assert made.market_file is not None, "the market's file was loaded"
        day_after_day.note_built(
            made.market_file, seed=options["seed"], count=options["households"], as_of=as_of, at=clock.now()
        )
        if not options["no_scan"]:
            run = self._scan(as_of, here=options["scan_here"])
            if not options["no_sample_decisions"]:
                sample_decisions.wait_for(run, say=self._say)
                self._say(f"Proposals: {_counted(sample_decisions.live(made, say=self._say))}")
            alarms.watch(by=Actor.system("monitors"), at=clock.now())
        # So that the trail's page shows a verification at once, before the schedule runs one.
        audit.verify_and_record(by=Actor.system("demo"), at=clock.now())
        self.stdout.write(tables.sign_ins(made))

    def _refuse_where_it_must_not_run(self, households: int) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("The demonstration firm cannot be loaded in production. Nothing was changed.")
        if not 1 <= households <= HOUSEHOLDS_MAX:
            raise CommandError(f"Choose from 1 to {HOUSEHOLDS_MAX} households.")
        if not User.objects.exists() and not Household.objects.exists():
            return
        ours = User.objects.filter(email__endswith=f"@{people.DOMAIN}").exists()
        raise CommandError(
            "The database already holds a demonstration firm, or part of one. "
            "Start over with `./evenkeel demo --fresh`, or use an empty database."
            if ours
            else "The database already holds people or households. The demonstration firm can only be loaded into an empty database."
        )

    def _scan(self, as_of: date, *, here: bool) -> ScanRun:
        run = scans.start(
            scan=ScanRun.Scan.DAILY,
            market_on=as_of,
            code_version=settings.VERSION,
            user_id=None,
            by=Actor.system("demo"),
            at=clock.now(),
        )
        if here:
            sample_decisions.read_here(run)
            self._say(f"Scanned: {_counted(scans.outcomes(run))}")
        else:
            # An unavailable broker must not undo the load: without a worker the scan runs in this process.
            transaction.on_commit(notify_workers, robust=True)
            self._say("The scan has started; the worker reads the households.")
        return run

    def _say(self, text: str) -> None:
        self.stderr.write(text, ending="\n")
        self.stderr.flush()


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
