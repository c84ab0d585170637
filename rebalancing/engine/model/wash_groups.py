"""Losses whose group was or will be bought within 30 days, priced: how much of each is allowed.

The law disallows a loss share for share (Treas. Reg. 1.1091-1(b) to (e)). Here every losing lot of such a group is split,
x = a + d: what is sold of it with its loss allowed, and what without. Of a group with R shares that replace, something
is allowed only where all of them are used up: matched by a share sold without its loss, or sold themselves, since what
moved into their basis then comes out again. That is a choice for each group, made by the search through bounds:

    nothing    no loss of the group is allowed; its lots may be sold all the same
    used up    losses of lots bought longer ago are allowed, and then of all: of the older lots, Σ d + shares sold that free their losses ≥ R
               (in the law's order where nothing can be sold that frees any: the first R shares sold lose their loss)
    young      losses of lots just bought only are allowed: Σ d + shares sold of what leaves before the last of them ≥ R
    alone      only one lot just bought is sold at a loss; a lot is never its own replacement (Rev. Rul. 56-602)

What is disallowed into the basis of the same taxpayer's shares (IRC 1091(d)) is deferred: as before, a loss stands in what
is held, and nothing is gained or lost. What goes to an IRA, to other hands or to shares unknown is lost for good, and
charged with what a carried loss is worth. Which lot's loss meets which
purchase is decided exactly afterwards (``washes``). Where what was just bought can be sold too, the program takes the cheapest
way, which may be cheaper than the law's order, so that its bound holds; ``wash_values`` says by how much.

This is the solver's room: floats. Shares are counted in dollars at the price of the group's first lot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rebalancing.engine.model.tax_planes import Floats

LOOSE = 1e-3  # Dollars; less is the solver's noise.
RATE = (
    0.3  # Dollars of tax for each dollar of gain or loss, to judge what to ask first; never part of a bound.
)
SUBSTITUTED = 0.002  # Likewise, for each dollar sold and bought again as something else.


class Kind(Enum):
    NOTHING = "nothing"
    USED_UP = "used up"
    YOUNG = "young"
    KEPT = "kept"  # Used up, and nothing is sold that would free losses: the law's order holds.
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out for a group. ``first`` and ``last``: where the law's order holds (KEPT, and USED_UP where nothing that frees
    losses can be sold) the places of the lots among which the first allowed one stands; in ALONE ``first`` is the
    place of the lot that is meant."""

    kind: Kind
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class LosingLot:
    """One lot that may be sold at a loss: its column, the columns it is split into, and what a dollar of it means.

    ``weight``: reference dollars for each dollar; ``loss``: dollars of loss for each dollar; ``is_young`` where it was
    itself bought within 30 days; ``allowed`` None where the loss never is.
    """

    sold: int
    weight: float
    loss: float
    is_young: bool
    allowed: int | None
    disallowed: tuple[int, ...]

    def used(self, values: Floats) -> float:
        """Reference dollars sold without their loss."""
        return self.weight * sum(float(values[column]) for column in self.disallowed)


@dataclass(frozen=True, slots=True)
class JustBought:
    """What replaces and may be sold itself, a taxed lot or a position elsewhere; a dollar sold frees ``frees`` reference
    dollars."""

    sold: int
    most: float
    gain: float
    frees: float


