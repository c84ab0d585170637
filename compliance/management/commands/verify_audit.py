"""`manage.py verify_audit`: verifies that the audit trail is as it was written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from compliance.audit_trail import audit, checkpoints

INTACT, BROKEN, NOT_CHECKED = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Re-compute the whole audit chain and compare it with its head, its checkpoints and everything decided. "
        "Exit codes: 0 intact, 1 broken (every difference is named), 2 could not be checked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            type=Path,
            help="Checkpoints kept outside the database (a file or a folder of them); may be given again.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outside = [mark for path in options["checkpoint"] for mark in _read(path)]
            found = audit.verify(against=outside)
        except (checkpoints.BadCheckpoint, DatabaseError, OSError) as problem:
            raise CommandError(
                f"The trail could not be checked: {problem}", returncode=NOT_CHECKED
            ) from problem
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(found), sort_keys=True))
        elif found.first_bad is None:
            self.stdout.write(
                f"Intact: {found.events_count:,} events, {found.checkpoints_count} checkpoints, "
                f"{found.sealed_count:,} decided things as recorded, "
                f"ends at #{found.last_seq} with {found.last_hash[:12]}."
            )
        elif found.faults:
            self.stdout.write(f"BROKEN: {len(found.faults)} decided things are not as they were recorded.")
            for fault in found.faults:
                told = f"#{fault.seq}" if fault.seq else "no event"
                self.stdout.write(f"  {fault} ({told})")
        else:
            self.stdout.write(f"BROKEN at event #{found.first_bad.seq}: {found.first_bad.problem}.")
        if not found.is_intact:
            sys.exit(BROKEN)


def _read(path: Path) -> list[checkpoints.Checkpoint]:
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [checkpoints.from_json(line) for line in lines if line.strip()]


def _as_dict(found: audit.Verification) -> dict[str, object]:
    bad = found.first_bad
    return {
        "intact": found.is_intact,
        "events": found.events_count,
        "last_seq": found.last_seq,
        "last_hash": found.last_hash,
        "checkpoints": found.checkpoints_count,
        "decided": found.sealed_count,
        "faults": [
            {"thing": one.thing, "recorded": one.recorded, "now": one.stands, "seq": one.seq}
            for one in found.faults
        ],
        "first_bad": {"seq": bad.seq, "problem": bad.problem} if bad else None,
    }
