"""What the firm calls a sharp fall of the market, after which policies that ask for it are looked at between two dates."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

READ_BY = "the look after a sharp fall, in policies that ask for one"

FALL_SECURITY = Setting(
    code="triggers.fall_security",
    name="What stands for the market",
    group=Group.TRIGGERS,
    kind=Kind.TEXT,
    default="",
    most=Decimal(24),
    required=False,
    help="The symbol of a security with a closing price on record every day, such as a fund of the whole market. Empty: no fall is ever sharp.",
    read_by=READ_BY,
)
FALL = Setting(
    code="triggers.fall",
    name="A sharp fall",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.07"),
    least=Decimal("0.01"),
    most=Decimal("0.5"),
    help="From the highest close of the days below to the last. As shipped: the market-wide circuit breaker of level 1 (NYSE Rule 7.12).",
    read_by=READ_BY,
)
FALL_SESSIONS = Setting(
    code="triggers.fall_sessions",
    name="Within how many market days it falls",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=5,
    unit="market days",
    least=Decimal(1),
    most=Decimal(60),
    help="1: from one close to the next.",
    read_by=READ_BY,
)

SETTINGS = (FALL_SECURITY, FALL, FALL_SESSIONS)
