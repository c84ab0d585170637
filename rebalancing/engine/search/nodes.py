"""What the search has chosen so far, and what it hands on."""

from __future__ import annotations

from dataclasses import dataclass, field

from rebalancing.engine.model import wash_groups
from rebalancing.engine.model.lot_queues import Span
from rebalancing.engine.model.tax_planes import Region
from rebalancing.engine.search.highs import Solution


@dataclass(frozen=True, slots=True)
class Node:
    """The choices made so far. ``harvest`` groups may not be bought and ``buy`` groups may not be sold at a loss; of each of
    ``queues`` the lots ahead of its span are sold in full and those behind it not at all. ``washes``: how groups with
    purchases in their window get their losses allowed; ``ordered``: of those in the law's order, the flags that are one."""

    regions: dict[str, Region]
    harvest: frozenset[str] = frozenset()
    buy: frozenset[str] = frozenset()
    queues: dict[str, Span] = field(default_factory=dict)
    washes: dict[str, wash_groups.Choice] = field(default_factory=dict)
    ordered: dict[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best solution, its choices, and a lower bound on the objective of every solution.

    ``is_complete``: the bound is proven to the tolerance. ``closed``: slacks of limits that the solution keeps at zero,
    although breaking them would cost less; ``is_impossible``: it is proven that limits cannot all be kept.
    ``understated``: dollars by wash group of which the program understated the objective of the solution that gave the bound.
    """

    solution: Solution
    node: Node
    bound: float
    nodes: int
    is_complete: bool
    closed: frozenset[int] = frozenset()
    is_impossible: bool = False
    understated: dict[str, float] = field(default_factory=dict)
