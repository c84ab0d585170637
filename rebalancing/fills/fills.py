"""Fills: `take` is the only way in. One transaction for a report, repeatable, and it sets the states that come of it.

Every report is kept as it came; where an order stands is folded anew from all of its reports, so that duplicates, late
ones and corrections of corrections need no code of their own (`folding`). What the broker says and cannot be right
becomes a break; what is about no order of ours is parked until somebody says which.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from clients.models import columns
from clients.securities import names
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing import market_days
from rebalancing.execution import blocks
from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import breaks, folding, standings
from rebalancing.fills.kept import report_of
from rebalancing.models import Block, Break, Fill, Order

ZERO = Decimal(0)
BROKER = Actor.system("broker reports")
NOT_OURS = "No order of ours has this reference."
NOT_SENT = "Our order of this reference has not been sent."
OTHER_ACCOUNT = "The account is not among those of the order."
NO_ID = "It has no execution id, so it could be counted twice."
TOO_LARGE = "Its figures are larger than the record can hold."


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report: the row, whether it is new, and the block it is about, None where it is parked."""

    fill: Fill
    is_new: bool
    block: Block | None


@transaction.atomic
@audit.lines_last()
def take(report: Report, *, at: datetime, by: Actor = BROKER) -> Taken:
    """Put a report on record and bring its block and orders to where they stand now. Repeating it changes nothing."""
    block, order, why = _about(report)
    shown, oversized = _within_bounds(report)
    if oversized:
        block, order, why = None, None, TOO_LARGE
    elif not shown.exec_id and shown.kind in folding.TRADED:
        block, order, why = None, None, NO_ID
    values = {name: _text(getattr(shown, name)) for name in _SAYS}
    fill, is_new = Fill.objects.get_or_create(
        broker=shown.broker,
        account_ref=shown.account,
        trade_on=shown.trade_on,
        exec_id=shown.exec_id,
        digest=fingerprint.of({**values, "kind": str(shown.kind)}, kind="report"),
        defaults={
            **{name: getattr(shown, name) for name in _KEPT},
            "kind": str(shown.kind),
            "received_at": at,
            "block": block,
            "order": order,
            "matched_at": at if block is not None else None,
            "parked_because": why,
        },
    )
    if not is_new and fill.block_id is None and block is not None:
        _match(fill, block, order, user_id=None, at=at)
        is_new = True
    if not is_new:
        return Taken(fill, False, fill.block)
    audit.record(
        audit.Action.FILL_RECEIVED,
        about=fill,
        by=by,
        at=at,
        sealing=[
            ("fill", fill.pk),
            *([("fill_matched", fill.pk)] if block is not None else []),
            *([("fill_terms", fill.pk)] if (fill.ordered, fill.ordered_limit) != (None, None) else []),
        ],
        kind=str(shown.kind),
        reference=shown.reference,
        exec_id=shown.exec_id,
        parked=why,
    )
    if block is None:
        _ask(fill, at=at)
    else:
        _settle(block, fill, by=by, at=at)
    return Taken(fill, True, block)


@transaction.atomic
@audit.lines_last()
def match(fill: Fill, order_or_block: str, *, user_id: int, by: Actor, at: datetime) -> Block:
    """Say which order or block a parked report is about. Raises `Conflict` for one that is known, `BadInput` for a
    reference of ours that is none or does not fit.
    """
    block, order = _ours(order_or_block.strip())
    fill = Fill.objects.select_for_update(of=("self",)).get(pk=fill.pk)
    if fill.block_id is not None:
        raise Conflict("This report is matched already.", "There is nothing to do.")
    if block is None or not _has_left(block, fill.transacted_at):
        raise BadInput(
            "No order that was sent has this reference.", "Type the reference as the blotter shows it."
        )
    is_another = fill.symbol not in ("", block.security.symbol, *names.former(block.security))
    if is_another or (fill.side and fill.side != block.side):
        raise BadInput(
            f"The report is about {fill.side} {fill.symbol}; the order is to {block.side} {block.security.symbol}.",
            "Choose the order that the report is about.",
        )
    _match(fill, block, order, user_id=user_id, at=at)
    audit.record(
        audit.Action.FILL_MATCHED,
        about=fill,
        by=by,
        at=at,
        sealing=[("fill_matched", fill.pk)],
        reference=block.reference,
    )
    for row in Break.objects.filter(fill=fill, block=None, ended_at=None):
        breaks.end(
            row, Break.Ending.MATCHED, reason=f"It is about {block.reference}.", user_id=user_id, by=by, at=at
        )
    _settle(block, fill, by=by, at=at)
    return block


@transaction.atomic
@audit.lines_last()
def reverse(fill: Fill, *, reason: str, user_id: int, by: Actor, at: datetime) -> Taken:
    """Take a fill back because its broker said so by telephone or letter: a bust of our own hand, with its reason.

    Nothing is edited. When the broker's own bust comes later, both name the same fill and it is taken back once.
    """
    if fill.block is None or fill.kind not in (Kind.FILL, Kind.CORRECTED):
        raise Conflict("Only a fill of an order of ours can be reversed.", "Match the report first.")
    if not reason.strip():
        raise BadInput("A reversal needs its reason.", "Say who at the broker confirmed it.")
    report = Report(
        broker=fill.broker,
        reference=fill.order.reference if fill.order else fill.block.reference,
        exec_id=f"reversal of {fill.exec_id}"[:120],
        kind=Kind.BUSTED,
        symbol=fill.symbol,
        side=fill.side,
        trade_on=fill.trade_on,
        transacted_at=at,
        account=fill.account_ref,
        corrects=fill.exec_id,
        text=reason.strip()[:500],
    )
    taken = take(report, at=at, by=by)
    for row in Break.objects.filter(fill=fill, ended_at=None):
        breaks.end(row, Break.Ending.REVERSED, reason=reason.strip(), user_id=user_id, by=by, at=at)
    return taken


