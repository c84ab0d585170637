"""Tax at flat rates, for tax units whose income is not known; same ledger and answer as the full law.

Netting, the yearly loss limit and carry-overs are the law's (IRC 1211(b), 1212(b), 1222); only the rates are
the client's own and cover federal and state tax together.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.federal_tax import GainLedger


@dataclass(frozen=True, slots=True)
class FlatRates:
    """Rates as fractions of one, all taxes together.

    A net short-term gain bears `short`, a net long-term gain `long`. A net loss saves `short` up to
    `loss_limit` dollars a year; what is carried on is worth `loss_value` a dollar later, which is shown beside
    the tax and never inside it. `state_part` is the part of both rates that goes to the state.
    """

    short: Decimal
    long: Decimal
    loss_value: Decimal = ZERO
    loss_limit: Decimal = Decimal(3000)
    state_part: Decimal = ZERO

    def __post_init__(self) -> None:
        if not 0 <= self.state_part <= self.long <= self.short < 1:
            raise ValueError("Flat rates need 0 <= state part <= long <= short < 1; write 23.8% as 0.238.")
        if not 0 <= self.loss_value <= self.short:
            raise ValueError("The value of a carried loss lies between 0 and the short-term rate.")


@dataclass(frozen=True, slots=True)
class FlatTax:
    """The year at flat rates; dollars, unrounded. A negative `tax` is a saving."""

    taxed_short: Decimal
    taxed_long: Decimal
    loss_deducted: Decimal
    tax: Decimal
    short_term_carryover: Decimal
    long_term_carryover: Decimal
    carryover_value: Decimal


def compute(rates: FlatRates, ledger: GainLedger) -> FlatTax:
    """The tax of `ledger` at flat rates after netting (IRC 1222) and the loss limit (IRC 1211(b))."""
    net_short, net_long = ledger.net_short_term, ledger.net_long_term
    net = net_short + net_long
    taxed_long = max(ZERO, net_long - max(ZERO, -net_short))
    taxed_short = max(ZERO, net) - taxed_long
    deducted = min(rates.loss_limit, max(ZERO, -net))
    short_loss = max(ZERO, -net_short - max(ZERO, net_long))
    long_loss = max(ZERO, -net_long - max(ZERO, net_short))
    from_short = min(short_loss, deducted)
    carry_short, carry_long = short_loss - from_short, long_loss - (deducted - from_short)
    return FlatTax(
        taxed_short=taxed_short,
        taxed_long=taxed_long,
        loss_deducted=deducted,
        tax=rates.short * (taxed_short - deducted) + rates.long * taxed_long,
        short_term_carryover=carry_short,
        long_term_carryover=carry_long,
        carryover_value=rates.loss_value * (carry_short + carry_long),
    )
