"""The desk's own figures: when it scans, what it promises, how long an approval is good, what calls for a trade."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

WEEKDAYS = (
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
)

SCAN_DAYS: Setting[tuple[str, ...]] = Setting(
    code="timetable.days",
    name="Days of the scan",
    group=Group.TIMETABLE,
    kind=Kind.SEVERAL,
    default=("mon", "tue", "wed", "thu", "fri"),
    choices=WEEKDAYS,
    help="Market days on which all households are scanned. A holiday is left out; the next day listed is scanned.",
    read_by="the start of the day's scan, and the promise of a scan",
)
SCAN_AFTER_CLOSE = Setting(
    code="timetable.after_close",
    name="Start of the scan",
    group=Group.TIMETABLE,
    kind=Kind.WHOLE,
    default=30,
    unit="minutes after the close",
    least=Decimal(30),
    most=Decimal(16 * 60),
    help="At the earliest 30 minutes after the close, when prices are final; the scan also waits until prices are on record.",
    read_by="the start of the day's scan",
)
SCAN_WITHIN = Setting(
    code="promises.scan",
    name="Daily scan",
    group=Group.PROMISES,
    kind=Kind.WHOLE,
    default=15,
    unit="hours after the close",
    least=Decimal(1),
    most=Decimal(72),
    help="By then every household is scanned at the day's closing prices.",
    read_by="broken promises",
)
REPRICED_WITHIN = Setting(
    code="approvals.repriced_within",
    name="Same orders kept at new prices",
    group=Group.APPROVAL,
    kind=Kind.NUMBER,
    default=Decimal(10),
    unit="basis points of the household",
    least=Decimal(0),
    most=Decimal(100),
    help="While prices move by no more than the tolerance of PTC-48, an open proposal keeps its orders, share for share, unless other "
    "orders are better by more than this. Reason: a move of 1% takes a class of half a household a quarter of a point "
    "from its target, which a plan counts at some 10 basis points; an ordinary day is no reason to read it anew.",
    read_by="the renewal of proposals at new closing prices",
)
REVIEW_WITHIN = Setting(
    code="promises.review",
    name="Review",
    group=Group.PROMISES,
    kind=Kind.WHOLE,
    default=5,
    unit="days",
    least=Decimal(1),
    most=Decimal(60),
    help="Whatever is submitted for review is decided within this many days.",
    read_by="broken promises",
)
MEASURED_WITHIN = Setting(
    code="promises.measured",
    name="Every household measured",
    group=Group.PROMISES,
    kind=Kind.WHOLE,
    default=7,
    unit="days",
    least=Decimal(1),
    most=Decimal(90),
    help="No household goes longer without being measured, whatever is missing.",
    read_by="broken promises",
)
PROFILE_WITHIN = Setting(
    code="promises.profile",
    name="Tax profile confirmed",
    group=Group.PROMISES,
    kind=Kind.WHOLE,
    default=3,
    unit="months",
    least=Decimal(1),
    most=Decimal(12),
    help="Each tax unit's profile of the year is on record this many months into the year.",
    read_by="broken promises",
)
APPROVAL_GOOD_FOR = Setting(
    code="approval.good_for",
    name="A proposal can be decided for",
    group=Group.APPROVAL,
    kind=Kind.WHOLE,
    default=5,
    unit="market days",
    least=Decimal(0),
    most=Decimal(10),
    help=(
        "A proposal and its approval expire at the close, this many market days after the day it was first made for. Until then "
        "it is worked out again at each day’s closing prices by itself; a reviewer decides on the newest revision."
    ),
    read_by="every new proposal, and every revision that a person makes",
)
RETENTION_YEARS = Setting(
    code="retention.years",
    name="Records are kept",
    group=Group.APPROVAL,
    kind=Kind.WHOLE,
    default=5,
    unit="years",
    least=Decimal(5),
    most=Decimal(50),
    help="After the fiscal year of the last entry; Advisers Act Rule 204-2(e)(1) asks for five at least. The product deletes nothing by itself.",
    read_by="the day until which today's records are kept, on the settings page and in “How we rebalance”",
)
HOLD_DAYS_MAX = Setting(
    code="holds.longest",
    name="Longest hold",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=90,
    unit="days",
    least=Decimal(1),
    most=Decimal(366),
    help="A hold that somebody places lasts at most this long; it can be renewed.",
    read_by="placing a hold",
)
HARVEST_MIN = Setting(
    code="triggers.losses",
    name="Losses worth a proposal",
    group=Group.TRIGGERS,
    kind=Kind.DOLLARS,
    default=Decimal(3_000),
    least=Decimal(0),
    most=Decimal(1_000_000),
    help="Taxable losses below this are no reason for a proposal of their own, where the client agreed to harvesting. As shipped: the yearly deduction of IRC 1211(b).",
    read_by="the trigger of harvesting",
)
HARVEST_LOT_MIN = Setting(
    code="triggers.lot_loss",
    name="Loss of a lot",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.05"),
    least=Decimal(0),
    most=Decimal("0.9"),
    help="A lot counts toward harvesting when it stands at least this far below its basis.",
    read_by="the trigger of harvesting",
)

SETTINGS = (
    SCAN_DAYS,
    SCAN_AFTER_CLOSE,
    SCAN_WITHIN,
    REVIEW_WITHIN,
    MEASURED_WITHIN,
    PROFILE_WITHIN,
    APPROVAL_GOOD_FOR,
    REPRICED_WITHIN,
    RETENTION_YEARS,
    HOLD_DAYS_MAX,
    HARVEST_MIN,
    HARVEST_LOT_MIN,
)
