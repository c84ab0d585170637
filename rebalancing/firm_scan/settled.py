"""Which households are settled without a full reading, with everything that is stored of their readings.

A household is settled where nothing calls for a trade and nothing of what is on record needs more than the arrays know.
Every other one is left to the full reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rebalancing.firm_scan.facts import FirmFacts, Flags, Ints
from rebalancing.firm_scan.kernel import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledReading:
    """What is stored of a settled household: the fields of `Reading` but for its run, moment and public id.

    The four lists and `looked` are as they go into their JSON columns, as text.
    """

    household_id: int
    outcome: str
    reason: str
    value: Decimal | None
    worst_drift: Decimal | None
    worst_class: str
    outside_value: Decimal | None
    measures: str
    account_weights: str
    triggers: str
    holds: str
    looked: str
    input_digest: str
    prices_as_of_on: date | None

    def as_fields(self) -> dict[str, Any]:
        """The same with the JSON parsed, as the model takes it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Settled:
    """The settled households, and why each other one needs a full reading."""

    households: Ints
    """Keys of the settled households, ascending."""
    left: dict[str, int]
    """How many households are left to the full reading, by the first feature that asks for it."""
    is_settled: Flags
    """By index in `FirmFacts.households`."""

    def readings(self) -> Iterator[SettledReading]:
        """The stored readings of the settled households, in the order of `households`."""
        raise NotImplementedError


def settled(facts: FirmFacts, weights: Weights | None = None) -> Settled:
    """Which households of the firm are settled, decided exactly near every edge."""
    raise NotImplementedError
