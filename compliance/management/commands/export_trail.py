"""`manage.py export_trail`: the whole audit trail as a ZIP that can be checked without us."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import clock
from compliance.lists import events, trail_bundles
from compliance.models import AuditEvent
from compliance.people.actors import Actor


class Command(BaseCommand):
    help = (
        "Write the whole audit trail with its checkpoints, a manifest and the verifier to a ZIP, as the page does; for "
        "trails that take longer than a page may. The export is on the trail. Exit codes: 0 written, 1 not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, help="The file to write; one that exists is not written over.")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        try:
            with out.open("xb") as file:
                bundle = trail_bundles.take(
                    AuditEvent.objects.all(),
                    about=events.KIND.about,
                    filters="",
                    is_whole=True,
                    by=Actor.system("export_trail"),
                    at=clock.now(),
                )
                shutil.copyfileobj(bundle.file(), file)
        except OSError as problem:
            raise CommandError(f"{out} was not written ({problem}).") from None
        self.stdout.write(
            f"{out}: check it with `python3 verify_evenkeel.py {out}`. Manifest {bundle.sha256}."
        )
