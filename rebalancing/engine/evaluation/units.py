"""The units of trading: what is sold as one, what is bought as one, and why either is excluded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.documents.household import Lot
from rebalancing.engine.documents.plan import SkipReason
from rebalancing.engine.evaluation.situations import Position
from rebalancing.engine.tax.holding_periods import Term


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why something may not be sold: the code, and the sentence the desk reads."""

    reason: SkipReason
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class SellUnit:
    """Shares that are sold as one: a tax lot where trades are taxed, the whole position elsewhere.

    ``gain_per_share`` is net of the half-spread, None where nothing is taxed; an unknown basis counts as zero,
    and only a forced sale gets that far. ``may_lose`` marks what the wash-sale rule must see.
    """

    account: str
    security: str
    lot: Lot | None
    quantity: Decimal
    gain_per_share: Decimal | None
    term: Term | None
    may_lose: bool
    exclusion: Exclusion | None

    @property
    def position(self) -> Position:
        return self.account, self.security

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account, self.security, self.lot.id if self.lot else ""


@dataclass(frozen=True, slots=True)
class BuyUnit:
    """A security that one account may buy. ``rank`` 1 is the sleeve's first choice."""

    account: str
    security: str
    rank: int
    location_bps: Decimal
    exclusion: str | None

    @property
    def position(self) -> Position:
        return self.account, self.security


@dataclass(frozen=True, slots=True)
class Opportunities:
    """Everything sorted by identity. ``sells`` and ``buys`` include what is excluded, with the reason."""

    sells: tuple[SellUnit, ...]
    buys: tuple[BuyUnit, ...]

    def open_sells(self) -> tuple[SellUnit, ...]:
        return tuple(unit for unit in self.sells if unit.exclusion is None)

    def open_buys(self) -> tuple[BuyUnit, ...]:
        return tuple(unit for unit in self.buys if unit.exclusion is None)
