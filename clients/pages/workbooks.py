"""What the pages of the firm's workbooks say: the list, one workbook from preview to receipt, and its policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from clients import access
from clients.models import Workbook, WorkbookHousehold
from clients.pages.import_list import counted
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing

FAULTS_ON_PAGE_MAX = 200
FAULTS_HEADER = ("sheet", "row", "column", "value", "rule", "cure", "household")
EMPTY = {
    "": "No workbooks yet",
    Workbook.State.PREVIEWED: "No workbook is ready to confirm",
    Workbook.State.REFUSED: "No workbook was refused",
}


class WorkbookFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Workbook.State.choices)


class HouseholdFilters(django_filters.FilterSet):
    result = django_filters.ChoiceFilter(choices=WorkbookHousehold.Result.choices)
    state = django_filters.ChoiceFilter(choices=WorkbookHousehold.State.choices)


KIND = Kind(
    name="workbooks",
    about=("workbook_list", "workbooks"),
    filters=WorkbookFilters,
    orderings={"received_at": ("received_at", "pk"), "name": ("name", "pk")},
    usual="-received_at",
    first_down=frozenset({"received_at"}),
    searched=("name",),
)
HEADER = ("workbook", "name", "state", "received_at", "received_by", "new", "changed", "unchanged", "refused")
HOUSEHOLDS = Kind(
    name="workbook-households",
    about=("workbook_households", "workbook"),
    filters=HouseholdFilters,
    orderings={"position": ("position",), "name": ("name", "pk")},
    usual="position",
    searched=("name", "code"),
)
HOUSEHOLDS_HEADER = ("household", "name", "result", "state", "changes", "refusal")


@dataclass(frozen=True, slots=True)
class Row:
    """One workbook of the list with how many of its households have which result."""

    public_id: str
    url: str
    name: str
    received_at: datetime
    received_by: str
    state: str
    state_label: str
    new: int
    changed: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class ListPage:
    rows: tuple[Row, ...]
    listing: Listing
    empty: str
    form: Any
    refusal_to_load: str | None
    template_url: str
    exports: tuple[tuple[str, str], ...]
    starter_url: str


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One household of a workbook. `changes` are sentences with what differs."""

    code: str
    name: str
    url: str
    result: str
    result_label: str
    state: str
    state_label: str
    changes: tuple[ChangeRow, ...]
    more: int
    refusal: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    sentence: str
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class FaultRow:
    """What is wrong and the cure; `household` is whose rows are refused, empty where the whole workbook is."""

    sheet: str
    row: int
    column: str
    value: str
    rule: str
    cure: str
    household: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is. `total` counts the households that are not unchanged or refused already."""

    url: str
    is_running: bool
    done: int
    total: int
    sentence: str


@dataclass(frozen=True, slots=True)
class DetailPage:
    """One workbook: what it would do or did, household by household, and what is wrong with it."""

    reference: str
    name: str
    heading: str
    lead: str
    state: str
    state_label: str
    kind: str
    received_at: datetime
    received_by: str
    size: int
    digest: str
    preview: str
    confirmed_at: datetime | None
    confirmed_by: str
    loaded_at: datetime | None
    counts: tuple[tuple[str, str, int], ...]
    firm_changes: tuple[ChangeRow, ...]
    households: tuple[HouseholdRow, ...]
    listing: Listing
    faults: tuple[FaultRow, ...]
    faults_left_off: int
    progress: Progress
    may_load: bool
    ready_count: int
    refusal_to_load: str | None
    policies_waiting: int
    list_url: str
    load_url: str
    again_url: str
    discard_url: str
    faults_url: str
    policies_url: str


CHANGES_SHOWN_MAX = 12
_RESULTS = WorkbookHousehold.Result


def show_list(user: Any, asked: Asked, form: Any) -> ListPage:
    """The workbooks this person may read, newest first."""
    held = access.workbooks_for(user)
    found, pager = listing.page_of(asked, _wanted(held, asked))
    return ListPage(
        rows=tuple(map(_row, found)),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        ("", "All", None),
                        *((value, str(label), None) for value, label in Workbook.State.choices),
                    ],
                ),
            ),
            columns={"name": "Workbook", "received_at": "Received"},
        ),
        empty=EMPTY.get(asked.texts.get("state", ""), EMPTY[""]),
        form=form,
        refusal_to_load=access.refusal_to_load_workbooks(user),
        template_url=reverse("clients:workbook_template"),
        exports=tuple(
            (label, f"{reverse('clients:workbook_record')}?kind={kind}")
            for kind, label in (("xlsx", "Excel"), ("csv", "ZIP of CSV"))
        ),
        starter_url=reverse("clients:workbook_starter"),
    )


def export_list(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every workbook of the view, under `HEADER`."""
    for row in map(_row, _wanted(access.workbooks_for(user), asked)):
        yield (
            row.public_id, row.name, row.state_label, row.received_at, row.received_by,
            row.new, row.changed, row.unchanged, row.refused,
        )  # fmt: skip


