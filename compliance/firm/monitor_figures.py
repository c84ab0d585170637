"""When the monitors of the firm's common mistakes raise an alarm."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

NEVER_DAYS = Setting(
    code="monitors.never_days",
    name="Never rebalanced",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=90,
    unit="days",
    least=Decimal(5),
    most=Decimal(366),
    help="A class has been outside its band for longer than this, without a trade or a hold on record.",
    read_by="the monitor of households that are never rebalanced",
)
EQUITY_DRIFT = Setting(
    code="monitors.equity_drift",
    name="Drift of stocks",
    group=Group.MONITORS,
    kind=Kind.PERCENT,
    default=Decimal("0.10"),
    least=Decimal("0.01"),
    most=Decimal("0.5"),
    help="All stocks together are further from their target than this, at any time, whatever the bands.",
    read_by="the monitor of households that are never rebalanced",
)
SELLS_A_YEAR = Setting(
    code="monitors.sells_a_year",
    name="Rebalances of a taxable account",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=4,
    unit="in twelve months",
    least=Decimal(1),
    most=Decimal(50),
    help="More released rebalances that sell in one taxable account raise an alarm, with the tax they were estimated to cost.",
    read_by="the monitor of accounts that are rebalanced too often",
)
SHORT_SHARE = Setting(
    code="monitors.short_share",
    name="Short-term share of gains",
    group=Group.MONITORS,
    kind=Kind.PERCENT,
    default=Decimal("0.10"),
    least=Decimal(0),
    most=Decimal(1),
    help="Of the gains that a taxable account realized in twelve months, more than this share was short-term.",
    read_by="the monitor of accounts that are rebalanced too often",
)
TURNOVER_A_YEAR = Setting(
    code="monitors.turnover",
    name="Turnover of a taxable account",
    group=Group.MONITORS,
    kind=Kind.PERCENT,
    default=Decimal("0.30"),
    least=Decimal("0.01"),
    most=Decimal(10),
    help="One way, in twelve months: the smaller of what was bought and what was sold, of the account's value.",
    read_by="the monitor of accounts that are rebalanced too often",
)
IDLE_ROOM = Setting(
    code="monitors.idle_room",
    name="Idle cash",
    group=Group.MONITORS,
    kind=Kind.PERCENT,
    default=Decimal("0.02"),
    least=Decimal(0),
    most=Decimal("0.5"),
    help="Cash above its target by more than this share of the portfolio is idle.",
    read_by="the monitor of idle cash",
)
IDLE_DAYS = Setting(
    code="monitors.idle_days",
    name="Days of idle cash",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=10,
    unit="market days",
    least=Decimal(1),
    most=Decimal(90),
    help="Cash that is idle for longer than this raises an alarm.",
    read_by="the monitor of idle cash",
)
FLOW_DAYS = Setting(
    code="monitors.flow_days",
    name="Money that just came in",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=10,
    unit="market days",
    least=Decimal(1),
    most=Decimal(60),
    help="Sales of what is over its target so soon after a deposit could have been avoided by placing the deposit.",
    read_by="the monitor of cash flows that are ignored",
)
FLOW_LEAST = Setting(
    code="monitors.flow_least",
    name="Avoidable sales",
    group=Group.MONITORS,
    kind=Kind.DOLLARS,
    default=Decimal(1_000),
    least=Decimal(0),
    most=Decimal(1_000_000),
    help="Avoidable sales up to this raise no alarm.",
    read_by="the monitor of cash flows that are ignored",
)
AVOIDABLE_GAIN = Setting(
    code="monitors.avoidable_gain",
    name="Gain that counts",
    group=Group.MONITORS,
    kind=Kind.DOLLARS,
    default=Decimal(1_000),
    least=Decimal(0),
    most=Decimal(1_000_000),
    help="Up to this, gains in a taxable account raise no alarm: neither short-term ones, nor those that an untaxed account of the household could have spared by selling the same class.",
    read_by="the monitors of accounts that are treated alike and of accounts that are rebalanced too often",
)
TOLD_WITHIN = Setting(
    code="monitors.told_within",
    name="Client told",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=5,
    unit="market days",
    least=Decimal(1),
    most=Decimal(60),
    help="So long after the trades have settled the client has a summary.",
    read_by="the monitor of clients who were not told",
)
HOLD_DAYS = Setting(
    code="monitors.hold_days",
    name="Hold with its renewals",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=120,
    unit="days",
    least=Decimal(1),
    most=Decimal(1_000),
    help="A hold that has been renewed again and again for longer than this is asked about.",
    read_by="the monitor of holds that outlived their cause",
)
UNREAD_DAYS = Setting(
    code="monitors.unread_days",
    name="Read by no scan",
    group=Group.MONITORS,
    kind=Kind.WHOLE,
    default=1,
    unit="market days",
    least=Decimal(0),
    most=Decimal(30),
    help="A household that no scan has read for more scan days than this raises an alarm, whoever switched what off.",
    read_by="the monitor of households that no scan has read",
)

SETTINGS = (
    NEVER_DAYS,
    EQUITY_DRIFT,
    SELLS_A_YEAR,
    SHORT_SHARE,
    TURNOVER_A_YEAR,
    IDLE_ROOM,
    IDLE_DAYS,
    FLOW_DAYS,
    FLOW_LEAST,
    AVOIDABLE_GAIN,
    TOLD_WITHIN,
    HOLD_DAYS,
    UNREAD_DAYS,
)
