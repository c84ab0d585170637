"""Weights of the whole firm by class, from arrays: values once, and for any bands what stands outside of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rebalancing.firm_scan.facts import Bands, FirmFacts, Flags, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each set of weights comes to. A set is a household, or an account of one that weighs each by itself.

    Shapes: (sets,) and (sets, classes). Dollars and fractions of one; NaN where nothing is invested. Where floats are too
    close to an edge to tell, `unsure` is true and `outside` says nothing.
    """

    household: Ints
    """Index of the household in `FirmFacts.households`."""
    account: Ints
    """Index of the account in `FirmFacts.accounts`; -1 for a household."""
    value: Floats
    investable: Floats
    weight: Floats
    outside: Flags
    beyond_hard: Flags
    unsure: Flags
    worst: Ints
    """Index of the class furthest from its target; -1 where nothing is invested."""

    def flagged(self, households: int) -> Flags:
        """Households with a class outside its band, or too near an edge to tell: shape (households,)."""
        found = np.zeros(households, dtype=np.bool_)
        found[self.household[(self.outside | self.unsure).any(axis=1)]] = True
        return found


def values(facts: FirmFacts) -> Floats:
    """Dollars by account and class, looked through and with free cash: shape (accounts, classes)."""
    raise NotImplementedError


def weigh(facts: FirmFacts, bands: Bands | None = None) -> Weights:
    """The firm's weights against the bands of its policies, or against others (a what-if)."""
    raise NotImplementedError
