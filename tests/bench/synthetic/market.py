"""What the synthetic firm may hold: invented securities of nine classes, two mixed funds among them, and its models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal as D

from tests.clock import LAST_FRIDAY

IN_BAND, FLAGGED, HELD, NO_POLICY, CASH_DUE, BROKEN = (
    "in_band", "flagged", "held", "no_policy", "cash_due", "broken",
)  # fmt: skip
OTHERS = ((NO_POLICY, 0.01), (HELD, 0.01), (CASH_DUE, 0.01), (BROKEN, 0.005))
"""What else a firm has, and of how many of its households: the rest is flagged or inside its bands."""

DAY_BEFORE = LAST_FRIDAY - timedelta(days=1)
ACCOUNTS = (
    ("Taxable", "joint", "taxable", 0.5),
    ("IRA", "traditional_ira", "tax_deferred", 0.3),
    ("Roth IRA", "roth_ira", "tax_free", 0.2),
)
FAMILIES = (
    "Marshlight", "Oatcastle", "Pebblethorn", "Slatewind", "Inkwater", "Brasspenny", "Lockgate", "Keyhollow",
    "Fernhollow", "Tidewell", "Ashbarrow", "Quillmere", "Saltmarch", "Thornbeck", "Windlass", "Copperfen",
)  # fmt: skip

CLASSES = (
    ("us_stock", "US stocks", True),
    ("us_small", "US small companies", True),
    ("intl_stock", "International stocks", True),
    ("emerging", "Emerging markets", True),
    ("reit", "Real estate", True),
    ("us_bond", "US bonds", False),
    ("tips", "Inflation-protected bonds", False),
    ("cash", "Cash", False),
)
"""Code, name, and whether it counts as stocks; in the order of every page."""

SPLITS = {
    "balanced": {"us_stock": D("0.6"), "us_bond": D("0.4")},
    "world": {"us_stock": D("0.6"), "intl_stock": D("0.3"), "emerging": D("0.1")},
}
"""Funds of several classes: what is looked through."""

MIXED = {"balanced": D("0.04"), "world": D("0.05")}
"""The share of every account that a mixed fund has."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in an account: one of `choices` securities of a kind, with a share of what the kind has there."""

    kind: str
    share: float
    choices: int
    stocks: bool = False


SLOTS = (
    Slot("us_stock", 0.35, 4),
    Slot("us_stock", 0.25, 4),
    *(Slot("us_stock", 0.08, 12, stocks=True) for _ in range(5)),
    Slot("us_small", 0.6, 2),
    Slot("us_small", 0.4, 2),
    Slot("intl_stock", 0.6, 3),
    Slot("intl_stock", 0.4, 3),
    Slot("emerging", 1.0, 3),
    Slot("reit", 1.0, 3),
    Slot("us_bond", 0.5, 3),
    Slot("us_bond", 0.3, 3),
    Slot("us_bond", 0.2, 3),
    Slot("tips", 0.6, 2),
    Slot("tips", 0.4, 2),
    Slot("balanced", 1.0, 3),
    Slot("world", 1.0, 3),
)
"""Twenty positions an account. The pools of the slots are apart, so that no account holds a security twice."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model's weights by class. `leans` says whether its households drift into stocks (1), out of them (-1) or both (0)."""

    code: str
    name: str
    weights: dict[str, D]
    leans: int


MODELS = (
    Model("bench-balanced", "Balanced 65/35", dict(zip((c for c, _, _ in CLASSES), map(D, (
        "0.36", "0.06", "0.14", "0.05", "0.04", "0.27", "0.06", "0.02")), strict=True)), 0),
    Model("bench-growth", "Growth 88/12", dict(zip((c for c, _, _ in CLASSES), map(D, (
        "0.50", "0.08", "0.20", "0.07", "0.03", "0.08", "0.02", "0.02")), strict=True)), -1),
    Model("bench-steady", "Conservative 35/65", dict(zip((c for c, _, _ in CLASSES), map(D, (
        "0.20", "0.03", "0.08", "0.02", "0.02", "0.45", "0.18", "0.02")), strict=True)), 1),
)  # fmt: skip


def direct(model: Model, kind: str) -> float:
    """What a kind of holding weighs where nothing has drifted: a class's target without what the mixed funds hold of it."""
    if kind in MIXED:
        return float(MIXED[kind])
    return float(
        model.weights[kind] - sum((MIXED[fund] * SPLITS[fund].get(kind, D(0)) for fund in MIXED), D(0))
    )


def pools() -> list[list[str]]:
    """The symbols of each slot."""
    return [
        [f"ZB{number:02}{choice:02}" for choice in range(slot.choices)] for number, slot in enumerate(SLOTS)
    ]


def bought(kind: str) -> list[str]:
    """The funds that a model buys for a class, best first."""
    return [
        symbol
        for slot, pool in zip(SLOTS, pools(), strict=True)
        if slot.kind == kind and not slot.stocks
        for symbol in pool[:2]
    ]
