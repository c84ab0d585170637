"""The question the engine answers: one household, all its accounts, down to the tax lot.

These frozen values are the document ``household/1`` (see docs/formats). Money and quantities are
``Decimal`` in dollars and shares, weights and rates are fractions of one, ``…_bps`` are basis points
(hundredths of a percent), days are ``date``. Every value is plain: no database, no clock. What is not
known is ``None``, never zero.

The order of rows carries no meaning: the engine sorts by identity first, so that the same household
gives the same plan, byte for byte, however its rows were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.tax.tables import FilingStatus

FORMAT = "household/1"


class Level(StrEnum):
    """Whether the policy's weights hold for the household together or for each account alone."""

    HOUSEHOLD = "household"
    ACCOUNT = "account"


class TaxTreatment(StrEnum):
    """What a trade inside the account does to a tax return (IRC 61, 408, 408A)."""

    TAXABLE = "taxable"
    TAX_DEFERRED = "tax_deferred"  # Traditional IRA, 401(k): no tax on trades, no use for losses.
    TAX_FREE = "tax_free"  # Roth, HSA, 529: likewise.


class BudgetKind(StrEnum):
    """A hard budget may not be exceeded; a priced one costs ``price`` for each dollar above."""

    HARD = "hard"
    PRICED = "priced"


class SecurityStatus(StrEnum):
    OPEN = "open"
    SELL_ONLY = "sell_only"
    FROZEN = "frozen"  # Neither bought nor sold.


class LotMethod(StrEnum):
    """How the custodian takes sales of this position if we say nothing, or all it can take.

    ``SPECIFIC`` lets the engine name lots. Under ``AVERAGE`` (IRC 1012(d)) and ``FIFO`` the oldest shares
    leave first, whatever would be cheaper; under ``AVERAGE`` at the position's average basis, whatever each lot says.
    """

    SPECIFIC = "specific"
    FIFO = "fifo"
    AVERAGE = "average"


class RecentKind(StrEnum):
    """Trades within 30 days of the trade day, in any account, that the wash-sale rule looks at."""

    PURCHASE = "purchase"
    REINVESTMENT = "reinvestment"
    OPEN_ORDER = "open_order"
    LOSS_SALE = "loss_sale"


class Destination(StrEnum):
    """How far a class that has left its band is brought back."""

    TARGET = "target"
    HALFWAY = "halfway"
    EDGE = "edge"


class ForcedKind(StrEnum):
    """An advisor's edit; the engine re-solves everything else around it."""

    SELL_LOT = "sell_lot"  # Sell ``shares`` of ``lot`` (all of it when None).
    BUY = "buy"  # Buy exactly ``shares`` of ``security`` in ``account``.
    SELL = "sell"  # Sell exactly ``shares`` of ``security`` in ``account``, from the best lots.
    NO_TRADE = "no_trade"  # Leave ``security`` in ``account`` alone (the whole account when None).


class RestrictedBy(StrEnum):
    CLIENT = "client"
    FIRM = "firm"


