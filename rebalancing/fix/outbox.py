"""What is to be sent to brokers. A row is written in the transaction that decides to send; the FIX process sends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace as with_changes
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from clients import figures
from compliance.refusals import Conflict
from rebalancing import market_days
from rebalancing.execution import trading_stops
from rebalancing.execution.reports import Kind as ReportKind
from rebalancing.execution.reports import Report
from rebalancing.fix import messages
from rebalancing.fix.messages import OrderTerms, Outgoing, Share
from rebalancing.fix.reading import AllocationAnswer
from rebalancing.models import Block, BlockReplacement, FixOutbox, FixSession
from rebalancing.portfolios import pending_actions

Kind = FixOutbox.Kind
OF_AN_ORDER = (Kind.NEW, Kind.REPLACE, Kind.CANCEL)
STOPPED = (Kind.NEW, Kind.REPLACE)
"""What a trading stop holds back: orders are still canceled under it, and what traded is still allocated."""


def session_for(custodian: str) -> str | None:
    """The name of the enabled session that takes this custodian's orders; None where they go by file."""
    found = FixSession.objects.filter(is_enabled=True, custodian=custodian).first()
    return found.name if found is not None else None


def session_of(block: Block) -> FixSession:
    """The session of the block's route: the one that has its order, the one of that name, or its custodian's.

    One that is disabled meanwhile keeps what it is given until it is enabled. Raises `Conflict` when there is none.
    """
    sent = FixOutbox.objects.filter(block_reference=block.reference).select_related("session").first()
    if sent is not None:
        return sent.session
    standing = FixSession.objects.filter(retired_at=None)
    found = (
        standing.filter(name=block.route).first()
        or standing.filter(name=session_for(block.custodian)).first()
    )
    if found is None:
        raise Conflict(
            f"No FIX session is enabled for {block.get_custodian_display()}.",
            "Enable one under FIX sessions, or send this block by file.",
        )
    return found


def put(
    block: Block,
    kind: str,
    *,
    at: datetime,
    quantity: Decimal | None = None,
    limit: Decimal | None = None,
    shares: Iterable[Share] = (),
    average_price: Decimal | None = None,
    number: int | None = None,
) -> FixOutbox:
    """Write one message about a block into the outbox, in the caller's transaction.

    A replacement gives the new `quantity` or `limit`, an allocation its `shares`, `average_price` and `number`. The same new
    order twice is one row. A cancel of an order that has not left withholds it, and nothing is sent.
    Raises `Conflict` when no session serves the block.
    """
    with transaction.atomic():
        session = session_of(block)
        rows = FixOutbox.objects.select_for_update().filter(session=session, block_reference=block.reference)
        standing = {row.reference: row for row in rows}
        terms = _terms(block, session)
        first = standing.get(block.reference)
        if kind == Kind.NEW:
            return first or _write(session, kind, block, messages.new_order(terms, at=at), at)
        if kind == Kind.CANCEL and first is not None and first.sent_at is None:
            withhold(first, "Canceled before it was sent.", at=at)
            return first
        number = number or sum(1 for row in standing.values() if row.kind == kind) + 1
        if kind == Kind.CANCEL:
            message = messages.cancel(terms, number=number, at=at, original=_last_accepted(standing, block))
        elif kind == Kind.REPLACE:
            changed = with_changes(terms, quantity=quantity or terms.quantity, limit=limit or terms.limit)
            message = messages.replace(
                changed, number=number, at=at, original=_last_accepted(standing, block)
            )
        else:
            assert average_price is not None, "an allocation has its average price"
            message = messages.allocation(
                terms, tuple(shares), number=number, average_price=average_price, at=at
            )
        return _write(session, kind, block, message, at)


def withhold(row: FixOutbox, reason: str, *, at: datetime) -> None:
    """Never send a row that has not left."""
    FixOutbox.objects.filter(pk=row.pk, sent_at=None, withheld_at=None).update(
        withheld_at=at, withheld_reason=reason[:200]
    )


def to_send(session: FixSession, *, at: datetime) -> list[FixOutbox]:
    """What may leave now, in the order in which it was decided. An order of a day gone by is withheld here; what a trading
    stop holds back waits until the stop is lifted or the day is over. An order in the shares of before a corporate action
    is withheld too.
    """
    today = market_days.new_york_date(at)
    waiting = list(FixOutbox.objects.filter(session=session, sent_at=None, withheld_at=None).order_by("id"))
    acting = pending_actions.of_blocks({row.block_reference for row in waiting if row.kind in STOPPED}, at=at)
    found = []
    for row in waiting:
        if row.kind in OF_AN_ORDER and row.trade_on < today:
            withhold(row, f"It was for {figures.day(row.trade_on)} and could not be sent that day.", at=at)
        elif row.kind in STOPPED and row.block_reference in acting:
            withhold(row, acting[row.block_reference], at=at)
        else:
            found.append(row)
    return not_stopped(found)


def not_stopped(rows: Sequence[FixOutbox]) -> list[FixOutbox]:
    """The rows that no trading stop holds back. Asked again right before each is sent: a stop counts at once."""
    orders = {row.block_reference for row in rows if row.kind in STOPPED}
    stopped = trading_stops.held_back(orders) if orders else set()
    return [row for row in rows if row.kind not in STOPPED or row.block_reference not in stopped]


