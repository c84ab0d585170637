"""The scans: which ran, how far one is, and what each household's reading says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from clients.drawings import BandBar
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.models import Reading, ScanItem, ScanRun
from rebalancing.pages.lists.standings import worst_bar
from rebalancing.scans import scans

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


class ScanFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(choices=ScanRun.State.choices)
    market_on = django_filters.DateFilter(label="Market day")


class ReadingFilters(django_filters.FilterSet):
    """The filters of a scan's page and of the API."""

    scan = django_filters.CharFilter(field_name="run__public_id")
    household = django_filters.CharFilter(field_name="household__public_id")
    outcome = django_filters.ChoiceFilter(choices=Reading.Outcome.choices)


KIND = Kind(
    name="scans",
    about=("scan_list", "scans"),
    filters=ScanFilters,
    orderings={"market_on": ("market_on", "started_at"), "started_at": ("started_at", "pk")},
    usual="-market_on",
    first_down=frozenset({"market_on", "started_at"}),
)
READINGS = Kind(
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
)
HEADER = (
    "scan",
    "market_day",
    "kind",
    "state",
    "read",
    "households",
    "failed",
    "proposals",
    "started_at",
    "started_by",
)
READINGS_HEADER = (
    "reading", "household", "state", "worst_drift", "outside_dollars", "value_dollars", "prices_as_of", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the list."""

    url: str
    run: ScanRun
    state: str
    state_label: str
    done: int
    total: int
    failed: int
    proposed: int
    started_by: str


@dataclass(frozen=True, slots=True)
class ScanListPage:
    heading: str
    rows: tuple[RunRow, ...]
    listing: Listing
    may_start: bool
    refusal: str
    start_url: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `announce` changes at quarters only, so that a reader is not talked over."""

    url: str
    cancel_url: str
    state: str
    state_label: str
    sentence: str
    done: int
    total: int
    failed: int
    skipped: int
    left: str
    announce: str
    is_running: bool
    is_stalled: bool


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


def show_list(user: Any, asked: Asked, *, at: datetime) -> ScanListPage:
    """Every run, newest first."""
    visible = access.scans_for(user)
    found, pager = listing.page_of(asked, asked.narrowed(_counted(visible)))
    rows = _run_rows(found, at=at)
    by_state = dict(
        asked.narrowed(visible, without=["state"]).order_by().values_list("state").annotate(Count("pk"))
    )
    refusal = access.refusal_to_scan(user)
    newest = _run_rows(list(_counted(visible).order_by("-market_on", "-started_at")[:1]), at=at)
    return ScanListPage(
        heading=_list_heading(newest),
        rows=rows,
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        ("", "All", sum(by_state.values())),
                        *(
                            (value, str(label), by_state.get(value, 0))
                            for value, label in ScanRun.State.choices
                        ),
                    ],
                ),
            ),
            columns={"market_on": "Market day", "started_at": "Started"},
        ),
        may_start=refusal is None,
        refusal=refusal or "",
        start_url=reverse("rebalancing:scan_start"),
    )


