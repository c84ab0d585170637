"""The breaks in their four queues, and the page of one with the answers that this person may give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.urls import reverse

from clients import figures
from compliance.doors import pages as doors
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access, market_days
from rebalancing.fills import breaks
from rebalancing.models import Break
from rebalancing.reconciliation import lot_letters

OPEN, ENDED, ALL = "open", "ended", "all"
STATES = ((OPEN, "Open"), (ENDED, "Ended"))
CAUSES = {
    "shares": "Shares differ", "cash": "Cash differs", "lot_shares": "A lot changed", "lot_basis": "A basis changed",
    "lots_do_not_add_up": "Lots do not add up", "other_lots": "Other lots were relieved",
    "not_ordered": "Not ordered by us", "moved_in_kind": "Moved, and nobody knows why", "shown_otherwise": "Shown otherwise", "not_shown": "Not shown",
    "unknown_order": "Report of an unknown order", "over_filled": "More than ordered", "no_quantity": "No trade",
    "other_side": "Wrong side", "other_security": "Wrong security", "other_day": "Another day",
    "after_its_end": "After the order’s end", "outside_limit": "Beyond the limit",
    "unseen": "Changes an unknown fill", "contradicts": "Two reports contradict", "circle": "Corrections in a circle",
    "counts_differ": "Counts differ",
}  # fmt: skip


def in_state(rows: QuerySet[Break], state: str) -> QuerySet[Break]:
    """The breaks in one state."""
    if state == OPEN:
        return rows.filter(ended_at=None)
    return rows.filter(ended_at__isnull=False) if state == ENDED else rows


class BreakFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(choices=[*STATES, (ALL, "All")], method="of_state")
    queue = django_filters.ChoiceFilter(label="Queue", choices=Break.Queue.choices, empty_label="Every queue")
    household = django_filters.CharFilter(field_name="account__household__public_id", label="Household id")

    def of_state(self, rows: QuerySet[Break], name: str, value: str) -> QuerySet[Break]:
        return in_state(rows, value)


KIND = Kind(
    name="breaks",
    about=("break_list", "breaks"),
    filters=BreakFilters,
    orderings={"found_on": ("found_on", "pk"), "queue": ("queue", "found_on", "pk")},
    usual="found_on",
    defaults={"state": OPEN},
    searched=("account__household__name", "account__household__code", "security__symbol"),
)
HEADER = (
    "break", "queue", "cause", "household", "account", "symbol", "what", "ours", "theirs", "found_on",
    "business_days", "owner", "ending", "ended_at", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BreakRow:
    public_id: str
    url: str
    queue: str
    cause: str
    household: str
    household_url: str
    account: str
    symbol: str
    sentence: str
    ours: str
    theirs: str
    found_on: date
    age: int
    owner: str
    ending: str
    ended_at: datetime | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class BreaksPage:
    heading: str
    rows: tuple[BreakRow, ...]
    listing: Listing


@dataclass(frozen=True, slots=True)
class Told:
    """A report, an order or a lot that the break is about, as facts."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot of a sale three ways, in shares."""

    key: str
    acquired_on: date | None
    intended: str
    executed: str
    relieved: str
    differs: bool


@dataclass(frozen=True, slots=True)
class BreakPage:
    row: BreakRow
    facts: tuple[Told, ...]
    parts: tuple[BreakRow, ...]
    links: tuple[Any, ...]
    order_url: str
    lots: tuple[LotRow, ...]
    lots_until: date | None
    letter_url: str


