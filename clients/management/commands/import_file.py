"""Imports custodian files from the command line: preview, then load unless it is a dry run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clients.imports import custodian_files
from clients.models import CustodianFile, FileAccount
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal

LEFT_OUT = {FileAccount.State.UNBOUND, FileAccount.State.REFUSED}


class Command(BaseCommand):
    help = (
        "Load custodian files in the order given; a folder stands for its files by name. "
        "Exit 0 when every account of every file is in the record (or would be), 1 when a file was refused or an "
        "account left out, 2 when a path cannot be read, before anything is taken in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, help="files, or folders of files")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what loading would do and keep nothing"
        )
        parser.add_argument(
            "--confirm",
            action="store_true",
            help="load also where a figure jumps or an account moved to another custodian",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object for each file")

    def handle(self, *_: Any, **options: Any) -> None:
        contents = [(path, _bytes_of(path)) for path in _paths(options["files"])]
        confirm = options["confirm"]
        if options["dry_run"]:
            # One transaction for all files, because a later file may depend on an earlier one.
            with transaction.atomic():
                told = [_taken_in(path, content, confirm=confirm) for path, content in contents]
                transaction.set_rollback(True)
        else:
            told = [_taken_in(path, content, confirm=confirm) for path, content in contents]
        for one in told:
            self.stdout.write(json.dumps(one) if options["json"] else _sentences(one))
        if not all(one["whole"] for one in told):
            raise CommandError("Not everything was loaded; see the lines above.", returncode=1)


def _paths(given: list[Path]) -> list[Path]:
    """The files to import: those of a folder by name, without hidden files and subfolders."""
    paths: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
            if not inside:
                raise CommandError(f"The folder {path} holds no files.", returncode=2)
            paths += inside
        elif path.exists():
            paths.append(path)
        else:
            raise CommandError(f"There is no file {path}.", returncode=2)
    return paths


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > custodian_files.SIZE_MAX:
            # Not read, because its size is enough to refuse it.
            raise CommandError(f"{path}: {custodian_files.too_large(path.stat().st_size)}", returncode=2)
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error


def _taken_in(path: Path, content: bytes, *, confirm: bool) -> dict[str, Any]:
    """Receive and load one file; returns the result or the refusal. A refusal does not stop other files."""
    by = Actor.system("import_file command")
    try:
        receipt = custodian_files.receive(
            content,
            name=path.name,
            channel=CustodianFile.Channel.COMMAND,
            user_id=None,
            by=by,
            at=clock.now(),
            at_once=lambda file, _: confirm or not file.preview["questions"],
        )
    except Refusal as refusal:
        return {
            "name": path.name,
            "layout": "",
            "state": CustodianFile.State.REFUSED.value,
            "is_known": False,
            "accounts": [],
            "left_out": [],
            "faults": [],
            "refusal": str(refusal),
            "whole": False,
        }
    file, why = receipt.file, ""
    if file.state == CustodianFile.State.PREVIEWED:
        try:
            confirmed = file.preview["confirm"] if confirm else ""
            file = custodian_files.load(
                file, parsed=receipt.parsed, confirmed=confirmed, user_id=None, by=by, at=clock.now()
            )
        except Refusal as refusal:
            why = str(refusal)
    return _told(file, is_known=receipt.is_known, refusal=why)


def _told(file: CustodianFile, *, is_known: bool, refusal: str) -> dict[str, Any]:
    accounts = [
        {"mask": one.mask, "label": one.label, "state": one.state, "counts": one.counts}
        for one in file.accounts.all()
    ]
    left_out = [one["mask"] or one["label"] for one in accounts if one["state"] in LEFT_OUT]
    return {
        "name": file.name,
        "layout": file.layout,
        "state": file.state,
        "is_known": is_known,
        "accounts": accounts,
        "left_out": left_out,
        "faults": file.faults,
        "refusal": refusal,
        "whole": file.state == CustodianFile.State.LOADED and not left_out,
    }


def _sentences(told: dict[str, Any]) -> str:
    known = ", the same bytes were received before" if told["is_known"] else ""
    lines = [f"{told['name']} ({told['layout'] or 'not recognized'}): {told['state']}{known}"]
    lines += [f"  {told['refusal']}"] if told["refusal"] else []
    lines += [f"  {one['mask']} {one['label']}: {one['state']} {one['counts']}" for one in told["accounts"]]
    lines += [
        f"  line {fault['line']}, {fault['column'] or 'whole line'}: {fault['rule']} {fault['how_to_fix']}"
        for fault in told["faults"]
    ]
    return "\n".join(lines)
