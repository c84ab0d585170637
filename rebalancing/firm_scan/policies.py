"""The policies in force of the whole firm, as arrays: shape (households,), with a row of bands for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clients.models import Policy
from rebalancing.firm_scan import one_row
from rebalancing.firm_scan.shared import MILLION, Classes, Flags, Floats, Ints

LOOKS = tuple(str(look) for look in Policy.Look.values)

_TERMS = {
    "key": ("id", "int4"),
    "household": ("household_id", "int4"),
    "public_id": ("public_id", one_row.TEXT),
    "number": ("version", "int4"),
    "version": ("model_id", "int4"),
    "follows": ("follows = 'model'", "bool"),
    "pools": ("level = 'household' AND pooling_allowed", "bool"),
    "look": one_row.one_of("look", LOOKS),
    "calendar": one_row.one_of("calendar", LOOKS),
    "due_session": ("due_session", "int2"),
    "due_day": ("coalesce(due_day, 0)", "int2"),
    "waits_softly": ("soft_breach = 'waits'", "bool"),
    "asks_after_falls": ("on_fall <> ''", "bool"),
    "sleeve_bands": ("sleeve_bands", "bool"),
    "limits_tracking": ("tracking_error_limit IS NOT NULL", "bool"),
    "edge_is_breach": ("edge_is_breach", "bool"),
    "harvests": ("harvests_losses", "bool"),
    "reserve": one_row.cents("cash_reserve"),
    "minimum_trade": one_row.cents("minimum_trade"),
    "effective_on": one_row.day("effective_on"),
    "adopted_at": one_row.moment("adopted_at"),
}
_IN_FORCE = """(
    SELECT * FROM clients_policy WHERE state = 'adopted' AND effective_on <= %(trade_on)s ORDER BY household_id
) AS in_force"""
_TARGETS = {
    "household": ("household_id", "int4"),
    "asset_class": ("code", one_row.TEXT),
    "target": one_row.millionths("weight_target"),
    "lower": one_row.millionths("weight_lower"),
    "upper": one_row.millionths("weight_upper"),
    "sheltered_lower": one_row.millionths("sheltered_lower"),
    "sheltered_upper": one_row.millionths("sheltered_upper"),
    "hard_lower": one_row.millionths("hard_lower"),
    "hard_upper": one_row.millionths("hard_upper"),
}
_IN_TARGETS = """(
    SELECT of.household_id, class.code, target.*
    FROM clients_policytarget AS target
    JOIN clients_policy AS of ON of.id = target.policy_id
    JOIN clients_assetclass AS class ON class.id = target.asset_class_id
    WHERE of.state = 'adopted' AND of.effective_on <= %(trade_on)s
) AS targets"""


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


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The terms of the policies in force, by the household's index; `key` is 0 where there is none. Dollars are cents, edges
    millionths. `is_sound` says that the targets are one and stand inside their edges.
    """

    key: Ints
    public_id: NDArray[Any]
    number: Ints
    version: Ints
    follows: Flags
    pools: Flags
    look: Ints
    calendar: Ints
    due_session: Ints
    due_day: Ints
    waits_softly: Flags
    asks_after_falls: Flags
    sleeve_bands: Flags
    limits_tracking: Flags
    edge_is_breach: Flags
    harvests: Flags
    reserve: Ints
    minimum_trade: Ints
    effective_on: Ints
    adopted_at: Ints
    target: Ints
    lower: Ints
    upper: Ints
    hard_lower: Ints
    hard_upper: Ints
    has_hard_range: Flags
    named: Flags
    is_sound: Flags

    def bands(self) -> Bands:
        """The bands in force, as floats."""
        return Bands(
            target=self.target / MILLION,
            lower=self.lower / MILLION,
            upper=self.upper / MILLION,
            hard_lower=self.hard_lower / MILLION,
            hard_upper=self.hard_upper / MILLION,
            has_hard_range=self.has_hard_range,
            named=self.named,
            edge_is_breach=self.edge_is_breach,
        )


def read(households: Ints, known: Classes, *, is_taxed: Flags, trade_on: date) -> Policies:
    """The policies of these households that are in force on the trade day; `is_taxed` chooses between two sets of edges."""
    told = one_row.read(_IN_FORCE, _TERMS, {"trade_on": trade_on})
    row, at = among(households, told.pop("household"))
    terms = {name: _spread(column[row], at, len(households)) for name, column in told.items()}
    edges = _edges(households, known, is_taxed=is_taxed, trade_on=trade_on)
    return Policies(**terms, **edges)


def among(keys: Ints, given: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    """Which of the given keys are among sorted `keys`, and their indexes there."""
    place = np.searchsorted(keys, given)
    place[place == len(keys)] = 0
    here = np.flatnonzero(keys[place] == given) if len(keys) else np.zeros(0, dtype=np.int64)
    return here, place[here]


def _spread(column: NDArray[Any], at: Ints, count: int) -> NDArray[Any]:
    if column.dtype == object:
        found = np.full(count, "", dtype=object)
    else:
        found = np.zeros(count, dtype=np.bool_ if column.dtype == np.bool_ else np.int64)
    found[at] = column
    return found


def _edges(households: Ints, known: Classes, *, is_taxed: Flags, trade_on: date) -> dict[str, Any]:
    told = one_row.read(_IN_TARGETS, _TARGETS, {"trade_on": trade_on})
    row, at = among(households, told["household"])
    codes = np.array(known.codes, dtype=object)
    which = np.searchsorted(codes, told["asset_class"][row])
    shape = (len(households), len(known.codes))

    def table(values: NDArray[Any]) -> Ints:
        found = np.zeros(shape, dtype=np.int64)
        found[at, which] = values
        return found

    narrower = ~is_taxed[at] & (told["sheltered_lower"][row] >= 0) & (told["sheltered_upper"][row] >= 0)
    target = told["target"][row]
    lower = np.where(narrower, told["sheltered_lower"][row], told["lower"][row])
    upper = np.where(narrower, told["sheltered_upper"][row], told["upper"][row])
    low, high = told["hard_lower"][row], told["hard_upper"][row]
    named = np.zeros(shape, dtype=np.bool_)
    named[at, which] = True
    is_sound = np.bincount(at, weights=target, minlength=len(households)) == MILLION
    is_sound[at[~((lower >= 0) & (lower <= target) & (target <= upper) & (upper <= MILLION))]] = False
    has_hard_range = np.zeros(shape, dtype=np.bool_)
    has_hard_range[at, which] = (low >= 0) | (high >= 0)
    return {
        "target": table(target),
        "lower": table(lower),
        "upper": table(upper),
        "hard_lower": table(np.where(low >= 0, low, lower)),
        "hard_upper": table(np.where(high >= 0, high, upper)),
        "has_hard_range": has_hard_range,
        "named": named,
        "is_sound": is_sound,
    }
