"""Blocks as lines, and what the desk has in hand: stops, questions, blocks that are not over, the last releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from clients import figures
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from rebalancing import access, market_days
from rebalancing.execution import trading_stops, untraded
from rebalancing.models import Block, Order, ReleaseRow

AT_THE_DESK = ("rebalancing:release_many", "rebalancing:trading_stop")
SHOWN_DAYS = 3
"""Calendar days after its session for which a block that is over is still shown on the blotter."""
RELEASES_SHOWN = 5
LET_IT_GO = "It goes once somebody lets it go, or it is canceled."
MOVING = frozenset({Block.State.GATHERING, Block.State.SENT, Block.State.WORKING, Block.State.PARTLY_FILLED})
"""A block in a handed-out file is not among them: what became of it comes with the next morning's file."""
BY_FILE = "File"
DAY_IS_OVER = "Its day is over."


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block in a line: what is sent, where, and how far it is."""

    reference: str
    url: str
    custodian: str
    side: str
    symbol: str
    quantity: Decimal
    terms: str
    trade_on: date
    settles_on: date
    route: str
    accounts: int
    filled: Decimal
    leaves: Decimal
    average_price: Decimal | None
    state: str
    state_label: str
    note: str
    question: str


@dataclass(frozen=True, slots=True)
class AtACustodian:
    """The blocks of one custodian."""

    custodian: str
    blocks: tuple[BlockRow, ...]


@dataclass(frozen=True, slots=True)
class StopRow:
    what: str
    why: str
    lift: DoorLink | None


@dataclass(frozen=True, slots=True)
class ReleaseRowShort:
    reference: str
    url: str
    started_at: datetime
    started_by: str
    released: int
    refused: int
    pending: int


@dataclass(frozen=True, slots=True)
class InHand:
    """What the desk has in hand besides the list of orders."""

    stops: tuple[StopRow, ...]
    custodians: tuple[AtACustodian, ...]
    questions: int
    spoken_against: int
    """Blocks of a later day against which a check of it speaks."""
    asks_again_seconds: int
    """After how long the page asks again by itself: soon while a broker may report, 0 where nothing changes by itself."""
    sentence: str
    releases: tuple[ReleaseRowShort, ...]
    doors: tuple[DoorLink, ...]


def in_hand(user: Any, *, at: datetime) -> InHand:
    """What this person's desk has in hand; the number of queries does not grow with the blocks."""
    since = market_days.last_close(at) - timedelta(days=SHOWN_DAYS)
    shown = access.blocks_for(user).filter(Q(ended_at=None) | Q(trade_on__gte=since))
    rows, releases = block_rows(shown, at=at), _releases(user)
    return InHand(
        stops=tuple(
            StopRow(
                trading_stops.what(stop),
                f"{stop.reason} ({stop.placed_by})",
                next(iter(doors.links(("rebalancing:trading_stop_lift",), user, stop)), None),
            )
            for stop in access.trading_stops_for(user).filter(lifted_at=None)
        ),
        custodians=tuple(
            AtACustodian(custodian, tuple(own))
            for custodian, own in groupby(rows, key=lambda row: row.custodian)
        ),
        questions=sum(bool(row.question) and row.question != LET_IT_GO for row in rows),
        spoken_against=sum(row.question == LET_IT_GO for row in rows),
        asks_again_seconds=3 if any(one.pending for one in releases) else asks_again(rows),
        sentence=_sentence(rows),
        releases=releases,
        doors=doors.links(AT_THE_DESK, user),
    )


def asks_again(rows: Sequence[BlockRow]) -> int:
    """In seconds. What is held, or waits to go to a broker, may leave at any moment as well, such as purchases once their
    sales are filled; a file waits for a person.
    """
    if any(row.state in MOVING for row in rows):
        return 3
    is_leaving = any(
        row.state == Block.State.HELD or (row.state == Block.State.READY and row.route != BY_FILE)
        for row in rows
    )
    return 15 if is_leaving else 0


def _sentence(rows: Sequence[BlockRow]) -> str:
    """How far they are, for who hears the page instead of seeing it."""
    filled = sum(row.state == Block.State.FILLED for row in rows)
    part = sum(row.state == Block.State.PARTLY_FILLED for row in rows)
    return f"{filled} of {len(rows)} block{'' if len(rows) == 1 else 's'} filled, {part} in part."


def _releases(user: Any) -> tuple[ReleaseRowShort, ...]:
    last = list(
        access.releases_for(user).select_related("started_by").order_by("-started_at", "-pk")[:RELEASES_SHOWN]
    )
    mine = ReleaseRow.objects.filter(release__in=last, proposal__in=access.proposals_for(user))
    counted = mine.order_by().values_list("release", "outcome").annotate(count=Count("pk"))
    counts = {(release, str(outcome)): count for release, outcome, count in counted}
    return tuple(
        ReleaseRowShort(
            reference=one.public_id,
            url=reverse("rebalancing:release_report", args=[one.public_id]),
            started_at=one.started_at,
            started_by=str(one.started_by),
            released=counts.get((one.pk, "released"), 0),
            refused=counts.get((one.pk, "refused"), 0),
            pending=counts.get((one.pk, "pending"), 0),
        )
        for one in last
    )


def block_rows(found: QuerySet[Block], *, at: datetime | None = None) -> tuple[BlockRow, ...]:
    """Blocks as lines, by custodian; with a moment, also what is to be asked about each."""
    blocks = list(
        found.select_related("security", "release")
        .prefetch_related("orders")
        .order_by("custodian", "-trade_on", "wave", "-side", "pk")
    )
    asked = {} if at is None else {one.block.pk: one.sentence for one in untraded.questions(blocks, at=at)}
    return tuple(_row(one, asked.get(one.pk, "")) for one in blocks)


def _accounts(block: Block) -> int:
    """How many accounts a block is for: of those taken out of it only where nothing is left."""
    orders = list(block.orders.all())
    return sum(one.state != Order.State.CANCELED for one in orders) or len(orders)


def _row(one: Block, question: str) -> BlockRow:
    limit = "" if one.limit_price is None else f" {figures.money(one.limit_price)}"
    notes = (
        one.held_reason if one.state in (Block.State.HELD, Block.State.GATHERING) else "",
        "The broker is asked to cancel it." if one.cancel_asked_at and one.state not in Block.ENDED else "",
        one.end_reason
        or (DAY_IS_OVER if one.state in (Block.State.EXPIRED, Block.State.PART_FILLED) else ""),
    )
    return BlockRow(
        reference=one.reference,
        url=reverse("rebalancing:block", args=[one.public_id]),
        custodian=one.get_custodian_display(),
        side=one.side,
        symbol=one.security.symbol,
        quantity=one.quantity,
        terms=f"{one.order_type.capitalize()}{limit}, {one.time_in_force}",
        trade_on=one.trade_on,
        settles_on=one.settles_on,
        route=BY_FILE if one.is_by_file else one.route,
        accounts=_accounts(one),
        filled=one.filled_quantity,
        leaves=one.leaves_quantity,
        average_price=one.average_price,
        state=one.state,
        state_label=one.get_state_display(),
        note=" ".join(note for note in notes if note),
        question=question or (LET_IT_GO if one.asked_at and one.state == Block.State.HELD else ""),
    )