def _wanted(held: QuerySet[Workbook], asked: Asked) -> QuerySet[Workbook]:
    counts = {
        f"{result.value}_count": Count("households", filter=Q(households__result=result))
        for result in _RESULTS
    }
    return asked.narrowed(held.defer("content").select_related("received_by").annotate(**counts))


def _row(workbook: Any) -> Row:
    return Row(
        public_id=workbook.public_id,
        url=reverse("clients:workbook", args=[workbook.public_id]),
        name=workbook.name,
        received_at=workbook.received_at,
        received_by=_by(workbook.received_by, workbook.channel),
        state=workbook.state,
        state_label=workbook.get_state_display(),
        new=workbook.new_count,
        changed=workbook.changed_count,
        unchanged=workbook.unchanged_count,
        refused=workbook.refused_count,
    )


def show(user: Any, workbook: Workbook, asked: Asked) -> DetailPage:
    """One workbook with a page of its households."""
    refusal = access.refusal_to_load_workbooks(user)
    rows = workbook.households.all()
    by_result = dict(rows.order_by().values_list("result").annotate(Count("pk")))
    found, pager = listing.page_of(asked, asked.narrowed(rows.select_related("household")))
    ready = by_result.get(_RESULTS.NEW, 0) + by_result.get(_RESULTS.CHANGED, 0)
    faults = tuple(FaultRow(**fault) for fault in workbook.faults)
    heading, lead = _told(workbook, by_result)
    return DetailPage(
        reference=workbook.public_id,
        name=workbook.name,
        heading=heading,
        lead=lead,
        state=workbook.state,
        state_label=workbook.get_state_display(),
        kind={"xlsx": "Excel workbook", "csv": "ZIP of CSV tables", "yaml": "YAML"}.get(workbook.kind, ""),
        received_at=workbook.received_at,
        received_by=_by(workbook.received_by, workbook.channel),
        size=workbook.size,
        digest=workbook.sha256,
        preview=workbook.digest,
        confirmed_at=workbook.confirmed_at,
        confirmed_by=str(workbook.confirmed_by or ""),
        loaded_at=workbook.loaded_at,
        counts=tuple((value, str(label), by_result.get(value, 0)) for value, label in _RESULTS.choices),
        firm_changes=tuple(map(_change, workbook.firm_changes)),
        households=tuple(map(_household, found)),
        listing=listing.listing(
            asked,
            pager,
            held=rows,
            chips=(
                listing.chips(
                    asked,
                    "result",
                    "Filter by result",
                    [
                        ("", "All", sum(by_result.values())),
                        *((value, str(label), by_result.get(value, 0)) for value, label in _RESULTS.choices),
                    ],
                ),
            ),
            columns={"name": "Household"},
        ),
        faults=faults[:FAULTS_ON_PAGE_MAX],
        faults_left_off=max(0, len(faults) - FAULTS_ON_PAGE_MAX),
        progress=progress(workbook),
        may_load=refusal is None
        and workbook.state == Workbook.State.PREVIEWED
        and bool(ready or workbook.firm_changes),
        ready_count=ready,
        refusal_to_load=refusal,
        policies_waiting=access.loaded_policies_for(user, workbook).filter(state="draft").count(),
        list_url=reverse("clients:workbook_list"),
        load_url=reverse("clients:workbook_load", args=[workbook.public_id]),
        again_url=reverse("clients:workbook_again", args=[workbook.public_id]),
        discard_url=reverse("clients:workbook_discard", args=[workbook.public_id]),
        faults_url=reverse("clients:workbook_faults", args=[workbook.public_id]),
        policies_url=reverse("clients:workbook_policies", args=[workbook.public_id]),
    )


