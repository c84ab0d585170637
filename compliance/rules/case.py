"""Everything a pre-trade rule may look at, as values.

Whoever builds a ``Case`` fills in what is known. Almost every field may be left out, and what is left out is
unknown (None), never zero and never "fine": a rule that needs it then fails. Dollars, shares and prices are
``Decimal``; weights are fractions of one; moments carry a time zone; days are days in New York.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from compliance.rules.thresholds import Thresholds


class Stage(StrEnum):
    """When the rules run. Prices, cash and restrictions may change in between, so they run three times."""

    BUILD = "build"
    APPROVAL = "approval"
    RELEASE = "release"


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Authority(StrEnum):
    """Who may decide on a trade in the account."""

    DISCRETIONARY = "discretionary"
    NON_DISCRETIONARY = "non_discretionary"


class OwnerKind(StrEnum):
    """Whose account it is, seen from the tax unit that sells at a loss (IRC 1091 and 267)."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    ENTITY = "entity"


class Term(StrEnum):
    SHORT = "short"
    LONG = "long"


class BasisStatus(StrEnum):
    COVERED = "covered"
    NONCOVERED_KNOWN = "noncovered_known"
    UNKNOWN = "unknown"
    DISPUTED = "disputed"


class Listing(StrEnum):
    """On which of the firm's two lists an issuer stands."""

    RESTRICTED = "restricted"
    WATCH = "watch"


