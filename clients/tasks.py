"""The record's tasks. Each may run twice and may be killed at any point."""

from __future__ import annotations

from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings

from clients.holdings import year_end_balances
from clients.households import holds, recurring_cash
from clients.imports import drop_folder
from clients.policies import client_restrictions, drafts, signatures
from clients.workbooks import workbooks
from compliance import clock
from compliance.broker import notifications
from compliance.people.actors import Actor

LOAD_SECONDS = 25

log = structlog.get_logger("clients")


@shared_task(name="clients.watch_folder")
def watch_folder(**_: object) -> None:
    """Receive the files in the drop folder; does nothing where no folder is configured."""
    if not settings.DROP_FOLDER:
        return
    try:
        taken = drop_folder.receive_all(
            Path(settings.DROP_FOLDER),
            by=Actor.system("watched folder"),
            at=clock.now(),
            share=lambda: notifications.notify(watch_folder, queue="import"),
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


@shared_task(name="clients.expire_restrictions")
def expire_restrictions(**_: object) -> None:
    """Put the end of clients' restrictions whose last day has passed on the trail."""
    at = clock.now()
    ended = client_restrictions.expire(
        on=at.astimezone(clock.EASTERN).date(), by=Actor.system("ends of restrictions"), at=at
    )
    if ended:
        log.info("noted restrictions that ended", ended=ended)


@shared_task(name="clients.note_year_end_balances")
def note_year_end_balances(**_: object) -> None:
    """Write down the balances of December 31 while they are on record."""
    at = clock.now()
    noted = year_end_balances.note(
        on=at.astimezone(clock.EASTERN).date(), by=Actor.system("balances of December 31"), at=at
    )
    if noted:
        log.info("noted balances of December 31", noted=noted)


@shared_task(name="clients.load_workbooks")
def load_workbooks(**_: object) -> None:
    """Load confirmed workbooks household by household until the time is up; then queue another turn."""
    for workbook in workbooks.waiting():
        # Whoever confirmed the preview answers for what it does.
        by = (
            Actor.person(workbook.confirmed_by)
            if workbook.confirmed_by
            else Actor.system("import_firm command")
        )
        if not workbooks.advance(workbook, by=by, at=clock.now(), seconds_max=LOAD_SECONDS):
            load_soon()
            return


def load_soon() -> None:
    """Tell a worker that a workbook is confirmed; without one the schedule's next turn finds it."""
    notifications.notify(load_workbooks, queue="import")


@shared_task(name="clients.adopt_policies")
def adopt_policies(**_: object) -> None:
    """Adopt the signed policies whose day has come; those whose review or approval is over are drafts again."""
    at = clock.now()
    signatures.adopt_due(by=signatures.ADOPTION, at=at)
    drafts.take_back_settled(by=Actor.system("ends of reviews"), at=at)
