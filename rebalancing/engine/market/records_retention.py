"""How long books and records are kept (Advisers Act Rule 204-2(a)(17), (e)).

Five years from the end of the fiscal year of the last entry, the first two in an office of the firm;
advertisements and performance from the fiscal year of last use; policies five years from the day they
ceased to apply; the firm's founding papers until three years after it ends.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

YEARS_KEPT = 5
YEARS_IN_OFFICE = 2
YEARS_AFTER_TERMINATION = 3


class Record(StrEnum):
    """Records whose clocks start differently. Everything not named otherwise counts as an entry."""

    ENTRY = "entry"  # Orders, confirmations, ledgers, communications: fiscal year of the last entry.
    USE = "use"  # Advertisements and performance: fiscal year of the last use.
    POLICY = "policy"  # Compliance policies: the day they ceased to be in effect.
    ENTITY = "entity"  # Charters, minutes, partnership articles: the end of the firm.


@dataclass(frozen=True, slots=True)
class Retention:
    """Through which day a record is kept, and kept in the office; None where no office rule applies."""

    keep_through: date
    in_office_through: date | None


def retention(
    record: Record, last_on: date, *, fiscal_year_end: tuple[int, int] = (12, 31), years: int = YEARS_KEPT
) -> Retention:
    """Retention of a record last written, used, in effect or needed on that day.

    ``years`` is how long the firm keeps what the rule asks to be kept for five; it may not be less.

    ``fiscal_year_end`` is the firm's month and day; a day a month lacks means its last.
    """
    assert years >= YEARS_KEPT, "the firm keeps its records at least as long as the rule asks"
    if record is Record.POLICY:
        return Retention(_years_after(last_on, years), None)
    if record is Record.ENTITY:
        return Retention(_years_after(last_on, YEARS_AFTER_TERMINATION), None)
    end_year = last_on.year if last_on <= _fiscal_end(last_on.year, fiscal_year_end) else last_on.year + 1
    return Retention(
        keep_through=_fiscal_end(end_year + years, fiscal_year_end),
        in_office_through=_fiscal_end(end_year + YEARS_IN_OFFICE, fiscal_year_end),
    )


def _fiscal_end(year: int, month_and_day: tuple[int, int]) -> date:
    month, day = month_and_day
    return date(year, month, min(day, monthrange(year, month)[1]))


def _years_after(day: date, years: int) -> date:
    return _fiscal_end(day.year + years, (day.month, day.day))
