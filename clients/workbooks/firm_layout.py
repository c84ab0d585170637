"""The sheets that describe the firm's own choices: asset classes, securities and model portfolios."""

from __future__ import annotations

from decimal import Decimal

from clients.custodians.kinds import SecurityKind, SecurityStatus
from clients.models.portfolios import SleeveMember
from clients.workbooks.columns import Column, Kind, SheetLayout

ZERO, ONE = Decimal(0), Decimal(1)

ASSET_CLASSES = SheetLayout(
    "asset_classes",
    "Asset classes",
    "The classes that policies give targets for. Compliance decides afterwards which of them count as stocks.",
    (
        Column(
            "asset_class",
            Kind.CODE,
            "A short code, such as us_stock; cash is always `cash`.",
            True,
            length=24,
        ),
        Column("name", Kind.TEXT, "What pages call it.", True, length=80),
        Column(
            "position", Kind.WHOLE, "Its place in every list.", True, smallest=ZERO, largest=Decimal(1000)
        ),
    ),
    key=("asset_class",),
    of_household=False,
)
SECURITIES = SheetLayout(
    "securities",
    "Securities",
    "What is held or may be bought. An empty cell says that the figure is unknown, which is never zero.",
    (
        Column("symbol", Kind.SYMBOL, "The ticker; share classes with a point: BRK.B.", True),
        Column("name", Kind.TEXT, "Its name in words.", True, length=160),
        Column("kind", Kind.CHOICE, "What it is.", True, tuple(SecurityKind)),
        Column("asset_classes", Kind.WEIGHTS, "us_stock; a balanced fund us_stock:60%; us_bond:40%."),
        Column("cusip", Kind.CODE, "Nine characters.", length=9),
        Column("issuer", Kind.TEXT, "The company, for limits on one issuer; empty for funds.", length=120),
        Column("sector", Kind.TEXT, "The industry of a single company.", length=60),
        Column(
            "wash_group", Kind.CODE, "Securities of one group count as substantially identical.", length=40
        ),
        Column("replacements", Kind.SYMBOLS, "What may be bought after a loss sale, best first: ITOT; SCHB."),
        Column("status", Kind.CHOICE, "Whether it may be traded.", choices=tuple(SecurityStatus)),
        Column("half_spread_bps", Kind.QUANTITY, "Half the spread in basis points of price.", smallest=ZERO),
        Column("daily_volume", Kind.QUANTITY, "Average daily volume in shares.", smallest=ZERO),
        Column("fractional", Kind.FLAG, "yes where fractions of a share can be traded."),
        Column("increment", Kind.QUANTITY, "Smallest step in shares.", smallest=ZERO, largest=Decimal(1000)),
        Column(
            "settlement_days", Kind.WHOLE, "Business days to settlement.", smallest=ZERO, largest=Decimal(10)
        ),
        Column("expense_ratio", Kind.SHARE, "Yearly cost."),
        Column("yield_ordinary", Kind.SHARE, "Yearly yield taxed at ordinary rates."),
        Column("yield_qualified", Kind.SHARE, "Yearly yield of qualified dividends."),
        Column("yield_exempt", Kind.SHARE, "Yearly federally tax-exempt yield."),
        Column("yield_gain", Kind.SHARE, "Yearly distributed long-term gains."),
        Column("collectible", Kind.FLAG, "yes for metals (IRC 1(h)(4))."),
    ),
    key=("symbol",),
    of_household=False,
)
MODELS = SheetLayout(
    "models",
    "Model portfolios",
    "What is bought in each class. A model that differs from what is on record becomes its next version.",
    (
        Column("model", Kind.CODE, "A short code.", True, length=32),
        Column("name", Kind.TEXT, "What people call it.", True, length=120),
        Column("description", Kind.TEXT, "What it is for, in a sentence.", length=1000),
    ),
    key=("model",),
    of_household=False,
)
MODEL_MEMBERS = SheetLayout(
    "model_members",
    "Members of models",
    "One row for each security of a model. A class without securities, such as cash, has one row without a symbol.",
    (
        Column("model", Kind.CODE, "The model's code.", True, length=32),
        Column("asset_class", Kind.CODE, "The class's code.", True, length=24),
        Column(
            "class_weight", Kind.SHARE, "The class's share of the model; the same in each of its rows.", True
        ),
        Column("sleeve", Kind.TEXT, "The part of the class; empty: core.", length=80),
        Column("sleeve_weight", Kind.SHARE, "Its share of the class; empty: 100%."),
        Column("symbol", Kind.SYMBOL, "A security on record or of sheet securities."),
        Column(
            "use",
            Kind.CHOICE,
            "First choice, alternate, or held and not bought.",
            choices=tuple(SleeveMember.Use.values),
        ),
        Column("place", Kind.CHOICE, "In which accounts.", choices=tuple(SleeveMember.Place.values)),
        Column("rank", Kind.WHOLE, "1 is the first choice.", smallest=ONE, largest=Decimal(100)),
    ),
    key=("model", "asset_class", "sleeve", "symbol", "place"),
    of_household=False,
)

PLAN_MENUS = SheetLayout(
    "plan_menus",
    "Menus of employers' plans",
    "One row for each fund that an employer's plan lists. Its accounts buy nothing else.",
    (
        Column("employer_plan", Kind.CODE, "A short code of the plan.", True, length=32),
        Column(
            "plan_name",
            Kind.TEXT,
            "What people call the plan; the same in each of its rows.",
            True,
            length=120,
        ),
        Column("document", Kind.TEXT, "Where the menu is taken from; the same in each of its rows.", True),
        Column("symbol", Kind.SYMBOL, "A security on record or of sheet securities.", True),
        Column("starts_on", Kind.DAY, "On the menu from.", True),
        Column("ends_on", Kind.DAY, "Its last day on the menu."),
        Column("closed_on", Kind.DAY, "Closed to new money from this day."),
        Column("weight_min", Kind.SHARE, "The least share of an account that the plan lets the fund have."),
    ),
    key=("employer_plan", "symbol"),
    of_household=False,
)

FIRM_SHEETS = (ASSET_CLASSES, SECURITIES, MODELS, MODEL_MEMBERS, PLAN_MENUS)
