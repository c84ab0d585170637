"""The question the engine answers: one household, all its accounts, down to the tax lot.

These frozen values are the document ``household/1`` (see docs/formats). Money and quantities are
``Decimal`` in dollars and shares, weights and rates are fractions of one, ``…_bps`` are basis points
(hundredths of a percent), days are ``date``. Every value is plain: no database, no clock. What is not
known is ``None``, never zero.

The order of rows carries no meaning: the engine sorts by identity first, so that the same household
gives the same plan, byte for byte, however its rows were read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.documents.objective import LEFT_OUT, Edit, Objective
from rebalancing.engine.documents.recent_trades import RecentTrade
from rebalancing.engine.documents.tax_units import GainBudget, TaxUnit
from rebalancing.engine.money import ONE, ZERO

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


class Destination(StrEnum):
    """How far a class that has left its band is brought back."""

    TARGET = "target"
    HALFWAY = "halfway"
    EDGE = "edge"


class RestrictedBy(StrEnum):
    CLIENT = "client"
    FIRM = "firm"


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
    settle); ``flows`` are contributions and withdrawals to come, ``flows_later`` what is due and raised on a later day: no
    trade provides for it and no weight leaves it out. ``minimum_cash`` stands outside the model: weights are
    measured without it. ``may_buy`` None means everything the policy's sleeves name. An account that is not
    ``tradable`` counts in the weights and is left alone; ``not_tradable_reason`` is shown to people.
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
    not_tradable_reason: str = ""
    flows_later: tuple[DatedAmount, ...] = field(default=(), metadata=LEFT_OUT)

    @property
    def is_taxed(self) -> bool:
        return self.tax_treatment is TaxTreatment.TAXABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWeight:
    asset_class: str
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SleeveWeight:
    """Which part of a dollar of a security counts in a sleeve that has a target of its own."""

    sleeve: str
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """Something that can be held. ``half_spread`` is the cost of one side as a fraction of the price.

    ``weights`` split the security over the policy's classes and sum to one (funds are looked through).
    ``wash_group`` names what is substantially identical (None: only itself); ``wash_applies`` is false for property
    outside IRC 1091. Orders are multiples of ``increment`` shares unless the account takes fractions and
    ``fractional_increment`` is given. ``settles_in_days`` counts business days. ``replacements``: what may be bought
    instead after a loss, best first. ``issuer`` and ``sector`` are names that caps speak of; None belongs to none, and
    funds are not looked through for them. ``sleeves`` split its part of each divided class over that class's sleeves.
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
    sleeves: tuple[SleeveWeight, ...] = field(default=(), metadata=LEFT_OUT)

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
    value_at_gift: Decimal | None
    given_on: date
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
class SleeveTarget(ClassPolicy):
    """The target of a sleeve of a divided class; a class's sleeves add up to it. A dollar away from it costs what it does
    in a class inside its band. With ``is_measured`` the band counts as a class's does.
    """

    asset_class: str
    is_measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
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
    weight exactly on an edge has left its band. ``sleeve_targets`` divide classes whose sleeves have weights.
    """

    classes: tuple[ClassPolicy, ...]
    sleeves: tuple[Sleeve, ...]
    cash_class: str | None = None
    penalties: Penalties = Penalties()
    location: tuple[LocationCost, ...] = ()
    edge_is_breach: bool = True
    sleeve_targets: tuple[SleeveTarget, ...] = field(default=(), metadata=LEFT_OUT)


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
        return f"{self.kind.value}_cap"  # A value of `plan.Limit`.

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
    """``minimum_trade`` in dollars for each order, or ``minimum_trade_weight`` of its account where that is more (an order that
    closes a position may be smaller, and one that raises cash its account needs). The account counts with shares and settled cash.

    ``turnover_max``: one-way turnover (half of all bought and sold) as a fraction of investable value.
    ``short_term_gains_allowed`` false: no lot is sold at a short-term gain; with ``short_term_gains_from`` not before
    that day. ``wait_for_long_term_days``: a lot with a gain that becomes long-term within so many days is left alone.
    ``permanent_disallowance_allowed`` false: no loss is taken of which shares bought in a retirement account, in another taxpayer's or
    in one held away would take a part for good (Rev. Rul. 2008-5); an advisor's edit asks for such a sale all the same.
    ``gain_budget`` is the household's, over all its returns together: their net gains add up, and a net loss in one
    return makes no room in another (IRC 1211, 1222: returns are not netted). A return's own budget stands beside it.
    """

    do_not_sell: tuple[Restriction, ...] = ()
    do_not_buy: tuple[Restriction, ...] = ()
    caps: tuple[Cap, ...] = ()
    minimum_trade: Decimal = Decimal(250)
    minimum_trade_weight: Decimal | None = field(default=None, metadata=LEFT_OUT)
    turnover_max: Decimal | None = None
    orders_max: int | None = None
    short_term_gains_allowed: bool = True
    short_term_gains_from: date | None = None
    wait_for_long_term_days: int = 0
    harvest_losses: bool = True
    permanent_disallowance_allowed: bool = True
    wind_down: tuple[WindDown, ...] = ()
    gain_budget: GainBudget | None = None


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
    recent_trades: tuple[RecentTrade, ...] = ()
    level: Level = Level.HOUSEHOLD
    rules: Rules = Rules()
    edits: tuple[Edit, ...] = ()
    objective: Objective = Objective()  # noqa: RUF009 - frozen
