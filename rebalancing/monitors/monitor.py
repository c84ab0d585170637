"""What a monitor's file offers, and one case that it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rebalancing.monitors.firm import Firm
from rebalancing.triggers.columns import Columns, Fact, Truth


@dataclass(frozen=True, slots=True)
class Case:
    """One row: a household, or a part of it. `about` is the part's public id; `words` are what its sentence needs besides
    the facts that the rule compares.
    """

    household: int
    facts: Mapping[str, Fact]
    about: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


class MonitorModule(Protocol):
    """A monitor: the rule as a pure function over columns, the cases of a firm, and the sentence of a case that fires."""

    CODE: str
    NEEDS: tuple[str, ...]

    def fires(self, facts: Columns, /) -> Truth: ...

    def cases(self, firm: Firm, /) -> list[Case]: ...

    def tell(self, case: Case, /) -> str: ...
