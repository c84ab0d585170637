"""Threads beside what they are about: each trade, lot and finding of a page with what was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from compliance.models import AnchorKind
from rebalancing.pages.proposal.checks import PASS, Checks
from rebalancing.pages.proposal.talk import Place, Talk, Thread
from rebalancing.pages.proposal.trades import AccountTrades, OrderRow, Trades

Said = Mapping[Place, tuple[Thread, ...]]


def places(found: Trades, checked: Checks) -> dict[Place, str]:
    """Where on the page each thing stands that a thread can be about."""
    orders = [order for account in found.accounts for order in account.orders]
    return {
        **{(AnchorKind.TRADE, order.key): f"#{order.anchor}" for order in orders},
        **{(AnchorKind.LOT, lot.key): f"#lot-{lot.key}" for order in orders for lot in order.lots},
        **{
            (AnchorKind.FINDING, line.key): f"#finding-{line.place}"
            for line in checked.findings
            if line.severity != PASS
        },
    }


def with_trades(found: Trades, talk: Talk) -> Trades:
    """The trades with the threads about them and about their lots."""
    said = _by_place(talk)
    return replace(found, accounts=tuple(_account(one, said) for one in found.accounts)) if said else found


def with_checks(found: Checks, talk: Talk) -> Checks:
    """The findings with the threads about them, each thread at the first of several that name the same concern."""
    said = dict(_by_place(talk))
    if not said:
        return found
    lines = tuple(
        replace(line, threads=said.pop((AnchorKind.FINDING, line.key), ())) if line.severity != PASS else line
        for line in found.findings
    )
    return replace(found, findings=lines)


def _account(account: AccountTrades, said: Said) -> AccountTrades:
    return replace(account, orders=tuple(_order(order, said) for order in account.orders))


def _order(order: OrderRow, said: Said) -> OrderRow:
    return replace(
        order,
        threads=said.get((AnchorKind.TRADE, order.key), ()),
        lots=tuple(replace(lot, threads=said.get((AnchorKind.LOT, lot.key), ())) for lot in order.lots),
    )


def _by_place(talk: Talk) -> Said:
    found: dict[Place, tuple[Thread, ...]] = {}
    for thread in talk.threads:
        if thread.place_url:
            found[thread.place] = (*found.get(thread.place, ()), thread)
    return found
