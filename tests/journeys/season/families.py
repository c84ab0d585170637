"""Twelve families, each in one situation: what calls for a trade, or what lets it wait."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.journeys.season.market import THE_SEASON
from tests.journeys.year.custodians import Custodians
from tests.journeys.year.families import LONG_AGO, Rows, all_of, family, near_target

FAMILIES: dict[str, dict[str, Any]] = {
    "abbot": {},  # Nothing happens to them.
    "bell": {},  # Out of their bands on the first day, and again when stocks have risen.
    "chase": {},  # Money comes in.
    "drew": {},  # A large sum is due.
    "ezra": {"harvests": "yes"},  # Losses stand after the fall.
    "frost": {},  # Somebody loses a job just before stocks leave their band.
    "grant": {"born": 1950},  # A required distribution that nobody took.
    "hale": {"profile": {"gain_budget": 60000, "long_term_before": 55000}},  # A year of gains.
    "irwin": {"policy": {"look": "quarterly"}},  # Looked at once a quarter.
    "jones": {},  # Out of their bands just when the market is in disorder.
    "kemp": {},  # Gains that are long-term in some weeks.
    "lane": {},  # Somebody places a hold.
}

AT_HOME_ONLY = {"VTI": 0.575, "VEA": 0.25, "VWO": 0.08, "BND": 0.06, "SCHP": 0.02}
BONDS_ONLY = {"VTI": 0.0, "VEA": 0.0, "VWO": 0.0, "BND": 0.77, "SCHP": 0.20}
"""An account with the stocks and one with the bonds: what is too much of stocks can only be sold where it is taxed."""


def account(code: str) -> str:
    """The number of a family's taxable account."""
    return f"7{list(FAMILIES).index(code):04d}10001"


def ira(code: str) -> str:
    """The number of a family's IRA."""
    return f"7{list(FAMILIES).index(code):04d}20002"


def person(code: str) -> str:
    return f"Alex {code.capitalize()}"


def workbook() -> Rows:
    """All of them as the firm's spreadsheet has them."""
    return all_of(*(_rows(code, **facts) for code, facts in FAMILIES.items()))


def _rows(code: str, *, born: int = 1970, **facts: Any) -> Rows:
    who = person(code)
    return family(
        code, code.capitalize(), [(who, "head", born)], units=[("own", "single", who)],
        accounts=[(account(code), "Brokerage", who, None, "individual"), (ira(code), "IRA", who, None, "traditional_ira")],
        **facts,
    )  # fmt: skip


def fill(at: Custodians) -> None:
    """What each holds on the first day."""
    for code in FAMILIES:
        taxed = at.opens(account(code), cash=8_000)
        sheltered = at.opens(ira(code), cash=4_000, taxable=False)
        here, there = (
            (AT_HOME_ONLY, BONDS_ONLY) if code in {"hale", "kemp"} else (_weights(code), _weights(code))
        )
        near_target(
            taxed,
            400,
            abroad=62 if code == "ezra" else 45,
            abroad_since=date(2025, 3, 17),
            home_since=date(2025, 12, 15) if code == "kemp" else LONG_AGO,
            weights=here,
            at=THE_SEASON,
        )
        near_target(sheltered, 200, weights=there, at=THE_SEASON)


def _weights(code: str) -> dict[str, float]:
    if code == "bell":
        return {"VTI": 0.46, "VEA": 0.19, "VWO": 0.07, "BND": 0.20, "SCHP": 0.06}
    if code == "jones":
        # Once stocks have fallen they have too much of bonds.
        return {"VTI": 0.34, "VEA": 0.15, "VWO": 0.05, "BND": 0.33, "SCHP": 0.10}
    if code in {"frost", "irwin", "lane"}:
        # Once stocks have risen they have too much of them.
        return {"VTI": 0.385, "VEA": 0.18, "VWO": 0.06, "BND": 0.275, "SCHP": 0.08}
    return {"VTI": 0.36, "VEA": 0.18, "VWO": 0.06, "BND": 0.30, "SCHP": 0.08}
