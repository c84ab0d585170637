"""September to December 2026: stocks stand, fall for two disorderly weeks in October, and rise again to the year's end."""

from __future__ import annotations

from datetime import date

from tests.journeys.year.market import Market

OPENING, LAST = date(2026, 9, 1), date(2026, 12, 4)
FALL = (date(2026, 10, 12), date(2026, 10, 23))
"""Days on which nobody should trade unless the risk asks for it: up and down by several percent each day."""

_FALLING = (
    # Each day of the two weeks: stocks at home and abroad.
    ((2026, 10, 9), 104, 60), ((2026, 10, 12), 98, 57), ((2026, 10, 13), 104, 60), ((2026, 10, 14), 97, 55),
    ((2026, 10, 15), 103, 58), ((2026, 10, 16), 96, 53), ((2026, 10, 19), 90, 50), ((2026, 10, 20), 96, 53),
    ((2026, 10, 21), 89, 49), ((2026, 10, 22), 95, 52), ((2026, 10, 23), 91, 50), ((2026, 10, 30), 95, 51),
)  # fmt: skip

THE_SEASON = Market(
    days=(OPENING, *(date(*day) for day, _, _ in _FALLING), date(2026, 11, 20), LAST),
    paths={
        "VTI": (100, *(home for _, home, _ in _FALLING), 112, 114),
        "VEA": (60, *(abroad for _, _, abroad in _FALLING), 54, 54),
        "VWO": (40, *(round(abroad * 0.66, 2) for _, _, abroad in _FALLING), 36, 36),
        "BND": (75, *(75 for _ in _FALLING), 75, 75),
        "SCHP": (50, *(50 for _ in _FALLING), 50, 50),
    },
)
