"""The list of proposals, by state."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, F
from django.urls import reverse

from rebalancing import access
from rebalancing.models import Proposal
from rebalancing.pages.lists.standings import Unanswered, current_revisions, unanswered_by_review

ROWS_A_PAGE = 50
ORDERINGS = {
    "-drafted": ("-drafted_at", "-pk"),
    "drafted": ("drafted_at", "pk"),
    "household": ("household__name", "household__code"),
    "-household": ("-household__name", "-household__code"),
}
OPEN = "open"


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal; `tax` in dollars, `drift` as a fraction of one, None where the reading had none."""

    url: str
    household: str
    state: str
    state_label: str
    revision: int
    orders: int
    tax: Decimal | None
    drift: Decimal | None
    why: str
    blockers: tuple[str, ...]
    drafted_at: datetime
    expires_at: datetime
    is_open: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    url: str
    is_on: bool
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be sorted: the link, and how it is sorted now."""

    label: str
    url: str
    aria: str


@dataclass(frozen=True, slots=True)
class ProposalListPage:
    heading: str
    filters: tuple[Filter, ...]
    rows: tuple[ProposalRow, ...]
    pager: Page[Proposal]
    query: str
    household_column: Column
    drafted_column: Column
    is_filtered: bool
    total: int


def show(user: Any, *, state: str, ordering: str, page_number: str | None, at: datetime) -> ProposalListPage:
    """The proposals of this person's scope; an unknown state or ordering is the usual one."""
    visible = access.proposals_for(user)
    by_state = Counter(dict(visible.order_by().values_list("state").annotate(Count("pk"))))
    open_count = sum(by_state[one] for one in Proposal.OPEN_STATES)
    chosen = state if state in {OPEN, "all", *Proposal.State.values} else OPEN
    how = ordering if ordering in ORDERINGS else "-drafted"
    wanted = visible
    if chosen == OPEN:
        wanted = visible.filter(state__in=Proposal.OPEN_STATES)
    elif chosen != "all":
        wanted = visible.filter(state=chosen)
    wanted = wanted.select_related("household", "reading").order_by(*ORDERINGS[how])
    pager = Paginator(wanted, ROWS_A_PAGE).get_page(page_number)
    return ProposalListPage(
        heading=_heading(by_state),
        filters=_filters(by_state, open_count, chosen, how),
        rows=tuple(rows_of(list(pager.object_list), at=at)),
        pager=pager,
        query=urlencode({"state": chosen, "ordering": how}),
        household_column=_column("Household", "household", how, chosen),
        drafted_column=_column("Drafted", "drafted", how, chosen),
        is_filtered=chosen != "all",
        total=sum(by_state.values()),
    )


def _heading(by_state: Counter[str]) -> str:
    waiting, approved = by_state[Proposal.State.IN_REVIEW], by_state[Proposal.State.APPROVED]
    if waiting:
        return f"{waiting} proposal{' waits' if waiting == 1 else 's wait'} for a decision"
    if approved:
        return f"{approved} approved proposal{' waits' if approved == 1 else 's wait'} to be released"
    return "No proposal waits for anybody"


def _filters(by_state: Counter[str], open_count: int, chosen: str, ordering: str) -> tuple[Filter, ...]:
    named = [(OPEN, "Open", open_count)]
    named += [(value, str(label), by_state[value]) for value, label in Proposal.State.choices]
    named.append(("all", "All", sum(by_state.values())))
    return tuple(
        Filter(label, f"?{urlencode({'state': key, 'ordering': ordering})}", key == chosen, count)
        for key, label, count in named
    )


def _column(label: str, name: str, how: str, chosen: str) -> Column:
    is_down = how == f"-{name}"
    aria = "descending" if is_down else "ascending" if how == name else ""
    turned = name if is_down else f"-{name}"
    first = turned if aria else (f"-{name}" if name == "drafted" else name)
    return Column(label, f"?{urlencode({'state': chosen, 'ordering': first})}", aria)


def rows_of(found: list[Proposal], *, at: datetime) -> list[ProposalRow]:
    """These proposals as rows, in their order; five queries."""
    revisions = current_revisions(found)
    reviews = [revision.review for revision in revisions.values() if revision.review is not None]
    open_findings = unanswered_by_review(reviews, at=at)
    orders = dict(
        Proposal.objects.filter(pk__in=[proposal.pk for proposal in found])
        .order_by()
        .filter(revisions__in=revisions.values())
        .values_list("pk")
        .annotate(orders=Count(F("revisions__orders")))
    )
    rows = []
    for proposal in found:
        revision = revisions[proposal.pk]
        is_open = proposal.state in Proposal.OPEN_STATES
        rows.append(
            ProposalRow(
                url=reverse("rebalancing:proposal", args=[proposal.public_id]),
                household=proposal.household.name,
                state=proposal.state,
                state_label=proposal.get_state_display(),
                revision=revision.number,
                orders=orders.get(proposal.pk, 0),
                tax=revision.tax,  # type: ignore[attr-defined]  # Annotated by current_revisions.
                drift=proposal.reading.worst_drift if proposal.reading else None,
                why=proposal.reading.reason if proposal.reading else "",
                blockers=open_findings.get(revision.review_id or 0, Unanswered()).sentences
                if is_open
                else (),
                drafted_at=proposal.drafted_at,
                expires_at=revision.expires_at,
                is_open=is_open,
                is_late=is_open and at >= revision.expires_at,
            )
        )
    return rows
