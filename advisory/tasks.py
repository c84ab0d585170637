"""The tasks of the top floor."""

from __future__ import annotations

from celery import shared_task

from advisory.health import health


@shared_task(name="advisory.health.canary")
def canary(**_: object) -> None:
    """Prove that beat, broker and worker are alive."""
    health.record_canary()
