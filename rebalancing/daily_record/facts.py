"""What a household's days are told from: its readings, the firm's runs, the calendar, and prices of its classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min, QuerySet

from clients.models import Household, Price, SleeveMember, Transaction
from clients.models.securities import CASH_CLASS
from clients.policies import policies
from clients.securities import securities
from compliance.firm import firm_settings
from compliance.models import SettingVersion
from rebalancing import market_days
from rebalancing.daily_record import lines, waiting_cost
from rebalancing.daily_record.folding import Stretch
from rebalancing.daily_record.lines import Calendar, ClassStood, Line, Read, RunOfDay
from rebalancing.daily_record.waiting_cost import Estimate, Priced
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Reading, ScanRun
from rebalancing.portfolios.market import Market
from rebalancing.scans import timetable

WEEKDAYS = 5
HELD_BACK = frozenset({"holds", "partly"})
_READ = (
    *("public_id", "run__market_on", "outcome", "reason", "read_at", "triggers", "holds", "worst_class"),
    *("worst_drift", "outside_value", "measures", "looked"),
)


def of(
    readings: QuerySet[Reading], household: Household, *, first_on: date, last_on: date, at: datetime
) -> tuple[Line, ...]:
    """The lines of a household's weekdays in a span, of the readings that this person may see; five queries."""
    found: dict[date, list[Read]] = defaultdict(list)
    seen = readings.filter(household=household, run__market_on__range=(first_on, last_on))
    for row in seen.order_by("read_at", "pk").values(*_READ):
        found[row["run__market_on"]].append(_read(row))
    runs = ScanRun.objects.filter(market_on__range=(first_on, last_on), scan=ScanRun.Scan.DAILY)
    return lines.of_days(
        weekdays(first_on, last_on),
        opened_on=household.opened_on,
        closed_on=household.closed_on,
        read=found,
        runs=[RunOfDay(*row) for row in runs.order_by().values_list("market_on", "state")],
        calendar=calendar(first_on, last_on, at=at),
    )


def weekdays(first_on: date, last_on: date) -> list[date]:
    """Monday to Friday, both ends included."""
    days = (first_on + timedelta(days=number) for number in range((last_on - first_on).days + 1))
    return [day for day in days if day.weekday() < WEEKDAYS]


def calendar(first_on: date, last_on: date, *, at: datetime) -> Calendar:
    """What is known of the days of a span: three queries, whatever its length."""
    sessions = frozenset(_sessions(first_on, last_on))
    versions = list(SettingVersion.objects.filter(effective_on__lte=last_on))
    scan_days, startable = set(), set()
    for day in sessions:
        figures = firm_settings.folded(versions, on=day)
        if timetable.is_scan_day(day, figures):
            scan_days.add(day)
        if at >= timetable.starts_at(day, figures):
            startable.add(day)
    priced = Price.objects.filter(as_of_on__range=(first_on, last_on)).order_by().values_list("as_of_on")
    return Calendar(
        sessions=sessions,
        scan_days=frozenset(scan_days),
        startable=frozenset(startable),
        priced=frozenset(day for (day,) in priced.distinct()),
        first_scan_on=ScanRun.objects.aggregate(first=Min("market_on"))["first"],
    )


def _sessions(first_on: date, last_on: date) -> Iterable[date]:
    days = new_york()
    first = max(first_on, date(days.year_first, 1, 1))
    last = min(last_on, date(days.year_last, 12, 31))
    return days.sessions_between(first, last) if first <= last else ()


def _read(row: Mapping[str, Any]) -> Read:
    looked = row["looked"] or {}
    return Read(
        reading=row["public_id"],
        outcome=row["outcome"],
        reason=row["reason"],
        read_at=row["read_at"],
        triggers=tuple(one["code"] for one in row["triggers"]),
        # What only warned, was set aside or has ended held nothing back on that day; older readings kept holds alone.
        holds=tuple(one["code"] for one in row["holds"] if one.get("effect", "holds") in HELD_BACK),
        worst_class=row["worst_class"],
        worst_drift=row["worst_drift"],
        outside_value=row["outside_value"],
        investable=Decimal(looked["investable"]) if looked.get("investable") else None,
        classes=tuple(_class(one) for one in row["measures"] if one.get("account") is None),
    )


def _class(one: Mapping[str, Any]) -> ClassStood:
    return ClassStood(
        asset_class=one["asset_class"],
        name=one["name"],
        value=Decimal(one["value"]),
        weight=Decimal(one["weight"]),
        target=Decimal(one["target"]),
        lower=Decimal(one["lower"]),
        upper=Decimal(one["upper"]),
        is_outside=bool(one["is_breached"]),
    )


def waited(household: Household, stretch: Stretch, *, until_on: date) -> Estimate | None:
    """What waiting over a stretch cost or saved up to a day, by the prices of each class's first security in the model."""
    read = stretch.first.read
    if read is None or not stretch.is_waiting or not read.classes:
        return None
    since_on = stretch.first.on
    return waiting_cost.estimate(
        read,
        _priced(household, [one.asset_class for one in read.classes], since_on=since_on, until_on=until_on),
        since_on=since_on,
        until_on=until_on,
        tax=_tax(read.reading),
        cash_class=CASH_CLASS,
    )


def _priced(
    household: Household, classes: Collection[str], *, since_on: date, until_on: date
) -> dict[str, Priced]:
    """By class: the first security of the model in force on the first day, with its prices then and now. A security that
    was split in between has no return here: its two prices are not of the same share.
    """
    policy = policies.in_force(household, on=since_on)
    version = Market(since_on).model_version(policy, on=since_on) if policy else None
    if version is None:
        return {}
    members = (
        SleeveMember.objects.filter(
            sleeve__model_class__version=version,
            sleeve__model_class__asset_class__code__in=classes,
            use=SleeveMember.Use.PRIMARY,
        )
        .select_related("security", "sleeve__model_class__asset_class")
        .order_by("-sleeve__weight", "sleeve", "rank", "pk")
    )
    chosen: dict[str, Any] = {}
    for one in members:
        chosen.setdefault(one.sleeve.model_class.asset_class.code, one.security)
    keys = [security.pk for security in chosen.values()]
    then, now = (
        securities.prices_on(since_on, securities=keys),
        securities.prices_on(until_on, securities=keys),
    )
    split = set(
        Transaction.objects.filter(
            security__in=keys, kind=Transaction.Kind.SPLIT, traded_on__gt=since_on, traded_on__lte=until_on
        ).values_list("security", flat=True)
    )
    return {
        code: Priced(
            security.symbol,
            then[security.pk].price if security.pk in then and security.pk not in split else None,
            now[security.pk].price if security.pk in now else None,
        )
        for code, security in chosen.items()
    }


def _tax(reading: str) -> Decimal | None:
    """The tax of the plan that was held back, where one was made."""
    found = Reading.objects.filter(public_id=reading).values_list("looked", flat=True).first() or {}
    told = found.get("facts", {}).get("tax")
    return Decimal(told) if told else None


def last_day(at: datetime) -> date:
    """The last day whose line is told: the latest close."""
    return market_days.last_close(at)
