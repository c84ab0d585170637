"""`manage.py grant_privileges`: limit what the running product may do in its own database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.audit_trail import privileges


class Command(BaseCommand):
    help = (
        "Give the runtime database role its rights: ordinary tables to read and write, history to add to, the audit "
        "trail to read and to append to through one function. Run it as the owner after every migration. "
        "Exit codes: 0 done (also when owner and runtime role are one, with a warning), 1 no such role."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--role", default=getattr(settings, "APP_ROLE", ""), help="The runtime database role."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["role"]:
            raise CommandError("Name the runtime role: --role evenkeel_app.")
        try:
            granted = privileges.grant(options["role"])
        except privileges.NoSuchRole as problem:
            raise CommandError(str(problem)) from None
        if granted.warning:
            self.stderr.write(self.style.WARNING(granted.warning))
            return
        self.stdout.write(
            f"{granted.role} may write {granted.writable} tables, only add to {granted.add_only} "
            f"and only read {granted.read_only}."
        )
