"""The answer: what to trade, why, what it costs, and how good it provably is (document ``plan/1``).

Everything here was decided in exact arithmetic after the solver. Money is in dollars and cents, shares are
positive in both directions (``side`` says which), weights are fractions of one. Collections are sorted by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.documents.objective import LEFT_OUT
from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.holding_periods import Term

FORMAT = "plan/1"


class State(StrEnum):
    READY = "ready"  # Orders worth sending.
    HOLD = "hold"  # Better left alone; ``summary`` says why.
    IMPOSSIBLE = (
        "impossible"  # What was asked cannot be done, provably; ``slack`` says what is short and by how much.
    )
    UNPROVEN = "unproven"  # It was not done within the work allowed, and may be possible; ``slack`` likewise.


class Side(StrEnum):
    SELL = "sell"
    BUY = "buy"


class Reason(StrEnum):
    """The largest term of the objective in favor of an order."""

    OUT_OF_BAND = "out_of_band"  # Brings a class back toward its band.
    TOWARD_TARGET = "toward_target"  # Inside the band, and worth its cost.
    RAISE_CASH = "raise_cash"
    INVEST_CASH = "invest_cash"
    HARVEST_LOSS = "harvest_loss"
    REPLACE_HARVESTED = "replace_harvested"
    FUND_PURCHASE = "fund_purchase"
    REDUCE_CAP = "reduce_cap"
    WIND_DOWN = "wind_down"
    EDIT = "edit"


class Limit(StrEnum):
    """The limits that slacks and binding rules name."""

    CASH = "cash"  # The account's minimum cash, when everything has settled.
    CASH_UNTIL_SETTLEMENT = "cash_until_settlement"
    TURNOVER = "turnover"
    DRIFT = "drift"
    NET_GAIN = "net_gain"
    TAX = "tax"
    GAIN_BUDGET = "gain_budget"
    EDIT = "edit"
    WASH_SALE = "wash_sale"
    SECURITY_CAP = "security_cap"
    ISSUER_CAP = "issuer_cap"
    SECTOR_CAP = "sector_cap"
    CLASSES_CAP = "classes_cap"


MUST_BE_MET = frozenset({Limit.CASH, Limit.DRIFT, Limit.NET_GAIN, Limit.TAX, Limit.EDIT})
"""Limits without which a plan is no answer to what was asked."""
CASH_LIMITS = frozenset({Limit.CASH, Limit.CASH_UNTIL_SETTLEMENT})


class TermName(StrEnum):
    """The terms of the objective."""

    TAX = "tax"
    SPREAD = "spread"
    DRIFT_INSIDE = "drift_inside"
    DRIFT_SHORT_OF_DESTINATION = "drift_short_of_destination"
    DRIFT_OUTSIDE = "drift_outside"
    LOCATION = "location"
    RANK = "rank"
    WIND_DOWN = "wind_down"
    PERMANENTLY_DISALLOWED = "permanently_disallowed"  # What losses lost for good would have been worth.
    LOWER_BASIS = "lower_basis"  # Tax that harvested losses are expected to cost later.
    TIE_BREAK = "tie_break"
    SLACK = "slack"


class SkipReason(StrEnum):
    """Why a sale that was considered, or an order that was left out, is not in the plan."""

    ACCOUNT_NOT_TRADED = "account_not_traded"
    FROZEN = "frozen"
    CLIENT_RESTRICTION = "client_restriction"  # On the client's own do-not-sell list.
    FIRM_RESTRICTION = "firm_restriction"  # The firm trades it for no client.
    ADVISOR_NO_TRADE = "advisor_no_trade"
    ADVISOR_BUYS = "advisor_buys"
    LOCKED = "locked"
    BASIS_UNKNOWN = "basis_unknown"
    SHORT_TERM_GAIN = "short_term_gain"
    ALMOST_LONG_TERM = "almost_long_term"
    LOSSES_NOT_HARVESTED = "losses_not_harvested"
    # Shares bought in a retirement account, for example, would absorb the loss (Rev. Rul. 2008-5).
    PERMANENTLY_DISALLOWED = "permanently_disallowed"
    LOT_ORDER = "lot_order"  # The lot method sells older shares first, and those may not be sold.
    CASH_ONLY = "cash_only"  # Cash-only mode: cash is invested or raised, nothing else is traded.
    WASH_SALE = "wash_sale"  # Shares bought within 30 days would disallow the loss (IRC 1091).
    BOUGHT_IN_PLAN = "bought_in_plan"  # The plan buys the same security, which would disallow the loss.
    TAX_TOO_HIGH = "tax_too_high"  # The tax on the gain is more than the sale is worth.
    OTHERS_COST_LESS = "others_cost_less"
    NOT_HARVESTED = "not_harvested"  # A loss that the firm leaves alone, or no loss at all, where only losses are harvested.
    SETTLES_LATE = "settles_late"  # The proceeds settle after the purchases they would pay for.
    BELOW_MINIMUM = (
        "below_minimum"  # The order, a sale or a purchase, would be smaller than its account allows.
    )
    NOT_WORTH_AN_ORDER = "not_worth_an_order"  # The order would change the plan by hardly anything.


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSale:
    """Shares of one lot in a sale. ``gain`` is proceeds less basis, before any wash-sale disallowance.

    ``basis``, ``term`` and ``gain`` are None in accounts that are not taxed, and where the basis is not known.
    ``disallowed``: the part of the loss that is not deducted now. ``added_basis``: the part of ``basis`` that came from
    losses of other lots sold in this plan, which these shares replaced (IRC 1091(d)); it brings their holding period
    along (IRC 1223(3)): ``term`` tells of it where it concerns all of the shares, and where it concerns some,
    ``tacked`` is the part of gain and ``disallowed`` together that counts long-term although ``term`` is short.
    """

    lot: str
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    term: Term | None
    gain: Decimal | None
    disallowed: Decimal
    added_basis: Decimal = ZERO
    tacked: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``amount``: dollars that reach (sell) or leave (buy) the account, half-spread included; always positive.

    ``price`` is the reference price of the household document and ``cost`` the estimated spread in dollars.
    """

    id: str
    account: str
    security: str
    side: Side
    shares: Decimal
    price: Decimal
    amount: Decimal
    cost: Decimal
    settles_on: date
    reason: Reason
    explanation: str
    lots: tuple[LotSale, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPosition:
    """One class or sleeve, before or after, in the household (``account`` None) or in one account.

    The weights of all classes, and of cash that belongs to none, add up to exactly one (largest remainders).
    """

    account: str | None
    asset_class: str
    value: Decimal
    weight: Decimal
    target: Decimal
    lower: Decimal
    upper: Decimal
    out_of_band: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPosition:
    account: str
    holdings: Decimal
    cash: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """``investable`` is the value that weights refer to: holdings and cash, flows included, minimum cash left out.

    ``drift`` is half the sum of absolute distances from target, by value weighted over accounts at account level.
    ``sleeves`` are the parts of divided classes, which count in neither.
    """

    investable: Decimal
    drift: Decimal
    drift_max: Decimal
    classes: tuple[ClassPosition, ...]
    accounts: tuple[AccountPosition, ...]
    sleeves: tuple[ClassPosition, ...] = field(default=(), metadata=LEFT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTax:
    """Tax of one return with and without the plan, by two full computations; ``change`` is the plan's tax.

    ``short`` and ``long`` are the plan's own recognized gains (after disallowance); ``net_…`` the year's, with
    realized, distributions and carryforwards. ``marginal_…`` is the tax on the next dollar of gain after the plan.
    ``budget_used`` is the net gain counted against the budget, None without one. ``deferred`` is what of the plan's
    disallowed losses stands in the basis of shares of this return that are still held; the rest of ``disallowed``
    came out again in the plan itself (``LotSale.added_basis``) or is lost. ``minimum_tax_…`` is the part of ``federal_…``
    that the alternative minimum tax added; None in plans made before it was computed.
    """

    tax_unit: str
    method: str
    short: Decimal
    long: Decimal
    disallowed: Decimal
    deferred: Decimal
    net_short: Decimal
    net_long: Decimal
    federal_before: Decimal
    federal_after: Decimal
    niit_before: Decimal
    niit_after: Decimal
    state_before: Decimal
    state_after: Decimal
    change: Decimal
    carryforward_short_after: Decimal
    carryforward_long_after: Decimal
    marginal_short: Decimal
    marginal_long: Decimal
    budget_limit: Decimal | None
    budget_used_before: Decimal | None
    budget_used: Decimal | None
    minimum_tax_before: Decimal | None = None
    minimum_tax_after: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUse:
    """The household's gain budget, and the net gains of all its returns that count against it (a net loss counts zero)."""

    limit: Decimal
    used_before: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CashStep:
    """One movement of an account's cash, and the balance after it. On one day, sales come before purchases."""

    account: str
    on: date
    description: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveTerm:
    """One term of the objective in dollars: if nothing is traded, and with the plan."""

    name: TermName
    do_nothing: Decimal
    plan: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A sale that was considered and is not in the plan, or an order of the optimum that is not worth sending.

    ``reason`` is a code, from which every audience gets its own words; ``explanation`` is the desk's. Plans made before
    there was a code have none. ``cost_per_dollar`` is what each dollar sold would add to the objective (negative: it
    would lower it, but a rule forbids the sale). ``gain`` is the gain, in dollars, that selling all of it would realize;
    None where that is not taxed or not known.
    """

    account: str
    security: str
    lot: str | None
    side: Side
    explanation: str
    cost_per_dollar: Decimal | None
    reason: SkipReason | None = None
    gain: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A limit that the plan reaches. ``shadow_price``: dollars by which the objective would fall if the limit were one
    dollar looser (its dual)."""

    rule: Limit
    subject: str
    shadow_price: Decimal
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalCost:
    """What removing one order, and re-solving the rest, would cost. Money in dollars, drift as a fraction."""

    order: str
    tax: Decimal
    drift: Decimal
    objective: Decimal
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """A limit that could not be met, and by how many dollars (shares times price for an advisor's edit)."""

    rule: Limit
    subject: str
    amount: Decimal
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FewerOrders:
    """What was left out because it is hardly worth sending: how many orders, and the dollars of the objective that the
    plan with them would be better by (below zero where it would be worse, once rounded to shares)."""

    orders_saved: int
    cost: Decimal
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    engine: str
    solver: str
    tax_tables: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``objective`` is this plan's, ``bound`` a proven lower limit for every plan under the same rules (dollars).

    ``gap_bps`` is their distance in basis points of the investable value. ``not_modeled``: parts of the law that could
    change its tax figures and are left out of them.
    """

    household: str
    state: State
    summary: str
    trade_on: date
    orders: tuple[Order, ...]
    before: Position
    after: Position
    tax: tuple[UnitTax, ...]
    tax_change: Decimal
    gain_budget: BudgetUse | None = None
    cash: tuple[CashStep, ...]
    terms: tuple[ObjectiveTerm, ...]
    objective: Decimal
    bound: Decimal
    gap_bps: Decimal
    fewer_orders: FewerOrders | None = None
    reasons: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    binding: tuple[Binding, ...]
    removal_costs: tuple[RemovalCost, ...]
    slack: tuple[Slack, ...]
    warnings: tuple[str, ...]
    not_modeled: tuple[str, ...] = ()
    versions: Versions
    input_digest: str
