"""Twelve families, each in one situation: what calls for a trade, or what lets it wait."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.journeys.season.market import THE_SEASON
from tests.journeys.year.custodians import Custodians
from tests.journeys.year.families import Rows, all_of, family, near_target

FAMILIES: dict[str, dict[str, Any]] = {
    "abbot": {},  # Nothing happens to them.
    "bell": {},  # Out of their bands on the first day, in an IRA as well.
    "chase": {},  # Money comes in.
    "drew": {},  # A large sum is due.
    "ezra": {"harvests": "yes"},  # Losses stand after the fall.
    "frost": {},  # Somebody loses a job.
    "grant": {"born": 1950},  # A required distribution that nobody took.
    "hale": {
        "profile": {"wages": 600000, "gain_budget": 60000, "long_term_before": 55000}
    },  # A year of gains.
    "irwin": {"policy": {"look": "quarterly"}},  # Looked at once a quarter.
    "jones": {},  # Out of their bands just when the market is in disorder.
    "kemp": {},  # Gains that are long-term in some weeks.
    "lane": {},  # An account is about to move.
}


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
        weights = _weights(code)
        since = date(2025, 12, 15) if code == "kemp" else date(2025, 3, 17)
        abroad = 62 if code == "ezra" else 45
        near_target(taxed, 400, abroad=abroad, abroad_since=since, weights=weights, at=THE_SEASON)
        near_target(sheltered, 200, weights=weights, at=THE_SEASON)


def _weights(code: str) -> dict[str, float]:
    if code == "bell":
        return {"VTI": 0.46, "VEA": 0.19, "VWO": 0.07, "BND": 0.20, "SCHP": 0.06}
    if code == "jones":
        # Short of bonds they are not, but of stocks once those fall.
        return {"VTI": 0.325, "VEA": 0.155, "VWO": 0.05, "BND": 0.34, "SCHP": 0.11}
    if code == "kemp":
        return {"VTI": 0.34, "VEA": 0.215, "VWO": 0.06, "BND": 0.285, "SCHP": 0.08}
    if code in {"hale", "irwin"}:
        return {"VTI": 0.395, "VEA": 0.18, "VWO": 0.06, "BND": 0.265, "SCHP": 0.08}
    return {"VTI": 0.36, "VEA": 0.18, "VWO": 0.06, "BND": 0.30, "SCHP": 0.08}
