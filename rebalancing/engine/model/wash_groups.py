"""Losses whose wash group was or will be bought within 30 days: how much of each is allowed.

The law disallows a loss share for share (Treas. Reg. 1.1091-1(b) to (e)). Each losing lot of such a group is therefore
split, x = a + d: what is sold of it with its loss allowed, and what without. Of a group with R replacement shares, a
loss is allowed only where all of them are matched: by a share sold without its loss, or by selling them too, since the
loss that moved into their basis then comes out again. That is one choice for each group, which the search makes through
bounds:

    none      no loss of the group is allowed; its lots may be sold all the same
    matched   losses of lots bought longer ago are allowed, and then of all: of the older lots, Σ d + replacement shares
              sold that release losses ≥ R (in the law's order where none can be sold: the first R shares sold lose theirs)
    recent    only losses of lots bought within 30 days are allowed: Σ d + replacement shares sold that leave before the
              last of those lots ≥ R
    single    only one recent lot is sold at a loss; a lot is never its own replacement (Rev. Rul. 56-602)

A loss disallowed into the basis of the same taxpayer's shares (IRC 1091(d)) is deferred: the loss stays in what is held
and costs nothing. A loss disallowed by an IRA, by another owner's shares or by shares unknown is lost for good, and is
charged with what a carried loss is worth. Which lot's loss meets which purchase is decided exactly afterwards
(``household_wash_sales``). Where replacement shares can be sold too, the program takes the cheapest assignment, which may
be cheaper than the law's order, so that its bound holds; ``wash_sale_taxes`` says by how much.

This is the solver's room: floats. Shares are counted in dollars at the price of the group's first lot ("reference dollars").
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rebalancing.engine.model.tax_planes import Floats

TOLERANCE = 1e-3  # Dollars; smaller amounts are solver noise.
TAX_RATE_ESTIMATE = 0.3  # Tax per dollar of gain or loss, to rank branches; never part of a bound.
SUBSTITUTION_COST = 0.002  # Likewise, per dollar sold and bought back as another security.


class Kind(Enum):
    NONE = "none"
    MATCHED = "matched"
    RECENT = "recent"
    MATCHED_IN_ORDER = (
        "matched in order"  # No replacement shares are sold that release losses: the law's order holds.
    )
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Choice:
    """How one group gets its losses allowed.

    ``first`` and ``last``: in MATCHED_IN_ORDER, and in MATCHED where no replacement shares that release losses can be
    sold, the first lot with an allowed loss is one of these places; in SINGLE ``first`` is the place of that lot.
    """

    kind: Kind
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class LosingLot:
    """One lot that may be sold at a loss: its column, the columns it is split into, and what a dollar of it means.

    ``weight``: reference dollars per dollar; ``loss``: dollars of loss per dollar; ``is_recent`` where it was itself
    bought within 30 days; ``allowed`` None where the loss never is.
    """

    sold: int
    weight: float
    loss: float
    is_recent: bool
    allowed: int | None
    disallowed: tuple[int, ...]

    def matched(self, values: Floats) -> float:
        """Reference dollars sold without their loss."""
        return self.weight * sum(float(values[column]) for column in self.disallowed)


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replacement shares that may be sold too, a taxed lot or an untaxed position; a dollar sold releases ``releases``
    reference dollars."""

    sold: int
    most: float
    gain: float
    releases: float


@dataclass(frozen=True, slots=True)
class SingleLot:
    """A recent lot that may be the only one sold at a loss: the column that says so, what else must be matched, and which
    replacements count for that when sold (those the law takes before it)."""

    flag: int
    required: float
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WashGroup:
    """One wash group with purchases in its window. ``required``: all replacement shares, in reference dollars.

    ``matched``, ``recent`` and those of ``single`` (by the lot's place) are the flag columns of the choices, None where a
    choice is impossible. ``sold_before_recent``: columns of ``replacements`` that leave before the last recent lot;
    ``releasing``: those that release losses of older lots. Shares of another taxpayer do not.
    """

    id: str
    required: float
    lots: tuple[LosingLot, ...]
    replacements: tuple[Replacement, ...]
    sold_before_recent: frozenset[int]
    matched: int | None
    recent: int | None
    single: Mapping[int, SingleLot]
    releasing: frozenset[int]

    @property
    def allowed(self) -> Iterator[int]:
        return (lot.allowed for lot in self.lots if lot.allowed is not None)

    @property
    def flags(self) -> Iterator[int]:
        yield from (flag for flag in (self.matched, self.recent) if flag is not None)
        yield from (single.flag for single in self.single.values())

    @property
    def is_in_order(self) -> bool:
        """Whether the program holds the older lots to the law's order."""
        return not self.releasing

    def matched_by_older(self, values: Floats) -> float:
        """What of ``required`` the older lots match."""
        return self._matched((lot for lot in self.lots if not lot.is_recent), self.releasing, values)

    def matched_by_all(self, values: Floats) -> float:
        """What of ``required`` is matched by anything."""
        return self._matched(self.lots, self.sold_before_recent, values)

    def _matched(
        self, lots: Iterator[LosingLot] | Sequence[LosingLot], sold: Collection[int], values: Floats
    ) -> float:
        matched = sum(lot.matched(values) for lot in lots)
        return matched + sum(r.releases * float(values[r.sold]) for r in self.replacements if r.sold in sold)


