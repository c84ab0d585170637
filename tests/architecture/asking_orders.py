"""What stands at the addresses of orders that were sent, what brokers said of them, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

from django.db import transaction

from compliance.people.actors import Actor
from tests.architecture.asking_review import approve, order_file
from tests.architecture.asking_things import Firm, Make, account
from tests.clock import LAST_FRIDAY, SUNDAY_NOON


def _block(firm: Firm) -> Any:
    return firm.batch.orders.select_related("block__security", "block__release").order_by("pk")[0].block


def _break(firm: Firm) -> Any:
    """What is asked about a broker's report, where there is one; else a difference in an account of the Harts."""
    from rebalancing.fills import breaks
    from rebalancing.models import Break

    if about_a_report := Break.objects.exclude(fill=None).first():
        return about_a_report
    of_the_harts = account(firm)
    if not Break.objects.filter(account=of_the_harts).exists():
        found = breaks.Found(
            queue="cash",
            cause="cash",
            about=of_the_harts.public_id,
            sentence="Cash differs.",
            account=of_the_harts,
            ours=D(100),
            theirs=D(90),
        )
        with transaction.atomic():
            breaks.settle([found], among=(), on=LAST_FRIDAY, at=SUNDAY_NOON)
    return Break.objects.get(account=of_the_harts)


def _trade_error(firm: Firm) -> Any:
    """An error in an account of the Harts that the trader recorded."""
    from rebalancing.models import TradeError
    from rebalancing.reconciliation import trade_errors

    of_the_harts = account(firm)
    if not TradeError.objects.filter(account=of_the_harts).exists():
        mistake = trade_errors.Mistake("twice", LAST_FRIDAY, "Entered twice.")
        trade_errors.record(
            of_the_harts, mistake, user_id=firm.tom.pk, by=Actor.person(firm.tom), at=SUNDAY_NOON
        )
    return TradeError.objects.get(account=of_the_harts)


def _correct(firm: Firm) -> None:
    """The trader has corrected the error; somebody else approves."""
    from rebalancing.reconciliation import trade_errors

    terms = trade_errors.Correction("Bought back.", LAST_FRIDAY, D(12), None)
    trade_errors.correct(
        _trade_error(firm), terms, user_id=firm.tom.pk, by=Actor.person(firm.tom), at=SUNDAY_NOON
    )


def _trading_stop(firm: Firm) -> Any:
    from rebalancing.execution import trading_stops
    from rebalancing.models import TradingStop

    return TradingStop.objects.filter(lifted_at=None).first() or trading_stops.place(
        "custodian", custodian="ibkr", reason="A query.", by=Actor.person(firm.tom), at=SUNDAY_NOON
    )


def _hand_out(firm: Firm) -> None:
    """The release's order files were downloaded, so its blocks are with the custodian."""
    from rebalancing.execution import orders
    from rebalancing.models import BatchFile

    for file in BatchFile.objects.filter(release=_block(firm).release, kind=BatchFile.Kind.ORDERS):
        orders.mark_exported(file, by=Actor.person(firm.tom), at=SUNDAY_NOON)


def _told(firm: Firm, kind: str, shares: str = "0", price: str = "", **more: Any) -> None:
    from rebalancing.execution.reports import Kind
    from rebalancing.fills import fills
    from tests.factories import released

    block = _block(firm)
    fills.take(
        released.told(block, Kind(kind), f"{kind} {shares}", shares, price, **more), at=released.IN_SESSION
    )


def _a_stranger_is_reported(firm: Firm) -> None:
    """A fill under a reference that is none of ours."""
    _hand_out(firm)
    _told(firm, "fill", "1", "99.50", reference="NOBODY")


def _a_fill_of_another_day(firm: Firm) -> None:
    """A fill that is dated otherwise than its order, which is asked about."""
    _hand_out(firm)
    _told(firm, "fill", "1", "99.50", trade_on=LAST_FRIDAY)


def _a_block_has_ended(firm: Firm) -> None:
    _hand_out(firm)
    _told(firm, "fill", "1", "99.50")
    _told(firm, "done_for_day", minute=9)


def _order(firm: Firm) -> Any:
    return firm.batch.orders.order_by("pk")[0]


def _a_trader_is_asked(firm: Firm) -> None:
    """A check of its day spoke against the block, so it is held."""
    from rebalancing.models import Block

    Block.objects.filter(pk=_block(firm).pk).update(
        state=Block.State.HELD, asked_at=SUNDAY_NOON, held_reason="The price has moved."
    )


def _a_broker_has_it(firm: Firm) -> None:
    """The block went out by FIX, and its broker works it."""
    from rebalancing.models import Block
    from tests.factories import fix_messages

    block = Block.objects.filter(pk=_block(firm).pk)
    session = fix_messages.session(made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)
    block.update(state=Block.State.HELD)
    block.update(route=session.name)
    block.update(state=Block.State.WORKING, sent_at=SUNDAY_NOON)


