"""The firm's figures for orders: how long a release waits, when it may leave, and when an order counts as not traded."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

RELEASE_DELAY = Setting(
    code="orders.delay",
    name="Delay before sending",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=0,
    unit="minutes",
    least=Decimal(0),
    most=Decimal(240),
    help="Released orders wait this long, and can be canceled meanwhile, before a file is written or a FIX session has them.",
    read_by="the release of orders",
)

SETTINGS = (RELEASE_DELAY,)
