"""The page of a release, household by household, and the page of a block with its orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from clients import figures
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from rebalancing import access
from rebalancing.engine.market import order_slicing
from rebalancing.engine.market.settlement import Settlement, lot_instruction_deadline
from rebalancing.execution import order_files, round_lots
from rebalancing.models import BatchFile, Block, BlockReplacement, Order, Release, ReleaseRow
from rebalancing.pages.blocks import BY_FILE, BlockRow, asks_again, block_rows
from rebalancing.pages.lists.blotter import CUSTODIANS, OrderRow, order_row, orders_for
from rebalancing.pages.orders import FILE_WORDS, FileRow
from rebalancing.portfolios.order_terms import EXCHANGE_TRADED

OF_A_BLOCK = (
    *("rebalancing:block_go", "rebalancing:block_replace", "rebalancing:block_cancel"),
    *("rebalancing:block_filled", "rebalancing:block_not_traded"),
)
OF_AN_ORDER = ("rebalancing:order_cancel",)


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    household: str
    outcome: str
    outcome_label: str
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What was asked for, what became of each household, the blocks that came of it, and their files."""

    reference: str
    started_by: str
    started_at: datetime
    send_at: datetime
    is_closed: bool
    counts: tuple[tuple[str, int], ...]
    rows: tuple[HouseholdRow, ...]
    blocks: tuple[BlockRow, ...]
    files: tuple[FileRow, ...]
    refusal_to_take_out: str | None
    blotter_url: str

    @property
    def heading(self) -> str:
        return ", ".join(f"{count} {label.lower()}" for label, count in self.counts) or "Nothing of yours"

    @property
    def has_reasons(self) -> bool:
        return any(row.sentence for row in self.rows)

    @property
    def goes_by_fix(self) -> bool:
        """Whether all that came of it goes to brokers, so that no file is to be waited for."""
        return self.is_closed and bool(self.blocks) and all(one.route != BY_FILE for one in self.blocks)

    @property
    def asks_again_seconds(self) -> int:
        """After how long the page asks again by itself; 0 where nothing changes by itself."""
        return asks_again(self.blocks) if self.is_closed else 3


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """Other terms that the broker was asked for, and what it said."""

    asked_at: datetime
    asked_by: str
    what: str
    reason: str
    state: str
    state_label: str
    answer: str


@dataclass(frozen=True, slots=True)
class BlockPage:
    """A block: its terms, its allocation statement and when it was written, its orders, and what can be done."""

    block: BlockRow
    statement: str
    statement_sha256: str
    statement_at: datetime | None
    sent_at: datetime | None
    cancel_asked_at: datetime | None
    cancel_reason: str
    ended_at: datetime | None
    end_reason: str
    lots_by: date
    orders: tuple[OrderRow, ...]
    doors: tuple[DoorLink, ...]
    one_out: tuple[tuple[str, DoorLink], ...]
    replacements: tuple[ReplacementRow, ...]
    agreed: str
    round_lots: str
    release_url: str
    release: str
    blotter_url: str


def report(user: Any, release: Release) -> ReleaseReport:
    """A release as this person may see it: the households of their scope."""
    mine = access.proposals_for(user).values("pk")
    rows = list(
        release.rows.filter(proposal__in=mine).select_related("proposal__household").order_by("position")
    )
    labels = dict(ReleaseRow.Outcome.choices)
    counts = {value: sum(row.outcome == value for row in rows) for value in labels}
    visible = access.blocks_for(user).filter(release=release)
    return ReleaseReport(
        reference=release.public_id,
        started_by=str(release.started_by),
        started_at=release.started_at,
        send_at=release.send_at,
        is_closed=release.state == Release.State.CLOSED,
        counts=tuple((str(labels[value]), count) for value, count in counts.items() if count),
        rows=tuple(_household(row) for row in rows),
        blocks=block_rows(visible),
        files=tuple(
            FileRow(
                name=file.name,
                kind=file.get_kind_display(),
                what=FILE_WORDS[BatchFile.Kind(file.kind)],
                custodian=CUSTODIANS.get(file.custodian, file.custodian),
                digest=file.sha256,
                url=reverse("rebalancing:release_file", args=[release.public_id, file.name]),
            )
            for file in release.files.defer("content").order_by("custodian", "kind", "name")
            if order_files.is_newest(file)
        ),
        refusal_to_take_out=access.refusal_to_take_out(user),
        blotter_url=reverse("rebalancing:blotter"),
    )