@dataclass(frozen=True, slots=True)
class Alone:
    """A lot just bought that may be sold alone: the column that says so, what else is to be used up, and which of what
    was bought counts for that when sold (those taken before it)."""

    flag: int
    required: float
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WashGroup:
    """One wash group with purchases round it. ``required``: all shares that replace, in reference dollars.

    ``used_up``, ``young`` and those of ``alone`` (by the lot's place) are the columns that say that a way is taken, None
    where it cannot be. ``leaving``: the columns of ``bought`` that leave before the last young lot does; ``freeing``: the columns of ``bought`` that free losses of older lots; what is in other hands
    does not.
    """

    id: str
    required: float
    lots: tuple[LosingLot, ...]
    bought: tuple[JustBought, ...]
    leaving: frozenset[int]
    used_up: int | None
    young: int | None
    alone: Mapping[int, Alone]
    freeing: frozenset[int]

    @property
    def allowed(self) -> Iterator[int]:
        return (lot.allowed for lot in self.lots if lot.allowed is not None)

    @property
    def flags(self) -> Iterator[int]:
        yield from (flag for flag in (self.used_up, self.young) if flag is not None)
        yield from (alone.flag for alone in self.alone.values())

    @property
    def is_in_order(self) -> bool:
        """Whether the program holds the older lots to the law's order."""
        return not self.freeing

    def used(self, values: Floats) -> float:
        """What of ``required`` the older lots use up."""
        used = sum(lot.used(values) for lot in self.lots if not lot.is_young)
        return used + sum(b.frees * float(values[b.sold]) for b in self.bought if b.sold in self.freeing)

    def used_in_all(self, values: Floats) -> float:
        """What of ``required`` is used up by anything."""
        used = sum(lot.used(values) for lot in self.lots)
        return used + sum(b.frees * float(values[b.sold]) for b in self.bought if b.sold in self.leaving)


# The choices.


def closed(group: WashGroup, choice: Choice) -> set[int]:
    """The columns that are zero under ``choice``."""
    if choice.kind is Kind.NOTHING:
        return {*group.allowed, *group.flags}
    if choice.kind is Kind.ALONE:
        return {lot.sold for place, lot in enumerate(group.lots) if place != choice.first}
    if choice.kind is Kind.YOUNG:
        old = {lot.allowed for lot in group.lots if not lot.is_young}
        return {column for column in (*old, group.used_up) if column is not None}
    is_kept = choice.kind is Kind.KEPT
    shut = set(group.freeing) if is_kept else set()
    for place, lot in enumerate(group.lots) if is_kept or group.is_in_order else ():
        if place < choice.first and lot.allowed is not None and not lot.is_young:
            shut.add(lot.allowed)
        elif place > choice.last:
            shut.update(lot.disallowed)
    return shut


def filled(group: WashGroup, choice: Choice) -> dict[int, float]:
    """The columns that are one under ``choice``."""
    flag = group.used_up
    if choice.kind is Kind.ALONE:
        flag = group.alone[choice.first].flag
    elif choice.kind is Kind.YOUNG:
        flag = group.young
    return {} if choice.kind is Kind.NOTHING or flag is None else {flag: 1.0}


def plainer(group: WashGroup, choice: Choice | None) -> tuple[Choice, ...]:
    """What to try instead where the cheapest way turned out dearer: ways that the program reckons exactly."""
    if choice is not None and choice.kind not in {Kind.USED_UP, Kind.YOUNG}:
        return ()
    kept = (Choice(Kind.KEPT, 0, len(group.lots) - 1),) if group.used_up is not None else ()
    return (*kept, Choice(Kind.NOTHING))


@dataclass(frozen=True, slots=True)
class Question:
    """Where an answer takes more losses than the law allows: the choices, the cheapest at a guess first, and that
    guess in dollars."""

    group: str
    choices: tuple[Choice, ...]
    weight: float