def retry_parked(*, at: datetime) -> int:
    """Look again at what is parked: a block may have been sent, or a reference become known, since. How many matched."""
    count = 0
    for parked in (
        Fill.objects.filter(block=None).exclude(parked_because__in=(TOO_LARGE, NO_ID)).order_by("pk")
    ):
        with transaction.atomic(), audit.lines_last():
            block, order, _ = _about(report_of(parked))
            if block is None:
                continue
            fill = Fill.objects.select_for_update(of=("self",)).get(pk=parked.pk)
            if fill.block_id is None:
                _match(fill, block, order, user_id=None, at=at)
                audit.record(
                    audit.Action.FILL_MATCHED,
                    about=fill,
                    by=BROKER,
                    at=at,
                    sealing=[("fill_matched", fill.pk)],
                    reference=block.reference,
                )
                for row in Break.objects.filter(fill=fill, block=None, ended_at=None):
                    breaks.end(
                        row,
                        Break.Ending.GONE,
                        reason=f"It is about {block.reference}.",
                        user_id=None,
                        by=BROKER,
                        at=at,
                    )
                _settle(block, fill, by=BROKER, at=at)
                count += 1
    return count


# What a report says, apart from its words and its clock; what is kept of it besides its key.
_SAYS = ("reference", "symbol", "side", "quantity", "price", "corrects")
_KEPT = (
    *("reference", "symbol", "side", "quantity", "price", "cumulative", "leaves", "corrects", "broker_order"),
    *("text", "transacted_at", "ordered", "ordered_limit"),
)


def _about(report: Report) -> tuple[Block | None, Order | None, str]:
    """The block, locked, and the order that a report is about; else why nobody knows."""
    block, order = _ours(report.reference)
    if block is None:
        return None, None, NOT_OURS
    if not _has_left(block, report.transacted_at):
        return None, None, NOT_SENT
    if report.account:
        named = [one for one in standings.members(block) if one.account.public_id == report.account]
        if not named or (order is not None and order not in named):
            return None, None, OTHER_ACCOUNT
        order = order or (named[0] if len(named) == 1 else None)
    return block, order, ""


def _ours(reference: str) -> tuple[Block | None, Order | None]:
    order = Order.objects.filter(reference=reference, block__isnull=False).first() if reference else None
    known = Block.objects.select_for_update(of=("self",)).select_related("security")
    if order is not None:
        assert order.block_id is not None, "only orders of blocks are asked for"
        return known.get(pk=order.block_id), order
    return (known.filter(reference=reference).first() if reference else None), None


def _has_left(block: Block, moment: datetime) -> bool:
    """Whether a broker can have had a block at a moment: it was sent, or it was ready by then and somebody carried it there."""
    if block.sent_at is not None:
        return True
    written = block.allocation_written_at
    return block.state == Block.State.READY and written is not None and written <= moment


def _settle(block: Block, fill: Fill, *, by: Actor, at: datetime) -> None:
    """Bring a block to where it stands after a report. One that nobody is known to have sent was sent when it is told of."""
    if block.sent_at is None:
        blocks.mark_sent(block, at=fill.transacted_at)
        audit.record(
            audit.Action.BLOCK_SENT, about=block, by=by, at=at, route=block.route, reported=fill.public_id
        )
    standings.settle(block, at=at)


def _match(fill: Fill, block: Block, order: Order | None, *, user_id: int | None, at: datetime) -> None:
    fill.block, fill.order, fill.matched_at, fill.matched_by_id = block, order, at, user_id
    fill.save(update_fields=["block", "order", "matched_at", "matched_by"])


def _ask(fill: Fill, *, at: datetime) -> None:
    """A report that nobody can place is a break of its own."""
    on = market_days.new_york_date(at)
    breaks.settle(
        [
            breaks.Found(
                queue=Break.Queue.FILLS,
                cause="unknown_order",
                about=f"report {fill.public_id}",
                sentence=f"{fill.broker} reports {fill.get_kind_display().lower()} {fill.exec_id} of “{fill.reference}”: "
                f"{fill.side} {fill.quantity.normalize():f} {fill.symbol}. {fill.parked_because}",
                fill=fill,
                theirs=fill.quantity,
                ours=ZERO,
            )
        ],
        among=(),
        on=on,
        at=at,
        by=BROKER,
    )


def _within_bounds(report: Report) -> tuple[Report, bool]:
    """The report with figures that the record can hold. What is larger is told in words and counts for nothing."""
    given = {one.name: getattr(report, one.name) for one in fields(report)}
    most = {"quantity": columns.SHARES_MAX, "cumulative": columns.SHARES_MAX, "leaves": columns.SHARES_MAX,
            "price": columns.PRICE_MAX, "ordered": columns.SHARES_MAX, "ordered_limit": columns.PRICE_MAX}  # fmt: skip
    said = []
    for name, limit in most.items():
        if given[name] is not None and not (given[name].is_finite() and abs(given[name]) <= limit):
            said.append(f"{name} {given[name]}")
            given[name] = ZERO if name == "quantity" else None
    lengths = {
        "exec_id": 120,
        "reference": 120,
        "corrects": 120,
        "broker_order": 120,
        "symbol": 40,
        "side": 10,
    }
    for name, longest in lengths.items():
        given[name] = given[name].replace("\x00", "")[:longest]
    given["text"] = " ".join([*said, report.text]).replace("\x00", "")[:500]
    return Report(**given), bool(said)


def _text(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "" if value is None else str(value)
