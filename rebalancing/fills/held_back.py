"""Orders that a broker asked for again and did not get are asked about: nobody here knows whether it has them."""

from __future__ import annotations

from datetime import datetime

from rebalancing import market_days
from rebalancing.fills import breaks
from rebalancing.fix import outbox
from rebalancing.models import Block, Break

CAUSE = "held_back"


def ask(*, at: datetime) -> list[Break]:
    """A break for each such order; once the broker reports it, or somebody says that it did not trade, the break is gone."""
    rows = outbox.held_back()
    standing = Break.objects.filter(queue=Break.Queue.FILLS, cause=CAUSE, ended_at=None)
    if not rows and not standing.exists():
        return []
    blocks = {
        one.reference: one
        for one in Block.objects.filter(reference__in=[row.block_reference for row in rows]).select_related(
            "security"
        )
    }
    return breaks.settle(
        [
            breaks.Found(
                queue=Break.Queue.FILLS,
                cause=CAUSE,
                about=f"{row.block_reference} {CAUSE}",
                sentence=f"{block.side.capitalize()} {block.security.symbol}, {row.block_reference}: {row.session.name} asked for this "
                f"order again and did not get it. {row.held_back_reason} Ask the broker whether it has the order; if not, say "
                "that it did not trade.",
                security=block.security,
                block=block,
            )
            for row in rows
            if (block := blocks.get(row.block_reference)) is not None
        ],
        among=standing,
        on=market_days.new_york_date(at),
        at=at,
    )
