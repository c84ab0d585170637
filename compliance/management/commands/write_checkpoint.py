"""`manage.py write_checkpoint`: record how far the audit trail reaches, to be kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import clock
from compliance.audit_trail import audit, checkpoints


class Command(BaseCommand):
    help = (
        "Verify the trail, then write a checkpoint of its end, signed if the firm has a key, and print it. "
        "Keep the line outside this machine. Exit codes: 0 written, 1 the trail is broken or empty."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, help="Append the line to this file as well.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mark = audit.write_checkpoint(by=audit.Actor.system("write_checkpoint"), at=clock.now())
        except (audit.BrokenTrail, checkpoints.BadCheckpoint) as problem:
            raise CommandError(str(problem)) from None
        line = checkpoints.as_json(mark)
        if options["out"]:
            with options["out"].open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        self.stdout.write(line)
