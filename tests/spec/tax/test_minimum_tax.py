"""The alternative minimum tax (IRC 55), worked by hand along Form 6251."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import federal_tax, tables
from rebalancing.engine.tax.federal_tax import GainLedger, TaxProfile
from rebalancing.engine.tax.tables import FilingStatus
from tests.spec.drawn import rows

SINGLE = TaxProfile(2026, FilingStatus.SINGLE, wages=D(180_000))

# Rev. Proc. 2024-40 and 2025-32; P.L. 119-21 sec. 70107 for the phase-out of 2026.
FIGURES = """
    year | status | exemption | above   | gone at | 28% above
    2025 | single | 88100     | 626350  | 978750  | 239100
    2025 | mfj    | 137000    | 1252700 | 1800700 | 239100
    2025 | hoh    | 88100     | 626350  | 978750  | 239100
    2025 | mfs    | 68500     | 626350  | 1174350 | 119550
    2025 | trust  | 30700     | 102500  | 225300  | 239100
    2026 | single | 90100     | 500000  | 680200  | 244500
    2026 | mfj    | 140200    | 1000000 | 1280400 | 244500
    2026 | qss    | 140200    | 1000000 | 1280400 | 244500
    2026 | hoh    | 90100     | 500000  | 680200  | 244500
    2026 | mfs    | 70100     | 500000  | 780400  | 122250
    2026 | trust  | 31400     | 104800  | 167600  | 244500
"""


@pytest.mark.parametrize("row", rows(FIGURES), ids=lambda row: f"{row['year']} {row['status']}")
def test_the_exemption_and_where_it_is_gone(row: dict[str, str]) -> None:
    """Who files separately goes on losing it below zero, by an addition to income: gone is where that ends."""
    law = tables.table(int(row["year"]), FilingStatus(row["status"])).minimum_tax
    gone, least = D(row["gone at"]), -D(row["exemption"]) if row["status"] == "mfs" else D(0)

    assert law.exemption_at(D(row["above"])) == D(row["exemption"])
    assert law.exemption_at(D(row["above"]) + 2) == D(row["exemption"]) - 2 * law.phase_out_rate
    assert (law.exemption_at(gone - 2) > least, law.exemption_at(gone)) == (True, least)
    assert law.tax_on(D(row["28% above"]) + 100) == D(row["28% above"]) * D("0.26") + 28


@pytest.mark.parametrize(
    "row",
    rows(
        """
        status | wages  | deduction | short | long    | income tax | minimum tax | why
        single | 180000 | standard  | 0     | 0       | 31934      | 0           | far from it
        single | 180000 | standard  | 0     | 320000  | 79934      | 0           | all of the exemption is left
        single | 180000 | standard  | 0     | 450000  | 102854     | 8340        | 65,000 of the exemption is lost
        single | 180000 | standard  | 0     | 1000000 | 212854     | 14866       | all of it is: 26% of the wages
        single | 180000 | 60000     | 0     | 450000  | 90123      | 0           | itemized deductions are kept
        mfj    | 180000 | standard  | 0     | 1000000 | 198645     | 11808       | 50,200 of the exemption is left
        mfj    | 180000 | standard  | 0     | 1200000 | 238645     | 24860       | a couple without any of it
        """
    ),
    ids=lambda row: row["why"],
)
def test_what_is_owed_on_top(row: dict[str, str]) -> None:
    profile = TaxProfile(
        2026,
        FilingStatus(row["status"]),
        wages=D(row["wages"]),
        deduction=None if row["deduction"] == "standard" else D(row["deduction"]),
    )
    found = federal_tax.compute(profile, GainLedger(D(row["short"]), D(row["long"])))

    assert (found.income_tax, found.minimum_tax) == (D(row["income tax"]), D(row["minimum tax"]))


def test_collectibles_have_no_rate_of_their_own_here() -> None:
    gold = GainLedger(long_term=D(450_000), collectibles=D(450_000))
    shares = GainLedger(long_term=D(450_000))

    found, plain = federal_tax.compute(SINGLE, gold), federal_tax.compute(SINGLE, shares)
    income = D(630_000) - D(25_100)
    tentative = D("0.28") * income - D("0.02") * D(244_500)
    assert found.income_tax + found.minimum_tax == max(found.income_tax, tentative)
    assert found.income_tax > plain.income_tax


def test_the_standard_deduction_is_no_shelter_from_it() -> None:
    standard = federal_tax.compute(SINGLE, GainLedger(long_term=D(450_000)))
    same_itemized = federal_tax.compute(
        replace(SINGLE, deduction=D(16_100)), GainLedger(long_term=D(450_000))
    )

    assert (standard.minimum_taxable, same_itemized.minimum_taxable) == (D(630_000), D(613_900))
    assert standard.income_tax == same_itemized.income_tax
    assert standard.minimum_tax > same_itemized.minimum_tax > 0
