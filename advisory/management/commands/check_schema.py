"""`manage.py check_schema`: whether the live tables are those of this version."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from advisory.health import schema


class Command(BaseCommand):
    help = "Compare the live tables with this version: columns, constraints, indexes, triggers."

    def handle(self, *args: Any, **options: Any) -> None:
        found = schema.differences()
        if found:
            raise CommandError("\n".join([*found, f"{schema.WAY_OUT}."]))
        self.stdout.write("The tables are those of this version.")
