"""The record's tasks. Each may run twice and may be killed at any point."""

from __future__ import annotations

from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings

from clients.households import holds, recurring_cash
from clients.imports import drop_folder
from compliance import clock
from compliance.people.actors import Actor

log = structlog.get_logger("clients")


@shared_task(name="clients.watch_folder")
def watch_folder(**_: object) -> None:
    """Receive the files in the drop folder; does nothing where no folder is configured."""
    if not settings.DROP_FOLDER:
        return
    try:
        taken = drop_folder.receive_all(
            Path(settings.DROP_FOLDER), by=Actor.system("watched folder"), at=clock.now()
        )
    except drop_folder.FolderTrouble as trouble:
        log.error(str(trouble))
        return
    for one in taken:
        # The name is not logged, because custodians put account numbers into file names.
        log.info(
            "received a file",
            file=one.file.public_id if one.file else None,
            state=one.file.state if one.file else "refused",
            is_known=one.is_known,
        )


@shared_task(name="clients.generate_cash_flows")
def generate_cash_flows(**_: object) -> None:
    """Put the occurrences of recurring cash needs on record, some weeks ahead."""
    at = clock.now()
    made = recurring_cash.generate(
        on=at.astimezone(clock.EASTERN).date(), by=Actor.system("recurring cash needs"), at=at
    )
    if made:
        log.info("put recurring cash needs on record", made=made)


@shared_task(name="clients.expire_holds")
def expire_holds(**_: object) -> None:
    """Put the end of holds whose last day has passed on the trail."""
    at = clock.now()
    ended = holds.expire(on=at.astimezone(clock.EASTERN).date(), by=Actor.system("ends of holds"), at=at)
    if ended:
        log.info("noted holds that ended", ended=ended)
