"""What flagged households would move back, and an estimate of the gains in it, from the firm's arrays.

Every class outside its band goes to its policy's destination. What is bought and what is sold come to the same, so the larger of
the two is what moves; where more is bought, classes above their targets pay for it in proportion to how far above. A class is sold
out of untaxed accounts first, the rest out of taxed ones at their average gain. Nothing is planned: no lots, no wash sales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clients.models import Policy
from compliance.firm.policy_defaults import HALF_SPREAD
from rebalancing.firm_scan import one_row
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import Weights
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import MILLION, Flags, Floats

DESTINATIONS = (str(Policy.Destination.TARGET), str(Policy.Destination.HALFWAY), str(Policy.Destination.EDGE))
WAY = np.array([0.0, 0.5, 1.0])
"""How much of the way from the target to the edge each destination is, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What sets of weights could sell: shape (sets, classes), dollars. `is_unknown`: a taxed lot has no basis on record."""

    untaxed: Floats
    taxed: Floats
    gain: Floats
    is_unknown: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """By household: dollars that move, and the gain in what would be sold; NaN where the gain is not known."""

    moved: Floats
    gain: Floats


def holdings(facts: FirmFacts) -> Holdings:
    """Dollars and gains by set and class, looked through as in a weight."""
    lots, held, count = facts.lots, facts.securities, len(facts.classes.codes)
    sets = int(facts.set_of_account.max(initial=-1)) + 1
    size = sets * count
    price = np.nan_to_num(held.price)
    value = lots.quantity * price[lots.security]
    is_taxed = facts.accounts.is_taxed[lots.account]
    has_basis = ~np.isnan(lots.basis)
    profit = np.where(has_basis, value - np.nan_to_num(lots.basis), 0.0)
    row = facts.set_of_account[lots.account] * count
    untaxed, taxed, gain, unknown = (np.zeros(size) for _ in range(4))
    for column in range(held.part_class.shape[1]):
        share = (held.part_weight[:, column] / MILLION)[lots.security]
        place = row + held.part_class[:, column][lots.security]
        for into, what in (
            (untaxed, np.where(is_taxed, 0.0, value)),
            (taxed, np.where(is_taxed, value, 0.0)),
            (gain, np.where(is_taxed, profit, 0.0)),
            (unknown, (is_taxed & ~has_basis).astype(np.float64)),
        ):
            into += np.bincount(place, weights=what * share, minlength=size)
    shape = (sets, count)
    return Holdings(
        untaxed=untaxed.reshape(shape),
        taxed=taxed.reshape(shape),
        gain=gain.reshape(shape),
        is_unknown=unknown.reshape(shape) > 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How far each household's policy brings a class back: the part of the way from the target to the edge that is left."""

    above: Floats
    below: Floats


def ways(facts: FirmFacts) -> Ways:
    """The destinations of the policies in force."""
    told = one_row.read(
        "clients_policy WHERE state = 'adopted'",
        {
            "household": ("household_id", "int4"),
            "taxable": one_row.one_of("destination_taxable", DESTINATIONS),
            "sheltered": one_row.one_of("destination_sheltered", DESTINATIONS),
            "additions": one_row.one_of("destination_additions", DESTINATIONS),
        },
        {},
    )
    row, at = among(facts.households, told["household"])
    is_taxed = np.zeros(len(facts.households), dtype=np.bool_)
    is_taxed[facts.accounts.household[facts.accounts.is_taxed]] = True
    usual = np.where(is_taxed[at], told["taxable"][row], told["sheltered"][row])
    additions = told["additions"][row]
    above, below = np.zeros(len(facts.households)), np.zeros(len(facts.households))
    above[at] = WAY[np.maximum(usual, 0)]
    below[at] = WAY[np.maximum(np.where(additions >= 0, additions, usual), 0)]
    return Ways(above=above, below=below)


def estimate(facts: FirmFacts, weights: Weights, flagged: Flags, *, of: Holdings, by: Ways) -> Estimate:
    """What the flagged households would move against these bands."""
    at, bands = weights.household, weights.bands
    invested, cash = weights.investable[:, None], facts.classes.cash
    leaves = (weights.outside | weights.unsure) & flagged[at][:, None]
    target, weight = bands.target[at], weights.weight
    is_over, is_under = leaves & (weight > target), leaves & (weight < target)
    upper = target + (bands.upper[at] - target) * by.above[at][:, None]
    lower = target - (target - bands.lower[at]) * by.below[at][:, None]
    sold = np.where(is_over, np.maximum(weight - upper, 0.0), 0.0) * invested
    bought = np.where(is_under, np.maximum(lower - weight, 0.0), 0.0) * invested
    least = facts.policies.minimum_trade[at][:, None] / 100
    sold[sold < least], bought[bought < least] = 0.0, 0.0
    sells, buys = sold.sum(axis=1), bought.sum(axis=1)
    # What is bought beyond what is sold is paid for by whatever is still above its target.
    spare = np.maximum((weight - target) * invested - sold, 0.0)
    total = spare.sum(axis=1)
    short = np.minimum(np.maximum(buys - sells, 0.0), total)
    sold += spare * np.divide(short, total, out=np.zeros_like(short), where=total > 0)[:, None]
    sold[:, cash] = 0.0
    out_of_taxed = np.minimum(np.maximum(sold - np.maximum(of.untaxed, 0.0), 0.0), of.taxed)
    rate = np.divide(of.gain, of.taxed, out=np.zeros_like(of.gain), where=of.taxed > 0)
    gain = (out_of_taxed * rate).sum(axis=1)
    gain[((out_of_taxed > 0.005) & of.is_unknown).any(axis=1)] = np.nan
    size = len(facts.households)
    moved_of: Floats = np.bincount(at, weights=np.maximum(sells, buys), minlength=size).astype(np.float64)
    gain_of: Floats = np.bincount(at, weights=gain, minlength=size).astype(np.float64)
    return Estimate(moved=moved_of, gain=gain_of)


def taxes(gain: Floats, *, rate: float) -> Floats:
    """The tax of each household's gain at a rate, in dollars to the cent; a loss costs nothing, and what is unknown stays so."""
    found: Floats = np.where(np.isnan(gain), np.nan, np.round(np.maximum(np.nan_to_num(gain), 0.0) * rate, 2))
    return found


def half_spreads(facts: FirmFacts) -> Floats:
    """Half the spread of what each household holds, as a fraction of price, by its value: shape (households,)."""
    usual = facts.market.settings_on(facts.trade_on).of(HALF_SPREAD)
    rows = facts.market.securities(facts.securities.keys.tolist())
    own = np.array(
        [
            float(usual if (spread := rows[key].half_spread) is None else spread)
            for key in facts.securities.keys.tolist()
        ]
    )
    lots, size = facts.lots, len(facts.households)
    value = lots.quantity * np.nan_to_num(facts.securities.price)[lots.security]
    of, total = (
        np.bincount(facts.household_of_lot, weights=one, minlength=size)
        for one in (value * own[lots.security] if len(own) else value, value)
    )
    found: Floats = np.divide(of, total, out=np.zeros(size), where=total > 0)
    return found
