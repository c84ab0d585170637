"""Inherited accounts, drawn as tables: who may stretch, who empties, and by when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio import inherited_distributions, required_distributions
from rebalancing.engine.portfolio.inherited_distributions import Beneficiary, Inheritance
from rebalancing.engine.portfolio.required_distributions import DistributionError
from tests.examples import many
from tests.spec.drawn import rows

BALANCE = D(100_000)


def inheritance(row: dict[str, str]) -> Inheritance:
    return Inheritance(
        decedent_born_on=date.fromisoformat(row["deceased born"]),
        died_on=date.fromisoformat(row["died"]),
        beneficiary=Beneficiary(row["who"]),
        beneficiary_born_on=date.fromisoformat(row["born"]) if row["born"] else None,
        is_roth=row.get("roth") == "yes",
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        who      | deceased born | died       | born       | roth | year | divisor | empties | empty by
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 |      | 2022 |         | no      |
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 |      | 2023 | 17.7    | no      |
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 |      | 2024 |         | no      | 2033-12-31
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 |      | 2025 | 31.5    | no      | 2033-12-31
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 |      | 2032 | 24.5    | no      | 2033-12-31
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 |      | 2033 |         | yes     | 2033-12-31
        other    | 1960-01-01    | 2023-05-01 | 1970-02-02 |      | 2032 |         | no      | 2033-12-31
        other    | 1960-01-01    | 2023-05-01 | 1970-02-02 |      | 2033 |         | yes     | 2033-12-31
        other    | 1940-01-01    | 2023-05-01 | 1970-02-02 | yes  | 2030 |         | no      | 2033-12-31
        other    | 1940-01-01    | 2018-05-01 | 1970-02-02 |      | 2026 | 30.1    | no      |
        eligible | 1960-01-01    | 2023-05-01 | 1965-02-02 |      | 2026 | 26.0    | no      |
        eligible | 1950-01-01    | 2024-05-01 | 1945-02-02 |      | 2025 | 14.6    | no      |
        minor    | 1980-01-01    | 2023-05-01 | 2013-02-02 |      | 2026 | 71.9    | no      | 2044-12-31
        minor    | 1980-01-01    | 2023-05-01 | 2013-02-02 |      | 2044 |         | yes     | 2044-12-31
        none     | 1960-01-01    | 2023-05-01 |            |      | 2027 |         | no      | 2028-12-31
        none     | 1960-01-01    | 2023-05-01 |            |      | 2028 |         | yes     | 2028-12-31
        none     | 1940-01-01    | 2023-05-01 |            |      | 2026 | 6.3     | no      |
        none     | 1940-01-01    | 2023-05-01 |            |      | 2032 | 1       | yes     |
        spouse   | 1960-01-01    | 2023-05-01 | 1962-02-02 |      | 2034 |         | no      |
        spouse   | 1960-01-01    | 2023-05-01 | 1962-02-02 |      | 2035 | 16.4    | no      |
        spouse   | 1945-01-01    | 2023-05-01 | 1946-02-02 |      | 2026 | 11.2    | no      |
        spouse   | 1950-01-01    | 2024-05-01 | 1940-02-02 |      | 2025 | 14.6    | no      |
        """
    ),
    ids=lambda row: f"{row['who']} {row['died']} {row['year']}",
)
def test_what_an_heir_must_take(row: dict[str, str]) -> None:
    year = int(row["year"])

    found = inherited_distributions.in_year(inheritance(row), BALANCE, year=year)

    assert (
        None if found.divisor is None else str(found.divisor),
        found.empties,
        found.empty_by.isoformat() if found.empty_by else "",
    ) == (row["divisor"] or None, row["empties"] == "yes", row["empty by"])
    expected = (
        BALANCE if found.empties else (BALANCE / found.divisor).quantize(D("0.01")) if found.divisor else D(0)
    )
    assert found.amount == expected
    assert found.deadline == (date(year, 12, 31) if found.amount else None)


def test_a_divisor_that_a_spouse_elected_replaces_the_table() -> None:
    row = {"who": "spouse", "deceased born": "1945-01-01", "died": "2023-05-01", "born": "1946-02-02"}

    found = inherited_distributions.in_year(inheritance(row), BALANCE, year=2026, divisor=D("20.2"))

    assert found.amount == D("4950.50")


def test_an_heir_whose_birth_is_unknown_is_asked_for_it() -> None:
    row = {"who": "eligible", "deceased born": "1945-01-01", "died": "2023-05-01", "born": ""}

    with pytest.raises(DistributionError, match="birth date is needed"):
        inherited_distributions.in_year(inheritance(row), BALANCE, year=2026)


@many
@given(
    died=st.dates(date(2015, 1, 1), date(2026, 12, 31)),
    deceased=st.dates(date(1920, 1, 1), date(1990, 1, 1)),
    born=st.dates(date(1930, 1, 1), date(2014, 12, 31)),
    who=st.sampled_from(list(Beneficiary)),
    is_roth=st.booleans(),
    year=st.integers(2022, 2060),
)
def test_no_heir_takes_less_than_nothing_or_more_than_there_is(
    died: date, deceased: date, born: date, who: Beneficiary, is_roth: bool, year: int
) -> None:
    from_ = Inheritance(
        decedent_born_on=deceased, died_on=died, beneficiary=who, beneficiary_born_on=born, is_roth=is_roth
    )

    found = inherited_distributions.in_year(from_, BALANCE, year=year)

    assert D(0) <= found.amount <= BALANCE
    assert (found.deadline is None) == (found.amount == 0)
    assert not found.empties or found.amount == BALANCE


def test_the_single_life_table_falls_with_age_and_ends_at_one() -> None:
    factors = [required_distributions.single_life(age, 2026) for age in range(122)]

    assert (factors[0], factors[72], factors[120], factors[121]) == (D("84.6"), D("17.2"), D("1.0"), D("1.0"))
    assert factors == sorted(factors, reverse=True)
