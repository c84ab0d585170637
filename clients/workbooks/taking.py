"""Taking what is on record as a workbook; that it was taken is on the trail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from clients.models import Household
from clients.workbooks import writing
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.people import confirmations
from compliance.people.actors import Actor
from compliance.refusals import BadInput


def record_as(kind: str, households: Iterable[Household], *, by: Actor, at: datetime) -> bytes:
    """The households and the firm's own sheets as a file of a kind. Raises `BadInput` for an unknown kind."""
    if kind not in writing.FORMATS:
        raise BadInput("A workbook is exported as xlsx or csv.", "Choose one of the two.")
    about = fingerprint.of({"export": "everything on record", "kind": kind}, kind="export")
    confirmed = confirmations.required(by, about=about, deed="take everything on record out", at=at)
    rows = writing.everything(households)
    with transaction.atomic():
        audit.record(
            audit.Action.DATA_EXPORTED,
            about=audit.Ref("workbook", "record"),
            by=by,
            at=at,
            rows=sum(map(len, rows.values())),
            filters=f"kind={kind}",
            **confirmed,
        )
    return writing.as_file(rows, kind)