# The choices.


def closed_columns(group: WashGroup, choice: Choice) -> set[int]:
    """The columns that are zero under ``choice``."""
    if choice.kind is Kind.NONE:
        return {*group.allowed, *group.flags}
    if choice.kind is Kind.SINGLE:
        return {lot.sold for place, lot in enumerate(group.lots) if place != choice.first}
    if choice.kind is Kind.RECENT:
        older = {lot.allowed for lot in group.lots if not lot.is_recent}
        return {column for column in (*older, group.matched) if column is not None}
    is_in_order = choice.kind is Kind.MATCHED_IN_ORDER
    closed = set(group.releasing) if is_in_order else set()
    for place, lot in enumerate(group.lots) if is_in_order or group.is_in_order else ():
        if place < choice.first and lot.allowed is not None and not lot.is_recent:
            closed.add(lot.allowed)
        elif place > choice.last:
            closed.update(lot.disallowed)
    return closed


def fixed_flags(group: WashGroup, choice: Choice) -> dict[int, float]:
    """The flag columns that are one under ``choice``."""
    flag = group.matched
    if choice.kind is Kind.SINGLE:
        flag = group.single[choice.first].flag
    elif choice.kind is Kind.RECENT:
        flag = group.recent
    return {} if choice.kind is Kind.NONE or flag is None else {flag: 1.0}


def exact_choices(group: WashGroup, choice: Choice | None) -> tuple[Choice, ...]:
    """Choices to try where the program understated the tax under ``choice``: those whose tax it has exactly."""
    if choice is not None and choice.kind not in {Kind.MATCHED, Kind.RECENT}:
        return ()
    in_order = (Choice(Kind.MATCHED_IN_ORDER, 0, len(group.lots) - 1),) if group.matched is not None else ()
    return (*in_order, Choice(Kind.NONE))


@dataclass(frozen=True, slots=True)
class Branching:
    """A group of which a solution takes more losses than the law allows: the choices, the cheapest by estimate first, and
    that estimate in dollars."""

    group: str
    choices: tuple[Choice, ...]
    score: float


def branching(
    group: WashGroup, choice: Choice | None, values: Floats, closed: Collection[int]
) -> Branching | None:
    """How to branch where ``values`` take more of the group's losses than are allowed; None where they do not.

    Lots in ``closed`` stay at zero and are not offered as a single lot.
    """
    if choice is not None and choice.kind in {Kind.NONE, Kind.SINGLE, Kind.RECENT}:
        return None
    taken = [0.0 if lot.allowed is None else float(values[lot.allowed]) for lot in group.lots]
    if max(taken, default=0.0) <= TOLERANCE:
        return None
    if not _is_short(group, choice, values, taken):
        whole = Choice(Kind.MATCHED, 0, len(group.lots) - 1)
        is_in_order = choice is not None and choice.kind is Kind.MATCHED_IN_ORDER
        return _order(group, choice or whole, values, taken) if is_in_order or group.is_in_order else None
    # A group that is short is undecided: a choice once made is enforced by its own row.
    estimates = _estimates(group, values, closed, taken)
    return Branching(group.id, tuple(option for _, option in estimates), estimates[0][0])


def _is_short(group: WashGroup, choice: Choice | None, values: Floats, taken: Sequence[float]) -> bool:
    """Whether losses are taken although not all replacement shares are matched."""
    enough = group.required - TOLERANCE
    # A choice once made is enforced by its own row; a remaining shortfall is solver noise.
    if choice is not None or group.matched_by_older(values) >= enough:
        return False
    lots = list(zip(taken, group.lots, strict=True))
    if any(part > TOLERANCE and not lot.is_recent for part, lot in lots):
        return True
    # What the older lots have matched is gone for the recent ones too; they leave after them.
    is_recent_taken = any(part > TOLERANCE and lot.is_recent for part, lot in lots)
    return is_recent_taken and group.matched_by_all(values) < enough and not _is_single(group, values)


