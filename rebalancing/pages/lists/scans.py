"""The scans: which ran, and how far one is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db.models import Count
from django.urls import reverse

from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.models import Reading, ScanRun
from rebalancing.scans import scans


class ScanFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(choices=ScanRun.State.choices)
    market_on = django_filters.DateFilter(label="Market day")


KIND = Kind(
    name="scans",
    about=("scan_list", "scans"),
    filters=ScanFilters,
    orderings={"market_on": ("market_on", "started_at"), "started_at": ("started_at", "pk")},
    usual="-market_on",
    first_down=frozenset({"market_on", "started_at"}),
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


def show_list(user: Any, asked: Asked, *, at: datetime) -> ScanListPage:
    """Every run, newest first."""
    visible = access.scans_for(user)
    found, pager = listing.page_of(asked, asked.narrowed(visible.select_related("started_by")))
    rows = _run_rows(found, at=at)
    by_state = dict(
        asked.narrowed(visible, without=["state"]).order_by().values_list("state").annotate(Count("pk"))
    )
    refusal = access.refusal_to_scan(user)
    newest = _run_rows(list(visible.order_by("-market_on", "-started_at")[:1]), at=at)
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
    for row in _run_rows(list(asked.narrowed(access.scans_for(user).select_related("started_by"))), at=at):
        yield (
            row.run.public_id, row.run.market_on, row.run.get_scan_display(), row.state_label, row.done, row.total,
            row.failed, row.proposed, row.run.started_at, row.started_by,
        )  # fmt: skip


def _run_rows(runs: Sequence[ScanRun], *, at: datetime) -> tuple[RunRow, ...]:
    proposed = dict(
        Reading.objects.filter(run__in=runs, outcome=Reading.Outcome.PROPOSED)
        .order_by()
        .values_list("run")
        .annotate(Count("pk"))
    )
    counted = scans.tallies(runs)
    return tuple(_run_row(run, counted[run.pk], proposed.get(run.pk, 0), at=at) for run in runs)


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


def _list_heading(rows: tuple[RunRow, ...]) -> str:
    if not rows:
        return "No scan has run yet"
    last = rows[0]
    if last.state in {"running", "stalled"}:
        return f"A scan is running: {last.done} of {last.total} households read"
    if last.failed:
        return f"{last.failed} household{'' if last.failed == 1 else 's'} could not be read in the last scan"
    return f"The last scan read {last.done} households, none failed"


def _run_row(run: ScanRun, counts: Mapping[str, int], proposed: int, *, at: datetime) -> RunRow:
    is_stalled = scans.is_stalled(run, at=at)
    return RunRow(
        url=reverse("rebalancing:scan", args=[run.public_id]),
        run=run,
        state="stalled" if is_stalled else "done" if run.state == ScanRun.State.COMPLETED else run.state,
        state_label="Stalled" if is_stalled else run.get_state_display(),
        done=counts["done"],
        total=sum(counts.values()),
        failed=counts["failed"],
        proposed=proposed,
        started_by=started_by(run),
    )


def started_by(run: ScanRun) -> str:
    return run.started_by.get_full_name() if run.started_by else "the schedule"
