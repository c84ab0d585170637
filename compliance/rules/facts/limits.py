"""What a case says about limits and decisions: policy, lists, consents, overrides, the market, the tax return.

See ``case.py`` for the units and for what an absent value means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from compliance.rules.facts.holdings import Side
from compliance.rules.facts.recorded import Recorded


class Listing(StrEnum):
    """Which of the firm's two lists an issuer is on."""

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
class ClassRange:
    """The hard range of a class in the client's policy; ``account`` is None for the whole household."""

    asset_class: str
    low: Decimal
    high: Decimal
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWeight:
    """A class's share before and after the trades; ``account`` is None for the whole household.

    ``moved`` is what the trades change in dollars of the class, negative when they take out; None: not known.
    """

    asset_class: str
    before: Decimal
    after: Decimal
    target: Decimal | None = None
    account: str | None = None
    moved: Decimal | None = None


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
    """The client's investment policy in force. ``approved_version`` is None when none was ever approved.

    ``gain_budget`` is the household's, over all its returns; None when the client set none. ``is_balanced_together`` is
    false where the policy balances each account by itself.
    """

    approved_version: str | None = None
    ranges: tuple[ClassRange, ...] | None = None
    restrictions: tuple[Restriction, ...] | None = None
    margin_permitted: bool | None = None
    equity_cap: Decimal | None = None
    gain_budget: Decimal | None = None
    is_balanced_together: bool | None = None
    recorded: Recorded = ()


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
    proposal; None where a sale's gain is not known, which ``sales_of_unknown_gain`` then names. ``has_gain_budget``
    False says that the client set none. ``income_lines`` name the incomes (MAGI) at which a rate or a surcharge
    jumps, such as ``niit``. ``recorded`` are the facts of its tax profile.
    """

    key: str
    label: str
    accounts: frozenset[str]
    gain_budget: Decimal | None = None
    has_gain_budget: bool | None = None
    net_before: Decimal | None = None
    sales_of_unknown_gain: str = ""
    rate_short: Decimal | None = None
    rate_long: Decimal | None = None
    magi_before: Decimal | None = None
    magi_after: Decimal | None = None
    income_lines: tuple[tuple[str, Decimal], ...] | None = None
    recorded: Recorded = ()


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
