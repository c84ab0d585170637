"""The starter set that is shipped with the product: a workbook like any other, previewed before it is loaded."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from clients.models import Workbook
from clients.workbooks import workbooks
from compliance.people.actors import Actor

FILE = Path(__file__).with_name("starter.yaml")
NAME = "Starter set: classes, securities and example models"


def receive(*, user_id: int, by: Actor, at: datetime) -> workbooks.Receipt:
    """Preview the starter set against the record."""
    return workbooks.receive(
        FILE.read_bytes(), name=NAME, channel=Workbook.Channel.SHIPPED, user_id=user_id, by=by, at=at
    )
