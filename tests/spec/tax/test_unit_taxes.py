"""What one more gain costs a return, by two full computations: at the full law and at flat rates."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from rebalancing.engine.documents.tax_units import FlatRates, IncomeProfile, TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.money import cents
from rebalancing.engine.tax.tables import FilingStatus
from tests.spec.drawn import rows


def filing_single(wages: str = "180000", **more: D) -> TaxUnit:
    income = IncomeProfile(filing_status=FilingStatus.SINGLE, tax_year=2026, wages=D(wages))
    return TaxUnit(id="t", income=income, state_rate=D("0.05"), **more)  # type: ignore[arg-type]


def at_flat_rates(state: str = "0", **more: D) -> TaxUnit:
    """Short-term gains at 40%, long-term gains at 20%, all taxes together."""
    flat = FlatRates(short=D("0.40") - D(state), long=D("0.20") - D(state), loss_value=D("0.10"))
    return TaxUnit(id="t", flat=flat, state_rate=D(state), **more)  # type: ignore[arg-type]


def change(
    unit: TaxUnit, short: str = "0", long: str = "0", *, after: tuple[str, str] = ("0", "0")
) -> dict[str, D]:
    """What gains cost on top of those ``after`` which they come, to the cent, and the carry-over used up."""
    before = unit_taxes.compute(unit, D(after[0]), D(after[1]))
    now = unit_taxes.compute(unit, D(after[0]) + D(short), D(after[1]) + D(long))
    carried = before.carryforward_short + before.carryforward_long
    return {
        "federal": cents(now.federal + now.niit - before.federal - before.niit),
        "state": cents(now.state - before.state),
        "total": cents(now.total - before.total),
        "shelter": carried - now.carryforward_short - now.carryforward_long,
    }


def rate_of_the_next_dollar(unit: TaxUnit, *, step: str = "1") -> tuple[D, D]:
    return (
        change(unit, short=step)["total"] / D(step),
        change(unit, long=step)["total"] / D(step),
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        wages  | ytd   | carry | gain   | term  | federal | state | shelter
        180000 | 0     | 0     | 10000  | short | 2400    | 500   | 0
        180000 | 0     | 0     | 10000  | long  | 1500    | 500   | 0
        180000 | 0     | 40000 | 10000  | long  | 0       | 0     | 10000
        180000 | 0     | 12000 | 10000  | long  | 240     | 50    | 9000
        250000 | 30000 | 0     | -10000 | long  | -3810.25 | -500 | 0
        180000 | 0     | 0     | -10000 | short | -720    | -150  | -7000
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_a_gain_is_priced_on_top_of_the_year_so_far(row: dict[str, str]) -> None:
    unit = filing_single(row["wages"], realized_short=D(row["ytd"]), carryforward_long=D(row["carry"]))

    assert change(unit, **{row["term"]: row["gain"]}) == {
        "federal": D(row["federal"]),
        "state": D(row["state"]),
        "total": D(row["federal"]) + D(row["state"]),
        "shelter": D(row["shelter"]),
    }


def test_the_rates_of_the_next_dollar() -> None:
    assert rate_of_the_next_dollar(filing_single()) == (D("0.29"), D("0.20"))
    assert rate_of_the_next_dollar(filing_single("300000"), step="1000") == (D("0.438"), D("0.238"))
    assert rate_of_the_next_dollar(at_flat_rates()) == (D("0.40"), D("0.20"))
    assert rate_of_the_next_dollar(filing_single(), step="100000")[1] > D("0.20")


@pytest.mark.parametrize(
    ("long", "short_rate", "long_rate"),
    [
        (300_000, "0.278", "0.188"),  # Regular rates and the tax on investment income.
        (450_000, "0.478", "0.368"),  # Half of each dollar takes 26% of the exemption along.
        # Nothing is left of it: 26%, and 5% for the gain pushed above the 20% edge.
        (600_000, "0.348", "0.238"),
    ],
)
def test_the_next_dollar_takes_the_exemption_along(long: int, short_rate: str, long_rate: str) -> None:
    income = IncomeProfile(filing_status=FilingStatus.SINGLE, tax_year=2026, wages=D(180_000))
    unit = TaxUnit(id="t", income=income, realized_long=D(long))

    assert rate_of_the_next_dollar(unit, step="100") == (D(short_rate), D(long_rate))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        before short | before long | short | long  | federal | state | shelter
        0            | 0           | 1000  | 2000  | 650     | 150   | 0
        1000         | 0           | -6000 | 0     | -1400   | -200  | -2000
        0            | 0           | 0     | -5000 | -1050   | -150  | -2000
        1000         | 2000        | 0     | 3000  | 450     | 150   | 0
        -5000        | 0           | 4000  | 0     | 700     | 100   | 2000
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_the_state_part_of_flat_rates_is_shown_apart_and_the_total_stays(row: dict[str, str]) -> None:
    before = (row["before short"], row["before long"])

    found = change(at_flat_rates("0.05"), row["short"], row["long"], after=before)
    assert found == {
        "federal": D(row["federal"]),
        "state": D(row["state"]),
        "total": D(row["federal"]) + D(row["state"]),
        "shelter": D(row["shelter"]),
    }


def test_parts_of_a_change_are_to_the_cent() -> None:
    income = IncomeProfile(filing_status=FilingStatus.SINGLE, tax_year=2026, wages=D(195_000))
    unit = TaxUnit(id="t", income=income, state_rate=D("0.0333"))
    before, after = (
        unit_taxes.compute(unit, D(0), D(0)),
        unit_taxes.compute(unit, D("-100.05"), D("10000.10")),
    )

    assert (cents(after.federal - before.federal), cents(after.niit), cents(after.state - before.state)) == (
        D("1485.01"),
        D("186.20"),
        D("329.67"),
    )


def test_a_year_that_has_gains_already_counts_only_what_is_new() -> None:
    unit = filing_single("300000", realized_long=D(10_000))
    before, after = unit_taxes.compute(unit, D(0), D(0)), unit_taxes.compute(unit, D(0), D(5_000))

    assert (after.federal - before.federal, after.niit - before.niit, after.state - before.state) == (
        D(750),
        D(190),
        D(250),
    )
