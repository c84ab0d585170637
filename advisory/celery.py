"""The Celery app. A message only says that there is work; the work itself is rows in the database."""

from __future__ import annotations

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisory.settings")
# A SIGTERM hands unfinished tasks back to the queue at once instead of after the visibility timeout.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

from django.conf import settings  # The module name above must be set first.

QUEUES = ("scan", "proposal", "import", "letters", "system")

app = Celery("evenkeel")
app.conf.update(
    broker_url=settings.REDIS_URL,
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    result_serializer="json",
    event_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=45,
    task_time_limit=60,
    worker_concurrency=settings.WORKER_CONCURRENCY,
    worker_max_tasks_per_child=200,
    worker_soft_shutdown_timeout=2.0,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    worker_proc_alive_timeout=30,
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="system",
    task_create_missing_queues=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A web request sends a message and continues; an unavailable broker must not block it.
    task_publish_retry=False,
    broker_transport_options={
        # Longer than the longest task, or it would run twice; the sweep requeues lost work sooner.
        "visibility_timeout": 120,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "health_check_interval": 25,
        "socket_connect_timeout": 1 if settings.PROCESS == "worker" else 0.4,
        # Workers wait for messages; all other processes only send them, and a broker that hangs must not
        # block them.
        "socket_timeout": 5 if settings.PROCESS == "worker" else 0.4,
        "socket_keepalive": True,
        **({} if settings.PROCESS == "worker" else {"max_retries": 0}),
    },
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_max_loop_interval=5,
)
# Threads of the web server must find this app too when they send a task.
app.set_default()
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