def export_list(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """Every run of the view, under `HEADER`."""
    for row in _run_rows(list(asked.narrowed(_counted(access.scans_for(user)))), at=at):
        yield (
            row.run.public_id, row.run.market_on, row.run.get_scan_display(), row.state_label, row.done, row.total,
            row.failed, row.proposed, row.run.started_at, row.started_by,
        )  # fmt: skip


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
        started_by=_started_by(run),
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
    """Every reading of the view, under `READINGS_HEADER`."""
    for reading in _readings(access.readings_for(user).filter(run=run), asked):
        yield (
            reading.public_id, reading.household.name, reading.get_outcome_display(), reading.worst_drift,
            reading.outside_value, reading.value, reading.prices_as_of_on, reading.reason,
        )  # fmt: skip


def _readings(visible: QuerySet[Reading], asked: Asked) -> QuerySet[Reading]:
    return asked.narrowed(visible.select_related("household", "proposal"))


def _counted(runs: QuerySet[ScanRun]) -> QuerySet[ScanRun]:
    return runs.select_related("started_by").annotate(
        total=Count("items"),
        done=Count("items", filter=Q(items__state=ScanItem.State.DONE)),
        failed=Count("items", filter=Q(items__state=ScanItem.State.FAILED)),
    )


def _run_rows(runs: Sequence[ScanRun], *, at: datetime) -> tuple[RunRow, ...]:
    proposed = dict(
        Reading.objects.filter(run__in=runs, outcome=Reading.Outcome.PROPOSED)
        .order_by()
        .values_list("run")
        .annotate(Count("pk"))
    )
    return tuple(_run_row(run, proposed.get(run.pk, 0), at=at) for run in runs)


def _outcomes(by_outcome: Mapping[str, int], asked: Asked) -> Iterator[tuple[str, str, int]]:
    yield "", "All", sum(by_outcome.values())
    for value, label in Reading.Outcome.choices:
        if by_outcome.get(value) or value == asked.texts.get("outcome"):
            yield value, str(label), by_outcome.get(value, 0)


def progress(run: ScanRun, *, may_cancel: bool, at: datetime) -> Progress:
    """How far the run is, straight from the queue of record: the same truth on every reload."""
    counts = scans.progress(run)
    total = sum(counts.values())
    done, failed, skipped = (counts[state] for state in ("done", "failed", "skipped"))
    finished = done + failed + skipped
    is_running = run.state == ScanRun.State.RUNNING
    is_stalled = scans.is_stalled(run, at=at)
    state, label = ("stalled", "Stalled") if is_stalled else (run.state, run.get_state_display())
    quarter = finished * 4 // total * 25 if total else 100
    return Progress(
        url=reverse("rebalancing:scan_progress", args=[run.public_id]),
        cancel_url=reverse("rebalancing:scan_cancel", args=[run.public_id])
        if may_cancel and is_running
        else "",
        state=state,
        state_label=label,
        sentence=f"{finished} of {total} households, {skipped} skipped, {failed} failed.",
        done=done,
        total=total,
        failed=failed,
        skipped=skipped,
        left=_left(run, finished, total, at=at) if is_running and not is_stalled else "",
        announce=f"{quarter} percent of the households are read." if is_running else "The scan has ended.",
        is_running=is_running,
        is_stalled=is_stalled,
    )


def _left(run: ScanRun, finished: int, total: int, *, at: datetime) -> str:
    if not finished:
        return "The first household is being read."
    seconds = (at - run.started_at) / finished * (total - finished)
    if seconds < timedelta(seconds=60):
        return "Less than a minute left."
    minutes = round(seconds.total_seconds() / 60)
    return f"About {minutes} minute{'' if minutes == 1 else 's'} left."


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


def _list_heading(rows: tuple[RunRow, ...]) -> str:
    if not rows:
        return "No scan has run yet"
    last = rows[0]
    if last.state in {"running", "stalled"}:
        return f"A scan is running: {last.done} of {last.total} households read"
    if last.failed:
        return f"{last.failed} household{'' if last.failed == 1 else 's'} could not be read in the last scan"
    return f"The last scan read {last.done} households, none failed"


def _run_row(run: ScanRun, proposed: int, *, at: datetime) -> RunRow:
    is_stalled = scans.is_stalled(run, at=at)
    return RunRow(
        url=reverse("rebalancing:scan", args=[run.public_id]),
        run=run,
        state="stalled" if is_stalled else "done" if run.state == ScanRun.State.COMPLETED else run.state,
        state_label="Stalled" if is_stalled else run.get_state_display(),
        done=run.done,  # type: ignore[attr-defined]  # Annotated by the query.
        total=run.total,  # type: ignore[attr-defined]
        failed=run.failed,  # type: ignore[attr-defined]
        proposed=proposed,
        started_by=_started_by(run),
    )


def _started_by(run: ScanRun) -> str:
    return run.started_by.get_full_name() if run.started_by else "the timetable"


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
