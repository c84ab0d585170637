from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.showroom.demo.days import day_after_day
from compliance import clock

DAYS_MAX = 260


class Command(BaseCommand):
    help = "Add the next market days to the demonstration firm, up to the last close: prices, custodians' files, the scan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, help="at most so many (all up to the last close)")
        parser.add_argument(
            "--trouble",
            action="store_true",
            help="with a missing file, a stale price, a split, a restated lot, late bases and refused orders",
        )
        parser.add_argument(
            "--if-demo", action="store_true", help="do nothing, quietly, where the record is no demonstration"
        )
        parser.add_argument("--no-scan", action="store_true", help="bring the files only")

    def handle(self, *_: Any, **options: Any) -> None:
        of = day_after_day.built()
        if of is None and options["if_demo"]:
            return
        if of is None:
            raise CommandError("The record is not a demonstration firm's. Nothing was changed.")
        if options["days"] is not None and not 1 <= options["days"] <= DAYS_MAX:
            raise CommandError(f"Choose from 1 to {DAYS_MAX} days.")
        with day_after_day.alone() as is_alone:
            if not is_alone and options["if_demo"]:
                return
            if not is_alone:
                raise CommandError("Days are being added at this moment. Try again when that has ended.")
            at = clock.now()
            days = day_after_day.due(of, at=at)[: options["days"]]
            for day in days:
                day_after_day.make(
                    of,
                    day,
                    has_trouble=options["trouble"],
                    scan=not options["no_scan"],
                    say=self.stdout.write,
                    at=at,
                )
        if not days:
            self.stdout.write("The demonstration is at the last close. Nothing was added.")
