from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.models import User
from advisory.people import users
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = "Remove the second factors of a person whom nobody in the firm can help, such as its only administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--reason", required=True, help="how you made sure that it is them; stays on record"
        )

    def handle(self, *args: object, **options: object) -> None:
        user = User.objects.filter(email__iexact=str(options["email"]), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        try:
            users.reset_factors(
                user, reason=str(options["reason"]), alone=True, by=Actor.system("operator"), at=clock.now()
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"The second factors of {user} are removed; they enroll again after signing in.")
