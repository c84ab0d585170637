"""The scans: which ran, how far one is, and what each household's reading says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.urls import reverse

from clients.drawings import BandBar
from rebalancing import access
from rebalancing.models import Reading, ScanItem, ScanRun
from rebalancing.pages.lists.standings import worst_bar
from rebalancing.scans import scans

ROWS_A_PAGE = 50
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
    pager: Page[Any]
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
class Filter:
    label: str
    url: str
    is_on: bool
    count: int


@dataclass(frozen=True, slots=True)
class ScanPage:
    run: ScanRun
    heading: str
    started_by: str
    progress: Progress
    filters: tuple[Filter, ...]
    rows: tuple[ReadingRow, ...]
    pager: Page[Reading]
    query: str
    readings_count: int
    failed: tuple[FailedRow, ...]
    retry_url: str
    hidden: int


def listing(user: Any, *, page_number: str | None, at: datetime) -> ScanListPage:
    """Every run, newest first."""
    runs = (
        access.scans_for(user)
        .select_related("started_by")
        .annotate(
            total=Count("items"),
            done=Count("items", filter=Q(items__state=ScanItem.State.DONE)),
            failed=Count("items", filter=Q(items__state=ScanItem.State.FAILED)),
        )
    )
    pager = Paginator(runs.order_by("-market_on", "-started_at"), ROWS_A_PAGE).get_page(page_number)
    proposed = dict(
        Reading.objects.filter(run__in=list(pager.object_list), outcome=Reading.Outcome.PROPOSED)
        .order_by()
        .values_list("run")
        .annotate(Count("pk"))
    )
    rows = tuple(_run_row(run, proposed.get(run.pk, 0), at=at) for run in pager.object_list)
    refusal = access.refusal_to_scan(user)
    return ScanListPage(
        heading=_list_heading(rows),
        rows=rows,
        pager=pager,
        may_start=refusal is None,
        refusal=refusal or "",
        start_url=reverse("rebalancing:scan_start"),
    )


def show(user: Any, run: ScanRun, *, outcome: str, page_number: str | None, at: datetime) -> ScanPage:
    """One run, with the readings of the households in this person's scope."""
    visible = access.readings_for(user).filter(run=run)
    by_outcome = Counter(dict(visible.order_by().values_list("outcome").annotate(Count("pk"))))
    chosen = outcome if outcome in Reading.Outcome.values else ""
    wanted = visible.filter(outcome=chosen) if chosen else visible
    wanted = wanted.select_related("household", "proposal").order_by("household__name", "household__code")
    pager = Paginator(wanted, ROWS_A_PAGE).get_page(page_number)
    may_act = access.refusal_to_scan(user) is None
    failed = _failed(user, run)
    now = progress(run, may_cancel=may_act, at=at)
    return ScanPage(
        run=run,
        heading=_heading(run, now),
        started_by=_started_by(run),
        progress=now,
        filters=_filters(by_outcome, chosen),
        rows=tuple(_reading_row(reading) for reading in pager.object_list),
        pager=pager,
        query=urlencode({"outcome": chosen}) if chosen else "",
        readings_count=sum(by_outcome.values()),
        failed=failed,
        retry_url=reverse("rebalancing:scan_retry", args=[run.public_id])
        if may_act and now.failed and not now.is_running
        else "",
        hidden=now.done + now.failed - sum(by_outcome.values()),
    )


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
        announce=f"{quarter} per cent of the households are read." if is_running else "The scan has ended.",
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


def _filters(by_outcome: Mapping[str, int], chosen: str) -> tuple[Filter, ...]:
    found = [Filter("All", "?", not chosen, sum(by_outcome.values()))]
    for value, label in Reading.Outcome.choices:
        if by_outcome.get(value) or value == chosen:
            found.append(
                Filter(
                    str(label), f"?{urlencode({'outcome': value})}", value == chosen, by_outcome.get(value, 0)
                )
            )
    return tuple(found)


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