def _estimates(
    group: WashGroup, values: Floats, closed: Collection[int], taken: Sequence[float]
) -> list[tuple[float, Choice]]:
    """What each choice is estimated to cost, the cheapest first."""
    losses = [part * lot.loss for part, lot in zip(taken, group.lots, strict=True)]
    estimates = [(TAX_RATE_ESTIMATE * sum(losses), Choice(Kind.NONE))]
    for place in group.single:
        if group.lots[place].sold not in closed:
            given_up = sum(losses) - losses[place]
            estimates.append((TAX_RATE_ESTIMATE * given_up, Choice(Kind.SINGLE, place)))
    if group.matched is not None:
        missing = max(0.0, group.required - group.matched_by_older(values))
        cost = missing * _cheapest(group, values, closed, group.releasing)
        estimates.append((cost, Choice(Kind.MATCHED, 0, len(group.lots) - 1)))
    if group.recent is not None:
        missing = max(0.0, group.required - group.matched_by_all(values))
        given_up = sum(loss for loss, lot in zip(losses, group.lots, strict=True) if not lot.is_recent)
        cost = missing * _cheapest(group, values, closed, group.sold_before_recent)
        estimates.append((TAX_RATE_ESTIMATE * given_up + cost, Choice(Kind.RECENT)))
    return sorted(estimates, key=lambda pair: pair[0])


def _cheapest(group: WashGroup, values: Floats, closed: Collection[int], useful: Collection[int]) -> float:
    """The estimated cost of matching the next reference dollar."""
    costs = [TAX_RATE_ESTIMATE * lot.loss / lot.weight for lot in group.lots if lot.sold not in closed]
    costs += [
        (SUBSTITUTION_COST + TAX_RATE_ESTIMATE * max(0.0, lot.gain)) / lot.releases
        for lot in group.replacements
        if lot.sold in useful and lot.sold not in closed and values[lot.sold] < lot.most - TOLERANCE
    ]
    return min(costs, default=0.0)


def _order(group: WashGroup, choice: Choice, values: Floats, taken: Sequence[float]) -> Branching | None:
    """How to branch where a lot's loss is allowed before the shares sold ahead of it have matched all replacements."""
    matched = 0.0
    for place, lot in enumerate(group.lots[: choice.last]):
        if lot.is_recent:
            break
        matched += lot.matched(values)
        if taken[place] > TOLERANCE and matched < group.required - TOLERANCE:
            earlier = Choice(choice.kind, choice.first, place)
            later = Choice(choice.kind, place + 1, choice.last)
            cost = TAX_RATE_ESTIMATE * (group.required - matched) * lot.loss
            return Branching(group.id, (earlier, later), cost)
    return None


def _is_single(group: WashGroup, values: Floats) -> bool:
    """Whether a single recent lot is sold at a loss, and all other replacement shares are matched."""
    places = [place for place, lot in enumerate(group.lots) if values[lot.sold] > TOLERANCE]
    if len(places) != 1 or places[0] not in group.single:
        return False
    single = group.single[places[0]]
    matched = group.lots[places[0]].matched(values)
    before = [group.replacements[at] for at in single.before]
    matched += sum(lot.releases * float(values[lot.sold]) for lot in before)
    return matched >= single.required - TOLERANCE


# What the rest of the engine asks.


def marginal_gains(groups: Sequence[WashGroup], sealed: Collection[int], values: Floats) -> dict[int, float]:
    """What the next dollar of each column recognizes at ``values``; columns that are not named, their own gain.

    Where losses of a group are allowed, a share sold without its loss, or a replacement share sold, allows another's loss.
    """
    gains = dict.fromkeys(sealed, 0.0)
    for group in groups:
        taken = [lot for lot in group.lots if lot.allowed is not None and values[lot.allowed] > TOLERANCE]
        spared = min((lot.loss / lot.weight for lot in taken), default=0.0)
        for lot in group.lots:
            gains[lot.sold] = -lot.loss if lot in taken else -spared * lot.weight
        if taken:
            for bought in group.replacements:
                if bought.sold in group.releasing and values[bought.sold] > TOLERANCE:
                    gains[bought.sold] = gains.get(bought.sold, bought.gain) - bought.releases * spared
    return gains
