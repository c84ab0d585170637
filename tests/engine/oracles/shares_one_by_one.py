"""Wash sales share by share: every share is an object, every match a pair of shares, every amount a Fraction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass
class Share:
    lot: str
    owner: str
    bought_on: date
    basis: Fraction
    held_since: date
    is_used: bool = False


@dataclass
class Tally:
    realized: Fraction = Fraction(0)
    disallowed: Fraction = Fraction(0)
    lost: Fraction = Fraction(0)
    recorded: Fraction = Fraction(0)


def wash(
    lots: list[tuple[str, date, int, int, str]], sales: list[tuple[str, date, str, int, int]], earlier: bool
) -> tuple[dict[str, Tally], dict[str, list[Share]]]:
    """`lots`: id, date, shares, cost, owner; `sales`: id, date, lot, shares, proceeds. Tallies and open shares."""
    shelf = {
        lot: [Share(lot, owner, on, Fraction(cost, count), on) for _ in range(count)]
        for lot, on, count, cost, owner in lots
    }
    bought_on = {lot: on for lot, on, *_ in lots}
    tallies = {}
    for sale, on, lot, count, proceeds in sorted(sales, key=lambda s: (s[1], bought_on[s[2]], s[0])):
        sold, shelf[lot] = shelf[lot][:count], shelf[lot][count:]
        tallies[sale] = sum_up(sold, on, Fraction(proceeds, count), shelf, earlier)
    return tallies, shelf


def sum_up(
    sold: list[Share], on: date, price: Fraction, shelf: dict[str, list[Share]], earlier: bool
) -> Tally:
    tally = Tally()
    for share in sold:
        if share.owner not in ("self_taxable", "spouse_taxable"):
            continue
        gain = price - share.basis
        tally.realized += gain
        if gain >= 0:
            continue
        other = replacement_for(share, on, shelf, earlier)
        if other is None:
            continue
        other.is_used = True
        tally.disallowed -= gain
        if other.owner == share.owner:
            other.basis -= gain
            other.held_since -= on - share.held_since
        elif other.owner in ("self_taxable", "spouse_taxable"):
            tally.recorded -= gain
        else:
            tally.lost -= gain
    return tally


def replacement_for(sold: Share, on: date, shelf: dict[str, list[Share]], earlier: bool) -> Share | None:
    free = [
        share
        for shares in shelf.values()
        for share in shares
        if not share.is_used
        and share.lot != sold.lot
        and -30 <= (share.bought_on - on).days <= 30
        and (earlier or share.bought_on >= sold.bought_on)
    ]
    return min(free, key=lambda share: (share.bought_on, share.lot), default=None)
