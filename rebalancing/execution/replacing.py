"""Other terms for a block that a FIX broker has: fewer shares, another limit, or without one order.

Two steps: the desk asks, with the statement by which it is then divided stored first; the broker accepts or refuses. Until
it has answered the block keeps its terms. Nothing goes beyond what was approved: never more shares, no price farther from
the approved one than a proposal may move before it is stale, and nothing that an account cannot pay for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from clients import figures
from compliance.audit_trail import audit
from compliance.firm import firm_settings
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from compliance.rules import limit_collar
from compliance.rules.stale_proposal import PRICE_MOVE
from rebalancing import access, market_days
from rebalancing.execution import account_cash, blocks, cash_ladder, closing, outcomes, routes
from rebalancing.execution.cash_ladder import Wish
from rebalancing.execution.reports import Kind
from rebalancing.models import Block, BlockReplacement, Fill, Order
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)
State = BlockReplacement.State
BROKER = Actor.system("broker reports")


def refusal(block: Block) -> str | None:
    """Why no other terms can be asked for; None where they can."""
    if block.state in Block.ENDED:
        return f"This block is {block.get_state_display().lower()}."
    if block.state in Block.UNSENT:
        return "It has not left yet: cancel it, or take single orders out of it."
    if block.is_by_file:
        return "Its file was handed out, and a file cannot be changed. Change it at the custodian."
    if block.cancel_asked_at is not None:
        return "The broker has been asked to cancel it."
    if pending(block) is not None:
        return "The broker has been asked for other terms and has not answered yet."
    return None


def pending(block: Block) -> BlockReplacement | None:
    """What the broker has been asked and has not answered."""
    return block.replacements.filter(state=State.ASKED).select_related("without").first()


def ask(
    block: Block,
    *,
    quantity: Decimal,
    limit: Decimal | None,
    reason: str,
    by: Actor,
    at: datetime,
    without: Order | None = None,
) -> BlockReplacement:
    """Ask the broker for other terms of a block that is out.

    Raises `NotAllowed` for anybody but a trader, `Conflict` where nothing can be asked, `BadInput` for terms that go
    beyond what was approved or that change nothing.
    """
    if refused := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader.")
    with transaction.atomic():
        block = closing.lock_block(block)
        if why := refusal(block):
            raise Conflict(why)
        _refuse_beyond(block, quantity=quantity, limit=limit, at=at)
        if without is None:
            _refuse_parts(block, quantity)
        text = _statement(block, quantity=quantity, without=without)
        asked = BlockReplacement.objects.create(
            block=block,
            number=block.replacements.count() + 1,
            quantity=quantity,
            limit_price=limit,
            quantity_before=block.quantity,
            limit_before=block.limit_price,
            without=without,
            allocation_statement=text,
            allocation_sha256=hashlib.sha256(text.encode()).hexdigest(),
            reason=reason[:300],
            asked_at=at,
            asked_by_id=int(by.person_ref),
        )
        routes.replace(block, quantity=quantity, limit=limit, at=at)
        audit.record(
            audit.Action.BLOCK_REPLACE_ASKED,
            about=block,
            by=by,
            at=at,
            sealing=[("block_replacement", asked.pk)],
            reference=block.reference,
            quantity=quantity,
            limit=limit,
            without=without.reference if without else "",
            reason=reason,
        )
    return asked


def answered(block: Block, rows: Iterable[Fill], *, filled: Decimal, at: datetime) -> None:
    """Take the broker's answer, where one has come: the block has the terms that the broker states, or keeps those it has.

    Called with the block locked. What was filled before the answer belongs to everybody by the old statement, so an order
    that was to be taken out then keeps its share, and only the rest becomes smaller.
    """
    asked = pending(block)
    if asked is None:
        return
    since = [row for row in rows if row.received_at >= asked.asked_at]
    said = next((row for row in since if row.kind == Kind.REPLACED), None)
    if said is None:
        refused = next((row for row in since if row.kind == Kind.CANCEL_REJECTED), None)
        if refused is not None:
            _answer(asked, State.REFUSED, refused.text or "The broker did not accept it.", at=at)
            audit.record(
                audit.Action.BLOCK_REPLACE_REFUSED,
                about=block,
                by=BROKER,
                at=at,
                reference=block.reference,
                text=refused.text,
            )
        return
    asked.accepted_quantity, asked.accepted_limit = said.ordered, said.ordered_limit
    _answer(asked, State.ACCEPTED, said.text, at=at)
    # What the broker states counts, and never more than was approved: what is beyond that would be nobody's.
    ordered = min(said.ordered or asked.quantity, asked.quantity_before)
    block.quantity = max(ordered, filled)
    block.limit_price = asked.limit_price and (said.ordered_limit or asked.limit_price)
    fields = ["quantity", "limit_price"]
    # More shares than were asked for are divided by the statement of before: an order that was to be taken out stays.
    taken_out = asked.without if not filled and ordered <= asked.quantity else None
    if taken_out is not None or (asked.without is None and ordered == asked.quantity):
        block.allocation_statement = asked.allocation_statement
        block.allocation_sha256 = asked.allocation_sha256
        fields += ["allocation_statement", "allocation_sha256"]
    if block.quantity == block.filled_quantity:
        # All that is still ordered was filled before the answer.
        block.state, block.ended_at = Block.State.FILLED, at
        fields += ["state", "ended_at"]
    block.save(update_fields=fields)
    if taken_out is not None:
        order = Order.objects.get(pk=taken_out.pk)
        order.state, order.ended_at, order.end_reason = Order.State.CANCELED, at, asked.reason
        order.save(update_fields=["state", "ended_at", "end_reason"])
        outcomes.settle([order.batch_id], at=at)
    audit.record(
        audit.Action.BLOCK_REPLACED,
        about=block,
        by=BROKER,
        at=at,
        sealing=[("block", block.pk)],
        reference=block.reference,
        quantity=block.quantity,
        limit=block.limit_price,
        without=taken_out.reference if taken_out else "",
        stated="" if said.ordered is None else _words(said.ordered, said.ordered_limit),
    )


def other_terms(block: Block, rows: Iterable[Fill]) -> str:
    """How the terms that the broker states differ from those that it was asked for, in a sentence; empty where they do not.

    After an answer to what we asked that answer counts; what nobody asked for is told by itself, and changes no block.
    """
    last = block.replacements.filter(state=State.ACCEPTED).order_by("number").last()
    if last is not None:
        limit = last.accepted_limit if last.limit_price is not None else None
        stated = (last.accepted_quantity or last.quantity, limit or last.limit_price)
        # What was filled before the answer cannot be taken back, so that a broker then states as much.
        asked = (max(last.quantity, min(block.filled_quantity, stated[0])), last.limit_price)
        if stated != asked:
            return (
                f"The broker was asked for {_words(last.quantity, last.limit_price)} and has accepted {_words(*stated)}. "
                "Its terms count until others are asked for; ask again, or cancel the block."
            )
        return ""
    said = max(
        (row for row in rows if row.kind == Kind.REPLACED and (row.ordered or row.ordered_limit)),
        key=lambda row: (row.transacted_at, row.pk),
        default=None,
    )
    if said is None:
        return ""
    stated = (said.ordered or block.quantity, said.ordered_limit or block.limit_price)
    if stated == (block.quantity, block.limit_price):
        return ""
    return (
        f"The broker says that it has {_words(*stated)} on order; it was sent {_words(block.quantity, block.limit_price)} and "
        "nobody asked for other terms. Ask the broker, or cancel the block."
    )


def _words(quantity: Decimal, limit: Decimal | None) -> str:
    shares = f"{figures.quantity(quantity)} shares"
    return shares if limit is None else f"{shares} at ${limit.normalize():f}"


def taken_out(block: Block) -> set[int]:
    """The keys of the orders that were taken out of a block; one that had a share by then is still part of it."""
    accepted = block.replacements.filter(state=State.ACCEPTED, without__state=Order.State.CANCELED)
    return {key for key in accepted.values_list("without", flat=True) if key is not None}


def widest_limit(block: Block) -> Decimal | None:
    """The limit that every fill has to be within: fills before a replacement were under the limit before it."""
    if block.limit_price is None:
        return None
    before = block.replacements.filter(state=State.ACCEPTED).values_list("limit_before", flat=True)
    limits = [block.limit_price, *(one for one in before if one is not None)]
    return max(limits) if block.side == "buy" else min(limits)


def _answer(asked: BlockReplacement, state: State, text: str, *, at: datetime) -> None:
    asked.state, asked.answered_at, asked.answer = state, at, text[:300]
    asked.save(update_fields=["state", "answered_at", "answer", "accepted_quantity", "accepted_limit"])


def _statement(block: Block, *, quantity: Decimal, without: Order | None) -> str:
    orders = [one for one in blocks.live(block) if without is None or one.pk != without.pk]
    return blocks.statement(block, orders, total=quantity)


def _refuse_parts(block: Block, quantity: Decimal) -> None:
    """What a block is made smaller by is as whole as an order is: a fraction that it has itself stays (rule PTC-24)."""
    step = block.security.increment
    if (block.quantity - quantity) % step:
        raise BadInput(
            f"{block.security.symbol} is traded in steps of {figures.quantity(step)} share{'' if step == 1 else 's'}.",
            "Type a number of shares that can be ordered.",
        )


def _refuse_beyond(block: Block, *, quantity: Decimal, limit: Decimal | None, at: datetime) -> None:
    if (quantity, limit) == (block.quantity, block.limit_price):
        raise BadInput("Nothing is changed.", "Type fewer shares or another limit.")
    if quantity > block.quantity:
        raise BadInput(
            f"Only {figures.quantity(block.quantity)} shares were approved.", "Type as many or fewer."
        )
    if quantity <= block.filled_quantity:
        raise BadInput(
            f"{figures.quantity(block.filled_quantity)} shares are filled already.",
            "Type more than these, or cancel the rest.",
        )
    if (limit is None) != (block.order_type != limit_collar.LIMIT):
        raise BadInput("The kind of an order does not change.", "Cancel it, and release it anew.")
    if limit is None or limit == block.limit_price:
        return
    move = firm_settings.in_force(on=market_days.new_york_date(at)).thresholds().of(PRICE_MOVE)
    for order in blocks.live(block):
        approved = order.proposed.price
        farthest = approved * (1 + move if block.side == "buy" else 1 - move)
        if limit > farthest if block.side == "buy" else limit < farthest:
            raise BadInput(
                f"The order was approved at {figures.money(approved)} a share, so a limit beyond "
                f"{figures.money(farthest)} is another decision.",
                "Cancel it, and have a new proposal reviewed.",
            )
        if block.side == "buy" and block.limit_price is not None and limit > block.limit_price:
            _refuse_unpaid(block, order, limit=limit, at=at)


def _refuse_unpaid(block: Block, order: Order, *, limit: Decimal, at: datetime) -> None:
    """A higher limit must be paid for in every account, with all else that is on its way."""
    portfolio = portfolios.load(
        order.batch.revision.proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
    )
    found = portfolio.accounts if isinstance(portfolio, Portfolio) else ()
    account = next((one for one in found if one.pk == order.account_id), None)
    if account is None or not isinstance(portfolio, Portfolio):
        raise BadInput(f"The cash of {order.account.name} is not known.", "Cancel the order instead.")
    wish = Wish(order.reference, order.quantity, limit, block.settles_on)
    cash = account_cash.of(portfolio, account, but=[order.pk])
    before = Wish(order.reference, order.quantity, block.limit_price or limit, block.settles_on)
    quantities = {order.reference: order.quantity}
    if cash_ladder.fits(cash, [before], quantities) and not cash_ladder.fits(cash, [wish], quantities):
        raise BadInput(f"{order.account.name} cannot pay for that limit.", "Type a lower one.")
