"""From when a corporate action holds back the accounts that it reaches."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

HOLD_DAYS = Setting(
    code="corporate_actions.hold_days",
    name="Days before a corporate action on which its security waits",
    group=Group.FILES,
    kind=Kind.WHOLE,
    default=5,
    unit="days",
    least=Decimal(0),
    most=Decimal(60),
    help="From then accounts that hold the security are not traded, until the action is on record and its price is known.",
    read_by="the scan, the check of open proposals, and blocks that have not left",
)
SETTINGS = (HOLD_DAYS,)
