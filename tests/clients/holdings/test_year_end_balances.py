"""The balance of December 31 is written down while its holdings are on record, and only where all of it is known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from clients.holdings import year_end_balances
from clients.models import CashBalance, DistributionFigure, Household, Position, Price, TaxLot
from compliance.people.actors import Actor
from tests import cast
from tests.factories import distributions
from tests.factories.distributions import ira
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db

NEW_YEAR = datetime(2027, 1, 2, 15, 0, tzinfo=UTC)
LAST_SESSION = date(2026, 12, 31)


@pytest.fixture
def millers() -> Household:
    """What is on record is of the last day of the year."""
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    for model in (Position, TaxLot, CashBalance):
        model.objects.update(as_of_on=LAST_SESSION)
    for one in Price.objects.all():
        Price.objects.create(
            security=one.security,
            as_of_on=LAST_SESSION,
            source=one.source,
            price=one.price,
            received_at=NEW_YEAR,
        )
    return household


def noted(*, on: date = date(2027, 1, 2)) -> list[tuple[int, D | None]]:
    year_end_balances.note(on=on, by=Actor.system("test"), at=NEW_YEAR)
    return [(one.year, one.amount) for one in DistributionFigure.objects.filter(ended_at=None)]


def test_the_value_of_the_last_day_becomes_the_balance_with_its_source_once(millers: Household) -> None:
    assert noted() == [(2027, D("325000.00"))]
    assert noted() == [(2027, D("325000.00"))]
    assert DistributionFigure.objects.get().source == (
        "Holdings and cash on record of 12/31/2026, at that day’s closing prices"
    )


def test_the_year_has_to_be_over(millers: Household) -> None:
    assert noted(on=LAST_SESSION) == []


def test_what_a_person_entered_stays(millers: Household) -> None:
    distributions.balance(millers, by=cast.ana(), amount="1", year=2027, on=date(2027, 1, 2))

    assert noted() == [(2027, D(1))]


def test_nothing_is_written_where_a_part_is_of_another_day_or_has_no_price(millers: Household) -> None:
    Position.objects.filter(account=ira(millers), security__symbol="ZBD").update(as_of_on=date(2026, 11, 20))
    assert noted() == []
    Position.objects.update(as_of_on=LAST_SESSION)
    Price.objects.filter(security__symbol="ZBD", as_of_on=LAST_SESSION).delete()
    assert noted() == []
