"""The schedule: one line per job. Times are in UTC; the job decides which market day a run belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from celery import Task
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, PeriodicTasks

from advisory import tasks
from clients import tasks as record
from compliance import tasks as trail
from rebalancing import tasks as pipeline


@dataclass(frozen=True, slots=True)
class Clock:
    """Times of day in UTC, in the notation of cron; `mon-fri` for weekdays."""

    hour: str
    minute: str = "0"
    day_of_week: str = "*"


@dataclass(frozen=True, slots=True)
class Job:
    """A task, when it runs and in which queue. A message not consumed before the next one expires."""

    name: str
    task: Task[..., None]
    when: timedelta | Clock
    queue: str = "system"


JOBS = (
    Job("canary", tasks.canary, timedelta(seconds=30)),
    Job("start the day's scan", pipeline.tick, timedelta(minutes=1)),
    Job("import from the drop folder", record.watch_folder, timedelta(minutes=1), queue="import"),
    Job("bring the demonstration to the last close", tasks.demo_days, timedelta(minutes=2), queue="import"),
    Job("put recurring cash needs on record", record.generate_cash_flows, Clock(hour="*", minute="10")),
    Job("note the holds that ended", record.expire_holds, Clock(hour="*", minute="20")),
    Job("note the client restrictions that ended", record.expire_restrictions, Clock(hour="*", minute="25")),
    Job("note the balances of December 31", record.note_year_end_balances, Clock(hour="*", minute="35")),
    Job("load confirmed workbooks", record.load_workbooks, timedelta(seconds=15), queue="import"),
    Job("adopt signed policies", record.adopt_policies, timedelta(minutes=15)),
    Job("bring proposals to the day's prices", pipeline.renew, timedelta(minutes=10), queue="proposal"),
    Job("compare new files with our book", pipeline.reconcile, timedelta(minutes=1), queue="import"),
    Job("ask the monitors", pipeline.watch, timedelta(minutes=10)),
    Job("send released orders", pipeline.send_orders, timedelta(seconds=15)),
    Job("requeue abandoned work", pipeline.sweep, timedelta(seconds=15)),
    Job("verify the audit trail", trail.verify_trail, Clock(hour="*", minute="45")),
    Job("tell compliance of a broken trail", tasks.tell_of_the_trail, timedelta(minutes=10)),
    Job("check the firm's promises", tasks.check_promises, Clock(hour="*", minute="50")),
    Job("tell compliance of promises not kept", tasks.tell_of_promises, timedelta(minutes=10)),
    Job("put refused attempts on the trail", tasks.tell_denials, timedelta(minutes=1)),
    Job("mail the daily digests", tasks.send_digests, timedelta(minutes=10), queue="letters"),
    Job("deliver webhooks", tasks.deliver_webhooks, timedelta(seconds=15), queue="letters"),
    Job("delete old deliveries of webhooks", tasks.forget_deliveries, Clock(hour="9", minute="50")),
    Job("delete old request keys", trail.forget_request_keys, Clock(hour="*", minute="40")),
    Job("write the trail's checkpoint", trail.write_checkpoint, Clock(hour="10", minute="15")),
    Job("carry checkpoints outside", trail.carry_checkpoints, timedelta(minutes=10)),
)


def sync() -> list[str]:
    """Update beat's tables from JOBS and return the names of all jobs.

    An operator's choice to disable a job is kept. A job no longer listed is removed.
    """
    with transaction.atomic():
        for job in JOBS:
            PeriodicTask.objects.update_or_create(name=job.name, defaults=_row(job))
        PeriodicTask.objects.exclude(name__in=[job.name for job in JOBS]).delete()
        PeriodicTasks.update_changed()
    return [job.name for job in JOBS]


def _row(job: Job) -> dict[str, object]:
    row: dict[str, object] = {
        "task": job.task.name,
        "queue": job.queue,
        "interval": None,
        "crontab": None,
        "expire_seconds": None,
    }
    if isinstance(job.when, timedelta):
        seconds = int(job.when.total_seconds())
        row["interval"], _ = IntervalSchedule.objects.get_or_create(
            every=seconds, period=IntervalSchedule.SECONDS
        )
        row["expire_seconds"] = seconds
    else:
        row["crontab"], _ = CrontabSchedule.objects.get_or_create(
            minute=job.when.minute,
            hour=job.when.hour,
            day_of_week=job.when.day_of_week,
            day_of_month="*",
            month_of_year="*",
            timezone="UTC",
        )
    return row
