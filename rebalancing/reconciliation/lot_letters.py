"""A sale's lots three ways, beside each other, and the letter that asks the custodian to correct what it relieved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from clients import figures
from rebalancing import market_days
from rebalancing.client_reports import letterheads, typesetting
from rebalancing.engine.market.settlement import Settlement, lot_instruction_deadline
from rebalancing.models import Break, Order
from rebalancing.reconciliation import books, finding
from rebalancing.reconciliation.comparing import ThreeWays

TEMPLATE = settings.PROJECT / "templates" / "rebalancing" / "rebalancing_policy.typ"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the custodian is asked: the sale, its lots three ways, and until when they can still be changed."""

    order: Order
    ways: ThreeWays
    deadline: date

    def is_late(self, *, on: date) -> bool:
        """Whether settlement is over, so that only a correction by the custodian itself helps."""
        return on > self.deadline


def of(row: Break) -> Asked | None:
    """The three ways of a break about other lots; None for any other, or where the files no longer tell."""
    if row.cause != "other_lots" or row.order is None or row.order.block is None or row.account is None:
        return None
    last = row.account.reconciled_days.exclude(book={}).first()
    if last is None:
        return None
    was = books.read(last.book)
    now, lots_on = books.of(row.account, on=last.as_of_on)
    on = lots_on or last.as_of_on
    limits = finding.tolerance(on=on)
    ways = {
        order.pk: each for order, each in finding.lots_three_ways(row.account, was, now, on=on, limits=limits)
    }
    found = ways.get(row.order_id) if row.order_id else None
    if found is None:
        return None
    settlement = Settlement(row.order.block.trade_on, row.order.block.settles_on)
    return Asked(row.order, found, lot_instruction_deadline(settlement))


def pdf_of(row: Break, asked: Asked, *, at: datetime) -> bytes:
    """The letter as a tagged PDF; the same break and moment give the same bytes."""
    values = template_values(row, asked, on=market_days.new_york_date(at))
    return typesetting.printed(TEMPLATE, name="policy", values=values, timestamp=int(at.timestamp()))


def template_values(row: Break, asked: Asked, *, on: date) -> dict[str, Any]:
    """What the letter prints; the account by its last digits only."""
    head, order, account = letterheads.in_force(on=on), asked.order, row.account
    assert account is not None, "lots are of an account"
    block = order.block
    assert block is not None, "only orders of blocks are compared"
    ask = (
        f"Settlement was on {asked.deadline:%B} {asked.deadline.day}, {asked.deadline.year}. Please correct your own record of the "
        "lots relieved and confirm it in writing."
        if asked.is_late(on=on)
        else f"Please relieve the lots as instructed before settlement on {asked.deadline:%B} {asked.deadline.day}, "
        f"{asked.deadline.year}, and confirm it in writing."
    )
    return {
        "title": "Lots relieved otherwise than instructed",
        "firm": head.name,
        "firm_lines": [*head.lines, *head.address],
        "firm_contact": head.contact,
        "date": figures.day(on),
        "as_of": f"To {account.get_custodian_display()}, about the account {figures.masked(account.number_last4)}; our order "
        f"{order.reference}",
        "sections": [
            {
                "title": "What happened",
                "paragraphs": [
                    f"On {block.trade_on:%B} {block.trade_on.day}, {block.trade_on.year} we sold "
                    f"{figures.quantity(order.filled_quantity)} shares of {order.security.symbol} in this account and named the lots "
                    "to relieve with the order (Treas. Reg. 1.1012-1(c)). Your file shows other lots.",
                ],
                "table": {
                    "caption": "The lots of the sale, in shares",
                    "heads": ["Lot", "Acquired", "Instructed", "Executed", "Relieved by you"],
                    "rows": [
                        [
                            line.key,
                            figures.day(line.acquired_on) if line.acquired_on else "",
                            _shares(line.intended),
                            _shares(line.executed),
                            _shares(line.relieved),
                        ]
                        for line in asked.ways.lines
                    ],
                },
            },
            {"title": "What we ask", "paragraphs": [ask], "table": None},
        ],
    }


def _shares(figure: Decimal) -> str:
    return figures.quantity(figure)
