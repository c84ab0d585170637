"""Work a stored revision out again and say whether it comes to what was shown."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import clock
from compliance.people.actors import Actor
from rebalancing.models import Revision
from rebalancing.proposals import engines, replays

SAME, OTHERWISE, NOT_COMPARED = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Work a revision out again from its stored document and compare every figure; the result is on the audit trail. "
        "Exit codes: 0 the same, 1 something differs, 2 it could not be compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "revision", help="the proposal's id, or with the number of a revision: pr_7jkxy7506p4r/2"
        )
        parser.add_argument(
            "--engine",
            metavar="FOLDER",
            help="a checkout with the engine that made it, which then answers instead of the running one",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the result, with every difference, as JSON"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        revision = self._revision(options["revision"])
        engine = self._engine(options["engine"], revision)
        found = replays.replay(revision, by=Actor.system("replay command"), at=clock.now(), engine=engine)
        if options["json"]:
            told = {"same": found.is_same, "why_not": found.why_not, "sentence": found.sentence}
            told["answered_by"] = found.answered_by
            told |= {"differences": [asdict(one) for one in found.differences]}
            self.stdout.write(json.dumps(told, sort_keys=True))
        else:
            self.stdout.write(f"{revision.proposal.public_id}/{revision.number}: {found.sentence}")
            for one in found.differences:
                self.stdout.write(f"  {one}")
        if not found.is_same:
            sys.exit(NOT_COMPARED if found.why_not else OTHERWISE)

    def _engine(self, folder: str | None, revision: Revision) -> engines.Frozen | None:
        if folder is None:
            return None
        try:
            return engines.frozen(folder, recorded=revision.engine_version)
        except engines.NotAnEngine as problem:
            raise CommandError(str(problem), returncode=NOT_COMPARED) from None

    def _revision(self, named: str) -> Revision:
        public_id, _, number = named.partition("/")
        rows = Revision.objects.filter(proposal__public_id=public_id).select_related(
            "proposal__household", "policy__model__model", "review"
        )
        rows = rows.filter(number=int(number)) if number.isdecimal() else rows
        found = rows.order_by("-number").first()
        if found is None or (number and not number.isdecimal()):
            raise CommandError(f"There is no revision {named!r}.", returncode=NOT_COMPARED)
        return found
