"""One turn of a worker: what its households share is fetched once, and the rows of those it has claimed together, table by table."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Protocol

from rebalancing.models import ScanItem
from rebalancing.portfolios.market import Market

TOGETHER_MAX = 50
"""The most households whose rows are fetched together, so that a worker's memory stays small."""


class Claimed(Protocol):
    """A lease of a worker on one household of a run."""

    @property
    def item_id(self) -> int: ...
    @property
    def run_id(self) -> int: ...
    @property
    def worker(self) -> str: ...


class Turn:
    """What a worker has read in one turn, which ends in less than a minute.

    With `together`, the first household of a chunk has the rows of all fetched that are leased to its worker.
    """

    def __init__(self, *, together: bool = True) -> None:
        self._together = together
        self._markets: dict[date, Market] = {}
        self._items: dict[int, ScanItem] = {}

    def item(self, mine: Claimed) -> ScanItem:
        """The claimed item with its household and run; a second look at one reads it again."""
        if mine.item_id not in self._items:
            self._gather(mine)
        return self._items.pop(mine.item_id)

    def market(self, on: date) -> Market:
        """What households share at the closing prices of a day."""
        return self._markets.setdefault(on, Market(on))

    def _gather(self, mine: Claimed) -> None:
        items = ScanItem.objects.select_related("household", "run")
        found = []
        if self._together:
            leased = items.filter(run=mine.run_id, leased_to=mine.worker, state=ScanItem.State.LEASED)
            found = list(leased.order_by("pk")[:TOGETHER_MAX])
        if all(one.pk != mine.item_id for one in found):
            found = [items.get(pk=mine.item_id)]
        self._items = {one.pk: one for one in found}
        by_day: dict[date, list[int]] = defaultdict(list)
        for one in found:
            by_day[one.run.market_on].append(one.household_id)
        for day, households in by_day.items():
            self.market(day).gather(households)
