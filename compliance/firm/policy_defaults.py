"""The firm's rebalancing policy: its philosophy, what an investment policy starts from, and what trading is assumed to
cost.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import ClassBand, Group, Kind, Setting

INHERITED = "a new investment policy where its author says nothing else, and “How we rebalance”"
LOOKS = (
    ("daily", "Every market day"),
    ("weekly", "Weekly"),
    ("monthly", "Monthly"),
    ("quarterly", "Quarterly"),
    ("semiannual", "Twice a year"),
    ("annual", "Yearly"),
    ("anniversary", "Yearly, on the policy's anniversary"),
)
DESTINATIONS = (("target", "To target"), ("halfway", "Halfway to target"), ("edge", "To the band's edge"))

PHILOSOPHY = Setting(
    code="policy.philosophy",
    name="Philosophy",
    group=Group.POLICY,
    kind=Kind.LONG_TEXT,
    default=(
        "We rebalance to keep each client's risk where the client agreed to have it. We trade when a class leaves its "
        "band or when money is needed, and not to predict markets. Taxes and costs are counted before a trade is proposed, "
        "and a person reviews every proposal."
    ),
    most=Decimal(8_000),
    help="Why and how the firm rebalances, what it will do and what it will not.",
    read_by="“How we rebalance”",
)
BAND_METHOD = Setting(
    code="policy.band_method",
    name="How bands are chosen",
    group=Group.POLICY,
    kind=Kind.LONG_TEXT,
    default=(
        "A band is wide enough that ordinary movement of a class causes no trade, and narrow enough that the risk of the "
        "portfolio stays what was agreed."
    ),
    most=Decimal(8_000),
    help="The reasoning behind the widths below.",
    read_by="“How we rebalance”",
)
BAND_KIND = Setting(
    code="policy.band_kind",
    name="Usual band",
    group=Group.POLICY,
    kind=Kind.CHOICE,
    default="narrower",
    choices=(
        ("absolute", "Percentage points"),
        ("relative", "Share of the target"),
        ("narrower", "Narrower of points and share"),
        ("wider", "Wider of points and share"),
    ),
    help="How the width of a class's band follows from the two figures below.",
    read_by=INHERITED,
)
BAND_POINTS = Setting(
    code="policy.band_points",
    name="Band in points",
    group=Group.POLICY,
    kind=Kind.PERCENT,
    default=Decimal("0.05"),
    least=Decimal("0.001"),
    most=Decimal("0.25"),
    help="Half the width, in percentage points of the portfolio.",
    read_by=INHERITED,
)
BAND_SHARE = Setting(
    code="policy.band_share",
    name="Band as a share of the target",
    group=Group.POLICY,
    kind=Kind.PERCENT,
    default=Decimal("0.25"),
    least=Decimal("0.01"),
    most=Decimal("0.5"),
    help="Half the width, as a share of the class's target.",
    read_by=INHERITED,
)
CLASS_BANDS: Setting[tuple[ClassBand, ...]] = Setting(
    code="policy.class_bands",
    name="Bands by class",
    group=Group.POLICY,
    kind=Kind.BANDS,
    default=(),
    required=False,
    help="Classes with a usual band of their own, one a line, by the class's code: “bonds: narrower, 5 points, 25% of target”.",
    read_by=INHERITED,
)
LOOK = Setting(
    code="policy.look",
    name="How often bands are looked at",
    group=Group.POLICY,
    kind=Kind.CHOICE,
    default="daily",
    choices=LOOKS,
    help="A class outside its band calls for a proposal on such a day.",
    read_by=INHERITED,
)
CALENDAR = Setting(
    code="policy.calendar",
    name="Rebalancing by the calendar",
    group=Group.POLICY,
    kind=Kind.CHOICE,
    default="",
    choices=LOOKS,
    required=False,
    help="Rebalance on a schedule too; empty: bands only.",
    read_by=INHERITED,
)
DUE_SESSION = Setting(
    code="policy.due_session",
    name="Market day on which a period begins",
    group=Group.POLICY,
    kind=Kind.WHOLE,
    default=1,
    unit="in its month",
    least=Decimal(1),
    most=Decimal(15),
    help="1: a month's, quarter's or year's look falls on its first market day. A later one keeps away from the turn of the month, when many trade the same way.",
    read_by=INHERITED,
)
EDGE_IS_BREACH = Setting(
    code="policy.edge_is_breach",
    name="A weight on the edge is outside",
    group=Group.POLICY,
    kind=Kind.YES_NO,
    default=True,
    help="Whether a weight exactly on the edge of its band counts as outside.",
    read_by=INHERITED,
)
DESTINATION_TAXABLE = Setting(
    code="policy.destination_taxable",
    name="How far to trade where gains are taxed",
    group=Group.POLICY,
    kind=Kind.CHOICE,
    default="halfway",
    choices=DESTINATIONS,
    help="Where a class that left its band is brought back to.",
    read_by=INHERITED,
)
DESTINATION_SHELTERED = Setting(
    code="policy.destination_sheltered",
    name="How far to trade where nothing is taxed",
    group=Group.POLICY,
    kind=Kind.CHOICE,
    default="target",
    choices=DESTINATIONS,
    help="Where a class that left its band is brought back to.",
    read_by=INHERITED,
)
MINIMUM_TRADE = Setting(
    code="policy.minimum_trade",
    name="Minimum trade",
    group=Group.POLICY,
    kind=Kind.DOLLARS,
    default=Decimal(250),
    least=Decimal(0),
    most=Decimal(100_000),
    help="Smaller trades are not proposed, unless they close a position or raise cash that is due.",
    read_by=INHERITED,
)
CASH_RESERVE = Setting(
    code="policy.cash_reserve",
    name="Cash reserve",
    group=Group.POLICY,
    kind=Kind.DOLLARS,
    default=Decimal(0),
    least=Decimal(0),
    most=Decimal(10_000_000),
    help="Held outside the model, for a household that agreed to nothing else.",
    read_by=INHERITED,
)
COMPLIANCE_SIGNS = Setting(
    code="policy.compliance_signs",
    name="Compliance signs investment policies",
    group=Group.POLICY,
    kind=Kind.YES_NO,
    default=False,
    help="Whether a version is adopted only after compliance has signed it too, beside the client and the advisor.",
    read_by="the adoption of an investment policy",
)
HALF_SPREAD = Setting(
    code="costs.half_spread",
    name="Half-spread where none is known",
    group=Group.COSTS,
    kind=Kind.PERCENT,
    default=Decimal(0),
    least=Decimal(0),
    most=Decimal("0.05"),
    help="The cost of one side of a trade, as a share of the price, of a security whose own spread is not on record.",
    read_by="the engine's costs, and “How we rebalance”",
)
COST_ALLOWANCE = Setting(
    code="costs.allowance",
    name="Allowance for costs at a cap",
    group=Group.COSTS,
    kind=Kind.PERCENT,
    default=Decimal("0.0005"),
    least=Decimal(0),
    most=Decimal("0.02"),
    help="A cap on stocks is planned this much lower, so that it still holds after the costs of trading.",
    read_by="the engine's cap on stocks",
)
REPLACED_COST = Setting(
    code="costs.replaced",
    name="Cost of keeping a replaced security",
    group=Group.COSTS,
    kind=Kind.PERCENT,
    default=Decimal("0.02"),
    least=Decimal(0),
    most=Decimal("0.25"),
    help="What each dollar held in a security that its model has replaced is taken to cost: it is sold where tax and spread come to less, and kept where they come to more.",
    read_by="the engine's sales of replaced securities, and “How we rebalance”",
)
ORDINARY_RATE = Setting(
    code="costs.ordinary_rate",
    name="Tax on ordinary yield",
    group=Group.COSTS,
    kind=Kind.PERCENT,
    default=Decimal("0.30"),
    least=Decimal(0),
    most=Decimal("0.6"),
    help="Assumed for pricing in which account a class is held; each return's own rates decide about gains.",
    read_by="the engine's asset location",
)
QUALIFIED_RATE = Setting(
    code="costs.qualified_rate",
    name="Tax on qualified dividends",
    group=Group.COSTS,
    kind=Kind.PERCENT,
    default=Decimal("0.18"),
    least=Decimal(0),
    most=Decimal("0.4"),
    help="Assumed for pricing in which account a class is held.",
    read_by="the engine's asset location",
)
GAIN_RATE = Setting(
    code="costs.gain_rate",
    name="Tax on gains that funds distribute",
    group=Group.COSTS,
    kind=Kind.PERCENT,
    default=Decimal("0.18"),
    least=Decimal(0),
    most=Decimal("0.4"),
    help="Assumed for pricing in which account a class is held.",
    read_by="the engine's asset location",
)

SETTINGS = (
    PHILOSOPHY,
    BAND_METHOD,
    BAND_KIND,
    BAND_POINTS,
    BAND_SHARE,
    CLASS_BANDS,
    LOOK,
    CALENDAR,
    DUE_SESSION,
    EDGE_IS_BREACH,
    DESTINATION_TAXABLE,
    DESTINATION_SHELTERED,
    MINIMUM_TRADE,
    CASH_RESERVE,
    COMPLIANCE_SIGNS,
    HALF_SPREAD,
    COST_ALLOWANCE,
    REPLACED_COST,
    ORDINARY_RATE,
    QUALIFIED_RATE,
    GAIN_RATE,
)
