"""When taking a loss is worth it: the firm's thresholds and what it assumes of the years that a replacement is held."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

LOT_DOLLARS = Setting(
    code="harvest.lot_dollars",
    name="Loss of a lot in dollars",
    group=Group.TRIGGERS,
    kind=Kind.DOLLARS,
    default=Decimal(250),
    least=Decimal(0),
    most=Decimal(100_000),
    help="A lot counts toward harvesting when it also stands this many dollars below its basis.",
    read_by="the trigger of harvesting",
)
TOTAL_SHARE = Setting(
    code="harvest.total_share",
    name="Losses worth a proposal, of the household",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.001"),
    least=Decimal(0),
    most=Decimal("0.5"),
    help="All losses worth taking together reach this part of what the household has invested, beside the dollars.",
    read_by="the trigger of harvesting",
)
ORDER_BENEFIT = Setting(
    code="harvest.order_benefit",
    name="Benefit of each order",
    group=Group.TRIGGERS,
    kind=Kind.DOLLARS,
    default=Decimal(50),
    least=Decimal(0),
    most=Decimal(10_000),
    help="Taking a position's losses is worth at least this for each of its orders, after trading costs and the tax of the lower basis later.",
    read_by="the trigger of harvesting, and the least that its plan must be worth",
)
DOLLAR_BENEFIT = Setting(
    code="harvest.dollar_benefit",
    name="Benefit of each dollar traded",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.0005"),
    least=Decimal(0),
    most=Decimal("0.1"),
    help="The same benefit is at least this part of everything sold and bought for it.",
    read_by="the trigger of harvesting",
)
YEARS_HELD = Setting(
    code="harvest.years_held",
    name="Years a replacement is held",
    group=Group.TRIGGERS,
    kind=Kind.NUMBER,
    default=Decimal(5),
    unit="years",
    least=Decimal(0),
    most=Decimal(50),
    help="A loss taken now lowers the basis of what replaces it: its tax is expected to be due this many years later.",
    read_by="what a loss is worth after the tax of the lower basis later",
)
AFTER_TAX_RATE = Setting(
    code="harvest.after_tax_rate",
    name="Return after tax, for tax paid later",
    group=Group.TRIGGERS,
    kind=Kind.PERCENT,
    default=Decimal("0.04"),
    least=Decimal(0),
    most=Decimal("0.2"),
    help="Tax that is due later is worth less today by this return a year.",
    read_by="what a loss is worth after the tax of the lower basis later",
)

SETTINGS = (LOT_DOLLARS, TOTAL_SHARE, ORDER_BENEFIT, DOLLAR_BENEFIT, YEARS_HELD, AFTER_TAX_RATE)
