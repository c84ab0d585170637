"""Which lots a sale relieved, and what it realized. Pure.

The instructed lots are relieved in the order of the instruction, so that a partial fill takes the lots that the plan
wanted sold first. Proceeds and basis are divided to the cent and add up. Nothing is ever edited: what becomes of a bust
or a correction is an entry that takes back the old ones, and new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.market import allocations
from rebalancing.engine.money import ZERO, cents, share_of
from rebalancing.engine.tax import holding_periods
from rebalancing.engine.tax.holding_periods import Term


@dataclass(frozen=True, slots=True)
class Instructed:
    """A lot of an instruction: shares to sell of it and their whole basis in dollars, None where it is unknown."""

    lot: str
    shares: Decimal
    basis: Decimal | None
    held_since: date | None


@dataclass(frozen=True, slots=True)
class Relieved:
    """Shares of a lot that were sold; dollars. `basis`, `gain` and `term` are None where they cannot be known."""

    lot: str
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    term: Term | None

    @property
    def gain(self) -> Decimal | None:
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def reversed(self) -> Relieved:
        """The entry that takes this one back."""
        basis = None if self.basis is None else -self.basis
        return Relieved(self.lot, -self.shares, -self.proceeds, basis, self.term)


def relieve(
    instruction: Sequence[Instructed], shares: Decimal, proceeds: Decimal, *, on: date
) -> tuple[Relieved, ...]:
    """The lots that a sale of `shares` for `proceeds` dollars relieved. Shares beyond the instruction stand for themselves,
    without a lot: what they relieve is the custodian's to say.
    """
    taken: list[tuple[Instructed, Decimal]] = []
    left = shares
    for one in instruction:
        part = min(left, one.shares)
        if part > ZERO:
            taken.append((one, part))
            left -= part
    claims = {str(number): part for number, (_, part) in enumerate(taken)}
    if left > ZERO:
        claims["rest"] = left
    if not claims:
        return ()
    amounts = allocations.share_costs(proceeds, claims)
    found = [
        Relieved(
            lot=one.lot,
            shares=part,
            proceeds=amounts[str(number)],
            basis=None if one.basis is None else cents(share_of(one.basis, part, one.shares)),
            term=None if one.held_since is None else holding_periods.term(one.held_since, on),
        )
        for number, (one, part) in enumerate(taken)
    ]
    if left > ZERO:
        found.append(Relieved("", left, amounts["rest"], None, None))
    return tuple(found)


def entries(before: Sequence[Relieved], now: Sequence[Relieved]) -> tuple[list[int], list[Relieved]]:
    """What has to be entered so that the entries so far come to `now`: which of `before` are taken back, by their places,
    and what is entered new. What still holds is left alone.
    """
    wanted = list(now)
    taken_back = []
    for place, one in enumerate(before):
        if one in wanted:
            wanted.remove(one)
        else:
            taken_back.append(place)
    return taken_back, wanted
