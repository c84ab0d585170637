"""`manage.py drill`: proves that a backup of today brings the record back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from advisory.health import drill
from compliance import clock
from compliance.people.actors import Actor


class Command(BaseCommand):
    help = "Back up, restore beside the running database, verify the copy, compare it, and drop it; run it as the owner of the tables."

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory(prefix="evenkeel-drill-") as work:
            try:
                done = drill.run(Path(work), by=Actor.system("drill"), at=clock.now())
            except drill.Failed as failure:
                raise CommandError(f"The backup does not bring the record back. {failure}") from failure
        for step, seconds in done.seconds.items():
            self.stdout.write(f"{step:<22}{seconds:>8.1f} s")
        self.stdout.write(
            f"Restored: {done.rows_count:,} rows of {done.tables_count} tables and {done.files_count:,} files "
            f"({done.bytes_count:,} bytes) as of {done.recovery_point:%Y-%m-%d %H:%M:%S %Z}."
        )
