"""What the firm's promises are checked against, from the record: the last scan due, what waits, what was measured."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min

from clients import access as record
from clients.models import Account, Household, TaxProfile
from compliance import access as desk
from compliance.firm import firm_settings
from compliance.firm.desk_figures import MEASURED_WITHIN, PROFILE_WITHIN, REVIEW_WITHIN
from compliance.firm.firm_settings import InForce
from compliance.models import AuditEvent, Review, ReviewQuerySet
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Reading, ScanRun
from rebalancing.promises import promises
from rebalancing.promises.promises import Broken, Measured, Scanned, Unconfirmed, Waiting
from rebalancing.scans import timetable

SESSIONS_BACK = 15
"""How far back the last scan due is looked for: three weeks of which a firm scans one day."""


def broken(user: Any, *, at: datetime, with_reviews: bool = True) -> tuple[Broken, ...]:
    """Every promise that is broken now, of what this person may see, the weightiest first.

    Without the reviews for whoever shows those itself.
    """
    households = list(record.households_for(user).filter(closed_on=None).order_by("name", "pk"))
    refs = {one.public_id for one in households}
    return _broken(households, desk.reviews_for(user, household_refs=refs) if with_reviews else None, at=at)


def broken_at_the_firm(*, at: datetime) -> tuple[Broken, ...]:
    """Every promise that is broken now at the whole firm: for the monitor, which is nobody."""
    households = list(Household.objects.filter(closed_on=None).order_by("name", "pk"))
    return _broken(households, Review.objects.all(), at=at)


def _broken(
    households: Collection[Household], reviews: ReviewQuerySet | None, *, at: datetime
) -> tuple[Broken, ...]:
    on = market_days.new_york_date(at)
    present = firm_settings.in_force(on=on)
    days = int(present.of(MEASURED_WITHIN))
    return (
        *promises.scan(_last_due(households, at=at)),
        *promises.measured(_measured(households, since=on - timedelta(days=days)), days=days, on=on),
        *promises.reviews(
            _waiting(reviews) if reviews is not None else (), days=present.of(REVIEW_WITHIN), at=at
        ),
        *promises.profiles(_unconfirmed(households, on), months=present.of(PROFILE_WITHIN), on=on),
    )


def _last_due(households: Collection[Household], *, at: datetime) -> Scanned | None:
    """The last market day whose scan was promised by now; None before the firm has households and a record."""
    opened_on = min((one.opened_on for one in households), default=None)
    began_at = AuditEvent.objects.order_by("seq").values_list("occurred_at", flat=True).first()
    day = market_days.last_close(at)
    for _ in range(SESSIONS_BACK):
        if opened_on is None or began_at is None or day < opened_on:
            return None
        figures = firm_settings.in_force(on=day)
        promised_at = timetable.promised_at(day, figures)
        if promised_at < began_at:
            return None  # Nobody could have scanned it here.
        if timetable.is_scan_day(day, figures) and at >= promised_at:
            return _scanned(day, figures)
        day = new_york().session_before(day)
    return None


def _scanned(day: date, figures: InForce) -> Scanned:
    runs = ScanRun.objects.filter(market_on=day)
    complete = runs.filter(state=ScanRun.State.COMPLETED).order_by("finished_at").first()
    run = complete or runs.order_by("sequence").first()
    return Scanned(
        day,
        timetable.promised_at(day, figures),
        complete.finished_at if complete else None,
        run=run.public_id if run else "",
    )


def _waiting(reviews: ReviewQuerySet) -> list[Waiting]:
    found = reviews.active().order_by("requested_at", "pk")
    return [Waiting(one.public_id, one.title, one.requested_at, one.household_ref) for one in found]


def _measured(households: Collection[Household], *, since: date) -> list[Measured]:
    """Those that were not measured since a day, and when they were last: readings of years are not gone through for the others."""
    lately = ScanRun.objects.filter(market_on__gte=since).values_list("pk", flat=True)
    read = Reading.objects.filter(run__in=list(lately), value__isnull=False)
    fresh = set(read.values_list("household_id", flat=True))
    late = [one for one in households if one.pk not in fresh]
    last = dict(
        Reading.objects.filter(household__in=[one.pk for one in late], value__isnull=False)
        .order_by()
        .values_list("household_id")
        .annotate(Max("run__market_on"))
        if late
        else ()
    )
    known_on = _known_on([one for one in late if one.pk not in last])
    return [
        Measured(one.public_id, one.name, known_on.get(one.public_id, one.opened_on), last.get(one.pk))
        for one in late
    ]


def _known_on(households: Collection[Household]) -> dict[str, date]:
    """When each came on record here: clients of many years are measured from then on."""
    first = dict(
        AuditEvent.objects.filter(household_ref__in=[one.public_id for one in households])
        .order_by()
        .values_list("household_ref")
        .annotate(Min("occurred_at"))
        if households
        else ()
    )
    return {
        one.public_id: max(one.opened_on, market_days.new_york_date(first[one.public_id]))
        for one in households
        if one.public_id in first
    }


def _unconfirmed(households: Collection[Household], on: date) -> list[Unconfirmed]:
    """The tax units of open accounts without a profile of the year, each once."""
    by_key = {one.pk: one for one in households}
    known = TaxProfile.objects.filter(tax_year=on.year).values("tax_unit")
    accounts = (
        Account.objects.filter(household__in=by_key, closed_on=None, tax_unit__isnull=False)
        .exclude(tax_unit__in=known)
        .select_related("tax_unit")
        .order_by("household__name", "tax_unit__code")
    )
    units = {one.tax_unit_id: one for one in accounts}
    return [
        Unconfirmed(by_key[one.household_id].public_id, by_key[one.household_id].name, str(one.tax_unit))
        for one in units.values()
    ]