def show(user: Any, asked: Asked, *, at: datetime) -> BreaksPage:
    """The breaks of this person's scope; without a filter those that are open."""
    visible = access.breaks_for(user)
    on = market_days.new_york_date(at)
    by_queue = dict(
        asked.narrowed(visible, without=["queue"]).order_by().values_list("queue").annotate(Count("pk"))
    )
    others = asked.narrowed(visible, without=["state"]).order_by()
    found, pager = listing.page_of(asked, asked.narrowed(_told(visible)))
    count = in_state(visible, OPEN).count()
    return BreaksPage(
        heading=("1 break is open" if count == 1 else f"{count} breaks are open")
        if count
        else "No break is open",
        rows=tuple(row_of(one, on=on) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(
                listing.chips(
                    asked,
                    "queue",
                    "Filter by queue",
                    [
                        ("", "All", sum(by_queue.values())),
                        *(
                            (value, str(label), by_queue.get(value, 0))
                            for value, label in Break.Queue.choices
                        ),
                    ],
                ),
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        *((key, label, in_state(others, key).count()) for key, label in STATES),
                        (ALL, "All", others.count()),
                    ],
                ),
            ),
            columns={"queue": "Queue", "found_on": "Age"},
        ),
    )


def export(user: Any, asked: Asked, *, on: date) -> Iterator[tuple[Cell, ...]]:
    """Every break of the view, under `HEADER`."""
    for one in asked.narrowed(_told(access.breaks_for(user))):
        row = row_of(one, on=on)
        yield (
            row.public_id, row.queue, row.cause, row.household, row.account, row.symbol, row.sentence, one.ours,
            one.theirs, one.found_on, row.age, row.owner, row.ending, one.ended_at, one.end_reason,
        )  # fmt: skip


def of_one(row: Break, user: Any, *, on: date) -> BreakPage:
    """One break with what it is about and the doors that this person may use."""
    facts = []
    if (fill := row.fill) is not None:
        facts += [
            Told("Broker", fill.broker), Told("Execution id", fill.exec_id),
            Told("Report", fill.get_kind_display()), Told("Names", fill.reference or "nothing"),
            Told("Shares", figures.quantity(fill.quantity)),
            Told("Price", "" if fill.price is None else figures.share_price(fill.price)), Told("Says", fill.text),
        ]  # fmt: skip
    if row.block is not None:
        facts += [
            Told("Block", row.block.reference),
            Told("Ordered", figures.quantity(row.block.quantity)),
            Told("Filled", figures.quantity(row.block.filled_quantity)),
        ]
    asked = lot_letters.of(row)
    names = ("break_assign", "break_match", "break_reverse", "break_split", "break_explain")
    return BreakPage(
        row=row_of(row, on=on),
        facts=tuple(one for one in facts if one.value),
        parts=tuple(
            row_of(one, on=on) for one in row.parts.select_related("account__household", "security", "owner")
        ),
        links=tuple(doors.links(tuple(f"rebalancing:{name}" for name in names), user, row)),
        order_url=reverse("rebalancing:batch", args=[row.order.batch.public_id]) if row.order else "",
        lots=tuple(
            LotRow(
                line.key,
                line.acquired_on,
                figures.quantity(line.intended),
                figures.quantity(line.executed),
                figures.quantity(line.relieved),
                line.differs,
            )
            for line in (asked.ways.lines if asked else ())
        ),
        lots_until=asked.deadline if asked else None,
        letter_url=reverse("rebalancing:break_letter", args=[row.public_id]) if asked else "",
    )


def _told(rows: QuerySet[Break]) -> QuerySet[Break]:
    return rows.select_related("account__household", "security", "owner").defer("account__number")


def row_of(row: Break, *, on: date) -> BreakRow:
    household = row.account.household if row.account else None
    return BreakRow(
        public_id=row.public_id,
        url=reverse("rebalancing:break", args=[row.public_id]),
        queue=row.get_queue_display(),
        cause=CAUSES.get(row.cause, row.cause),
        household=household.name if household else "",
        household_url=reverse("clients:household", args=[household.public_id]) if household else "",
        account=row.account.name if row.account else "",
        symbol=row.security.symbol if row.security else "",
        sentence=row.sentence,
        ours=_figure(row, row.ours),
        theirs=_figure(row, row.theirs),
        found_on=row.found_on,
        age=breaks.age(row, on=on),
        owner=str(row.owner) if row.owner else "",
        ending=row.get_ending_display() if row.ending else "",
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )


def _figure(row: Break, figure: Decimal | None) -> str:
    if figure is None:
        return ""
    dollars = row.cause in ("cash", "lot_basis", "other_lots")
    return figures.money(figure) if dollars else figures.quantity(figure)
