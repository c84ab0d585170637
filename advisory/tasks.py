"""The tasks of the top floor."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from advisory.health import health


@shared_task(name="advisory.health.canary")
def canary(**_: object) -> None:
    """Prove that beat, broker and worker are alive."""
    health.record_canary()


@shared_task(name="advisory.demo_days")
def demo_days(**_: object) -> None:
    """Bring a demonstration firm to the last close, day by day; does nothing where the record is no demonstration's."""
    # By name: the showroom is a floor above.
    call_command("demo_day", if_demo=True)
