"""Which households are settled without a full reading, with everything that is stored of their readings.

A household is settled where nothing calls for a trade and nothing of what is on record needs more than the arrays know
(`uncovered`). Every other one is left to the full reading, which would come to the same for a settled one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rebalancing.firm_scan import changes, digits, due, history, kernel, spare, uncovered
from rebalancing.firm_scan.due import Due
from rebalancing.firm_scan.exact import Exact
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import Weights
from rebalancing.firm_scan.shared import Flags
from rebalancing.firm_scan.telling import SettledReading, Teller
from rebalancing.triggers import looks, out_of_hard_range
from rebalancing.triggers.trigger import Trigger

__all__ = ["Settled", "SettledReading", "settled"]

OUTSIDE = "outside its bands"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """The settled households, and why each other one needs a full reading."""

    facts: FirmFacts
    weights: Weights
    exact: Exact
    due: Due
    is_settled: Flags
    """By index in `FirmFacts.households`."""
    outside: dict[int, tuple[Trigger, ...]]
    """What stands outside its band in settled households that wait all the same, by that index."""
    why: NDArray[Any]
    """The first feature that asks for a full reading, empty for a settled household; by the same index."""

    @property
    def left(self) -> dict[str, int]:
        """How many households are left to the full reading, by that feature."""
        return dict(Counter(self.why[~self.is_settled].tolist()))

    def readings(self) -> Iterator[SettledReading]:
        """The stored readings of the settled households, in the order of their keys."""
        told = digits.of(self.facts, self.weights)
        teller = Teller(self.facts, self.weights, told, self.exact, which=self.is_settled)
        has_policy = self.facts.policies.key > 0
        for at in np.flatnonzero(self.is_settled).tolist():
            if not has_policy[at]:
                yield teller.without_policy(at)
            elif at in self.outside:
                yield teller.outside(at, self.outside[at], waits=self._waits(at))
            else:
                yield teller.of(at, waits=str(self.due.waits[at]))

    def _waits(self, at: int) -> str:
        """What a household outside its bands waits for."""
        if not self.due.is_due[at]:
            return str(self.due.waits[at])
        following = int(self.due.calendar_on[at])
        first = next(one for one in self.outside[at] if one.code in looks.SOFT)
        return looks.lets_wait(first, date.fromordinal(following) if following else None)


def settled(facts: FirmFacts, weights: Weights | None = None) -> Settled:
    """Which households of the firm are settled; near an edge it is decided exactly."""
    weights = weights or kernel.weigh(facts)
    exact = Exact(facts)
    past = history.read(facts.households, market_on=facts.market_on, looks_back=due.looks_back(facts))
    has_policy = facts.policies.key > 0
    left_over = np.ones(len(facts.households), dtype=np.bool_)
    why = np.full(len(facts.households), "", dtype=object)

    def leave(name: str, which: Flags) -> None:
        told = which & left_over
        why[told], left_over[told] = name, False

    for name, feature in uncovered.FEATURES.items():
        found = feature(facts)
        # Without a policy nothing more is asked than whether a proposal is open.
        leave(name, found if feature is uncovered.has_open_proposal else found & has_policy)
    leave("reasons to wait", past.had_reasons & has_policy)
    leave("cash to place", spare.found(facts, weights, past) & has_policy)
    when = due.of(facts, past)
    leave("due by the calendar", when.is_calendar & has_policy)
    outside, worthless = _outside(facts, weights)
    leave(OUTSIDE, worthless & has_policy)
    asks = facts.policies.asks_after_falls & (~when.is_due | outside) & has_policy
    leave("fall of the market", asks & due.market_has_fallen(facts) if asks.any() else asks)
    # Between two looks, or where the policy lets it wait, a class outside its band calls for nothing on this day.
    softly = facts.policies.waits_softly
    leave(OUTSIDE, _certainly_outside(facts, weights) & when.is_due & ~(softly & when.is_daily) & has_policy)
    leave("record changed", changes.found(facts, past) & has_policy)
    told = {}
    for at in np.flatnonzero(outside & left_over & has_policy).tolist():
        found_here = exact.triggers(at)
        waits = not when.is_due[at] or (softly[at] and when.is_daily[at])
        is_hard = softly[at] and any(one.code == out_of_hard_range.CODE for one in found_here)
        if found_here and (is_hard or not waits):
            why[at], left_over[at] = OUTSIDE, False
        elif found_here:
            told[at] = found_here
    return Settled(
        facts=facts, weights=weights, exact=exact, due=when, is_settled=left_over, why=why, outside=told
    )


def _certainly_outside(facts: FirmFacts, weights: Weights) -> Flags:
    found = np.zeros(len(facts.households), dtype=np.bool_)
    found[weights.household[(weights.outside | weights.beyond_hard).any(axis=1)]] = True
    return found


def _outside(facts: FirmFacts, weights: Weights) -> tuple[Flags, Flags]:
    """The households with a class outside its band or too near an edge to tell, and those with nothing that can be weighed."""
    unsure = np.zeros(len(facts.households), dtype=np.bool_)
    unsure[weights.household[weights.unsure.any(axis=1)]] = True
    poor = weights.investable <= weights.dollars.investable_error
    worthless = np.ones(len(facts.households), dtype=np.bool_)
    worthless[weights.household[~poor]] = False
    # A set worth nothing is not measured; near nothing, that is decided by a full reading.
    worthless[weights.household[poor & (weights.dollars.investable_error > 0)]] = True
    return _certainly_outside(facts, weights) | unsure, worthless
