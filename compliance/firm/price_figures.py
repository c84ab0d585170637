"""Which price counts, when a price is in dispute, and which custodian files need a person."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

SOURCES: Setting[tuple[str, ...]] = Setting(
    code="prices.sources",
    name="Price sources",
    group=Group.PRICES,
    kind=Kind.ORDER,
    default=("feed", "house", "generated", "schwab", "fidelity", "ibkr", "ofx"),
    most=Decimal(30),
    help=(
        "In order of preference, separated by commas; a source that is not listed comes last, the newest first. Prices "
        "of days before a change keep the order of their day."
    ),
    read_by="the choice among the sources of a day",
)
DISPUTE_GAP = Setting(
    code="prices.gap",
    name="Gap between sources",
    group=Group.PRICES,
    kind=Kind.PERCENT,
    default=Decimal("0.03"),
    least=Decimal("0.001"),
    most=Decimal(1),
    help="Two sources' prices of one day that differ by more are in dispute.",
    read_by="the check of new prices",
)
DISPUTE_MOVE = Setting(
    code="prices.move",
    name="Move since the last close",
    group=Group.PRICES,
    kind=Kind.PERCENT,
    default=Decimal("0.25"),
    least=Decimal("0.01"),
    most=Decimal(10),
    help="A day's only price that differs from the last close by more is in dispute.",
    read_by="the check of new prices",
)
DAYS_MAX = Setting(
    code="prices.days",
    name="Oldest price used",
    group=Group.PRICES,
    kind=Kind.WHOLE,
    default=10,
    unit="days",
    least=Decimal(1),
    most=Decimal(30),
    help="A price this many days old or older is not used; the household is then not measured.",
    read_by="valuation of every household",
)
JUMP_FACTOR = Setting(
    code="files.jump",
    name="Jump of a balance",
    group=Group.FILES,
    kind=Kind.WHOLE,
    default=10,
    unit="times",
    least=Decimal(2),
    most=Decimal(1_000),
    help="A balance or account value that grows or shrinks this many times over has to be confirmed before a file is loaded.",
    read_by="the preview of a custodian file",
)
CONFIRMED_BY_THEMSELVES: Setting[tuple[str, ...]] = Setting(
    code="files.confirmed_by_themselves",
    name="Files that confirm themselves",
    group=Group.FILES,
    kind=Kind.SEVERAL,
    default=(),
    required=False,
    choices=(
        ("house", "House bundle"),
        ("schwab", "Schwab"),
        ("fidelity", "Fidelity"),
        ("ibkr", "Interactive Brokers"),
        ("ofx", "OFX"),
    ),
    help=(
        "A file of these custodians is loaded without a person where its layout is known, every account is bound and the "
        "preview has no question and no caution. Every other file waits for a person."
    ),
    read_by="the drop folder and the list of files",
)

SETTINGS = (SOURCES, DISPUTE_GAP, DISPUTE_MOVE, DAYS_MAX, JUMP_FACTOR, CONFIRMED_BY_THEMSELVES)
