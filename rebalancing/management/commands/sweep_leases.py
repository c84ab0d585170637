"""Requeue what dead workers left and close what has ended; the schedule does the same every few seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rebalancing import tasks


class Command(BaseCommand):
    help = (
        "Return abandoned households to the queue, close finished scans and expired proposals. Always exit 0."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        tasks.sweep()
        self.stdout.write("Swept.")
