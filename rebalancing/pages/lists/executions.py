"""Best execution: every block that traded, against its arrival price, the close of its day and the spread.

Cost is in basis points of the price compared with, and positive where the trade was worse for the client than it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet

from clients import figures
from clients.models import Account, Price, Quote
from compliance.doors import pages as doors
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access, market_days
from rebalancing.models import Allocation, Block, Order

ZERO, TENTH, BASIS_POINTS = Decimal(0), Decimal("0.1"), Decimal(10_000)


class ExecutionFilters(django_filters.FilterSet):
    """The filters of the page."""

    custodian = django_filters.ChoiceFilter(
        label="Custodian", choices=Account.Custodian.choices, empty_label="Every custodian"
    )
    symbol = django_filters.CharFilter(field_name="security__symbol", label="Symbol")


KIND = Kind(
    name="executions",
    about=("execution_list", "executions"),
    filters=ExecutionFilters,
    orderings={
        "trade_on": ("trade_on", "pk"),
        "custodian": ("custodian", "-trade_on", "pk"),
        "security": ("security__symbol", "-trade_on", "pk"),
    },
    usual="-trade_on",
    first_down=frozenset({"trade_on"}),
    searched=("security__symbol", "reference"),
)
HEADER = (
    "block", "trade_on", "custodian", "route", "side", "symbol", "ordered", "filled", "average_price", "arrival_price",
    "close", "spread_bps", "cost_to_arrival_bps", "cost_to_close_bps", "amount", "accounts", "allocated", "state",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    reference: str
    trade_on: date
    custodian: str
    route: str
    side: str
    symbol: str
    ordered: Decimal
    filled: Decimal
    average: Decimal | None
    arrival: Decimal | None
    close: Decimal | None
    spread: Decimal | None
    to_arrival: Decimal | None
    to_close: Decimal | None
    amount: Decimal
    accounts: int
    allocated: Decimal
    state: str
    divide_url: str = ""

    @property
    def shown(self) -> dict[str, str]:
        """The figures as people read them."""

        def bps(figure: Decimal | None) -> str:
            if figure is None:
                return "not known"
            sign = figures.MINUS if figure < 0 else "+" if figure > 0 else ""
            return f"{sign}{abs(figure):.1f} bp"

        def dollars(figure: Decimal | None) -> str:
            return "not known" if figure is None else figures.share_price(figure)

        return {
            "ordered": figures.quantity(self.ordered),
            "filled": figures.quantity(self.filled),
            "average": dollars(self.average),
            "arrival": dollars(self.arrival),
            "close": dollars(self.close),
            "spread": bps(self.spread).lstrip("+"),
            "to_arrival": "" if self.arrival is None else bps(self.to_arrival),
            "to_close": "" if self.close is None else bps(self.to_close),
            "amount": figures.money(self.amount),
            "allocated": figures.quantity(self.allocated),
        }


@dataclass(frozen=True, slots=True)
class ExecutionsPage:
    heading: str
    rows: tuple[ExecutionRow, ...]
    listing: Listing


def show(user: Any, asked: Asked) -> ExecutionsPage:
    """The blocks that traded; they are of many households, so they are the desk's and compliance's."""
    visible = traded(user)
    found, pager = listing.page_of(asked, asked.narrowed(visible))
    count = visible.count()
    return ExecutionsPage(
        heading="1 block has traded" if count == 1 else f"{count} blocks have traded",
        rows=tuple(_with_doors(user, rows_of(found), found)),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            columns={"trade_on": "Day", "custodian": "Custodian", "security": "Trade"},
        ),
    )


def _with_doors(user: Any, rows: Iterable[ExecutionRow], blocks: Iterable[Block]) -> Iterator[ExecutionRow]:
    for row, block in zip(rows, blocks, strict=True):
        (*found,) = doors.links(("rebalancing:block_allocate",), user, block) if row.accounts > 1 else ()
        yield replace(row, divide_url=found[0].url) if found else row


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every block of the view, under `HEADER`."""
    for row in rows_of(asked.narrowed(traded(user))):
        yield (
            row.reference, row.trade_on, row.custodian, row.route, row.side, row.symbol, row.ordered, row.filled,
            row.average, row.arrival, row.close, row.spread, row.to_arrival, row.to_close, row.amount, row.accounts,
            row.allocated, row.state,
        )  # fmt: skip


