"""The workbook's sheets of what a policy is made of: targets with their bands, templates of them, restrictions."""

from __future__ import annotations

from decimal import Decimal

from clients.models.policies import PolicyRestriction, PolicyTarget
from clients.workbooks.columns import HOUSEHOLD, Column, Kind, SheetLayout

_TARGET = (
    Column("asset_class", Kind.CODE, "The code of a class.", True, length=24),
    Column("target", Kind.SHARE, "The class's weight; the weights add up to 100%.", True),
    Column("band", Kind.CHOICE, "How the band is measured.", True, tuple(PolicyTarget.BandKind.values)),
    Column("points", Kind.SHARE, "Half width in points of the portfolio: 5%."),
    Column("share", Kind.SHARE, "Half width as a share of the target: 25%."),
    Column(
        "multiple",
        Kind.QUANTITY,
        "Standard deviations between two looks, for a band scaled by volatility.",
        smallest=Decimal(0),
        largest=Decimal(10),
    ),
    Column("risk", Kind.SHARE, "Yearly tracking error the class may add, for a band scaled by risk."),
    Column("low", Kind.SHARE, "Lower edge, for a band with its own edges; the minimum of cash."),
    Column("high", Kind.SHARE, "Upper edge, for a band with its own edges."),
    Column("hard_low", Kind.SHARE, "No trade may take the class below."),
    Column("hard_high", Kind.SHARE, "No trade may take the class above."),
    Column("benchmark", Kind.TEXT, "What the class is compared with.", length=120),
)
POLICY_TEMPLATES = SheetLayout(
    "policy_templates",
    "Policy templates",
    "Class targets with their bands, written once for many households.",
    (Column("template", Kind.CODE, "A name of your own.", True, length=40), *_TARGET),
    key=("template", "asset_class"),
    of_household=False,
)
POLICY_TARGETS = SheetLayout(
    "policy_targets",
    "Policy targets",
    "The same for one household, where no template fits.",
    (HOUSEHOLD, *_TARGET),
    key=("household", "asset_class"),
)
RESTRICTIONS = SheetLayout(
    "restrictions",
    "Restrictions",
    "What the client forbids; part of the policy's next version. Rows replace all those of the version before.",
    (
        HOUSEHOLD,
        Column("restriction", Kind.CHOICE, "What is forbidden.", True, tuple(PolicyRestriction.Kind.values)),
        Column("symbol", Kind.SYMBOL, "One security; or an issuer; or a sector."),
        Column("issuer", Kind.TEXT, "Every security of a company.", length=120),
        Column("sector", Kind.TEXT, "Every company of an industry.", length=60),
        Column("account", Kind.NUMBER_AS_TEXT, "In this account only; empty: everywhere.", length=64),
        Column("weight_cap", Kind.SHARE, "The most, for a cap."),
        Column("until_on", Kind.DAY, "Until when; empty: until it is changed."),
        Column("reason", Kind.TEXT, "Why, in words.", True, length=200),
    ),
    key=("household", "restriction", "symbol", "issuer", "sector", "account"),
)
