"""What a beneficiary must take from an inherited retirement account, year by year.

Sources: IRC 401(a)(9)(B), (E), (H); Treas. Reg. 1.401(a)(9)-5(d), (e), 1.401(a)(9)-9(b), 1.408-8; T.D. 10001; Notice
2024-35, which waives the excise on yearly distributions of the ten-year rule before 2025. A spouse who treats the
account as their own is an owner: see `required_distributions`. Where a spouse has elected another table, its divisor is
given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ONE, ZERO, cents
from rebalancing.engine.portfolio.required_distributions import (
    DistributionError,
    divisor_for,
    first_year,
    inherited,
    required_beginning_date,
    single_life,
)

TEN_YEAR_RULE_FROM = 2020
YEARLY_ENFORCED_FROM = 2025
FIVE_YEARS, TEN_YEARS, OF_AGE = 5, 10, 21


class Beneficiary(StrEnum):
    """Who inherited; what may be stretched depends on it."""

    SPOUSE = "spouse"
    MINOR = "minor"
    ELIGIBLE = "eligible"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """One inherited account. A Roth account counts as inherited before distributions had begun."""

    decedent_born_on: date
    died_on: date
    beneficiary: Beneficiary
    beneficiary_born_on: date | None
    is_roth: bool = False

    @property
    def had_begun(self) -> bool:
        """Whether the deceased had to take distributions: death on or after the required beginning date."""
        return not self.is_roth and self.died_on >= required_beginning_date(self.decedent_born_on)


@dataclass(frozen=True, slots=True)
class InheritedDistribution:
    """What is required of one year. ``empties`` when it is all that is left; ``because`` names the rule."""

    year: int
    divisor: Decimal | None
    amount: Decimal
    deadline: date | None
    empties: bool
    because: str
    empty_by: date | None = None


def in_year(
    from_: Inheritance, balance: Decimal, *, year: int, divisor: Decimal | None = None
) -> InheritedDistribution:
    """The distribution of ``year`` from the balance of 31 December before it.

    ``divisor`` replaces the one of the tables. Raises `DistributionError` where the beneficiary's birth is needed and
    unknown.
    """
    if year < from_.died_on.year:
        return _nothing(year, "Nobody has inherited yet.")
    if year == from_.died_on.year:
        return _year_of_death(from_, balance, year=year, divisor=divisor)
    last, rule = _last_year(from_)
    empty_by = date(last, 12, 31) if last else None
    if last is not None and year >= last:
        return InheritedDistribution(
            year,
            None,
            balance,
            date(last, 12, 31),
            True,
            f"{rule}: everything by the end of {last}.",
            empty_by,
        )
    years, why = _yearly(from_, year=year)
    if years is None:
        return _nothing(year, f"{rule}: {why}" if rule else why, empty_by)
    applied = divisor or years
    why = f"{rule}: {why}" if rule else why
    if applied <= ONE:
        return InheritedDistribution(year, ONE, balance, date(year, 12, 31), True, why, empty_by)
    return InheritedDistribution(
        year, applied, cents(balance / applied), date(year, 12, 31), False, why, empty_by
    )


def _nothing(year: int, because: str, empty_by: date | None = None) -> InheritedDistribution:
    return InheritedDistribution(year, None, ZERO, None, False, because, empty_by)


def _year_of_death(
    from_: Inheritance, balance: Decimal, *, year: int, divisor: Decimal | None
) -> InheritedDistribution:
    """What the deceased had to take in that year and had not taken is the beneficiary's (Reg. 1.401(a)(9)-5(a)(4))."""
    if not from_.had_begun:
        return _nothing(year, "Distributions had not begun, so nothing is required of the year of death.")
    divisor = divisor or divisor_for(year - from_.decedent_born_on.year, year)
    return InheritedDistribution(
        year,
        divisor,
        cents(balance / divisor),
        date(year, 12, 31),
        False,
        "Year of death: the beneficiary takes what the deceased had not taken.",
    )


def _last_year(from_: Inheritance) -> tuple[int | None, str]:
    """The year by whose end the account is empty, with the rule; None while life expectancy alone decides."""
    died = from_.died_on.year
    if from_.beneficiary is Beneficiary.OTHER and died >= TEN_YEAR_RULE_FROM:
        rule = inherited(
            from_.died_on,
            owner_required_beginning_on=required_beginning_date(from_.decedent_born_on),
        )
        return rule.empty_by.year, "Ten-year rule"
    if from_.beneficiary is Beneficiary.MINOR and died >= TEN_YEAR_RULE_FROM:
        return _born(from_).year + OF_AGE + TEN_YEARS, "Ten years from age 21"
    if from_.beneficiary is Beneficiary.NONE and not from_.had_begun:
        return died + FIVE_YEARS, "Five-year rule"
    return None, ""


def _yearly(from_: Inheritance, *, year: int) -> tuple[Decimal | None, str]:
    """The divisor of a year before the last one, with its reason; None where the year asks for nothing."""
    since = year - from_.died_on.year
    if from_.beneficiary is Beneficiary.SPOUSE:
        return _of_spouse(from_, year=year)
    if from_.beneficiary is Beneficiary.NONE:
        if not from_.had_begun:
            return None, "nothing before its last year."
        return _of_deceased(from_, since), "the years that the deceased had left, one less each year."
    if from_.beneficiary is Beneficiary.OTHER and from_.died_on.year >= TEN_YEAR_RULE_FROM:
        if not from_.had_begun:
            return None, "nothing before its last year."
        if year < YEARLY_ENFORCED_FROM:
            return None, "yearly distributions before 2025 are waived (Notice 2024-35)."
    first = from_.died_on.year + 1
    own = single_life(first - _born(from_).year, max(first, 2022)) - (since - 1)
    if from_.had_begun and (longer := _of_deceased(from_, since)) > own:
        return longer, "the years that the deceased had left, which are more, one less each year."
    return (
        own,
        "the years of the Single Life Table at the beneficiary's age in the first year, one less each year.",
    )


def _of_spouse(from_: Inheritance, *, year: int) -> tuple[Decimal | None, str]:
    """A spouse's years are looked up again each year; they may wait until the deceased would have had to begin."""
    start = from_.died_on.year + 1
    if not from_.had_begun:
        start = max(start, first_year(from_.decedent_born_on))
    if year < start:
        return None, f"A spouse may wait until {start}, when the deceased would have had to begin."
    own = single_life(year - _born(from_).year, year)
    if from_.had_begun and (longer := _of_deceased(from_, year - from_.died_on.year)) > own:
        return longer, "The years that the deceased had left, which are more, one less each year."
    return own, "The years of the Single Life Table at the spouse's age, looked up each year."


def _of_deceased(from_: Inheritance, since: int) -> Decimal:
    died = from_.died_on.year
    return single_life(died - from_.decedent_born_on.year, max(died, 2022)) - since


def _born(from_: Inheritance) -> date:
    if from_.beneficiary_born_on is None:
        raise DistributionError("The beneficiary's birth date is needed, and it is not on record.")
    return from_.beneficiary_born_on
