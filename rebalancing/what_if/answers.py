"""The answer to a what-if: households outside their bands now and then, what would move, and what it might cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from rebalancing.firm_scan import facts as firm_facts
from rebalancing.firm_scan import kernel
from rebalancing.firm_scan.exact import Exact
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import Dollars, Weights
from rebalancing.firm_scan.shared import Flags, Floats
from rebalancing.what_if import estimates
from rebalancing.what_if.changes import Change, applied
from rebalancing.what_if.estimates import Holdings, Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Every household as it is, or with the change: shape (households,). Dollars; NaN where it is not known."""

    flagged: Flags
    moved: Floats
    gain: Floats
    tax: Floats
    cost: Floats
    weights: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What some households come to together, in dollars. `unknown` of them sell what has no basis on record; their tax is in no sum."""

    households: int
    flagged: int
    moved: Decimal
    gain: Decimal
    tax: Decimal
    cost: Decimal
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Both sides. `asked` are the measured households that the question is about."""

    facts: FirmFacts
    change: Change
    asked: Flags
    before: Side
    after: Side

    @property
    def newly(self) -> Flags:
        return self.asked & self.after.flagged & ~self.before.flagged

    @property
    def no_longer(self) -> Flags:
        return self.asked & self.before.flagged & ~self.after.flagged

    @property
    def still(self) -> Flags:
        return self.asked & self.before.flagged & self.after.flagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The firm as it is, with everything that every what-if asks again."""

    facts: FirmFacts
    dollars: Dollars
    holdings: Holdings
    ways: Ways
    half_spread: Floats
    """Of what each household holds, by its value; the firm's usual one where a security's own is not on record."""

    @classmethod
    def of(cls, facts: FirmFacts) -> Present:
        return cls(
            facts=facts,
            dollars=kernel.dollars(facts),
            holdings=estimates.holdings(facts),
            ways=estimates.ways(facts),
            half_spread=estimates.half_spreads(facts),
        )

    def among(self, households: Collection[int]) -> Flags:
        """Which of the firm's households are among these keys, have a policy and something to weigh."""
        found = np.isin(self.facts.households, np.fromiter(households, dtype=np.int64, count=len(households)))
        invested = np.zeros(len(found), dtype=np.bool_)
        invested[self.dollars.household[self.dollars.investable > 0]] = True
        measured: Flags = found & invested & (self.facts.policies.key > 0)
        return measured

    def following(self, model_id: int) -> Flags:
        """The households whose policy names a model, whatever its version."""
        of = {
            key
            for key, one in self.facts.versions.items()
            if one is not None and one.row.model_id == model_id
        }
        terms = self.facts.policies
        found = np.zeros(len(terms.key), dtype=np.bool_)
        for version, follows in of:
            found |= (terms.version == version) & (terms.follows == follows) & (terms.key > 0)
        return found

    def ask(self, change: Change, *, asked: Flags, rate: Decimal) -> Answer:
        """What the change would mean for the households asked about, at a rate of tax on gains."""
        spread = self.half_spread
        if change.half_spread is not None:
            spread = np.where(asked, float(change.half_spread), spread)
        then = applied(self.facts, change, to=asked)
        return Answer(
            facts=self.facts,
            change=change,
            asked=asked,
            before=self._side(self.facts, rate=rate, half_spread=self.half_spread),
            after=self._side(then, rate=rate, half_spread=spread),
        )

    def _side(self, facts: FirmFacts, *, rate: Decimal, half_spread: Floats) -> Side:
        weights = kernel.weigh(facts, of=self.dollars)
        flagged = outside(facts, weights)
        found = estimates.estimate(facts, weights, flagged, of=self.holdings, by=self.ways)
        return Side(
            flagged=flagged,
            moved=found.moved,
            gain=found.gain,
            tax=estimates.taxes(found.gain, rate=float(rate)),
            # Sold and bought: twice what moves.
            cost=np.round(found.moved * 2 * half_spread, 2),
            weights=weights,
        )


def outside(facts: FirmFacts, weights: Weights) -> Flags:
    """The households with a class outside its band; where floats are too near an edge it is decided exactly."""
    found = np.zeros(len(facts.households), dtype=np.bool_)
    found[weights.household[weights.outside.any(axis=1)]] = True
    near = np.zeros(len(facts.households), dtype=np.bool_)
    near[weights.household[weights.unsure.any(axis=1)]] = True
    undecided = np.flatnonzero(near & ~found).tolist()
    if undecided:
        exact = _exact(facts)
        for at in undecided:
            # Where the firm has changed between, the edge itself is told as outside until somebody asks again.
            found[at] = exact is None or exact.is_outside(at)
    return found


def _exact(facts: FirmFacts) -> Exact | None:
    """The households to the last digit, with the firm's lots read again where they were let go (`kept`)."""
    if len(facts.lots.account):
        return Exact(facts)
    whole = firm_facts.read(market_on=facts.market_on, trade_on=facts.trade_on)
    if not np.array_equal(whole.households, facts.households):
        return None
    return Exact(replace(whole, policies=facts.policies))


def sum_of(side: Side, which: Flags) -> Sum:
    """The households of `which` together."""
    flagged = which & side.flagged
    known = flagged & ~np.isnan(side.gain)
    return Sum(
        households=int(which.sum()),
        flagged=int(flagged.sum()),
        moved=dollars(side.moved[flagged].sum()),
        gain=dollars(side.gain[known].sum()),
        tax=dollars(side.tax[known].sum()),
        cost=dollars(side.cost[flagged].sum()),
        unknown=int((flagged & ~known).sum()),
    )


def dollars(amount: float) -> Decimal:
    """A figure of an estimate to the cent."""
    return Decimal(f"{amount:.2f}") + 0
