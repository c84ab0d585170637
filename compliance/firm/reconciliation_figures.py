"""How far our book and a custodian's file may differ before the difference is a break."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

SHARES = Setting(
    code="reconciliation.shares",
    name="Shares that may differ",
    group=Group.FILES,
    kind=Kind.NUMBER,
    default=Decimal("0.001"),
    unit="shares",
    least=Decimal(0),
    most=Decimal(1),
    help="A position or lot that differs by more is a break, and the account is not traded.",
    read_by="the reconciliation of positions, lots and fills",
)
CASH = Setting(
    code="reconciliation.cash",
    name="Cash that may differ",
    group=Group.FILES,
    kind=Kind.DOLLARS,
    default=Decimal("0.01"),
    least=Decimal(0),
    most=Decimal(100),
    help="Cash that differs by more from what was booked is a break.",
    read_by="the reconciliation of cash",
)
BASIS = Setting(
    code="reconciliation.basis",
    name="Basis of a lot that may differ",
    group=Group.FILES,
    kind=Kind.DOLLARS,
    default=Decimal("0.05"),
    least=Decimal(0),
    most=Decimal(100),
    help="A lot whose basis the custodian restates by more is a break.",
    read_by="the reconciliation of lots and basis",
)
SETTINGS = (SHARES, CASH, BASIS)
