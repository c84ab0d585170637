"""How a return may be filed for a year, after a death or a divorce of those who file it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clients.models import LifeEvent, Person, TaxUnit
from compliance.refusals import BadInput

_S = TaxUnit.FilingStatus
SURVIVOR_YEARS = 2
"""For how many years after the one of a death a surviving spouse with a dependent child files as such (IRC 2(a)(1)(A))."""


def members_of_year(unit: TaxUnit, year: int) -> list[Person]:
    """Who files a return for a year: nobody who died before it began."""
    members = unit.members.all()
    return [one for one in members if one.deceased_on is None or one.deceased_on.year >= year]


def is_asked_for(unit: TaxUnit, year: int) -> bool:
    """Whether the status of a year does not follow from the present one: a death or a divorce came between."""
    return refusal(unit, str(unit.filing_status), year) is not None


def refuse_status_of_year(unit: TaxUnit, status: str, year: int) -> None:
    """Raise `BadInput` for a status that these members do not have for a year."""
    if told := refusal(unit, status, year):
        raise BadInput(*told)


def refusal(unit: TaxUnit, status: str, year: int) -> tuple[str, str] | None:
    """Why a return cannot be filed like this for a year, and what to do; None where it can.

    Spouses file jointly for the year in which one of them dies (IRC 6013(a)(2)), and not for a year at whose end they
    are divorced (IRC 7703(a)(1)).
    """
    members = list(unit.members.all())
    died = max(
        (one for one in members if one.deceased_on), key=lambda one: one.deceased_on or date.min, default=None
    )
    if status == _S.JOINT:
        if died is not None and died.deceased_on and died.deceased_on.year < year:
            return (
                f"{died} died in {died.deceased_on.year}, so {unit} does not file jointly for {year}.",
                f"Choose single or head of household; with a dependent child, {_S.SURVIVOR.label.lower()} through "
                f"{died.deceased_on.year + SURVIVOR_YEARS}.",
            )
        if divorced := _divorced_in(members, year):
            return (
                f"{' and '.join(str(one) for one in members)} were divorced in {divorced}, so they do not file jointly for "
                f"{year}.",
                "Split the household, or give each a return of their own.",
            )
    if status == _S.SURVIVOR and died is not None and died.deceased_on:
        first = died.deceased_on.year + 1
        if not first <= year < first + SURVIVOR_YEARS:
            return (
                f"{died} died in {first - 1}: a surviving spouse files as such for {first} and {first + 1} only.",
                "Choose married filing jointly for the year of the death, single or head of household later.",
            )
    return None


def _divorced_in(members: Sequence[Person], year: int) -> int | None:
    """The year of the divorce of two people who are not spouses, up to a year; None where none is on record."""
    if len(members) != 2 or any(one.spouse_id in {other.pk for other in members} for one in members):
        return None
    divorces = LifeEvent.objects.filter(
        kind=LifeEvent.Kind.DIVORCE, person__in=members, cancelled_at=None, opened_on__year__lte=year
    )
    last = divorces.order_by("-opened_on").first()
    return last.opened_on.year if last is not None else None
