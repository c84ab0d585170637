"""Blocks that leave on a later session than the one they were released for: slices, and what waited.

What was checked at release has moved on since, so the same rules are asked again with the facts of the day (`day_checks`).
Where something speaks against it nobody decides silently: the block is held with the sentence, and goes once somebody says
so after the cause is gone, or with the word of whoever may accept it; or what is left is canceled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from compliance.audit_trail import audit
from compliance.firm import firm_settings, order_figures
from compliance.models import ReviewMaker
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import Conflict, NotAllowed
from rebalancing import market_days
from rebalancing.cases import case_trades
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution import blocks, day_checks
from rebalancing.execution.day_checks import Against
from rebalancing.execution.participation import Room
from rebalancing.models import Block
from rebalancing.portfolios import order_terms
from rebalancing.portfolios.portfolios import NotMeasurable, Portfolio

MOVED = "It could not leave on the day it was for, so it goes in the next session."


def is_later(block: Block) -> bool:
    """Whether a block is for a later session than its release was made for."""
    return block.trade_on > market_days.trade_day(block.release.started_at)


def bring_forward(block: Block, *, by: Actor, at: datetime) -> None:
    """Move a held block whose session is over to the next one that has room for it. Nothing where its session stands."""
    today = market_days.trade_day(at)
    if block.trade_on >= today:
        return
    rules = firm_settings.in_force(on=market_days.new_york_date(at))
    room = Room(rules.thresholds(), rules.of(order_figures.SLICE_DAYS))
    before, day = block.trade_on, today
    for _ in range(room.days_max):
        if room.fits(block, on=day):
            break
        day = new_york().session_after(day)
    else:
        day = today  # The usual volume has shrunk so much that no day has room: it is not kept for that.
    moment, dated = blocks.when(block.security, route=block.route, trade_on=day, figures=rules, at=at)
    block.trade_on, block.settles_on = dated.trade_on, dated.settles_on
    block.send_at, block.held_reason = moment.send_at, moment.reason or MOVED
    block.asked_at = None
    block.save(update_fields=["trade_on", "settles_on", "send_at", "held_reason", "asked_at"])
    audit.record(
        audit.Action.BLOCK_MOVED,
        about=block,
        by=by,
        at=at,
        reference=block.reference,
        before=before.isoformat(),
        now=block.trade_on.isoformat(),
    )


def renew_terms(block: Block, *, at: datetime) -> None:
    """Make the limit of a block of a later session anew from the day's prices: what the collar allows today."""
    _renew_terms(block, day_checks.load(block, at=at), at=at)


def why_asked(block: Block, *, by: Actor, at: datetime) -> str:
    """Why a block of a later session does not leave, as a sentence that asks a trader; empty where its checks pass."""
    if block.agreed_at is not None and market_days.trade_day(block.agreed_at) == market_days.trade_day(at):
        return ""
    if block.asked_at is not None:
        return block.held_reason  # Asked already: a trader's word is waited for, or the next session.
    loaded = day_checks.load(block, at=at)
    if block.wave == 1:
        _renew_terms(block, loaded, at=at)
    found = day_checks.of(block, loaded, at=at)
    if not found:
        return ""
    sentence = _sentence(found)
    block.asked_at, block.held_reason = at, sentence
    block.save(update_fields=["asked_at", "held_reason"])
    audit.record(audit.Action.BLOCK_ASKED, about=block, by=by, at=at, reference=block.reference, why=sentence)
    return sentence


def refuse_unless_over(block: Block, *, by: Actor, at: datetime) -> None:
    """Refuse to let a block of a later session go while something speaks against it that this person may not accept.

    Raises `Conflict` where nobody may, `NotAllowed` where compliance has to, or somebody else of it than who made the plan.
    """
    against = day_checks.of(block, at=at)
    if standing := [one for one in against if not one.can_be_accepted]:
        raise Conflict(
            f"This still speaks against it: {_sentence(standing)}",
            "Let it go once that is over, or cancel what is left; what is still called for is proposed again.",
        )
    if not against:
        return
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed(
            f"Only compliance may accept this: {_sentence(against)}",
            "Ask compliance to let it go, or cancel what is left.",
        )
    if by.person_ref in _makers(block):
        raise NotAllowed(
            "Whoever made the plan does not accept what speaks against it.", "Ask a colleague in compliance."
        )


def _sentence(found: Sequence[Against]) -> str:
    return " ".join(dict.fromkeys(one.sentence for one in found))[:300]


def _makers(block: Block) -> set[str]:
    """Everyone who shaped a plan that this block is part of."""
    reviews = block.orders.values_list("batch__revision__review", flat=True)
    makers = ReviewMaker.objects.filter(review__in=reviews).values_list("person", flat=True)
    return {str(one) for one in makers}


def agree(block: Block, *, reason: str, by: Actor, at: datetime) -> None:
    """A trader says that a block goes although a check of its day speaks against it: for this session alone."""
    block.agreed_at, block.agreed_by_id, block.agreed_reason = at, int(by.person_ref), reason[:300]
    block.save(update_fields=["agreed_at", "agreed_by", "agreed_reason"])
    audit.record(
        audit.Action.BLOCK_AGREED,
        about=block,
        by=by,
        at=at,
        reference=block.reference,
        against=block.held_reason,
        reason=reason,
    )


def _renew_terms(block: Block, loaded: Mapping[int, Portfolio | NotMeasurable], *, at: datetime) -> None:
    known = next((one for one in loaded.values() if isinstance(one, Portfolio)), None)
    if known is None or block.state != Block.State.HELD:
        return
    price = next((row.price for row in known.household.securities if row.id == block.security.symbol), None)
    terms = order_terms.of(
        block.security,
        block.side,
        block.quantity,
        quote=case_trades.quotes_of_the_day([block.security], at=at).get(block.security_id),
        price=price,
        thresholds=known.rows.figures.thresholds(),
    )
    if terms.order_type is not None and (terms.order_type, terms.limit) != (
        block.order_type,
        block.limit_price,
    ):
        block.order_type, block.limit_price = terms.order_type, terms.limit
        block.save(update_fields=["order_type", "limit_price"])
