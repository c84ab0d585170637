from __future__ import annotations

from datetime import timedelta

import pytest
from django_celery_beat.models import PeriodicTask

from advisory import celery, schedule, tasks
from advisory.schedule import Clock, Job

pytestmark = pytest.mark.django_db


def rows() -> set[tuple[str, str, str, str]]:
    return {
        (row.name, row.task, row.queue, str(row.interval or " ".join(str(row.crontab).split())))
        for row in PeriodicTask.objects.all()
    }


def test_the_timetable_is_what_the_list_says_also_when_synced_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = (
        Job("canary", tasks.canary, timedelta(seconds=30)),
        Job("night", tasks.canary, Clock(hour="22", minute="30", day_of_week="mon-fri"), queue="scan"),
    )
    monkeypatch.setattr(schedule, "JOBS", jobs)

    schedule.sync()
    assert schedule.sync() == ["canary", "night"]

    assert rows() == {
        ("canary", "advisory.health.canary", "system", "every 30 seconds"),
        ("night", "advisory.health.canary", "scan", "30 22 * * mon-fri (m/h/dM/MY/d) UTC"),
    }


def test_a_job_no_longer_listed_is_removed_and_one_switched_off_stays_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = (
        Job("canary", tasks.canary, timedelta(seconds=30)),
        Job("old", tasks.canary, timedelta(minutes=5)),
    )
    monkeypatch.setattr(schedule, "JOBS", both)
    schedule.sync()
    PeriodicTask.objects.update(enabled=False)

    monkeypatch.setattr(schedule, "JOBS", both[:1])
    schedule.sync()

    assert list(PeriodicTask.objects.values_list("name", "enabled")) == [("canary", False)]


def test_every_job_of_the_product_has_its_own_name_and_a_queue_the_workers_read() -> None:
    names = [job.name for job in schedule.JOBS]

    assert len(names) == len(set(names))
    assert {job.queue for job in schedule.JOBS} <= set(celery.QUEUES)
