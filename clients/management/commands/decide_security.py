from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients.models import Security
from clients.securities import decisions
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = "Record compliance's decision about a security: its wash-sale group, or an approved replacement."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("symbol")
        parser.add_argument("--by", required=True, help="e-mail of the compliance officer who decided")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--wash-group", help="the group's code; an empty text for none")
        what.add_argument("--replacement", help="the symbol of what may be bought instead")
        parser.add_argument("--reason", default="", help="why the securities belong together")

    def handle(self, *args: object, **options: Any) -> None:
        person = get_user_model().objects.filter(email__iexact=options["by"], is_active=True).first()
        if person is None:
            raise CommandError(
                f"Nobody signs in as {options['by']}. Give the address of a compliance officer."
            )
        security, by, at = _known(options["symbol"]), Actor.person(person), clock.now()
        try:
            if options["replacement"]:
                decisions.approve_replacement(security, _known(options["replacement"]), by=by, at=at)
            else:
                decisions.decide_wash_group(
                    security, code=options["wash_group"], reason=options["reason"], by=by, at=at
                )
        except Refusal as refusal:
            raise CommandError(f"{refusal.sentence} {refusal.how_to_fix}") from refusal
        self.stdout.write(f"{security} is as {person} decided; files do not change it.")


def _known(symbol: str) -> Security:
    security = Security.objects.filter(symbol=symbol).first()
    if security is None:
        raise CommandError(f"No security {symbol} is on record. Load a file that describes it first.")
    return security
