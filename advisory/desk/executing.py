"""What the trading desk has to do about orders that are out, and about what custodians and brokers say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from clients import access_registers
from clients.models import ActionAccount
from rebalancing import access, market_days
from rebalancing.execution import untraded
from rebalancing.models import Block, Break, TradeError
from rebalancing.models.blocks import FILE_ROUTE
from rebalancing.pages import fix_sessions

WORDS = {
    Break.Queue.POSITIONS: ("position that differs", "positions that differ"),
    Break.Queue.CASH: ("difference in cash", "differences in cash"),
    Break.Queue.LOTS: ("difference in lots and basis", "differences in lots and basis"),
    Break.Queue.FILLS: ("question about fills", "questions about fills"),
}


def work_of(user: Any, *, at: datetime) -> Iterator[Work]:
    """The lines, for those who may answer them."""
    return chain(_breaks(user), _blocks(user, at=at), _messages(user), _actions(user), _errors(user))


def _breaks(user: Any) -> Iterator[Work]:
    queues = access.breaks_for(user).filter(ended_at=None).order_by().values("queue")
    for row in queues.annotate(count=Count("pk"), since=Min("found_on")).order_by("queue"):
        queue = Break.Queue(row["queue"])
        stops = queue is Break.Queue.POSITIONS
        yield Work(
            what=work.counted(row["count"], *WORDS[queue]),
            whom="",
            link=f"Work the queue: {queue.label.lower()}",
            url=f"{reverse('rebalancing:break_list')}?queue={queue.value}",
            why="Their accounts are not traded until the shares agree." if stops else "",
            since=row["since"],
            tone="breach" if stops else "attention",
        )


def _blocks(user: Any, *, at: datetime) -> tuple[Work, ...]:
    known = access.blocks_for(user).select_related("security", "release")
    out = known.filter(state__in=Block.WITH_THE_BROKER, filled_quantity=0)
    left = known.filter(state=Block.State.READY, route=FILE_ROUTE).order_by("trade_on", "pk")
    rows = [
        *(
            _about(one.block, "Nothing shows", "Say what became of", why=one.sentence, tone="breach")
            for one in untraded.questions(out, at=at)
        ),
        *(
            _about(one, "Does it still go:", "Decide about", why=one.held_reason)
            for one in known.filter(state=Block.State.HELD, asked_at__isnull=False).order_by("trade_on", "pk")
        ),
        *_not_taken(left, at=at),
    ]
    return work.at_most(rows, "blocks", reverse("rebalancing:blotter"))


def _not_taken(ready: Iterable[Block], *, at: datetime) -> Iterator[Work]:
    """One line for each release of which nobody took a file on its day."""
    over = [one for one in ready if market_days.closed_at(one.trade_on) <= at]
    for release in dict.fromkeys(one.release for one in over):
        own = [one for one in over if one.release_id == release.pk]
        yield Work(
            what=f"Nobody took the files of {work.counted(len(own), 'block', 'blocks')}, and their day is over",
            whom=", ".join(dict.fromkeys(one.get_custodian_display() for one in own)),
            link=f"See {release.public_id}",
            url=reverse("rebalancing:release_report", args=[release.public_id]),
            why="They end by themselves once the custodian’s files of that day do not show them.",
            since=own[0].trade_on,
            tone="breach",
        )


def _about(block: Block, what: str, link: str, *, why: str, tone: str = "attention") -> Work:
    return Work(
        what=f"{what} {block.get_side_display().lower()} {block.security.symbol}",
        whom=block.get_custodian_display(),
        link=f"{link} {block.reference}",
        url=reverse("rebalancing:block", args=[block.public_id]),
        why=why,
        since=block.trade_on,
        tone=tone,
    )


def _messages(user: Any) -> Iterator[Work]:
    for one in fix_sessions.counted(user).filter(retired_at=None):
        count: int = one.set_aside  # type: ignore[attr-defined]
        if count:
            yield Work(
                what=f"{work.counted(count, 'message', 'messages')} of a broker set aside",
                whom=one.name,
                link=f"See {one.name}",
                url=reverse("rebalancing:fix_session", args=[one.public_id]),
                tone="breach",
            )


def _actions(user: Any) -> Iterator[Work]:
    announced = access_registers.corporate_actions_for(user).filter(ended_at=None, agreement=None)
    for one in announced.order_by("effective_on", "pk")[: work.OF_A_KIND_MAX]:
        yield Work(
            what="A corporate action that nobody has agreed to",
            whom=one.security.symbol,
            link=f"Compare it: {one}",
            url=reverse("clients:corporate_action", args=[one.public_id]),
            due=one.effective_on,
        )
    unclear = access_registers.actions_in_accounts_for(user).filter(
        state=ActionAccount.State.UNCLEAR, action__ended_at=None
    )
    asked = {one.action_id: one.action for one in unclear}
    for action in list(asked.values())[: work.OF_A_KIND_MAX]:
        yield Work(
            what="Neither before nor after a corporate action",
            whom=action.security.symbol,
            link=f"Say what files show of {action}",
            url=reverse("clients:corporate_action", args=[action.public_id]),
            why="The accounts wait until somebody has looked.",
            since=action.effective_on,
            tone="breach",
        )


def _errors(user: Any) -> Iterator[Work]:
    open_ones = access.trade_errors_for(user).filter(withdrawn_at=None, corrected_at=None)
    for one in open_ones.select_related("account__household").order_by("happened_on", "pk")[
        : work.OF_A_KIND_MAX
    ]:
        yield Work(
            what=f"An error in trading: {TradeError.Cause(one.cause).label.lower()}",
            whom=one.account.household.name,
            link="Say how it was corrected",
            url=reverse("rebalancing:trade_error", args=[one.public_id]),
            since=one.happened_on,
        )
