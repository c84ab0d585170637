"""Bring custodian files in from the command line: preview, and load unless it is a dry run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clients import custodian_files
from clients.models import CustodianFile
from compliance.actors import Actor
from compliance.clock import now
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Load custodian files in the order given. Exit 0 when every account of every file was loaded (or would be), "
        "1 when a file was refused or an account left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="show what loading would do and keep nothing"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object for each file")

    def handle(self, *_: Any, **options: Any) -> None:
        whole = True
        for path in options["files"]:
            try:
                content = path.read_bytes()
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
            try:
                file = self._load(path, content, dry_run=options["dry_run"])
            except Refusal as refusal:
                raise CommandError(f"{path.name}: {refusal}") from refusal
            told = _told(file)
            self.stdout.write(json.dumps(told) if options["json"] else _sentences(told))
            whole = whole and file.state != CustodianFile.State.REFUSED and not told["left_out"]
        if not whole:
            raise CommandError("Not everything was taken in; see the lines above.")

    def _load(self, path: Path, content: bytes, *, dry_run: bool) -> CustodianFile:
        by = Actor.system("import_file command")
        with transaction.atomic():
            receipt = custodian_files.receive(
                content, name=path.name, channel=CustodianFile.Channel.COMMAND, user_id=None, by=by, at=now()
            )
            file = receipt.file
            if file.state == CustodianFile.State.PREVIEWED and not dry_run:
                file = custodian_files.load(file, parsed=receipt.parsed, user_id=None, by=by, at=now())
            list(file.accounts.all())
            told = _told(file)
            if dry_run and not receipt.is_known:
                transaction.set_rollback(True)
        file.receipt = {**file.receipt, "told": told}
        return file


def _told(file: CustodianFile) -> dict[str, Any]:
    if "told" in file.receipt:
        told: dict[str, Any] = file.receipt["told"]
        return told
    accounts = [
        {"mask": one.mask, "label": one.label, "state": one.state, "counts": one.counts}
        for one in file.accounts.all()
    ]
    return {
        "name": file.name,
        "layout": file.layout,
        "state": file.state,
        "accounts": accounts,
        "left_out": [one["mask"] for one in accounts if one["state"] in {"unbound", "refused"}],
        "faults": file.faults,
    }


def _sentences(told: dict[str, Any]) -> str:
    lines = [f"{told['name']} ({told['layout'] or 'not recognised'}): {told['state']}"]
    lines += [f"  {one['mask']} {one['label']}: {one['state']} {one['counts']}" for one in told["accounts"]]
    lines += [
        f"  line {fault['line']}, {fault['column'] or 'whole line'}: {fault['rule']} {fault['how_to_fix']}"
        for fault in told["faults"]
    ]
    return "\n".join(lines)
