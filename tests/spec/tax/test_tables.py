"""The figures of the years, drawn from Rev. Proc. 2024-40, Rev. Proc. 2025-32 and P.L. 119-21."""

from __future__ import annotations

import json
from decimal import Decimal as D
from importlib.resources import files

import pytest

from rebalancing.engine.tax import tables
from rebalancing.engine.tax.tables import FilingStatus, UnknownTaxYear
from tests.spec.drawn import rows

BRACKETS = """
    year | status | edges
    2025 | single | 11925 48475 103350 197300 250525 626350
    2025 | mfj    | 23850 96950 206700 394600 501050 751600
    2025 | hoh    | 17000 64850 103350 197300 250500 626350
    2025 | mfs    | 11925 48475 103350 197300 250525 375800
    2025 | trust  | 3150 11450 15650
    2026 | single | 12400 50400 105700 201775 256225 640600
    2026 | mfj    | 24800 100800 211400 403550 512450 768700
    2026 | hoh    | 17700 67450 105700 201750 256200 640600
    2026 | mfs    | 12400 50400 105700 201775 256225 384350
    2026 | trust  | 3300 11700 16000
"""

OTHER_FIGURES = """
    year | status | zero  | fifteen | deduction | addition | loss_limit | niit   | senior_above
    2025 | single | 48350 | 533400  | 15750     | 2000     | 3000       | 200000 | 75000
    2025 | mfj    | 96700 | 600050  | 31500     | 1600     | 3000       | 250000 | 150000
    2025 | qss    | 96700 | 600050  | 31500     | 1600     | 3000       | 250000 | 75000
    2025 | hoh    | 64750 | 566700  | 23625     | 2000     | 3000       | 200000 | 75000
    2025 | mfs    | 48350 | 300000  | 15750     | 1600     | 1500       | 125000 |
    2025 | trust  | 3250  | 15900   | 100       | 0        | 3000       | 15650  |
    2025 | estate | 3250  | 15900   | 600       | 0        | 3000       | 15650  |
    2026 | single | 49450 | 545500  | 16100     | 2050     | 3000       | 200000 | 75000
    2026 | mfj    | 98900 | 613700  | 32200     | 1650     | 3000       | 250000 | 150000
    2026 | qss    | 98900 | 613700  | 32200     | 1650     | 3000       | 250000 | 75000
    2026 | hoh    | 66200 | 579600  | 24150     | 2050     | 3000       | 200000 | 75000
    2026 | mfs    | 49450 | 306850  | 16100     | 1650     | 1500       | 125000 |
    2026 | trust  | 3300  | 16250   | 100       | 0        | 3000       | 16000  |
    2026 | simple_trust | 3300 | 16250 | 300      | 0        | 3000       | 16000  |
"""


def named(row: dict[str, str]) -> str:
    return f"{row['year']} {row['status']}"


@pytest.mark.parametrize("row", rows(BRACKETS), ids=named)
def test_ordinary_brackets(row: dict[str, str]) -> None:
    table = tables.table(int(row["year"]), FilingStatus(row["status"]))
    percents = [10, 24, 35, 37] if row["status"] == "trust" else [10, 12, 22, 24, 32, 35, 37]

    assert [bracket.up_to for bracket in table.brackets] == [*map(D, row["edges"].split()), None]
    assert [bracket.rate * 100 for bracket in table.brackets] == percents


@pytest.mark.parametrize("row", rows(OTHER_FIGURES), ids=named)
def test_edges_deductions_and_limits(row: dict[str, str]) -> None:
    table = tables.table(int(row["year"]), FilingStatus(row["status"]))

    assert table.tax_year == int(row["year"])
    assert table.filing_status is FilingStatus(row["status"])
    assert {
        "zero": table.zero_rate_up_to,
        "fifteen": table.fifteen_rate_up_to,
        "deduction": table.deduction,
        "addition": table.age_or_blind_addition,
        "loss_limit": table.capital_loss_limit,
        "niit": table.niit_above,
    } == {name: D(row[name]) for name in ("zero", "fifteen", "deduction", "addition", "loss_limit", "niit")}
    assert table.senior_deduction == (6000 if row["senior_above"] else 0)
    assert table.senior_phase_out_above == D(row["senior_above"] or 0)


def test_figures_that_are_the_same_for_everyone() -> None:
    for year in tables.known_years():
        table = tables.table(year, FilingStatus.SINGLE)
        assert (table.niit_rate, table.collectibles_rate, table.unrecaptured_1250_rate) == (
            D("0.038"),
            D("0.28"),
            D("0.25"),
        )
        assert (table.kiddie_threshold, table.senior_phase_out_rate) == (2700, D("0.06"))


@pytest.mark.parametrize(
    ("status", "tiers"),
    [
        (FilingStatus.SINGLE, (109_000, 137_000, 171_000, 205_000, 500_000)),
        (FilingStatus.MARRIED_JOINTLY, (218_000, 274_000, 342_000, 410_000, 750_000)),
        (FilingStatus.SURVIVING_SPOUSE, (109_000, 137_000, 171_000, 205_000, 500_000)),
        (FilingStatus.MARRIED_SEPARATELY, ()),
        (FilingStatus.TRUST, ()),
    ],
)
def test_medicare_tiers_of_2026(status: FilingStatus, tiers: tuple[int, ...]) -> None:
    assert tables.table(2026, status).irmaa_tiers == tiers


@pytest.mark.parametrize("year", [2024, 2027])
def test_a_year_without_published_figures_is_refused(year: int) -> None:
    with pytest.raises(UnknownTaxYear, match=rf"no tax figures for {year} \(known: 2025, 2026\)"):
        tables.table(year, FilingStatus.SINGLE)


def test_every_group_of_figures_names_its_source() -> None:
    for year in tables.known_years():
        text = files("rebalancing.engine").joinpath(f"tables/{year}.json").read_text("utf-8")
        sources = [group["source"] for name, group in json.loads(text).items() if name != "year"]
        assert len(sources) == 13
        assert all(sources)


@pytest.mark.parametrize(
    ("income", "tax", "next"),
    [
        ("0", "0", "10"),
        ("12400", "1240", "12"),
        ("50400", "5800", "22"),
        ("700000", "214957.25", "37"),
    ],
)
def test_tax_along_the_brackets(income: str, tax: str, next: str) -> None:
    table = tables.table(2026, FilingStatus.SINGLE)

    assert table.ordinary_tax(D(income)) == D(tax)
    assert table.ordinary_tax(D(income) + 100) == D(tax) + D(next)


def test_who_is_a_fiduciary() -> None:
    fiduciaries = {status for status in FilingStatus if status.is_fiduciary}

    assert fiduciaries == {FilingStatus.TRUST, FilingStatus.SIMPLE_TRUST, FilingStatus.ESTATE}
