"""Other bands, costs or targets for households, as arrays beside those that are in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from clients.models import ModelClass, ModelVersion
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.policies import Policies
from rebalancing.firm_scan.shared import MILLION, Flags, Ints

HALF = MILLION // 2
"""No band is wider than half of its target, as in a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is asked; None leaves as it is.

    `points` and `share` are half widths, fractions of the portfolio and of the target: the narrower of those given. They are
    for the class `asset_class`, or for every class but cash. `version` brings its weights as targets. `minimum_trade` is in
    dollars, `half_spread` a fraction of price.
    """

    asset_class: str = ""
    points: Decimal | None = None
    share: Decimal | None = None
    version: ModelVersion | None = None
    minimum_trade: Decimal | None = None
    half_spread: Decimal | None = None

    @property
    def is_none(self) -> bool:
        """Whether everything is asked to stay as it is."""
        return (
            self.version is None
            and self.points is None
            and self.share is None
            and self.minimum_trade is None
            and self.half_spread is None
        )


def applied(facts: FirmFacts, change: Change, *, to: Flags) -> FirmFacts:
    """The firm's facts with the change for some of the households: shape (households,)."""
    terms = facts.policies
    if change.version is not None:
        terms = _with_targets(facts, terms, _weights(facts, change.version), to=to, change=change)
    if change.points is not None or change.share is not None:
        terms = _with_widths(facts, terms, change, to=to)
    if change.minimum_trade is not None:
        least = np.where(to, int(change.minimum_trade * 100), terms.minimum_trade)
        terms = replace(terms, minimum_trade=least)
    return replace(facts, policies=terms)


def _weights(facts: FirmFacts, version: ModelVersion) -> Mapping[int, int]:
    """The weights of a version by the class's index, in millionths."""
    place = {code: index for index, code in enumerate(facts.classes.codes)}
    rows = ModelClass.objects.filter(version=version).values_list("asset_class__code", "weight")
    return {place[code]: int(weight * MILLION) for code, weight in rows if code in place}


def _with_targets(
    facts: FirmFacts, terms: Policies, weights: Mapping[int, int], *, to: Flags, change: Change
) -> Policies:
    """The version's weights as targets. A band keeps its width in points, one of a new class is as wide as half its target
    at most allows; a class that the version has not is wanted no more.
    """
    wanted = np.zeros(len(facts.classes.codes), dtype=np.int64)
    wanted[list(weights)] = list(weights.values())
    is_in = np.zeros(len(wanted), dtype=np.bool_)
    is_in[list(weights)] = True
    target = np.where(to[:, None], wanted, terms.target)
    below, above = terms.target - terms.lower, terms.upper - terms.target
    is_new = to[:, None] & is_in & (~terms.named | (terms.target == 0) & (terms.upper == 0))
    below = np.where(is_new, _halved(target), below)
    above = np.where(is_new, _halved(target), above)
    dropped = to[:, None] & ~is_in
    below, above = np.where(dropped, 0, below), np.where(dropped, 0, above)
    named = np.where(to[:, None], terms.named | is_in, terms.named)
    return _edged(terms, target, target - below, target + above, named=named)


def _with_widths(facts: FirmFacts, terms: Policies, change: Change, *, to: Flags) -> Policies:
    """Bands of the same width on both sides around the targets of the classes that are asked about."""
    about = np.ones(len(facts.classes.codes), dtype=np.bool_)
    about[facts.classes.cash] = False
    if change.asset_class:
        about = np.array([code == change.asset_class for code in facts.classes.codes])
    width = _halved(terms.target)
    if change.points is not None:
        width = np.minimum(width, int(change.points * MILLION))
    if change.share is not None:
        width = np.minimum(width, _share(terms.target, int(change.share * MILLION)))
    which = to[:, None] & about & terms.named & (terms.target > 0)
    lower = np.where(which, terms.target - width, terms.lower)
    upper = np.where(which, terms.target + width, terms.upper)
    return _edged(terms, terms.target, lower, upper, named=terms.named)


def _edged(terms: Policies, target: Ints, lower: Ints, upper: Ints, *, named: Flags) -> Policies:
    """The policies with these edges, none outside 0 to 1 and none beyond a hard range."""
    lower, upper = np.maximum(lower, 0), np.minimum(upper, MILLION)
    return replace(
        terms,
        target=target,
        lower=lower,
        upper=upper,
        hard_lower=np.where(terms.has_hard_range, np.minimum(terms.hard_lower, lower), lower),
        hard_upper=np.where(terms.has_hard_range, np.maximum(terms.hard_upper, upper), upper),
        named=named,
    )


def _halved(target: Ints) -> Ints:
    return _share(target, HALF)


def _share(target: Ints, share: int) -> Ints:
    """A share of each target in millionths, halves to even as where a policy's edges are made."""
    whole, rest = np.divmod(target * share, MILLION)
    up = (rest > HALF) | ((rest == HALF) & (whole % 2 == 1))
    found: Ints = whole + up
    return found