def _layout(firm: Firm) -> Any:
    from rebalancing.execution import order_layouts
    from rebalancing.models import OrderLayout

    terms = order_layouts.Terms("Ours", COLUMNS, True, ",", "Its desk, by telephone.")
    return OrderLayout.objects.filter(retired_at=None).first() or order_layouts.make(
        "schwab", "orders", terms, user_id=firm.tom.pk, by=Actor.person(firm.tom), at=SUNDAY_NOON
    )


def _fewer(firm: Firm) -> dict[str, str]:
    block = _block(firm)
    limit = "" if block.limit_price is None else f"{block.limit_price.normalize():f}"
    return {"quantity": f"{block.quantity - 1:f}", "limit": limit, "reason": "Less is needed."}


COLUMNS = "Account = account\nAction = side (B, S)\nSymbol = symbol\nShares = quantity"
LAYOUT = {"name": "Ours", "columns": COLUMNS, "has_captions": "on", "delimiter": ",", "source": "Its desk."}

OBJECTS: tuple[tuple[str, str, Make], ...] = (
    ("orders/", "public_id", lambda firm: _order(firm).public_id),
    ("order-layouts/", "public_id", lambda firm: _layout(firm).public_id),
    ("blocks/", "public_id", lambda firm: _block(firm).public_id),
    ("breaks/", "public_id", lambda firm: _break(firm).public_id),
    ("trade-errors/", "public_id", lambda firm: _trade_error(firm).public_id),
    ("releases/", "public_id", lambda firm: _block(firm).release.public_id),
    ("releases/", "name", order_file),
    ("trading-stops/", "public_id", lambda firm: _trading_stop(firm).public_id),
)


BEFORE: dict[str, Callable[[Firm], None]] = {
    f"{space}{name.replace('_', dash)}": before
    for space, dash in (("rebalancing:", "_"), ("api:", "-"))
    for name, before in (
        ("release_many", approve),
        ("block_filled", _hand_out),
        ("block_not_traded", _hand_out),
        ("block_go", _a_trader_is_asked),
        ("block_replace", _a_broker_has_it),
        ("block_allocate", _a_block_has_ended),
        ("break_match", _a_stranger_is_reported),
        ("break_reverse", _a_fill_of_another_day),
        ("trade_error_approve", _correct),
    )
}

_TYPED: dict[str, dict[str, str]] = {
    "block_allocate": {"minimum": "0.5", "reason": "A smaller part cannot be settled."},
    "block_cancel": {"reason": "The client called."},
    "block_filled": {"shares": "1", "price": "99.50", "is_all": "on", "reason": "Confirmation 4711."},
    "block_go": {"reason": "The advisor agrees."},
    "order_cancel": {"reason": "The client called."},
    "order_layout_make": {"at_custodian": "fidelity", "kind": "orders", **LAYOUT},
    "order_layout_change": {**LAYOUT, "name": "Ours, again"},
    "order_layout_retire": {"reason": "They changed it."},
    "block_not_traded": {"how": "expired", "reason": "The custodian's blotter."},
    "break_explain": {"reason": "A fee."},
    "break_reverse": {"reason": "The broker's desk, by telephone."},
    "break_split": {"part": "-4", "reason": "Two fees."},
    "trade_error_correct": {
        "correction": "Bought back.",
        "corrected_on": LAST_FRIDAY.isoformat(),
        "effect": "12.00",
    },
    "trade_error_move": {
        "error_account": "Firm errors",
        "way": "out",
        "symbol": "ZUS",
        "shares": "1",
        "price": "100",
        "moved_on": LAST_FRIDAY.isoformat(),
    },
    "trade_error_record": {
        "cause": "twice",
        "happened_on": LAST_FRIDAY.isoformat(),
        "description": "Entered twice.",
    },
    "trade_error_withdraw": {"reason": "It was none."},
    "trading_stop": {"scope": "firm", "reason": "A fat finger."},
    "trading_stop_lift": {"reason": "Answered."},
}


BODIES: dict[str, Make] = {
    **{
        address: lambda firm, typed=typed: dict(typed)  # type: ignore[misc]
        for name, typed in _TYPED.items()
        for address in (f"rebalancing:{name}", f"api:{name.replace('_', '-')}")
    },
    **{
        address: lambda firm: {"owner": str(firm.tom.pk)}
        for address in ("rebalancing:break_assign", "api:break-assign")
    },
    **{
        address: lambda firm: {"reference": _block(firm).reference}
        for address in ("rebalancing:break_match", "api:break-match")
    },
    **dict.fromkeys(("rebalancing:block_replace", "api:block-replace"), _fewer),
    "rebalancing:release_many": lambda firm: {"proposals": firm.proposal.public_id},
    "api:release-many": lambda firm: {"proposals": [firm.proposal.public_id]},
}
