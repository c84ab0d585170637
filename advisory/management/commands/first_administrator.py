from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advisory.people import invitations
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = "Invite the first administrator of an empty record, and print the link with which they choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="first and last name")

    def handle(self, *args: object, **options: object) -> None:
        by, at = Actor.system("operator"), clock.now()
        try:
            sent = invitations.invite_first_administrator(
                str(options["email"]), name=str(options["name"]), by=by, at=at
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        until = clock.moment_text(sent.invitation.expires_at)
        self.stdout.write(
            f"{sent.user} chooses a password here; the link works once, until {until}:\n{sent.link}"
        )
