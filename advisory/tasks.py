"""The tasks of the top floor."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from advisory.desk import digest
from advisory.health import health, promise_alarm, trail_alarm
from advisory.outward import deliveries, delivering
from advisory.people import denials
from compliance import clock
from compliance.people.actors import Actor
from rebalancing.promises import monitor


@shared_task(name="advisory.health.canary")
def canary(**_: object) -> None:
    """Prove that beat, broker and worker are alive."""
    health.record_canary()


@shared_task(name="advisory.demo_days", soft_time_limit=105, time_limit=115)
def demo_days(**_: object) -> None:
    """Add the next market day to a demonstration firm, up to the last close; does nothing where the record is no demonstration's.

    One day at a time, which the usual limit of a task is too short for on a busy machine: a day that is cut off begins again.
    """
    # By name: the showroom is a floor above.
    call_command("demo_day", if_demo=True, days=1)


@shared_task(name="advisory.people.tell_denials")
def tell_denials(**_: object) -> None:
    """Put refused attempts of minutes that are over on the trail."""
    denials.tell(at=clock.now())


@shared_task(name="advisory.health.tell_of_the_trail")
def tell_of_the_trail(**_: object) -> None:
    """Tell compliance, once, of an audit trail that is broken or that nothing has verified for two nights."""
    trail_alarm.tell(by=Actor.system("trail_alarm"), at=clock.now())


@shared_task(name="advisory.health.check_promises")
def check_promises(**_: object) -> None:
    """Look at every promise of the firm; the line on the trail is the monitor's heartbeat."""
    monitor.check(by=Actor.system("promise_monitor"), at=clock.now())


@shared_task(name="advisory.health.tell_of_promises")
def tell_of_promises(**_: object) -> None:
    """Tell compliance, once, of promises that are not kept or that nothing checks."""
    promise_alarm.tell(by=Actor.system("promise_alarm"), at=clock.now())


@shared_task(name="advisory.outward.deliver_webhooks")
def deliver_webhooks(**_: object) -> None:
    """Send what is due to the endpoints of webhooks."""
    delivering.run(by=Actor.system("webhooks"))


@shared_task(name="advisory.outward.forget_deliveries")
def forget_deliveries(**_: object) -> None:
    """Delete the log of deliveries that were settled long ago."""
    deliveries.forget(at=clock.now())


@shared_task(name="advisory.desk.send_digests")
def send_digests(**_: object) -> None:
    """Mail what waits for them to those who asked for a daily mail and have not had today's."""
    digest.send_due(by=Actor.system("digest"), at=clock.now())
