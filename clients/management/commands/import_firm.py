"""Loads the firm's own workbook from the command line: preview, then load unless it is a dry run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients import access
from clients.models import Workbook, WorkbookHousehold
from clients.workbooks import reading, workbooks
from clients.workbooks.opening.raw import BYTES_MAX
from compliance import clock
from compliance.people.actors import Actor
from compliance.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Load a workbook of households, accounts, policies, models and securities. Exit 0 when everything in it is on "
        "record (or would be), 1 when it or a household was refused, 2 when the file cannot be read or the person may "
        "not load it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the workbook: .xlsx, a ZIP of CSV, or YAML")
        parser.add_argument(
            "--as",
            dest="email",
            required=True,
            help="who answers for it: the address of a trader or administrator, who then cannot review its policies",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what loading would do and keep nothing"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        content = _bytes_of(options["file"])
        user = _loader(options["email"])
        if options["dry_run"]:
            told = _planned(workbooks.plan_of(reading.read(content), at=clock.now()))
        else:
            told = _loaded(content, name=options["file"].name, user=user)
        self.stdout.write(json.dumps(told) if options["json"] else _sentences(told))
        if not told["whole"]:
            raise CommandError("Not everything was loaded; see the lines above.", returncode=1)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise CommandError(
                f"{path} is larger than {BYTES_MAX // 1024 // 1024} MB. Split it.", returncode=2
            )
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error


def _loader(email: str) -> Any:
    user = get_user_model()._default_manager.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"Nobody of the firm signs in as {email}.", returncode=2)
    if refusal := access.refusal_to_load_workbooks(user):
        raise CommandError(refusal, returncode=2)
    return user


def _loaded(content: bytes, *, name: str, user: Any) -> dict[str, Any]:
    by, at = Actor.person(user), clock.now()
    try:
        workbook = workbooks.receive(
            content, name=name, channel=Workbook.Channel.COMMAND, user_id=user.pk, by=by, at=at
        ).workbook
        plan = workbooks.planned(workbook, at=at)
        if workbook.state == Workbook.State.PREVIEWED and plan.changes_anything:
            workbooks.confirm(workbook, seen=plan.digest, user_id=user.pk, by=by, at=at)
        if workbook.state != Workbook.State.REFUSED:
            workbooks.advance(workbook, by=by, at=at)
    except Refusal as refusal:
        raise CommandError(str(refusal), returncode=2) from refusal
    workbook.refresh_from_db()
    households = [
        {"code": row.code, "result": row.result, "state": row.state, "refusal": row.refusal}
        for row in workbook.households.all()
    ]
    failed = [one for one in households if one["state"] == "failed" or one["result"] == "refused"]
    return {
        "workbook": workbook.public_id,
        "state": workbook.state,
        "firm": [step["sentence"] for step in workbook.firm_changes],
        "households": households,
        "faults": workbook.faults,
        "whole": workbook.state != Workbook.State.REFUSED and not failed,
    }


def _planned(plan: workbooks.Plan) -> dict[str, Any]:
    return {
        "workbook": "",
        "state": "refused" if plan.is_refused else "previewed",
        "firm": [step.sentence for step in plan.firm.steps],
        "households": [
            {"code": one.code, "result": str(one.result), "state": "waiting", "refusal": ""}
            for one in plan.households
        ],
        "faults": [workbooks.fault_as_json(fault) for fault in plan.faults],
        "whole": not plan.faults,
    }


def _sentences(told: dict[str, Any]) -> str:
    results = [one["result"] for one in told["households"]]
    counts = ", ".join(f"{results.count(value)} {value}" for value in WorkbookHousehold.Result.values)
    lines = [f"{told['workbook'] or 'Dry run'}: {told['state']}; households: {counts}"]
    lines += [f"  {sentence}" for sentence in told["firm"]]
    lines += [f"  {one['code']}: {one['refusal']}" for one in told["households"] if one["refusal"]]
    lines += [
        f"  {fault['sheet'] or 'file'} row {fault['row']}, {fault['column'] or 'whole row'}: {fault['rule']} {fault['cure']}"
        for fault in told["faults"]
    ]
    return "\n".join(lines)
