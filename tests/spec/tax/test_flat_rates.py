"""Tax at flat rates: the law's netting, the client's own rates."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import flat_rates
from rebalancing.engine.tax.federal_tax import GainLedger
from rebalancing.engine.tax.flat_rates import FlatRates, FlatTax
from tests.spec.drawn import refused, rows

RATES = FlatRates(short=D("0.40"), long=D("0.20"), loss_value=D("0.10"))

DO_NOT_RISE = "Flat rates need 0 <= state part <= long <= short < 1; write 23.8% as 0.238."


@pytest.mark.parametrize(
    "row",
    rows(
        """
        short  | long   | carry_short | carry_long | taxed_short | taxed_long | deducted | tax   | next_short | next_long
        1000   | 2000   | 0           | 0          | 1000        | 2000       | 0        | 800   | 0          | 0
        -1000  | 2000   | 0           | 0          | 0           | 1000       | 0        | 200   | 0          | 0
        2000   | -1000  | 0           | 0          | 1000        | 0          | 0        | 400   | 0          | 0
        -4000  | -6000  | 0           | 0          | 0           | 0          | 3000     | -1200 | 1000       | 6000
        -9000  | 5000   | 0           | 0          | 0           | 0          | 3000     | -1200 | 1000       | 0
        -2000  | -6000  | 0           | 0          | 0           | 0          | 3000     | -1200 | 0          | 5000
        0      | 5000   | 1000        | 1000       | 0           | 3000       | 0        | 600   | 0          | 0
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_flat_rates_net_first_and_tax_then(row: dict[str, str]) -> None:
    ledger = GainLedger(D(row["short"]), D(row["long"]), D(row["carry_short"]), D(row["carry_long"]))
    carried = D(row["next_short"]) + D(row["next_long"])

    assert flat_rates.compute(RATES, ledger) == FlatTax(
        taxed_short=D(row["taxed_short"]),
        taxed_long=D(row["taxed_long"]),
        loss_deducted=D(row["deducted"]),
        tax=D(row["tax"]),
        short_term_carryover=D(row["next_short"]),
        long_term_carryover=D(row["next_long"]),
        carryover_value=D("0.10") * carried,
    )


@pytest.mark.parametrize(
    ("short", "long", "loss_value", "state_part", "sentence"),
    [
        ("0.2", "0.4", "0", "0", DO_NOT_RISE),
        ("40", "20", "0", "0", DO_NOT_RISE),
        ("1", "0.2", "0", "0", DO_NOT_RISE),
        ("0.4", "0.2", "0", "0.3", DO_NOT_RISE),
        ("0.4", "-0.2", "0", "0", DO_NOT_RISE),
        ("0.4", "0.2", "0.5", "0", "The value of a carried loss lies between 0 and the short-term rate."),
        ("0.4", "0.2", "-0.1", "0", "The value of a carried loss lies between 0 and the short-term rate."),
    ],
)
def test_flat_rates_that_cannot_be_true_are_refused(
    short: str, long: str, loss_value: str, state_part: str, sentence: str
) -> None:
    with refused(sentence):
        FlatRates(short=D(short), long=D(long), loss_value=D(loss_value), state_part=D(state_part))


def test_the_limits_of_flat_rates_are_allowed() -> None:
    assert FlatRates(short=D(0), long=D(0)).loss_value == 0
    assert FlatRates(short=D("0.4"), long=D("0.4"), loss_value=D("0.4"), state_part=D("0.4")).long == D("0.4")
