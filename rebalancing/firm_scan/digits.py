"""Floats as the whole cents and millionths that are stored, and where they are too near a half to tell.

A figure is sure where it stays away from every half of its last digit by more than it may be off. Everything else is decided
exactly, household by household (`exact`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import EPSILON, Weights
from rebalancing.firm_scan.shared import MILLION, Flags, Floats, Ints


@dataclass(frozen=True, kw_only=True)
class Digits:
    """The digits of every set and account: cents and millionths. `is_sure` is by household.

    `shown` are the classes that a set names: those of the policy and what is held; `held` those that an account holds.
    """

    value: Ints
    weight: Ints
    shown: Flags
    is_owed: Flags
    is_under: Flags
    """Where value and drift are below zero: a figure that rounds to zero keeps its sign."""
    investable: Ints
    of_account: Ints
    account_weight: Ints
    held: Flags
    is_account_owed: Flags
    points: Ints
    """Of the worst class: its drift in tenths of a percentage point, rounded half to even."""
    share: Ints
    """Of the worst class: its weight in tenths of a percent, rounded half up."""
    is_sure: Flags


def of(facts: FirmFacts, weights: Weights) -> Digits:
    """The digits of the whole firm."""
    found = weights.dollars
    at = found.household
    sure = np.ones(len(facts.households), dtype=np.bool_)
    target = weights.bands.target[at]
    invested = np.where(found.investable > 0, found.investable, 1.0)[:, None]
    weight_error = (found.error + np.abs(weights.weight) * found.investable_error[:, None]) / invested
    weight_error += 4 * EPSILON
    value, value_sure = rounded(found.value * 100, found.error * 100)
    weight, weight_sure = rounded(weights.weight * MILLION, weight_error * MILLION)
    investable, investable_sure = rounded(found.investable * 100, found.investable_error * 100)
    named = weights.bands.named[at]
    shown = named | (found.value != 0)
    drift = weights.weight - target
    is_nothing = (found.error == 0) & (target == 0)
    is_near_zero = (np.abs(drift) <= 2 * weight_error) & ~is_nothing
    maybe_nothing = (np.abs(found.value) <= found.error) & (found.error > 0)
    unsure = (shown & (~value_sure | ~weight_sure | is_near_zero)) | maybe_nothing
    row = np.arange(len(at))
    far = np.where(shown, np.abs(drift), -1.0)
    worst = np.maximum(weights.worst, 0)
    largest = far[row, worst] if len(at) else np.zeros(0)
    far[row, worst] = -1.0
    second = far.max(axis=1, initial=-1.0)
    tenth = weights.weight[row, worst] * 1000
    share, share_sure = rounded(tenth, weight_error[row, worst] * 1000)
    points, points_sure = rounded(np.abs(drift[row, worst]) * 1000, weight_error[row, worst] * 2000)
    # Where weight and target read alike with one digit, it takes more of them.
    wanted = np.floor(np.round(target[row, worst] * MILLION) / 1000 + 0.5).astype(np.int64)
    set_sure = ~unsure.any(axis=1) & investable_sure & share_sure & points_sure & (share != wanted)
    set_sure &= largest - second > 4 * weight_error.max(axis=1, initial=0.0)
    sure[at[~set_sure]] = False
    sure[
        _near_ties(at, np.where(weights.worst >= 0, largest, -1.0), weight_error.max(axis=1, initial=0.0))
    ] = False
    own = found.by_account.sum(axis=1)
    own_error = found.account_error.sum(axis=1) * 2
    is_invested = own > 0
    share_of_account = np.divide(
        found.by_account, own[:, None], out=np.zeros_like(found.by_account), where=is_invested[:, None]
    )
    off = found.account_error + np.abs(share_of_account) * own_error[:, None]
    off = off / np.where(is_invested, own, 1.0)[:, None] + 4 * EPSILON
    of_account, first = rounded(own * 100, own_error * 100)
    account_weight, each = rounded(share_of_account * MILLION, off * MILLION)
    nearly = (np.abs(found.by_account) <= found.account_error) & (found.account_error > 0)
    near_nothing = (np.abs(own) <= own_error) & (own_error > 0)
    held = (found.by_account != 0) & is_invested[:, None]
    bad = ~first | (held & ~each).any(axis=1) | nearly.any(axis=1) | near_nothing
    sure[facts.accounts.household[bad & facts.policies.pools[facts.accounts.household]]] = False
    return Digits(
        value=value,
        weight=weight,
        shown=shown,
        is_owed=found.value < 0,
        is_under=drift < 0,
        investable=investable,
        of_account=of_account,
        account_weight=account_weight,
        held=held,
        is_account_owed=found.by_account < 0,
        points=points,
        share=share,
        is_sure=sure,
    )


def _near_ties(household: Ints, drift: Floats, error: Floats) -> Ints:
    """The households of several sets of which two stand about as far from a target."""
    order = np.lexsort((-drift, household))
    first = np.flatnonzero(np.diff(household[order], prepend=-1))
    second = first + 1
    first, second = first[second < len(order)], second[second < len(order)]
    one, other = order[first], order[second]
    near = drift[one] - drift[other] <= 4 * np.maximum(error[one], error[other])
    found: Ints = household[one][near & (household[one] == household[other])]
    return found


def rounded(scaled: Floats, error: Floats) -> tuple[Ints, Flags]:
    """Whole numbers nearest to figures in units of their last digit, and where no half is within what they may be off."""
    whole = np.rint(scaled)
    away = 0.5 - np.abs(scaled - whole)
    is_sure = (away > error + np.abs(scaled) * EPSILON) & (np.abs(scaled) < 2.0**52)
    return whole.astype(np.int64), is_sure


def worth(facts: FirmFacts) -> Ints:
    """What each household owns, in cents, as its page says (`clients.holdings.valuation`): every lot to the cent once."""
    lots, held, own = facts.lots, facts.securities, facts.accounts
    total = np.bincount(own.household, weights=own.settled + own.unsettled, minlength=len(facts.households))
    total += np.bincount(
        facts.household_of_lot,
        weights=cents(lots.micro, held.price_micro[lots.security]),
        minlength=len(facts.households),
    )
    alone = facts.positions
    swept = alone.is_swept
    total += np.bincount(
        own.household[alone.account[swept]],
        weights=cents(alone.micro[swept].astype(np.float64), held.price_micro[alone.security[swept]]),
        minlength=len(facts.households),
    )
    return total.astype(np.int64)


def cents(micro: Floats, price_micro: Ints) -> Floats:
    """Millionths of shares at millionths of a dollar in whole cents, halves away from zero; exact."""
    scaled = micro * price_micro / 1e10
    whole = np.floor(np.abs(scaled) + 0.5)
    near = np.abs(np.abs(scaled) - np.floor(np.abs(scaled)) - 0.5) <= 1e-9 + np.abs(scaled) * 4 * EPSILON
    for at in np.flatnonzero(near).tolist():
        product = abs(int(micro[at])) * int(price_micro[at])
        whole[at] = (product + 5 * 10**9) // 10**10
    found: Floats = np.copysign(whole, scaled)
    return found
