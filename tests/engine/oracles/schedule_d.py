"""The Schedule D Tax Worksheet, line by line as the form has it, in Fractions (lines of the 2024 form)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

ZERO = Fraction(0)


def worksheet(
    *,
    taxable: Fraction,
    qualified_dividends: Fraction,
    net_capital_gain: Fraction,
    gain_28: Fraction,
    gain_1250: Fraction,
    zero_up_to: Fraction,
    fifteen_up_to: Fraction,
    below_25_up_to: Fraction,
    ordinary: Callable[[Fraction], Fraction],
) -> Fraction:
    """The tax; `gain_28` and `gain_1250` are lines 18 and 19 of Schedule D."""
    line_1 = taxable
    line_6 = qualified_dividends
    line_9 = net_capital_gain
    line_10 = line_6 + line_9
    line_11 = gain_28 + gain_1250
    line_12 = min(line_9, line_11)
    line_13 = line_10 - line_12
    line_14 = max(ZERO, line_1 - line_13)
    line_16 = min(line_1, zero_up_to)
    line_17 = min(line_14, line_16)
    line_18 = max(ZERO, line_1 - line_10)
    line_19 = min(line_1, below_25_up_to)
    line_20 = min(line_14, line_19)
    line_21 = max(line_18, line_20)
    line_22 = line_16 - line_17
    line_30 = line_33 = line_39 = line_42 = ZERO
    if line_1 != line_16:
        line_23 = min(line_1, line_13)
        line_25 = line_23 - line_22
        line_27 = min(line_1, fifteen_up_to)
        line_29 = max(ZERO, line_27 - (line_21 + line_22))
        line_30 = min(line_25, line_29)
        line_32 = line_22 + line_30
        if line_1 != line_32:
            line_33 = line_23 - line_32
            if gain_1250:
                line_35 = min(line_9, gain_1250)
                line_38 = max(ZERO, line_10 + line_21 - line_1)
                line_39 = max(ZERO, line_35 - line_38)
            if gain_28:
                line_42 = line_1 - (line_21 + line_22 + line_30 + line_33 + line_39)
    by_parts = (
        line_30 * Fraction(15, 100)
        + line_33 * Fraction(20, 100)
        + line_39 * Fraction(25, 100)
        + line_42 * Fraction(28, 100)
        + ordinary(line_21)
    )
    return min(by_parts, ordinary(line_1))
