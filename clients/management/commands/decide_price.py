"""Records a person's decision about a disputed price."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients.securities import price_disputes
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = "Accept or reject a disputed price; without a symbol, list the disputed prices."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("symbol", nargs="?")
        parser.add_argument("--on", type=date.fromisoformat, help="the price's day, as 2026-11-20")
        parser.add_argument("--source", help="the price's source, as the list prints it")
        parser.add_argument("--by", help="e-mail of the compliance officer or trader who decided")
        parser.add_argument("--reason", default="", help="where the price was verified")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--accept", action="store_true")
        what.add_argument("--reject", action="store_true")

    def handle(self, *args: object, **options: Any) -> None:
        waiting = price_disputes.open_disputes()
        if not options["symbol"]:
            for one in waiting:
                self.stdout.write(
                    f"{one.security} {one.as_of_on} {one.source}: {one.price:f}, in dispute with {one.disputed_with:f}"
                )
            return
        if not (options["accept"] or options["reject"]):
            raise CommandError("Write --accept or --reject.")
        found = [
            one
            for one in waiting
            if one.security.symbol == options["symbol"]
            and options["on"] in {None, one.as_of_on}
            and options["source"] in {None, one.source}
        ]
        if len(found) != 1:
            raise CommandError(
                f"{len(found)} disputed prices match. Select one by --on and --source, as the list prints it."
            )
        person = get_user_model().objects.filter(email__iexact=options["by"] or "", is_active=True).first()
        if person is None:
            raise CommandError(
                f"Nobody signs in as {options['by']}. Give the address of the person who decided after --by."
            )
        try:
            decided = price_disputes.decide(
                found[0],
                accept=options["accept"],
                reason=options["reason"],
                by=Actor.person(person),
                at=clock.now(),
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.sentence} {refusal.how_to_fix}") from refusal
        self.stdout.write(
            f"The price of {decided.security} on {decided.as_of_on} is {decided.get_standing_display().lower()}."
        )
