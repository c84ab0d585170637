"""One scan with its readings: what each household's reading says, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.urls import reverse

from clients.drawings import BandBar
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.models import Reading, ScanItem, ScanRun
from rebalancing.pages.lists.scans import Progress, progress, started_by
from rebalancing.pages.lists.standings import worst_bar

STATES = {
    Reading.Outcome.IN_BAND: "inside",
    Reading.Outcome.PROPOSED: "open",
    Reading.Outcome.PENDING: "waiting",
    Reading.Outcome.HELD: "held",
    Reading.Outcome.DATA: "unreconciled",
    Reading.Outcome.NO_POLICY: "unknown",
    Reading.Outcome.NOT_DUE: "skipped",
    Reading.Outcome.NO_BENEFIT: "drafted",
    Reading.Outcome.IMPOSSIBLE: "outside",
    Reading.Outcome.FAILED: "failed",
}


class ReadingFilters(django_filters.FilterSet):
    """The filters of a scan's page and of the API."""

    scan = django_filters.CharFilter(field_name="run__public_id")
    household = django_filters.CharFilter(field_name="household__public_id")
    outcome = django_filters.ChoiceFilter(choices=Reading.Outcome.choices)


KIND = Kind(
    name="readings",
    about=("reading_list", "readings"),
    filters=ReadingFilters,
    orderings={
        "household": ("household__name", "household__code"),
        "worst_drift": ("worst_drift", "pk"),
        "outside_value": ("outside_value", "pk"),
        "value": ("value", "pk"),
        "read_at": ("read_at", "pk"),
    },
    usual="household",
    first_down=frozenset({"worst_drift", "outside_value", "value"}),
    searched=("household__name", "household__code"),
)


HEADER = (
    "reading", "household", "state", "worst_drift", "outside_dollars", "value_dollars", "prices_as_of", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FailedRow:
    household: str
    url: str
    attempt: int
    error: str


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One household's reading; drift as a fraction of one, dollars outside the bands."""

    household: str
    url: str
    anchor: str
    outcome: str
    outcome_label: str
    reason: str
    ends: tuple[str, ...]
    bar: BandBar | None
    drift: Decimal | None
    is_outside: bool
    outside_value: Decimal | None
    value: Decimal | None
    proposal_url: str


@dataclass(frozen=True, slots=True)
class ScanPage:
    run: ScanRun
    heading: str
    started_by: str
    progress: Progress
    rows: tuple[ReadingRow, ...]
    listing: Listing
    failed: tuple[FailedRow, ...]
    retry_url: str
    hidden: int


def show(user: Any, run: ScanRun, asked: Asked, *, at: datetime) -> ScanPage:
    """One run, with the readings of the households in this person's scope."""
    visible = access.readings_for(user).filter(run=run)
    by_outcome = Counter(
        dict(
            asked.narrowed(visible, without=["outcome"])
            .order_by()
            .values_list("outcome")
            .annotate(Count("pk"))
        )
    )
    seen = visible.count()
    found, pager = listing.page_of(asked, _readings(visible, asked))
    may_act = access.refusal_to_scan(user) is None
    now = progress(run, may_cancel=may_act, at=at)
    return ScanPage(
        run=run,
        heading=_heading(run, now),
        started_by=started_by(run),
        progress=now,
        rows=tuple(_reading_row(reading) for reading in found),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(listing.chips(asked, "outcome", "Filter by state", _outcomes(by_outcome, asked)),),
            columns={"household": "Household", "worst_drift": "Worst drift", "outside_value": "Outside"},
        ),
        failed=_failed(user, run),
        retry_url=reverse("rebalancing:scan_retry", args=[run.public_id])
        if may_act and now.failed and not now.is_running
        else "",
        hidden=now.done + now.failed - seen,
    )


def export(user: Any, run: ScanRun, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every reading of the view, under `HEADER`."""
    for reading in _readings(access.readings_for(user).filter(run=run), asked):
        yield (
            reading.public_id, reading.household.name, reading.get_outcome_display(), reading.worst_drift,
            reading.outside_value, reading.value, reading.prices_as_of_on, reading.reason,
        )  # fmt: skip


def _readings(visible: QuerySet[Reading], asked: Asked) -> QuerySet[Reading]:
    return asked.narrowed(visible.select_related("household", "proposal"))


def _outcomes(by_outcome: Mapping[str, int], asked: Asked) -> Iterator[tuple[str, str, int]]:
    yield "", "All", sum(by_outcome.values())
    for value, label in Reading.Outcome.choices:
        if by_outcome.get(value) or value == asked.texts.get("outcome"):
            yield value, str(label), by_outcome.get(value, 0)


def _heading(run: ScanRun, now: Progress) -> str:
    if now.is_stalled:
        return "This scan has stalled"
    if now.is_running:
        return "The scan is reading households"
    if run.state == ScanRun.State.CANCELLED:
        return f"Cancelled after {now.done} of {now.total} households"
    if now.failed:
        return f"{now.done} households read, {now.failed} failed"
    return "One household was read" if now.total == 1 else f"All {now.total} households were read"


def _failed(user: Any, run: ScanRun) -> tuple[FailedRow, ...]:
    visible = access.readings_for(user).filter(run=run).values("household")
    items = run.items.filter(state=ScanItem.State.FAILED, household__in=visible).select_related("household")
    return tuple(
        FailedRow(
            household=item.household.name,
            url=reverse("clients:household", args=[item.household.public_id]),
            attempt=item.attempt,
            error=item.error,
        )
        for item in items
    )


def _reading_row(reading: Reading) -> ReadingRow:
    proposal = getattr(reading, "proposal", None)
    return ReadingRow(
        household=reading.household.name,
        url=reverse("clients:household", args=[reading.household.public_id]),
        anchor=reading.public_id,
        outcome=STATES[Reading.Outcome(reading.outcome)],
        outcome_label=reading.get_outcome_display(),
        reason=reading.reason,
        ends=tuple(str(hold["because"]) for hold in reading.holds if hold.get("because")),
        bar=worst_bar(reading.measures),
        drift=reading.worst_drift,
        is_outside=any(one.get("is_breached") for one in reading.measures),
        outside_value=reading.outside_value,
        value=reading.value,
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]) if proposal else "",
    )
