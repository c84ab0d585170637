from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from advisory.models import User
from advisory.showroom.demo import families, firm, lived_in, people, tables
from clients.models import Household
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.models import ScanRun
from rebalancing.scans import scans
from rebalancing.tasks import ring

HOUSEHOLDS_MAX = 90


class Command(BaseCommand):
    help = "Load a made-up advisory firm through the importer and scan it. Only into an empty record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=7, help="the number the firm grows from (7)")
        parser.add_argument(
            "--households", type=int, default=firm.HOUSEHOLDS, help=f"how many ({firm.HOUSEHOLDS})"
        )
        parser.add_argument("--as-of", type=date.fromisoformat, help="the last market day (the last close)")
        parser.add_argument("--no-scan", action="store_true", help="do not start the drift scan")
        parser.add_argument(
            "--scan-here", action="store_true", help="read every household in this process, without a worker"
        )

        parser.add_argument(
            "--no-lived-in", action="store_true", help="let nobody decide about the scan's proposals"
        )

        parser.add_argument(
            "--describe", action="store_true", help="only print which household shows what, as a table"
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
        if not options["no_scan"]:
            run = self._scan(as_of, here=options["scan_here"])
            if not options["no_lived_in"]:
                lived_in.wait_for(run, say=self._say)
                self._say(f"Proposals: {_counted(lived_in.live(made, say=self._say))}")
        # So that the first look at the trail says how far it was verified, minutes before the timetable does.
        audit.verify_and_record(by=Actor.system("demo"), at=clock.now())
        self.stdout.write(tables.sign_ins(made))

    def _refuse_where_it_must_not_run(self, households: int) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("A made-up firm does not belong into production. Nothing was changed.")
        if not 1 <= households <= HOUSEHOLDS_MAX:
            raise CommandError(f"Choose from 1 to {HOUSEHOLDS_MAX} households.")
        if not User.objects.exists() and not Household.objects.exists():
            return
        ours = User.objects.filter(email__endswith=f"@{people.DOMAIN}").exists()
        raise CommandError(
            "The record holds a made-up firm already, or part of one. "
            "Start over with `./evenkeel demo --fresh`, or use an empty database."
            if ours
            else "The record holds people or households already. A made-up firm goes into an empty database only."
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
            lived_in.read_here(run)
            self._say(f"Scanned: {_counted(scans.outcomes(run))}")
        else:
            # A broker that is away must not undo the load: without a worker the scan is read here.
            transaction.on_commit(ring, robust=True)
            self._say("The scan has started; the worker reads the households.")
        return run

    def _say(self, text: str) -> None:
        self.stderr.write(text, ending="\n")
        self.stderr.flush()


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
