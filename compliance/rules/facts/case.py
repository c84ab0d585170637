"""Everything a pre-trade rule may look at, as values.

Whoever builds a ``Case`` fills in what is known. Almost every field may be left out, and what is left out is
unknown (None), never zero and never "fine": a rule that needs it then fails. Dollars, shares and prices are
``Decimal``; weights are fractions of one; moments carry a time zone; days are days in New York.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from compliance.rules.facts.holdings import (
    Account,
    Authority,
    BasisStatus,
    CashFlow,
    Hold,
    LossSale,
    LotUse,
    OpenOrder,
    OwnerKind,
    PendingLot,
    Position,
    Purchase,
    Security,
    Side,
    Stage,
    Term,
    Trade,
    UnsettledCash,
)
from compliance.rules.facts.limits import (
    BlockOrder,
    ClassRange,
    ClassWeight,
    Consent,
    IssuerWeight,
    ListedIssuer,
    Listing,
    Market,
    Override,
    Policy,
    Restriction,
    Scope,
    TaxUnit,
)
from compliance.rules.facts.recorded import Recorded
from compliance.rules.facts.surroundings import Surroundings
from compliance.rules.facts.thresholds import Threshold, Thresholds

T = TypeVar("T")

# Rules and callers need one name to import from.
__all__ = [
    "Account",
    "Authority",
    "BasisStatus",
    "BlockOrder",
    "Case",
    "CashFlow",
    "ClassRange",
    "ClassWeight",
    "Consent",
    "Hold",
    "IssuerWeight",
    "ListedIssuer",
    "Listing",
    "LossSale",
    "LotUse",
    "Market",
    "OpenOrder",
    "Override",
    "OwnerKind",
    "PendingLot",
    "Policy",
    "Position",
    "Purchase",
    "Restriction",
    "Scope",
    "Security",
    "Side",
    "Stage",
    "Surroundings",
    "TaxUnit",
    "Term",
    "Trade",
    "UnsettledCash",
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A proposal and the facts around it at one moment. See the parts for units.

    ``preparers`` is everyone who shaped this revision, None when that is not known. ``approver`` is None
    until somebody decides. ``trading_days`` holds the exchange's days from before ``built_at`` up to
    ``trade_on``, ascending. ``purchases`` and ``loss_sales`` reach at least ``wash_window_days`` back.
    ``changed_since_build`` names facts (positions, cash, restrictions) that differ from the build's snapshot.
    ``tax_estimate`` is the tax in dollars this proposal adds, by two full computations. ``equity_before`` and
    ``equity_after`` look through funds. ``recorded`` are the facts of the household.

    Raises ``ValueError`` for a moment without a time zone and for two accounts, securities or positions under
    one key. (No slots here: the look-ups below are remembered on the case.)
    """

    now: datetime
    trade_on: date
    household: str
    stage: Stage = Stage.BUILD
    proposal: str = ""
    proposal_version: int | None = None
    proposal_hash: str | None = None
    built_at: datetime | None = None
    built_on: date | None = None
    changed_since_build: tuple[str, ...] | None = None
    trading_days: tuple[date, ...] | None = None
    preparers: frozenset[str] | None = None
    approver: str | None = None
    approver_roles: frozenset[str] | None = None
    accounts: tuple[Account, ...] = ()
    securities: tuple[Security, ...] = ()
    trades: tuple[Trade, ...] = ()
    positions: tuple[Position, ...] | None = None
    open_orders: tuple[OpenOrder, ...] | None = None
    pending_lots: tuple[PendingLot, ...] | None = None
    policy: Policy | None = None
    weights: tuple[ClassWeight, ...] | None = None
    firm_list: tuple[ListedIssuer, ...] | None = None
    purchases: tuple[Purchase, ...] | None = None
    loss_sales: tuple[LossSale, ...] | None = None
    consents: tuple[Consent, ...] = ()
    overrides: tuple[Override, ...] = ()
    market: Market | None = None
    tax_units: tuple[TaxUnit, ...] | None = None
    tax_estimate: Decimal | None = None
    issuers: tuple[IssuerWeight, ...] | None = None
    blocks: tuple[BlockOrder, ...] | None = None
    equity_before: Decimal | None = None
    equity_after: Decimal | None = None
    raises_cash_only: bool = False
    surroundings: Surroundings = field(default_factory=Surroundings)
    thresholds: Thresholds = field(default_factory=Thresholds)
    recorded: Recorded = ()

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("A case needs `now` with a time zone.")
        for what, rows, by_key in (
            ("accounts", self.accounts, self._accounts),
            ("securities", self.securities, self._securities),
            ("positions", self.positions or (), self._positions),
        ):
            if len(rows) != len(by_key):
                raise ValueError(f"Two {what} of this case share one key; give every one its own.")

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        return {one.key: one for one in self.accounts}

    @cached_property
    def _securities(self) -> dict[str, Security]:
        return {one.key: one for one in self.securities}

    @cached_property
    def _positions(self) -> dict[tuple[str, str], Position]:
        return {(one.account, one.security): one for one in self.positions or ()}

    def at_stage(self, stage: Stage) -> Case:
        return replace(self, stage=stage)

    def threshold(self, threshold: Threshold[T]) -> T:
        """The figure in force."""
        return self.thresholds.of(threshold)

    def account(self, key: str) -> Account | None:
        return self._accounts.get(key)

    def security(self, key: str) -> Security | None:
        return self._securities.get(key)

    def position(self, account: str, security: str) -> Position | None:
        return self._positions.get((account, security))

    def label(self, account: str) -> str:
        found = self.account(account)
        return found.label if found else f"account {account}"

    def name(self, security: str) -> str:
        found = self.security(security)
        return found.name or security if found else security

    @property
    def traded(self) -> tuple[str, ...]:
        """Keys of the accounts that trade, each once, in the order of the trades."""
        return tuple(dict.fromkeys(trade.account for trade in self.trades))

    @property
    def buys(self) -> tuple[Trade, ...]:
        return tuple(trade for trade in self.trades if trade.is_buy)

    @property
    def sells(self) -> tuple[Trade, ...]:
        return tuple(trade for trade in self.trades if trade.is_sell)

    def trades_in(self, account: str) -> tuple[Trade, ...]:
        return tuple(trade for trade in self.trades if trade.account == account)
