from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients.models import AssetClass
from clients.securities import asset_classes
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = "Record compliance's decision whether an asset class counts as stocks for clients' risk caps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="the class's code, for example us_stock")
        parser.add_argument(
            "--stocks", required=True, choices=("yes", "no"), help="whether it counts as stocks"
        )
        parser.add_argument("--by", required=True, help="e-mail of the compliance officer who decided")
        parser.add_argument("--reason", required=True, help="why, in a sentence")

    def handle(self, *args: object, **options: Any) -> None:
        person = get_user_model().objects.filter(email__iexact=options["by"], is_active=True).first()
        if person is None:
            raise CommandError(
                f"Nobody signs in as {options['by']}. Give the address of a compliance officer."
            )
        found = AssetClass.objects.filter(code=options["code"]).first()
        if found is None:
            known = ", ".join(AssetClass.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"No asset class {options['code']} is on record. On record: {known}.")
        try:
            asset_classes.decide(
                found,
                is_equity=options["stocks"] == "yes",
                reason=options["reason"],
                by=Actor.person(person),
                at=clock.now(),
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.sentence} {refusal.how_to_fix}") from refusal
        self.stdout.write(
            f"{found} {'counts' if options['stocks'] == 'yes' else 'does not count'} as stocks."
        )
