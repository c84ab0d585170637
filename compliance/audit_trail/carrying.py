"""Checkpoints carried outside: to a folder, to an object store, by mail, as the installation's settings say.

The trail itself is the list of what was delivered: each delivery is an event, and whatever of the last month has none for a
place is carried there by the next run. What cannot be delivered is logged and told by `doctor` after a day.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from compliance.audit_trail import audit, checkpoints, object_store
from compliance.audit_trail.checkpoints import Checkpoint
from compliance.models import AuditEvent
from compliance.people.actors import Actor

log = structlog.get_logger("compliance.checkpoints")

LAST = 31
"""So many checkpoints, a month of them, are carried to a place that is new or was away."""
LATE_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where checkpoints are carried to. `carry` raises OSError where it cannot."""

    name: str
    carry: Callable[[Checkpoint], None]


def places() -> list[Place]:
    """The places that the settings name."""
    found = []
    if folder := settings.AUDIT_CHECKPOINT_FOLDER:
        found.append(Place(f"folder {folder}", lambda mark: _put(mark, Path(folder))))
    if url := settings.AUDIT_CHECKPOINT_STORE:
        found.append(Place(f"store {url}", _store))
    if addresses := settings.AUDIT_CHECKPOINT_MAIL:
        found.append(Place(f"mail {', '.join(addresses)}", lambda mark: _mail(mark, addresses)))
    return found


def waiting(place: Place) -> list[Checkpoint]:
    """The checkpoints of the last month that are not at a place yet, oldest first."""
    marks = checkpoints.stored()[-LAST:]
    told = AuditEvent.objects.filter(
        action=audit.Action.CHECKPOINT_CARRIED,
        about_kind="auditcheckpoint",
        about_id__in=[str(mark.seq) for mark in marks],
    )
    there = {
        about
        for about, facts in told.values_list("about_id", "facts")
        if json.loads(facts)["to"] == place.name
    }
    return [mark for mark in marks if str(mark.seq) not in there]


def carry(*, by: Actor, at: datetime) -> int:
    """Carry what waits, oldest first, and return how many were delivered. A place that is away does not stop the others."""
    count = 0
    for place in places():
        for mark in waiting(place):
            try:
                place.carry(mark)
            except OSError as problem:  # SMTPException is one.
                log.error("a checkpoint was not delivered", to=place.name, seq=mark.seq, error=str(problem))
                break
            with transaction.atomic():
                audit.record(
                    audit.Action.CHECKPOINT_CARRIED,
                    about=audit.Ref("auditcheckpoint", str(mark.seq)),
                    by=by,
                    at=at,
                    to=place.name,
                    root=mark.root,
                    is_signed=bool(mark.signature),
                )
            log.info("a checkpoint was delivered", to=place.name, seq=mark.seq)
            count += 1
    return count


def trouble(*, at: datetime) -> str:
    """The places where a checkpoint is missing for more than a day; empty when there is none."""
    late = [
        f"{place.name} lacks {len(missing)}, the first of {missing[0].written_at:%Y-%m-%d}"
        for place in places()
        if (missing := waiting(place)) and at - missing[0].written_at > LATE_AFTER
    ]
    return f"checkpoints are not delivered: {'; '.join(late)}" if late else ""


def _put(mark: Checkpoint, folder: Path) -> None:
    """A file of its own for each, written completely or not at all, and never over another."""
    line = _line(mark)
    path = folder / _name(mark)
    if path.exists():
        if path.read_text(encoding="utf-8") != line:
            raise FileExistsError(f"{path} holds another checkpoint; compare both before anything else")
        return
    beside = path.with_suffix(".part")
    with beside.open("w", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _store(mark: Checkpoint) -> None:
    object_store.put(_name(mark), _line(mark).encode())


def _name(mark: Checkpoint) -> str:
    return f"checkpoint-{mark.seq:015}.json"


def _line(mark: Checkpoint) -> str:
    return f"{checkpoints.as_json(mark)}\n"


def _mail(mark: Checkpoint, addresses: list[str]) -> None:
    text = (
        f"{checkpoints.as_json(mark)}\n\n"
        f"The audit trail had {mark.events_count:,} events at {mark.written_at:%Y-%m-%d %H:%M} UTC. Keep this message: "
        "`verify_evenkeel.py` and `manage verify_audit` compare the trail with the line above.\n"
    )
    EmailMessage(f"Audit checkpoint #{mark.seq} of {settings.ADDRESS}", text, to=addresses).send()
