"""The audit trail as a bundle that can be checked without us: events, checkpoints and the verifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit_trail import chain, checkpoints, verify_evenkeel
from compliance.digests import canonical
from compliance.lists import bundles
from compliance.lists.bundles import Bundle
from compliance.lists.cells import Cell
from compliance.models import AuditEvent
from compliance.people.actors import Actor

COLUMNS = ("seq", "occurred_at", "stated_at", *chain.HASHED_TEXTS, "prev_hash", "hash")
CHUNK = 2_000


@dataclass
class _Ends:
    """The first and the last event that went into the bundle."""

    first: tuple[Any, ...] | None = None
    last: tuple[Any, ...] | None = None
    count: int = 0


def take(
    events: QuerySet[AuditEvent],
    *,
    about: tuple[str, str],
    filters: str,
    is_whole: bool,
    by: Actor,
    at: datetime,
) -> Bundle:
    """The events as a bundle, with its line on the trail. `is_whole`: no event is left out."""
    bundle = Bundle(at=at)
    trail = add_trail(bundle, events, is_whole=is_whole)
    bundle.close(bundles.asking(about, filters, by=by, at=at), trail=trail)
    bundles.record(bundle, about, rows=int(str(trail["events"])), filters=filters, by=by, at=at)
    return bundle


def add_trail(bundle: Bundle, events: QuerySet[AuditEvent], *, is_whole: bool) -> dict[str, object]:
    """Add the events, the checkpoints and the verifier, and return what the manifest says of them."""
    # Before the events, so that none of them names an event that is not in the bundle.
    marks = checkpoints.stored()
    ends = _Ends()
    bundle.add_rows("trail", COLUMNS, _rows(events, ends))
    bundle.add_lines("checkpoints.jsonl", [checkpoints.as_json(mark) for mark in marks])
    bundle.add("verify_evenkeel.py", Path(verify_evenkeel.__file__).read_bytes())
    first, last = ends.first, ends.last
    return {
        "whole": is_whole,
        "events": ends.count,
        "first_seq": first and first[0],
        "first_prev_hash": first and first[-2],
        "first_hash": first and first[-1],
        "last_seq": last and last[0],
        "last_hash": last and last[-1],
        "checkpoints": len(marks),
    }


def _rows(events: QuerySet[AuditEvent], ends: _Ends) -> Iterator[tuple[Cell, ...]]:
    """One statement is one snapshot: an event that is appended meanwhile is not in it."""
    with transaction.atomic():
        for row in events.order_by("seq").values_list(*COLUMNS).iterator(chunk_size=CHUNK):
            ends.first, ends.last, ends.count = ends.first or row, row, ends.count + 1
            seq, occurred_at, stated_at, *rest = row
            # Moments as they are hashed, in both files: to the microsecond.
            yield seq, canonical.moment_text(occurred_at), canonical.moment_text(stated_at), *rest