class Mode(StrEnum):
    PRICED_DRIFT = "priced_drift"
    LEAST_TAX = "least_tax"  # … with drift at most ``drift_max`` (and turnover at most ``turnover_max``).
    LEAST_DRIFT = "least_drift"  # … with net gain at most ``gain_max`` and tax at most ``tax_max``.
    CASH_ONLY = "cash_only"  # Contributions only buy, withdrawals only sell.
    RAISE_CASH = "raise_cash"  # Exactly ``raise_amount`` more cash (in ``raise_account`` when given).


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRates:
    """Rates used instead of the full federal computation. Fractions of one, state tax not included.

    ``loss_value`` is what a dollar of carried-over loss is worth later, in dollars of tax.
    """

    short: Decimal
    long: Decimal
    loss_value: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeProfile:
    """The year's other income, in dollars, for the full federal computation (see ``taxes.TaxProfile``).

    ``other_ordinary_income`` (pensions, IRA distributions) raises income but is no investment income. ``deduction``
    None means the standard deduction. ``loss_value`` is what a dollar of carried-over loss is worth later, in
    dollars of tax.
    """

    filing_status: FilingStatus
    tax_year: int
    wages: Decimal = ZERO
    taxable_interest: Decimal = ZERO
    qualified_dividends: Decimal = ZERO
    nonqualified_dividends: Decimal = ZERO
    other_ordinary_income: Decimal = ZERO
    deduction: Decimal | None = None
    age_or_blind_conditions: int = 0
    seniors: int = 0
    loss_value: Decimal = Decimal("0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class GainBudget:
    """Most net gain to be realized in the tax year, in dollars, year to date included."""

    limit: Decimal
    kind: BudgetKind = BudgetKind.HARD
    price: Decimal = ZERO  # Dollars for each dollar above the limit; for priced budgets only.


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxUnit:
    """Who files one return: filing status, what was realized so far, carryforwards, gain budget.

    Exactly one of ``income`` and ``flat`` is given. ``realized_…`` are signed net gains of the year to date,
    without carryforwards; ``carryforward_…`` are losses brought into the year, as positive amounts;
    ``expected_distributions`` are capital-gain distributions received or expected (always long-term) that are
    not in ``realized_long`` yet. ``realized_unknown`` names, for people, the sales of the year whose gain or loss nobody
    knows and which are therefore in neither sum; empty when all are known.
    """

    id: str
    name: str = ""
    income: IncomeProfile | None = None
    flat: FlatRates | None = None
    state_rate: Decimal = ZERO
    realized_short: Decimal = ZERO
    realized_long: Decimal = ZERO
    realized_unknown: str = ""
    carryforward_short: Decimal = ZERO
    carryforward_long: Decimal = ZERO
    expected_distributions: Decimal = ZERO
    gain_budget: GainBudget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedAmount:
    """A movement of cash on a day: positive comes in, negative goes out."""

    on: date
    amount: Decimal
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. It finances itself: no dollar moves between accounts.

    ``cash_settled`` is spendable today; ``cash_unsettled`` becomes so on its day (negative for purchases still to
    settle); ``flows`` are contributions and withdrawals to come. ``minimum_cash`` stands outside the model: weights are
    measured without it. ``may_buy`` None means everything the policy's sleeves name. An account that is not
    ``tradable`` counts in the weights and is left alone; ``not_tradable_because`` is shown to people.
    ``tax_unit`` is needed where trades are taxed.
    """

    id: str
    tax_treatment: TaxTreatment
    name: str = ""
    tax_unit: str | None = None
    owner: str = ""
    cash_settled: Decimal = ZERO
    cash_unsettled: tuple[DatedAmount, ...] = ()
    minimum_cash: Decimal = ZERO
    flows: tuple[DatedAmount, ...] = ()
    may_buy: tuple[str, ...] | None = None
    fractional_shares: bool = False  # The custodian takes fractions of shares for this account.
    tradable: bool = True
    not_tradable_because: str = ""

    @property
    def is_taxed(self) -> bool:
        return self.tax_treatment is TaxTreatment.TAXABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWeight:
    asset_class: str
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """Something that can be held. ``half_spread`` is the cost of one side as a fraction of the price.

    ``weights`` split the security over the policy's classes and sum to one (funds are looked through).
    ``wash_group`` names what is substantially identical (None: only itself); ``wash_applies`` is false for property
    outside IRC 1091. Orders are multiples of ``increment`` shares unless the account takes fractions and
    ``fractional_increment`` is given. ``settles_in_days`` counts business days. ``replacements``: what may be bought
    instead after a loss, best first. ``issuer`` and ``sector`` are names that caps speak of; None belongs to none, and
    funds are not looked through for them.
    """

    id: str
    price: Decimal
    price_on: date
    weights: tuple[ClassWeight, ...]
    symbol: str = ""
    name: str = ""
    half_spread: Decimal = ZERO
    wash_group: str | None = None
    wash_applies: bool = True
    increment: Decimal = ONE
    fractional_increment: Decimal | None = None
    settles_in_days: int = 1
    status: SecurityStatus = SecurityStatus.OPEN
    replacements: tuple[str, ...] = ()
    issuer: str | None = None
    sector: str | None = None

    @property
    def group(self) -> str:
        """The wash group, its own identity when none was given."""
        return self.wash_group or self.id

    def increment_in(self, account: Account) -> Decimal:
        if account.fractional_shares and self.fractional_increment is not None:
            return self.fractional_increment
        return self.increment


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """How a lot was given, in dollars for the whole lot (IRC 1015(a)): a gain counts from the donor's basis, a loss from
    the lower of that and the value on the day of the gift, and a sale between the two has neither.

    ``value`` is None when it is not known: then no loss is. ``donor_acquired`` counts where the donor's basis does
    (IRC 1223(2)), ``given`` where the value does.
    """

    donor_basis: Decimal
    value: Decimal | None
    given: date
    donor_acquired: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Shares bought together. ``basis`` is the total adjusted cost in dollars, None when it is not known: a document
    must say so (null), since a basis left out by mistake would be taken for that.

    ``acquired`` is the trade date; ``adjusted_acquired`` the date the holding period counts from when that differs
    (wash sale, gift, inheritance: IRC 1223). A lot with ``lock_reason`` is not sold before ``locked_until``
    (never, when None). In accounts that are not taxed basis and dates may be missing. What is known of a ``gift``
    decides its basis and its day before ``basis`` and ``adjusted_acquired`` do.
    """

    id: str
    account: str
    security: str
    quantity: Decimal
    basis: Decimal | None
    acquired: date | None = None
    adjusted_acquired: date | None = None
    lock_reason: str | None = None
    locked_until: date | None = None
    method: LotMethod = LotMethod.SPECIFIC
    gift: Gift | None = None

    @property
    def held_since(self) -> date | None:
        """The day the holding period counts from."""
        return self.adjusted_acquired or self.acquired


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """A purchase or loss sale of the 30 days before, or an expected one of the 30 days after, the trade day.

    ``lot`` names the lot a purchase opened, where it is still held, so that it is not counted twice and is never
    taken for its own replacement. ``loss_per_share`` belongs to loss sales. ``matched`` shares have already
    disallowed another loss and are used up (Treas. Reg. 1.1091-1(e)). The account may be one held away.
    """

    id: str
    kind: RecentKind
    account: str
    security: str
    on: date
    shares: Decimal
    lot: str | None = None
    matched: Decimal = ZERO
    loss_per_share: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPolicy:
    """One asset class: target and tolerance band as fractions of the investable value."""

    id: str
    target: Decimal
    lower: Decimal
    upper: Decimal
    destination: Destination = Destination.HALFWAY
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A security of a sleeve; rank 1 is the first choice. No ``treatments`` means every kind of account."""

    security: str
    rank: int = 1
    treatments: tuple[TaxTreatment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleeve:
    """What may be bought to fill a class. Only members (and their replacements) are ever bought."""

    id: str
    asset_class: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationPrices:
    """What a dollar away from target is thought to cost, in basis points of that dollar.

    ``inside_bps`` applies up to the band's edge, ``outside_bps`` beyond. A class that has left its band is measured from its
    destination: what it is short of there costs nearly ``outside_bps``, what it goes past it twice ``inside_bps``.
    ``rank_bps`` is the cost of each step down a sleeve's ranking, per dollar bought.
    """

    inside_bps: Decimal = Decimal(20)
    outside_bps: Decimal = Decimal(1500)
    rank_bps: Decimal = Decimal(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationCost:
    """Extra cost, in basis points, of each dollar of the class bought in an account of this treatment."""

    asset_class: str
    treatment: TaxTreatment
    cost_bps: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The client's investment policy as numbers. Targets sum to one.

    Cash above the minimum counts in ``cash_class``; None means that cash belongs to no class: it is
    outside the policy, and a dollar of it costs what a dollar outside a band does. ``edge_is_breach`` says whether a
    weight exactly on an edge has left its band.
    """

    classes: tuple[ClassPolicy, ...]
    sleeves: tuple[Sleeve, ...]
    cash_class: str | None = None
    prices: DeviationPrices = DeviationPrices()
    location: tuple[LocationCost, ...] = ()
    edge_is_breach: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A security that may not be bought, or not sold; in one account, or everywhere when None.

    ``source`` says whose restriction it is: a client is told of the client's own in other words than of the firm's.
    """

    security: str
    account: str | None = None
    reason: str = ""
    source: RestrictedBy = RestrictedBy.CLIENT


class CapKind(StrEnum):
    SECURITY = "security"
    ISSUER = "issuer"
    SECTOR = "sector"
    CLASSES = "classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Most that one security, issuer, sector or group of classes may weigh after the trades, as a fraction of investable
    value.

    What is above the cap already must be brought down where the other rules let it; it is never bought. A cap on a group
    of ``classes`` (all stocks together, say) has a name of its own in ``id`` and looks through funds.
    """

    kind: CapKind
    id: str
    weight_max: Decimal
    classes: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The name of the rule in slacks and prices."""
        return f"{self.kind.value} cap"  # A value of `plan.Limit`.

    def share_of(self, security: Security) -> Decimal:
        """Which part of a dollar of ``security`` counts against the cap."""
        if self.kind is CapKind.CLASSES:
            return sum((part.weight for part in security.weights if part.asset_class in self.classes), ZERO)
        named = {
            CapKind.SECURITY: security.id,
            CapKind.ISSUER: security.issuer,
            CapKind.SECTOR: security.sector,
        }
        return ONE if named[self.kind] == self.id else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class WindDown:
    """A legacy holding to be sold over time. Each dollar still held costs ``price_bps``, so that it is sold as fast as
    taxes below that price and the gain budget allow; it is never bought."""

    security: str
    price_bps: Decimal = Decimal(2500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``minimum_trade`` in dollars for each order (an order that closes a position may be smaller).

    ``turnover_max``: one-way turnover (half of all bought and sold) as a fraction of investable value.
    ``short_term_gains_allowed`` false: no lot is sold at a short-term gain; with ``short_term_gains_from`` not before
    that day. ``wait_for_long_days``: a lot with a gain that becomes long-term within so many days is left alone.
    ``losses_may_be_lost`` false: no loss is taken of which shares bought in a retirement account, in another taxpayer's or
    in one held away would take a part for good (Rev. Rul. 2008-5); an advisor's edit asks for such a sale all the same.
    ``gain_budget`` is the household's, over all its returns together: their net gains add up, and a net loss in one
    return makes no room in another, since returns are not netted against each other (IRC 1211, 1222). A return's own
    budget stands beside it.
    """

    do_not_sell: tuple[Restriction, ...] = ()
    do_not_buy: tuple[Restriction, ...] = ()
    caps: tuple[Cap, ...] = ()
    minimum_trade: Decimal = Decimal(250)
    turnover_max: Decimal | None = None
    orders_max: int | None = None
    short_term_gains_allowed: bool = True
    short_term_gains_from: date | None = None
    wait_for_long_days: int = 0
    harvest_losses: bool = True
    losses_may_be_lost: bool = True
    wind_down: tuple[WindDown, ...] = ()
    gain_budget: GainBudget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """One edit of an advisor; which fields it needs depends on its kind."""

    id: str
    kind: ForcedKind
    account: str
    security: str | None = None
    lot: str | None = None
    shares: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is asked for. Limits that the mode does not use are ignored.

    ``drift_max`` is half the sum of the absolute distances from target, a fraction of one. ``fewest_orders`` null leaves
    out orders that are worth less than a fiftieth of a basis point of the value each, as long as that costs less than a
    fifth of one together; true does so whatever it costs, false keeps every order that pays. ``order_price`` in dollars
    takes the place of the fiftieth, whatever it costs. No order is left out where that would break a limit. A plan that
    improves matters by less than ``hold_below_bps`` of the value is not worth sending: HOLD.
    ``integer`` is for direct-index households, solved as mixed-integer programs; ``time_limit_seconds`` grants work in
    proportion, and the clock stops at four times that.
    """

    mode: Mode = Mode.PRICED_DRIFT
    drift_max: Decimal | None = None
    turnover_max: Decimal | None = None
    gain_max: Decimal | None = None
    tax_max: Decimal | None = None
    raise_amount: Decimal | None = None
    raise_account: str | None = None
    fewest_orders: bool | None = None
    order_price: Decimal | None = None
    hold_below_bps: Decimal = Decimal("0.5")
    integer: bool = False
    time_limit_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """The whole document. ``as_of`` is the day of the holdings, ``trade_on`` the day the trades would be made."""

    id: str
    as_of: date
    trade_on: date
    tax_units: tuple[TaxUnit, ...]
    accounts: tuple[Account, ...]
    securities: tuple[Security, ...]
    lots: tuple[Lot, ...]
    policy: Policy
    recent: tuple[Recent, ...] = ()
    level: Level = Level.HOUSEHOLD
    rules: Rules = Rules()
    forced: tuple[Forced, ...] = ()
    objective: Objective = Objective()
