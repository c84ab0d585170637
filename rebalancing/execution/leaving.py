"""What speaks against a block at the very minute at which it would leave: the hour, a halt, the firm's restricted list.

These are asked of everything that has not left, whenever its release was: minutes count here, and nothing of it needs the
household. What does is asked at release, and again on a later day (`day_checks`).
"""

from __future__ import annotations

from datetime import datetime

from clients.models import Security, TradingHalt
from clients.registers import market_facts
from clients.securities import securities
from compliance import restrictions
from compliance.audit_trail import audit
from compliance.firm import firm_settings
from compliance.models import ListKind
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.execution import blocks
from rebalancing.models import Block
from rebalancing.portfolios.order_terms import EXCHANGE_TRADED


def why_not(block: Block, *, at: datetime) -> str:
    """Why nobody trades a security at this moment, as a sentence; empty where it may be traded."""
    security: Security = block.security
    if security.kind in EXCHANGE_TRADED:
        halts = market_facts.halts(since=at, until=at)
        for row in (*halts.get(security.pk, ()), *halts.get(None, ())):
            # The firm's own hold is asked about at release, where a person may accept it (PTC-44).
            if row.kind != TradingHalt.Kind.VOLATILITY:
                return f"{market_facts.of_what(row)}: {row.get_kind_display().lower()} ({row.source})."
    issuer = securities.issuer_of(security)
    if issuer and any(
        one.issuer == issuer and one.kind is ListKind.RESTRICTED
        for one in restrictions.in_force(on=market_days.new_york_date(at))
    ):
        return f"{security.symbol} is on the firm’s restricted list."
    return ""


def wait_for_its_hour(block: Block, *, by: Actor, at: datetime) -> str:
    """Why this is not the minute for a block, as a sentence; its next moment is then written on it. Empty where it may leave.

    The first and last minutes of a session are left out, more of them for what is illiquid.
    """
    figures = firm_settings.in_force(on=market_days.new_york_date(at))
    moment, dated = blocks.when(
        block.security, route=block.route, trade_on=block.trade_on, figures=figures, at=at
    )
    if moment.send_at <= at:
        return ""
    before = block.trade_on
    block.trade_on, block.settles_on = dated.trade_on, dated.settles_on
    block.send_at, block.held_reason = moment.send_at, moment.reason
    block.save(update_fields=["trade_on", "settles_on", "send_at", "held_reason"])
    if block.trade_on != before:
        audit.record(
            audit.Action.BLOCK_MOVED,
            about=block,
            by=by,
            at=at,
            reference=block.reference,
            before=before.isoformat(),
            now=block.trade_on.isoformat(),
        )
    return moment.reason
