"""Weights of the whole firm by class, from arrays: dollars once, and for any bands what stands outside of them.

The rules of the bands are those of the triggers (`edges`), over the firm's columns instead of one household's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rebalancing.firm_scan.facts import Bands, FirmFacts, Flags, Floats, Ints
from rebalancing.firm_scan.shared import MILLION
from rebalancing.triggers import out_of_band, out_of_hard_range

EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True, kw_only=True)
class Dollars:
    """What each set of weights holds of each class: shape (sets, classes), dollars. A set is a household, or an account of one
    that weighs each by itself; `account` is -1 for a household. `error` bounds how far a figure may be off.
    """

    household: Ints
    account: Ints
    by_account: Floats
    """Shape (accounts, classes)."""
    account_error: Floats
    value: Floats
    error: Floats
    investable: Floats
    investable_error: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each set of weights comes to: shapes (sets,) and (sets, classes). Fractions of one; 0 where nothing is invested.

    Where floats are too close to an edge to tell, `unsure` is true and `outside` says nothing.
    """

    dollars: Dollars
    bands: Bands
    weight: Floats
    outside: Flags
    beyond_hard: Flags
    unsure: Flags
    worst: Ints
    """Index of the class furthest from its target; -1 where nothing is invested."""

    @property
    def household(self) -> Ints:
        """Index of the household in `FirmFacts.households`."""
        return self.dollars.household

    @property
    def account(self) -> Ints:
        """Index of the account in `FirmFacts.accounts`; -1 for a household."""
        return self.dollars.account

    @property
    def investable(self) -> Floats:
        """Dollars that weights are taken of."""
        return self.dollars.investable

    def flagged(self, households: int) -> Flags:
        """Households with a class outside its band, or too near an edge to tell: shape (households,)."""
        found = np.zeros(households, dtype=np.bool_)
        found[self.household[(self.outside | self.unsure).any(axis=1)]] = True
        return found


def dollars(facts: FirmFacts) -> Dollars:
    """Dollars by account, set and class, looked through and with free cash."""
    lots, held, count = facts.lots, facts.securities, len(facts.classes.codes)
    accounts = facts.accounts
    size = len(accounts.key) * count
    price = np.nan_to_num(held.price)
    value = lots.quantity * price[lots.security]
    base = lots.account * count
    held_value = np.zeros(size)
    for column in range(held.part_class.shape[1]):
        part = held.part_weight[:, column] / MILLION
        weight = part[lots.security]
        which: slice | Flags = slice(None) if column == 0 else weight > 0
        place = base[which] + held.part_class[:, column][lots.security[which]]
        held_value += np.bincount(place, weights=value[which] * weight[which], minlength=size)
    by_class = held_value.reshape(len(accounts.key), count)
    terms = np.bincount(lots.account, minlength=len(accounts.key)) + 8.0
    cash = facts.cash / 100
    by_account = by_class.copy()
    by_account[:, facts.classes.cash] += cash
    by_class[:, facts.classes.cash] += np.abs(cash)
    of = facts.set_of_account
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    if not len(starts):
        nothing = np.zeros((0, count))
        return Dollars(
            household=np.zeros(0, dtype=np.int64),
            account=np.zeros(0, dtype=np.int64),
            by_account=by_account,
            account_error=by_class,
            value=nothing,
            error=nothing,
            investable=np.zeros(0),
            investable_error=np.zeros(0),
        )
    summed = np.add.reduceat(by_account, starts, axis=0)
    gross = np.add.reduceat(by_class, starts, axis=0)
    household = accounts.household[starts]
    many = np.add.reduceat(terms, starts)[:, None] * EPSILON
    error = gross * many
    return Dollars(
        household=household,
        account=np.where(facts.policies.pools[household], -1, starts),
        by_account=by_account,
        account_error=by_class * terms[:, None] * EPSILON,
        value=summed,
        error=error,
        investable=summed.sum(axis=1),
        investable_error=error.sum(axis=1) * 2,
    )


def weigh(facts: FirmFacts, bands: Bands | None = None, *, of: Dollars | None = None) -> Weights:
    """The firm's weights against the bands of its policies, or against others (a what-if), of dollars that are at hand."""
    found, wanted = of or dollars(facts), bands or facts.bands
    is_invested = found.investable > 0
    weight = np.divide(
        found.value, found.investable[:, None], out=np.zeros_like(found.value), where=is_invested[:, None]
    )
    at = found.household
    named = wanted.named[at]
    counts = (named | (found.value != 0)) & is_invested[:, None] & (facts.policies.key[at] > 0)[:, None]
    row, which = np.nonzero(counts)
    here = at[row], which
    given = {
        "value": found.value[row, which],
        "investable": found.investable[row],
        "target": wanted.target[here],
        "lower": wanted.lower[here],
        "upper": wanted.upper[here],
        "edge_is_breach": wanted.edge_is_breach[at[row]].astype(np.int64),
        "has_hard_range": wanted.has_hard_range[here].astype(np.int64),
        "hard_lower": wanted.hard_lower[here],
        "hard_upper": wanted.hard_upper[here],
    }
    leaves = out_of_band.leaves(given)
    outside, beyond, unsure = (np.zeros(counts.shape, dtype=np.bool_) for _ in range(3))
    outside[row, which] = leaves.yes
    unsure[row, which] = leaves.unsure
    if wanted.has_hard_range.any():
        hard = out_of_hard_range.fires(given)
        beyond[row, which] = hard.yes
        unsure[row, which] |= hard.unsure
    drift = np.where(counts, np.abs(weight - wanted.target[at]), -1.0)
    # The last of equal drifts, as `Measured.worst` has it: codes are in order.
    last = drift.shape[1] - 1 - np.argmax(drift[:, ::-1], axis=1) if drift.shape[1] else np.zeros(len(at))
    return Weights(
        dollars=found,
        bands=wanted,
        weight=weight,
        outside=outside,
        beyond_hard=beyond,
        unsure=unsure,
        worst=np.where(is_invested, last, -1).astype(np.int64),
    )
