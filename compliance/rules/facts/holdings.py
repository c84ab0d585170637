"""What a case says about the household: accounts, securities, lots, trades, orders, purchases and losses.

See ``case.py`` for the units and for what an absent value means. What a rule reads straight from a column of the
record has no field here: it declares a ``Fact`` (``recorded.py``), and ``recorded`` carries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from compliance.rules.facts.recorded import Recorded


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
    on the trade day, ``model_used`` the one this proposal was built on. ``is_of_a_plan`` says whether an employer's plan
    limits what it buys; ``plan`` names it, and ``menu`` holds what may be bought with the plan's least share of each.
    """

    key: str
    label: str
    kind: str | None = None
    tax_advantaged: bool | None = None
    owner: OwnerKind | None = None
    authority: Authority | None = None
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
    reconciled_on: date | None = None
    model_assigned: str | None = None
    model_used: str | None = None
    usual_order: Decimal | None = None
    is_of_a_plan: bool | None = None
    plan: str = ""
    menu: Mapping[str, Decimal | None] = field(default_factory=dict)
    recorded: Recorded = ()

    @property
    def taxable(self) -> bool:
        """Unknown treatment counts as taxable: the stricter reading for lots and basis."""
        return self.tax_advantaged is not True


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """A security as the rules need it.

    ``kind`` is ``etf``, ``mutual_fund``, ``money_fund``, ``stock``, ``bond``, …; ``tags`` are the screens it
    falls under (empty: screened, none).
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
    recorded: Recorded = ()

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
    recorded: Recorded = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One trade as it would be sent. ``amount`` is shares times price; ``costs`` come on top, both positive.

    ``price`` and ``priced_at`` are what the proposal was built on; ``price_now`` and ``price_now_at`` the
    latest known when the rules run (at BUILD the same). ``lots_sent_on`` is the day the lot list reached
    the custodian, None before that. ``reason`` is the plan's own sentence for the trade. ``order_type`` is ``market`` or
    ``limit``, as the order would be sent.
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
    reason: str = ""
    order_type: str | None = None
    limit: Decimal | None = None

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
    """A purchase anywhere in the household that may disallow a loss, reinvestments and standing buys included.

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
