"""Scheduled jobs: verifying the trail, writing checkpoints, deleting old request keys. All may run twice."""

from __future__ import annotations

from celery import shared_task

from compliance import clock, repeats
from compliance.audit_trail import audit, carrying


@shared_task(name="compliance.verify_trail")
def verify_trail(**_: object) -> None:
    """Verify the whole trail and record the result, for the trail's page and for alerts."""
    audit.verify_and_record(by=audit.Actor.system("verify_trail"), at=clock.now())


@shared_task(name="compliance.write_checkpoint")
def write_checkpoint(**_: object) -> None:
    """Write the daily checkpoint of the trail."""
    audit.write_checkpoint(by=audit.Actor.system("write_checkpoint"), at=clock.now())


@shared_task(name="compliance.carry_checkpoints")
def carry_checkpoints(**_: object) -> None:
    """Carry checkpoints to where the settings say; what was not delivered is tried again."""
    carrying.carry(by=audit.Actor.system("carry_checkpoints"), at=clock.now())


@shared_task(name="compliance.forget_request_keys")
def forget_request_keys(**_: object) -> None:
    """Delete expired idempotency keys and their answers."""
    repeats.forget(at=clock.now())
