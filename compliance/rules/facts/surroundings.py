"""What stands around a household's trades: insiders, approvals, arrangements, funds' terms, the market of the day.

As everywhere in a case, None is unknown. An empty tuple says that somebody looked and there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.market.cash_account_violations import Event


class WindowKind(StrEnum):
    BLACKOUT = "blackout"
    CLEARANCE = "clearance"
    RULE_144 = "rule_144"
    PLAN = "plan"


class HaltKind(StrEnum):
    HALT = "halt"
    PAUSE = "pause"
    VOLATILITY = "volatility"


class Counterparty(StrEnum):
    FIRM = "firm"
    AFFILIATE = "affiliate"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Days on which an insider may not trade, or may; first and last day count. ``shares_max`` None: no limit."""

    kind: WindowKind
    from_on: date
    until_on: date
    shares_max: Decimal | None = None

    def in_force(self, on: date) -> bool:
        return self.from_on <= on <= self.until_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Insider:
    """Who in the household is an insider of an issuer: ``who`` is ready for a sentence ("Ana, officer of XYZ")."""

    who: str
    issuer: str
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A complex product approved for the client: every one of a kind, or one security."""

    product: str
    security: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A trade that is not sent to the market. ``other_kind`` is the registration of the other client's account."""

    account: str
    security: str
    side: str
    counterparty: Counterparty
    other_kind: str | None = None
    other_is_of_a_plan: bool = False
    disclosed_on: date | None = None
    consented_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingPolicy:
    """What a fund says of frequent trading; ``redemption_fee`` is a fraction of proceeds within ``fee_days``."""

    security: str
    holding_days: int
    redemption_fee: Decimal | None = None
    fee_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundBuy:
    """The last purchase of a fund in an account, reinvestments left out."""

    account: str
    security: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """An announced or paid distribution. Amounts are dollars a share; ``fraction`` is the taxable part of the price.

    None is what was not announced; amounts of another character are then zero.
    """

    security: str
    ex_on: date
    record_on: date | None = None
    fraction: Decimal | None = None
    long_gain: Decimal | None = None
    exempt: Decimal | None = None
    qualified: Decimal | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The last bid and ask of the day."""

    security: str
    at: datetime
    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal:
        return (self.ask - self.bid) / self.mid


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    security: str
    kind: HaltKind
    from_at: datetime
    until_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        return self.from_at <= at and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CashHistory:
    """What an account bought and sold lately, and the settled cash it began with; ``since`` is the first day."""

    account: str
    since: date
    settled_before: Decimal
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All of it. Quotes are those of the trade day; a security without one has none."""

    insiders: tuple[Insider, ...] | None = None
    approvals: tuple[Approval, ...] | None = None
    arranged: tuple[Arranged, ...] | None = None
    trading_policies: tuple[TradingPolicy, ...] | None = None
    fund_buys: tuple[FundBuy, ...] | None = None
    distributions: tuple[Distribution, ...] | None = None
    quotes: tuple[Quote, ...] | None = None
    halts: tuple[Halt, ...] | None = None
    cash_histories: tuple[CashHistory, ...] | None = None

    def quote(self, security: str) -> Quote | None:
        return next((one for one in self.quotes or () if one.security == security), None)

    def trading_policy(self, security: str) -> TradingPolicy | None:
        return next((one for one in self.trading_policies or () if one.security == security), None)

    def cash_history(self, account: str) -> CashHistory | None:
        return next((one for one in self.cash_histories or () if one.account == account), None)

    def distributions_of(self, security: str) -> Iterable[Distribution]:
        return (one for one in self.distributions or () if one.security == security)