class Scope(StrEnum):
    """What a restriction names."""

    SECURITY = "security"
    ISSUER = "issuer"
    SECTOR = "sector"
    SCREEN = "screen"
    ASSET_CLASS = "class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A reason not to trade an account at all: legal, deceased owner, transfer out, margin call, …"""

    kind: str
    from_on: date
    until_on: date | None = None
    note: str = ""

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on <= self.until_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlow:
    """Money known to leave (positive amount) on a day: a withdrawal, a distribution, a fee."""

    on: date
    amount: Decimal
    what: str = "withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsettledCash:
    """Proceeds of earlier sells (positive) or the price of earlier buys (negative), by settlement day."""

    settles_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the household.

    ``label`` is how sentences call it ("Ana's Roth IRA"); it holds no account number.
    ``cash_unsettled`` leaves out everything this proposal does. ``withdrawals`` are the flows of the next
    35 days and more; rules look at the dates. ``usual_order`` is the median dollar size of the account's
    past orders, zero when it never had one. ``model_assigned`` is the model version the account should follow
    on the trade day, ``model_used`` the one this proposal was built on.
    """

    key: str
    label: str
    kind: str | None = None
    tax_advantaged: bool | None = None
    owner: OwnerKind | None = None
    authority: Authority | None = None
    discretion_from: date | None = None
    discretion_until: date | None = None
    agreement_signed_on: date | None = None
    agreement_effective_on: date | None = None
    agreement_ended_on: date | None = None
    closed_on: date | None = None
    holds: tuple[Hold, ...] | None = None
    value: Decimal | None = None
    cash_settled: Decimal | None = None
    cash_unsettled: tuple[UnsettledCash, ...] | None = None
    cash_for_open_buys: Decimal | None = None
    cash_reserve: Decimal | None = None
    withdrawals: tuple[CashFlow, ...] | None = None
    fees_due: Decimal | None = None
    margin_agreement: bool | None = None
    custodian_takes_fractions: bool | None = None
    standing_lot_method: str | None = None
    standing_lot_method_since: date | None = None
    reconciled_on: date | None = None
    model_assigned: str | None = None
    model_used: str | None = None
    usual_order: Decimal | None = None

    @property
    def taxable(self) -> bool:
        """Unknown treatment counts as taxable: the stricter reading for lots and basis."""
        return self.tax_advantaged is not True


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """A security as the rules need it.

    ``kind`` is ``etf``, ``mutual_fund``, ``money_fund``, ``stock``, ``bond``, …; ``tags`` are the screens it
    falls under (empty: screened, none). ``adv_shares`` is the average daily volume of the last 20 days.
    """

    key: str
    name: str = ""
    kind: str | None = None
    issuer: str | None = None
    sector: str | None = None
    tags: frozenset[str] | None = None
    asset_class: str | None = None
    wash_group: str | None = None
    wash_applies: bool | None = None
    fractional: bool | None = None
    adv_shares: Decimal | None = None

    @property
    def is_fund(self) -> bool | None:
        return None if self.kind is None else self.kind in {"etf", "mutual_fund", "money_fund"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotUse:
    """Part of a tax lot that a sell uses.

    ``gain`` is proceeds less basis of these shares (None: basis unknown). ``locks`` is empty when the lot is
    known to be free. ``days_to_long_term`` is 0 for a lot that is long-term already.
    """

    lot: str
    shares: Decimal
    acquired_on: date | None = None
    term: Term | None = None
    gain: Decimal | None = None
    basis: BasisStatus | None = None
    basis_reconciled: bool | None = None
    locks: frozenset[str] | None = None
    days_to_long_term: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One trade as it would be sent. ``amount`` is shares times price; ``costs`` come on top, both positive.

    ``price`` and ``priced_at`` are what the proposal was built on; ``price_now`` and ``price_now_at`` the
    latest known when the rules run (at BUILD the same). ``lots_sent_on`` is the day the lot list reached
    the custodian, None before that.
    """

    account: str
    security: str
    side: Side
    shares: Decimal
    price: Decimal | None = None
    priced_at: datetime | None = None
    price_now: Decimal | None = None
    price_now_at: datetime | None = None
    amount: Decimal | None = None
    costs: Decimal | None = None
    settles_on: date | None = None
    lots: tuple[LotUse, ...] = ()
    lots_sent_on: date | None = None
    closes_position: bool = False
    raises_named_cash: bool = False

    def __post_init__(self) -> None:
        if not (self.shares.is_finite() and self.shares > 0):
            raise ValueError(
                f"A trade needs a positive number of shares, not {self.shares}; the side says which way."
            )

    @property
    def is_buy(self) -> bool:
        return self.side is Side.BUY

    @property
    def is_sell(self) -> bool:
        return self.side is Side.SELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What an account holds before the trades. ``next_pay_on`` is the next expected dividend day."""

    account: str
    security: str
    shares: Decimal
    shares_locked: Decimal | None = None
    shares_reconciled: bool | None = None
    reinvests: bool | None = None
    next_pay_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order that is with the custodian or on its way there, and not of this proposal."""

    account: str
    security: str
    side: Side
    shares: Decimal
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLot:
    """A lot that another proposal, still undecided or unreleased, means to use."""

    account: str
    lot: str
    proposal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A purchase anywhere in the household that may spoil a loss, reinvestments and standing buys included.

    ``shares`` are those not yet matched to an earlier loss. ``on`` may lie in the future for a standing buy.
    """

    account: str
    label: str
    security: str
    wash_group: str | None
    on: date
    shares: Decimal
    lot: str = ""
    tax_advantaged: bool | None = None
    owner: OwnerKind | None = None
    what: str = "purchase"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSale:
    """A sale at a loss anywhere in the household: done, or planned elsewhere (not in this proposal)."""

    account: str
    label: str
    security: str
    wash_group: str | None
    on: date
    shares: Decimal
    loss: Decimal | None = None
    planned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRange:
    """The hard range of a class in the client's policy; ``account`` is None for the whole household."""

    asset_class: str
    low: Decimal
    high: Decimal
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWeight:
    """A class's share before and after the trades; ``account`` is None for the whole household."""

    asset_class: str
    before: Decimal
    after: Decimal
    target: Decimal | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """The client's own wish: never buy, or never sell, what ``scope`` and ``value`` name.

    ``account`` is None for the whole household.
    """

    side: Side
    scope: Scope
    value: str
    reason: str = ""
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The client's investment policy in force. ``approved_version`` is None when none was ever approved."""

    approved_version: str | None = None
    approved_on: date | None = None
    last_review_on: date | None = None
    ranges: tuple[ClassRange, ...] | None = None
    restrictions: tuple[Restriction, ...] | None = None
    margin_permitted: bool | None = None
    equity_cap: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIssuer:
    """A line of the firm's restricted or watch list; names a security, an issuer, or both."""

    listing: Listing
    from_on: date
    until_on: date | None = None
    security: str | None = None
    issuer: str | None = None
    reason: str = ""

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on <= self.until_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A client's yes to exactly one version of one proposal, for one account."""

    account: str
    proposal_version: int
    proposal_hash: str
    given_by: str
    given_at: datetime
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A named person's written decision to accept one rule's OVERRIDE findings on one proposal hash."""

    rule: str
    proposal_hash: str
    by: str
    roles: frozenset[str]
    reason: str
    words: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The market on the trade day. ``previous_close_at`` is the last close before ``opens_at``.

    ``index_move`` is the broad index's move since the proposal's prices, as a signed fraction;
    ``fund_cut_off_at`` the custodian's last moment for fund orders of the day.
    """

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    previous_close_at: datetime | None = None
    index_move: Decimal | None = None
    fund_cut_off_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxUnit:
    """Who files one return: which accounts, this year's ledger, its budget and its rates.

    ``net_before`` is the year's net realized gain with expected distributions, less carry-overs, before this
    proposal. ``has_gain_budget`` False says that the client set none. ``income_lines`` name the incomes (MAGI)
    at which a rate or a surcharge jumps, such as ``niit``.
    """

    key: str
    label: str
    accounts: frozenset[str]
    gain_budget: Decimal | None = None
    has_gain_budget: bool | None = None
    net_before: Decimal | None = None
    rate_short: Decimal | None = None
    rate_long: Decimal | None = None
    magi_before: Decimal | None = None
    magi_after: Decimal | None = None
    income_lines: tuple[tuple[str, Decimal], ...] | None = None
    tax_profile_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerWeight:
    """One non-fund issuer's share of the household before and after the trades."""

    issuer: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockOrder:
    """Orders of several accounts sent as one. ``statement_at`` is when its allocation statement was stored."""

    security: str
    side: Side
    released_at: datetime
    statement_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """A proposal and the facts around it at one moment. See the parts for units.

    ``preparers`` is everyone who shaped this revision, None when that is not known. ``approver`` is None
    until somebody decides. ``trading_days`` holds the exchange's days from before ``built_at`` up to
    ``trade_on``, ascending. ``purchases`` and ``loss_sales`` reach at least ``wash_window_days`` back.
    ``changed_since_build`` names facts (positions, cash, restrictions) that differ from the build's snapshot.
    ``tax_estimate`` is the tax in dollars this proposal adds, by two full computations. ``equity_before`` and
    ``equity_after`` look through funds.

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
    profile_confirmed_on: date | None = None
    equity_before: Decimal | None = None
    equity_after: Decimal | None = None
    raises_cash_only: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)

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
