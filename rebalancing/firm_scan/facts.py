"""The firm's facts as arrays: everything that a reading of every household asks for, by household, account, lot and class.

Floats choose; what is stored is decided exactly (`digits`). Money is dollars, weights are fractions of one, days are
ordinals (`date.toordinal`), 0 where there is none. Rows are in the order of their keys; indexes point into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """What each household's policy wants of each class: shape (households, classes), fractions of one.

    Edges are those that hold for the household (`policy_terms.edges_for`). A class that the policy does not name has zeros and
    `named` false. `edge_is_breach` has one entry for each household. A what-if passes another one of these.
    """

    target: Floats
    lower: Floats
    upper: Floats
    hard_lower: Floats
    hard_upper: Floats
    has_hard_range: Flags
    named: Flags
    edge_is_breach: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Lots:
    """Every lot that counts in a weight, in no particular order: shape (lots,). `account` and `security` are indexes."""

    account: Ints
    security: Ints
    quantity: Floats
    basis: Floats
    """Dollars; NaN where it is unknown."""


@dataclass(frozen=True, kw_only=True)
class FirmFacts:
    """The facts of every open household on a market day.

    `households` are keys in ascending order. Accounts are those open on the trade day, in the order of their households.
    `price` is NaN where none is known. Look-through is in (`part_security`, `part_class`, `part_weight`), a row for each class of
    a security.
    """

    market_on: date
    trade_on: date
    households: Ints
    has_policy: Flags
    pools: Flags
    """Whether the household is weighed as one portfolio; otherwise each account by itself. Shape (households,)."""
    bands: Bands
    accounts: Ints
    account_household: Ints
    account_cash: Floats
    """Free cash: settled, unsettled and swept, with flows and less what is kept back. Shape (accounts,)."""
    is_measured: Flags
    """Whether the account counts in weights: where each is weighed by itself, only those that may be traded do."""
    classes: tuple[str, ...]
    class_names: tuple[str, ...]
    cash_class: int
    securities: Ints
    price: Floats
    part_security: Ints
    part_class: Ints
    part_weight: Floats
    lots: Lots

    @cached_property
    def values(self) -> Floats:
        """Dollars by account and class: shape (accounts, classes)."""
        from rebalancing.firm_scan import kernel

        return kernel.values(self)


def read(*, market_on: date, trade_on: date) -> FirmFacts:
    """The facts of every household that is open on a market day, in a fixed number of queries."""
    raise NotImplementedError