def meant_again(rows: Sequence[FixOutbox], *, at: datetime) -> list[FixOutbox]:
    """Of what the broker asks for again, what is still meant. The other rows say from now on that they were held back: whether the
    broker has those orders is not known, and is asked about until it reports one (`held_back`).
    """
    timely = [row for row in rows if is_timely(row, at=at)]
    again = not_stopped(timely)
    for left_out, reason in (
        (
            [row for row in rows if row not in timely],
            "Its market day was over when the broker asked for it again.",
        ),
        (
            [row for row in timely if row not in again],
            "Trading was stopped when the broker asked for it again.",
        ),
    ):
        keys = [row.pk for row in left_out]
        FixOutbox.objects.filter(pk__in=keys, held_back_at=None).update(
            held_back_at=at, held_back_reason=reason
        )
    FixOutbox.objects.filter(pk__in=[row.pk for row in again], held_back_at__isnull=False).update(
        held_back_at=None, held_back_reason=""
    )
    return again


def held_back() -> list[FixOutbox]:
    """New orders that the broker asked for again and did not get, and of which it has not reported anything since."""
    heard = Block.objects.filter(reference=OuterRef("block_reference")).filter(
        Q(fills__isnull=False) | Q(state__in=Block.ENDED)
    )
    rows = FixOutbox.objects.filter(kind=Kind.NEW, held_back_at__isnull=False).filter(~Exists(heard))
    return list(rows.select_related("session").order_by("id"))


def is_timely(row: FixOutbox, *, at: datetime) -> bool:
    """Whether a message that the broker asks for again is still meant: an order of a day gone by is not."""
    return row.kind not in OF_AN_ORDER or row.trade_on >= market_days.new_york_date(at)


def answered(session: FixSession, answer: AllocationAnswer, *, at: datetime) -> bool:
    """Note what a broker says to an allocation; whether it is one of ours."""
    words = f"{answer.state}: {answer.text}" if answer.text else answer.state
    return bool(
        FixOutbox.objects.filter(session=session, reference=answer.reference, kind=Kind.ALLOCATION).update(
            answered_at=at, answer=words[:300]
        )
    )


def refused(session: FixSession, *, epoch: int, number: int, text: str, at: datetime) -> FixOutbox | None:
    """Note that the broker refused a message of ours by its number, and return it."""
    row = FixOutbox.objects.filter(session=session, epoch=epoch, number=number).first()
    if row is not None:
        row.answered_at, row.answer = at, f"refused: {text}"[:300]
        row.save(update_fields=("answered_at", "answer"))
    return row


def untold() -> list[FixOutbox]:
    """New orders that never left, whose blocks have not been told."""
    return list(
        FixOutbox.objects.filter(kind=Kind.NEW, withheld_at__isnull=False, outcome_taken_at=None)
        .select_related("session")
        .order_by("id")[:200]
    )


def report_of(row: FixOutbox, kind: ReportKind, text: str, *, at: datetime) -> Report:
    """What became of an order that the broker never had, in the shape of a broker's report."""
    terms = dict(_flat(Outgoing.of_text(row.message)))
    suffix = terms.get(65, "")
    return Report(
        broker=row.session.name,
        reference=row.block_reference,
        exec_id=f"own:{row.public_id}",
        kind=kind,
        symbol=f"{terms[55]}.{suffix}" if suffix else terms[55],
        side="buy" if terms[54] == messages.BUY else "sell",
        trade_on=row.trade_on,
        transacted_at=at,
        text=text,
    )


def _flat(message: Outgoing) -> list[tuple[int, str]]:
    return [(tag, text) for tag, text in message.fields if isinstance(text, str)]


def _last_accepted(standing: dict[str, FixOutbox], block: Block) -> str:
    """The ClOrdID under which the broker has the order: the last replacement that was sent and that it has accepted."""
    answers = {
        f"{block.reference}.R{number}": state
        for number, state in block.replacements.values_list("number", "state")
    }
    replaced = [
        row
        for row in standing.values()
        if row.kind == Kind.REPLACE
        and row.sent_at is not None
        and not row.answer.startswith("refused")
        and answers.get(row.reference, BlockReplacement.State.ACCEPTED) == BlockReplacement.State.ACCEPTED
    ]
    return max(replaced, key=lambda row: row.pk).reference if replaced else block.reference


def _terms(block: Block, session: FixSession) -> OrderTerms:
    return OrderTerms(
        reference=block.reference,
        symbol=block.security.symbol,
        side=block.side,
        quantity=block.quantity,
        limit=block.limit_price,
        cusip=block.security.cusip,
        account=session.block_account or "",
        trade_on=block.trade_on,
    )


def _write(session: FixSession, kind: str, block: Block, message: Outgoing, at: datetime) -> FixOutbox:
    return FixOutbox.objects.create(
        session=session,
        kind=kind,
        block_reference=block.reference,
        reference=message.reference,
        message=message.text(),
        trade_on=block.trade_on,
        made_at=at,
    )