def export_households(workbook: Workbook, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every household of the view, under `HOUSEHOLDS_HEADER`."""
    for row in map(_household, asked.narrowed(workbook.households.select_related("household"))):
        changes = "; ".join(
            one.sentence
            + (
                f" ({', '.join(f'{c}: {b} -> {a}' for c, b, a in one.differences)})"
                if one.differences
                else ""
            )
            for one in row.changes
        )
        yield row.code, row.name, row.result_label, row.state_label, changes, row.refusal


def faults_of(workbook: Workbook) -> list[tuple[Cell, ...]]:
    """Every fault, under `FAULTS_HEADER`, to take back to whoever keeps the workbook."""
    return [tuple(fault[name] for name in FAULTS_HEADER) for fault in workbook.faults]


def progress(workbook: Workbook) -> Progress:
    """How far the load is."""
    states = dict(workbook.households.order_by().values_list("state").annotate(Count("pk")))
    total = sum(states.values())
    done = total - states.get(WorkbookHousehold.State.WAITING, 0)
    return Progress(
        url=reverse("clients:workbook_progress", args=[workbook.public_id]),
        is_running=workbook.state == Workbook.State.LOADING,
        done=done,
        total=total,
        sentence=f"{done} of {counted(total, 'household')} loaded or left out.",
    )


def _told(workbook: Workbook, by_result: dict[str, int]) -> tuple[str, str]:
    new, changed, refused = (
        by_result.get(one, 0) for one in (_RESULTS.NEW, _RESULTS.CHANGED, _RESULTS.REFUSED)
    )
    if workbook.state == Workbook.State.REFUSED:
        return (
            "This workbook is refused",
            "Nothing of it can be loaded until the faults below are corrected in the file.",
        )
    if workbook.state == Workbook.State.LOADED:
        return "This workbook is loaded", "What it did is below, household by household."
    if workbook.state == Workbook.State.LOADING:
        return "This workbook is being loaded", "Each household is loaded completely or not at all."
    if workbook.state == Workbook.State.DISCARDED:
        return "This workbook was discarded", "Nothing of it reached the record."
    parts = [f"{new} new"] if new else []
    parts += [f"{changed} changed"] if changed else []
    parts += [f"{refused} refused"] if refused else []
    heading = f"Households: {', '.join(parts)}" if parts else "No household would change"
    if workbook.firm_changes and not by_result:
        heading = f"Classes, securities and models: {counted(len(workbook.firm_changes), 'change')}"
    return heading, "Nothing has reached the record yet. Each household is loaded completely or not at all."


def _household(row: WorkbookHousehold) -> HouseholdRow:
    changes = tuple(map(_change, row.changes))
    return HouseholdRow(
        code=row.code,
        name=row.name,
        url=reverse("clients:household", args=[row.household.public_id]) if row.household else "",
        result=row.result,
        result_label=row.get_result_display(),
        state=row.state,
        state_label=row.get_state_display(),
        changes=changes[:CHANGES_SHOWN_MAX],
        more=max(0, len(changes) - CHANGES_SHOWN_MAX),
        refusal=row.refusal,
    )


def _change(stored: dict[str, Any]) -> ChangeRow:
    return ChangeRow(stored["sentence"], tuple((c, b, a) for c, b, a in stored["differences"]))


def _by(user: Any, channel: str) -> str:
    return str(user) if user else f"the {Workbook.Channel(channel).label.lower()}"
