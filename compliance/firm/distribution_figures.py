"""How the firm takes required distributions: on which day, in which parts, and from when on what is open is raised."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

BY_DAY, MONTHLY = "by_day", "monthly"

PLAN = Setting(
    code="distributions.plan",
    name="Required distributions are taken",
    group=Group.TRIGGERS,
    kind=Kind.CHOICE,
    default=BY_DAY,
    choices=((BY_DAY, "At once, by the firm's day"), (MONTHLY, "In equal parts, one a month")),
    help="How what is still to be taken becomes money due. Money that is planned already, such as a monthly withdrawal, comes first.",
    read_by="the money due out of retirement accounts",
)
DAY = Setting(
    code="distributions.day",
    name="The firm's day for required distributions",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=15,
    unit="of December, or of March before April 1",
    least=Decimal(1),
    most=Decimal(28),
    help="By then everything is taken, so that there is time to correct a mistake. The law's own day is December 31, or April 1 after the first year.",
    read_by="the money due out of retirement accounts, and the list of required distributions",
)
RAISE_DAYS = Setting(
    code="distributions.raise_days",
    name="Open distributions are raised at once",
    group=Group.TRIGGERS,
    kind=Kind.WHOLE,
    default=28,
    unit="days before the firm's day",
    least=Decimal(5),
    most=Decimal(120),
    help="From then on what has not been taken and is in no plan is due now, without waiting for a look at the bands.",
    read_by="the trigger of required distributions, and the list of required distributions",
)

SETTINGS = (PLAN, DAY, RAISE_DAYS)