def block(user: Any, found: Block, *, at: datetime) -> BlockPage:
    """A block with the orders of this person's scope."""
    (row,) = block_rows(Block.objects.filter(pk=found.pk), at=at)
    orders = list(orders_for(user).filter(block=found))
    replaced = found.replacements.select_related("asked_by", "without").order_by("number")
    return BlockPage(
        block=row,
        statement=found.allocation_statement if _sees_all(user, found) else "",
        statement_sha256=found.allocation_sha256,
        statement_at=found.allocation_written_at,
        sent_at=found.sent_at,
        cancel_asked_at=found.cancel_asked_at,
        cancel_reason=found.cancel_reason,
        ended_at=found.ended_at,
        end_reason=found.end_reason,
        lots_by=lot_instruction_deadline(Settlement(found.trade_on, found.settles_on)),
        orders=tuple(order_row(order) for order in orders),
        doors=doors.links(OF_A_BLOCK, user, found),
        one_out=_one_out(user, orders),
        replacements=tuple(_replacement(one) for one in replaced),
        agreed="" if found.agreed_at is None else f"{found.agreed_by}: {found.agreed_reason}",
        round_lots=_round_lots(found),
        release=found.release.public_id,
        release_url=reverse("rebalancing:release_report", args=[found.release.public_id]),
        blotter_url=reverse("rebalancing:blotter"),
    )


def _one_out(user: Any, orders: list[Order]) -> tuple[tuple[str, DoorLink], ...]:
    """The way to take each order out of a block that has several."""
    if len(orders) < 2:
        return ()
    return tuple(
        (f"{one.account.name}, {one.reference}", link)
        for one in orders
        for link in doors.links(OF_AN_ORDER, user, one)
    )


def _replacement(one: BlockReplacement) -> ReplacementRow:
    limit = "" if one.limit_price is None else f" at {figures.money(one.limit_price)}"
    without = f", without {one.without.reference}" if one.without else ""
    return ReplacementRow(
        asked_at=one.asked_at,
        asked_by=str(one.asked_by),
        what=f"{figures.quantity(one.quantity)} shares{limit}{without}",
        reason=one.reason,
        state=one.state,
        state_label=one.get_state_display(),
        answer=" ".join(said for said in (_stated(one), one.answer) if said),
    )


def _stated(one: BlockReplacement) -> str:
    """The terms that the broker has stated, where these are others than it was asked for."""
    quantity, limit = one.accepted_quantity or one.quantity, one.accepted_limit or one.limit_price
    if (quantity, limit) == (one.quantity, one.limit_price):
        return ""
    return (
        f"It has {figures.quantity(quantity)} shares{'' if limit is None else f' at ${limit.normalize():f}'}."
    )


def _round_lots(found: Block) -> str:
    """How the shares divide into round lots (Regulation NMS); empty where the size of a lot is not known."""
    if found.security.kind not in EXCHANGE_TRADED:
        return ""
    average = round_lots.average_close(found.security_id, on=found.trade_on)
    if average is None:
        return ""
    split = order_slicing.split_round_lots(found.quantity, average, on=found.trade_on)
    odd = f" and {figures.quantity(split.odd_shares)} odd shares" if split.odd_shares else ""
    return f"{split.round_lots} of {split.round_lot}{odd}"


def _household(row: ReleaseRow) -> HouseholdRow:
    return HouseholdRow(
        household=row.proposal.household.name,
        outcome=row.outcome,
        outcome_label=row.get_outcome_display(),
        sentence=row.sentence,
        url=reverse("rebalancing:proposal", args=[row.proposal.public_id]),
    )


def _sees_all(user: Any, found: Block) -> bool:
    batches = found.orders.values("batch")
    return not found.orders.exclude(batch__in=access.batches_for(user).filter(pk__in=batches)).exists()
