"""The list of proposals, by state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, F, QuerySet
from django.urls import reverse

from clients.models import Account
from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.models import Proposal
from rebalancing.pages.lists.standings import Unanswered, current_revisions, unanswered_by_review

OPEN, ALL = "open", "all"


class ProposalFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(
        choices=[(OPEN, "Open"), *Proposal.State.choices, (ALL, "All")], method="in_state"
    )
    household = django_filters.CharFilter(field_name="household__public_id")
    scan = django_filters.CharFilter(field_name="run__public_id")
    is_open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    advisor = django_filters.NumberFilter(label="Advisor", method="of_advisor", min_value=1, decimal_places=0)
    custodian = django_filters.ChoiceFilter(
        label="Custodian", choices=Account.Custodian.choices, method="at_custodian"
    )

    def of_advisor(self, rows: QuerySet[Proposal], name: str, value: Any) -> QuerySet[Proposal]:
        return rows.filter(household__in=by_book.advised_by(int(value), on=Today()))

    def at_custodian(self, rows: QuerySet[Proposal], name: str, value: str) -> QuerySet[Proposal]:
        return rows.filter(household__in=by_book.with_account_at(value))

    def in_state(self, rows: QuerySet[Proposal], name: str, value: str) -> QuerySet[Proposal]:
        if value == OPEN:
            return rows.filter(state__in=Proposal.OPEN_STATES)
        return rows if value == ALL else rows.filter(state=value)


KIND = Kind(
    name="proposals",
    about=("proposal_list", "proposals"),
    filters=ProposalFilters,
    orderings={
        "drafted_at": ("drafted_at", "pk"),
        "closed_at": ("closed_at", "pk"),
        "household": ("household__name", "household__code"),
    },
    usual="-drafted_at",
    first_down=frozenset({"drafted_at"}),
    defaults={"state": OPEN},
    searched=("household__name", "household__code"),
)
HEADER = (
    "proposal", "household", "state", "revision", "trades", "est_tax_dollars", "worst_drift", "reason", "blockers",
    "drafted_at", "expires_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal; `tax` in dollars, `drift` as a fraction of one, None where the reading had none."""

    public_id: str
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
class ProposalListPage:
    heading: str
    rows: tuple[ProposalRow, ...]
    listing: Listing
    doors: tuple[DoorLink, ...]


def show(user: Any, asked: Asked, *, at: datetime) -> ProposalListPage:
    """The proposals of this person's scope; without a filter the open ones."""
    visible = access.proposals_for(user)
    by_state = Counter(dict(_counted(asked.narrowed(visible, without=["state"]))))
    found, pager = listing.page_of(asked, _wanted(asked, visible))
    return ProposalListPage(
        heading=_heading(Counter(dict(_counted(visible)))),
        rows=tuple(rows_of(found, at=at)),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(listing.chips(asked, "state", "Filter by state", _states(by_state)),),
            columns={"household": "Household", "drafted_at": "Drafted"},
            more={"advisor": by_book.advisors(user), "custodian": ()},
        ),
        doors=doors.links(("rebalancing:approve_many",), user),
    )


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """Every row of the view, under `HEADER`."""
    for row in rows_of(list(_wanted(asked, access.proposals_for(user))), at=at):
        yield (
            row.public_id, row.household, row.state, row.revision, row.orders, row.tax, row.drift, row.why,
            "; ".join(row.blockers), row.drafted_at, row.expires_at,
        )  # fmt: skip


def _wanted(asked: Asked, visible: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return asked.narrowed(visible.select_related("household", "reading"))


def _counted(rows: QuerySet[Proposal]) -> QuerySet[Proposal, tuple[str, int]]:
    return rows.order_by().values_list("state").annotate(Count("pk"))


def _states(by_state: Counter[str]) -> Iterator[tuple[str, str, int]]:
    yield OPEN, "Open", sum(by_state[one] for one in Proposal.OPEN_STATES)
    for value, label in Proposal.State.choices:
        yield value, str(label), by_state[value]
    yield ALL, "All", sum(by_state.values())


def _heading(by_state: Counter[str]) -> str:
    in_review, approved = by_state[Proposal.State.IN_REVIEW], by_state[Proposal.State.APPROVED]
    if in_review:
        return f"{in_review} proposal{' needs' if in_review == 1 else 's need'} a decision"
    if approved:
        return f"{approved} approved proposal{' is' if approved == 1 else 's are'} ready to release"
    return "No proposal needs a decision"


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
                public_id=proposal.public_id,
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
