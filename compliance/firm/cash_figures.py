"""The firm's figures for cash that comes and goes: when it calls for a trade, and when money due out is raised."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

CASH_AMOUNT = Setting(
    code="cash.amount",
    name="Cash above target",
    group=Group.TRIGGERS,
    kind=Kind.DOLLARS,
    default=Decimal(25_000),
    least=Decimal(0),
    most=Decimal(100_000_000),
    help="So much cash above its target calls for investing it, where it came in lately or has lain idle. The smaller of this and the share counts.",
    read_by="the triggers of new and idle cash",
)
CASH_SHARE = Setting(
    code="cash.share",
    name="Cash above target, share",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.02"),
    least=Decimal(0),
    most=Decimal(1),
    help="The same as a part of what is invested together.",
    read_by="the triggers of new and idle cash",
)
CASH_WITHIN = Setting(
    code="cash.within",
    name="Cash came in lately",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=10,
    unit="market days",
    least=Decimal(1),
    most=Decimal(60),
    help="A deposit counts as new for so many market days; a balance is compared with those of the same days.",
    read_by="the trigger of new cash",
)
IDLE_DAYS = Setting(
    code="cash.idle_days",
    name="Idle cash",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=10,
    unit="market days",
    least=Decimal(1),
    most=Decimal(250),
    help="Cash that has stood above its target for longer than this is invested, wherever it came from.",
    read_by="the trigger of idle cash",
)
INCOME_AMOUNT = Setting(
    code="cash.income",
    name="Dividends and interest",
    group=Group.TRIGGERS,
    kind=Kind.DOLLARS,
    default=Decimal(5_000),
    least=Decimal(0),
    most=Decimal(100_000_000),
    help="So much paid in dividends and interest, and still above the target of cash, calls for investing it. The smaller of this and the share counts.",
    read_by="the trigger of dividends and interest",
)
INCOME_SHARE = Setting(
    code="cash.income_share",
    name="Dividends and interest, share",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.005"),
    least=Decimal(0),
    most=Decimal(1),
    help="The same as a part of what is invested together.",
    read_by="the trigger of dividends and interest",
)
INCOME_DAYS = Setting(
    code="cash.income_days",
    name="Dividends and interest of",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=90,
    unit="days",
    least=Decimal(1),
    most=Decimal(366),
    help="How far back dividends and interest are added up.",
    read_by="the trigger of dividends and interest",
)
RAISE_SLACK = Setting(
    code="cash.slack",
    name="Slack before money is due",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=2,
    unit="market days",
    least=Decimal(0),
    most=Decimal(20),
    help="Money due out is raised so many market days earlier than settlement alone would ask for, and not before.",
    read_by="the scan, for money due out",
)
SOON_AMOUNT = Setting(
    code="cash.soon_amount",
    name="A large withdrawal",
    group=Group.TRIGGERS,
    kind=Kind.DOLLARS,
    default=Decimal(25_000),
    least=Decimal(0),
    most=Decimal(100_000_000),
    help="A withdrawal of so much within the next 35 days holds other trades back until it is raised. The smaller of this and the share counts.",
    read_by="the hold before a withdrawal",
)
SOON_SHARE = Setting(
    code="cash.soon_share",
    name="A large withdrawal, share",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.05"),
    least=Decimal(0),
    most=Decimal(1),
    help="The same as a part of the account's value.",
    read_by="the hold before a withdrawal",
)

SETTINGS = (
    CASH_AMOUNT,
    CASH_SHARE,
    CASH_WITHIN,
    IDLE_DAYS,
    INCOME_AMOUNT,
    INCOME_SHARE,
    INCOME_DAYS,
    RAISE_SLACK,
    SOON_AMOUNT,
    SOON_SHARE,
)