def traded(user: Any) -> QuerySet[Block]:
    """The blocks with a fill that this person may see."""
    return (
        access.blocks_for(user)
        .filter(filled_quantity__gt=0)
        .select_related("security")
        .order_by("-trade_on", "-pk")
    )


def rows_of(blocks: Iterable[Block]) -> list[ExecutionRow]:
    """Blocks with what they are compared with, in a fixed number of queries."""
    rows = list(blocks)
    orders: dict[int, list[Order]] = {}
    for order in Order.objects.filter(block__in=rows).select_related("proposed").order_by("pk"):
        assert order.block_id is not None, "only orders of blocks are asked for"
        orders.setdefault(order.block_id, []).append(order)
    closes: dict[tuple[int, date], Decimal] = {}
    keys, days = {row.security_id for row in rows}, {row.trade_on for row in rows}
    for price in Price.objects.filter(security__in=keys, as_of_on__in=days).order_by("pk"):
        closes[price.security_id, price.as_of_on] = price.price
    spreads: dict[tuple[int, date], Decimal | None] = {}
    quotes = Quote.objects.filter(security__in=keys, ended_at=None)
    for one in quotes.order_by("quoted_at", "pk") if days else ():
        day = market_days.new_york_date(one.quoted_at)
        if day in days:
            spreads[one.security_id, day] = spread_of(one.bid, one.ask)
    totals = {
        each.block_id: each for each in Allocation.objects.filter(block__in=rows).order_by("block", "number")
    }
    return [
        _row(
            row,
            orders.get(row.pk, []),
            closes.get((row.security_id, row.trade_on)),
            spreads.get((row.security_id, row.trade_on)),
            totals.get(row.pk),
        )
        for row in rows
    ]


def _row(
    block: Block, orders: list[Order], close: Decimal | None, spread: Decimal | None, last: Allocation | None
) -> ExecutionRow:
    total = sum((one.quantity for one in orders), ZERO)
    # The price that the proposal was made and checked at is what the market was when the decision arrived.
    arrival = (
        (sum((one.proposed.price * one.quantity for one in orders), ZERO) / total).quantize(Decimal("0.0001"))
        if total
        else None
    )
    average = block.average_price
    return ExecutionRow(
        reference=block.reference,
        trade_on=block.trade_on,
        custodian=block.get_custodian_display(),
        route=block.route,
        side=block.side,
        symbol=block.security.symbol,
        ordered=block.quantity,
        filled=block.filled_quantity,
        average=average,
        arrival=arrival,
        close=close,
        spread=spread,
        to_arrival=cost(block.side, average, arrival),
        to_close=cost(block.side, average, close),
        amount=last.amount if last else ((average or ZERO) * block.filled_quantity).quantize(Decimal("0.01")),
        accounts=len(orders),
        allocated=sum((one.filled_quantity for one in orders), ZERO),
        state=block.get_state_display(),
    )


def cost(side: str, paid: Decimal | None, against: Decimal | None) -> Decimal | None:
    """How much worse than a price a trade was, in basis points of it; negative is better. None where one is unknown."""
    if paid is None or not against:
        return None
    worse = paid - against if side == "buy" else against - paid
    return (worse / against * BASIS_POINTS).quantize(TENTH)


def spread_of(bid: Decimal | None, ask: Decimal | None) -> Decimal | None:
    """The whole spread in basis points of its middle."""
    if not bid or not ask:
        return None
    return ((ask - bid) / ((ask + bid) / 2) * BASIS_POINTS).quantize(TENTH)
