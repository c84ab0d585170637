"""Scans of one market day after another, on the prices of the last Friday unless a test says others."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

from clients.models import Account, Price, Security
from compliance.people.actors import Actor
from rebalancing.models import Reading, ScanRun
from rebalancing.scans import readings, scans
from tests.clock import LAST_FRIDAY


def scan_of(market_on: date, at: datetime | None = None) -> Reading:
    """The scan of a day, in its evening; the reading of the only household."""
    at = at or datetime.combine(market_on, time(23), tzinfo=UTC)
    for price in Price.objects.filter(as_of_on=LAST_FRIDAY):
        Price.objects.get_or_create(
            security=price.security,
            as_of_on=market_on,
            source=price.source,
            defaults={"price": price.price, "received_at": at},
        )
    run = scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=market_on,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=at,
    )
    scans.work(worker="here", now=lambda: at, do=readings.read, run=run, households_max=100)
    return Reading.objects.get(run=run)


def priced(symbol: str, day: date, price: str | Decimal | int) -> None:
    """A close of that day, as a file would bring it."""
    like = Price.objects.filter(as_of_on=LAST_FRIDAY).first()
    assert like is not None
    Price.objects.update_or_create(
        security=Security.objects.get(symbol=symbol),
        as_of_on=day,
        source=like.source,
        defaults={"price": Decimal(price), "received_at": like.received_at},
    )


def closed_on(day: date) -> None:
    """The closes of a market day, those of the last Friday again, and every account reconciled with its file of that day. What
    is in the accounts stays as it was: the file of the day's trades is not loaded.
    """
    for price in Price.objects.filter(as_of_on=LAST_FRIDAY):
        Price.objects.get_or_create(
            security=price.security,
            as_of_on=day,
            source=price.source,
            defaults={"price": price.price, "received_at": price.received_at},
        )
    Account.objects.filter(reconciled_on__isnull=False).update(reconciled_on=day)
