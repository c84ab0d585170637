"""What runs by the timetable: looking after the trail, and forgetting what need not be kept. All may run twice."""

from __future__ import annotations

from celery import shared_task

from compliance import clock, repeats
from compliance.audit_trail import audit


@shared_task(name="compliance.verify_trail")
def verify_trail(**_: object) -> None:
    """Check the whole trail and write down what was found, for the trail's page and for alerts."""
    audit.verify_and_record(by=audit.Actor.system("verify_trail"), at=clock.now())


@shared_task(name="compliance.write_checkpoint")
def write_checkpoint(**_: object) -> None:
    """Note how far the trail reaches, once a day."""
    audit.write_checkpoint(by=audit.Actor.system("write_checkpoint"), at=clock.now())


@shared_task(name="compliance.forget_request_keys")
def forget_request_keys(**_: object) -> None:
    """Drop the keys of API requests that nobody will send again, with the answers kept for them."""
    repeats.forget(at=clock.now())