def question(
    group: WashGroup, choice: Choice | None, values: Floats, shut: Collection[int]
) -> Question | None:
    """What to ask where ``values`` take more of the group's losses than are allowed; None where they do not.

    Lots in ``shut`` stay at zero and are not offered to be sold alone.
    """
    if choice is not None and choice.kind in {Kind.NOTHING, Kind.ALONE, Kind.YOUNG}:
        return None
    taken = [0.0 if lot.allowed is None else float(values[lot.allowed]) for lot in group.lots]
    if max(taken, default=0.0) <= LOOSE:
        return None
    enough = group.required - LOOSE
    old = any(part > LOOSE and not lot.is_young for part, lot in zip(taken, group.lots, strict=True))
    young = any(part > LOOSE and lot.is_young for part, lot in zip(taken, group.lots, strict=True))
    # A way once chosen is held by its own row; what it still seems short by is the solver's noise.
    is_short = choice is None and group.used(values) < enough
    # What the older lots have used up is gone for the young ones too; they leave after them.
    is_short &= old or (young and group.used_in_all(values) < enough and not _is_alone(group, values))
    whole = Choice(Kind.USED_UP, 0, len(group.lots) - 1)
    if not is_short:
        is_kept = choice is not None and choice.kind is Kind.KEPT
        return _order(group, choice or whole, values, taken) if is_kept or group.is_in_order else None
    losses = [part * lot.loss for part, lot in zip(taken, group.lots, strict=True)]
    guesses = [(RATE * sum(losses), Choice(Kind.NOTHING))] if choice is None else []
    for place in group.alone if choice is None else ():
        if group.lots[place].sold not in shut:
            guesses.append((RATE * (sum(losses) - losses[place]), Choice(Kind.ALONE, place)))
    if group.used_up is not None and choice is None:
        missing = max(0.0, group.required - group.used(values))
        guesses.append((missing * _cheapest(group, values, shut, group.freeing), whole))
    if group.young is not None and choice is None:
        missing = max(0.0, group.required - group.used_in_all(values))
        given_up = sum(loss for loss, lot in zip(losses, group.lots, strict=True) if not lot.is_young)
        cost = missing * _cheapest(group, values, shut, group.leaving)
        guesses.append((RATE * given_up + cost, Choice(Kind.YOUNG)))
    guesses.sort(key=lambda pair: pair[0])
    return Question(group.id, tuple(made for _, made in guesses), guesses[0][0])


def _cheapest(group: WashGroup, values: Floats, shut: Collection[int], useful: Collection[int]) -> float:
    """What the next reference dollar to be used up would cost at a guess."""
    ways = [RATE * lot.loss / lot.weight for lot in group.lots if lot.sold not in shut]
    ways += [
        (SUBSTITUTED + RATE * max(0.0, lot.gain)) / lot.frees
        for lot in group.bought
        if lot.sold in useful and lot.sold not in shut and values[lot.sold] < lot.most - LOOSE
    ]
    return min(ways, default=0.0)


def _order(group: WashGroup, choice: Choice, values: Floats, taken: list[float]) -> Question | None:
    """Whether a lot's loss is allowed before the shares sold ahead of it have used up all that replaces."""
    used = 0.0
    for place, lot in enumerate(group.lots[: choice.last]):
        if lot.is_young:
            break
        used += lot.used(values)
        if taken[place] > LOOSE and used < group.required - LOOSE:
            earlier = Choice(choice.kind, choice.first, place)
            later = Choice(choice.kind, place + 1, choice.last)
            return Question(group.id, (earlier, later), RATE * (group.required - used) * lot.loss)
    return None


def _is_alone(group: WashGroup, values: Floats) -> bool:
    """Whether a single lot, just bought, is sold at a loss, and all else that replaces is used up."""
    places = [place for place, lot in enumerate(group.lots) if values[lot.sold] > LOOSE]
    if len(places) != 1 or places[0] not in group.alone:
        return False
    alone = group.alone[places[0]]
    used = group.lots[places[0]].used(values)
    used += sum(group.bought[at].frees * float(values[group.bought[at].sold]) for at in alone.before)
    return used >= alone.required - LOOSE


# What the rest of the engine asks.


def gains(groups: Sequence[WashGroup], sealed: Collection[int], values: Floats) -> dict[int, float]:
    """What the next dollar of each column recognizes where ``values`` stand; columns that are not named, their own gain.

    Where losses of a group are allowed, a share sold without its loss, or of what was bought, leaves another's allowed.
    """
    found = dict.fromkeys(sealed, 0.0)
    for group in groups:
        taken = [lot for lot in group.lots if lot.allowed is not None and values[lot.allowed] > LOOSE]
        spared = min((lot.loss / lot.weight for lot in taken), default=0.0)
        for lot in group.lots:
            found[lot.sold] = -lot.loss if lot in taken else -spared * lot.weight
        if taken:
            for bought in group.bought:
                if bought.sold in group.freeing and values[bought.sold] > LOOSE:
                    found[bought.sold] = found.get(bought.sold, bought.gain) - bought.frees * spared
    return found
