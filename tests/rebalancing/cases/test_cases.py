"""The rule book's case agrees with the engine's document on what binds on the trade day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import models

from clients.encryption import EncryptedTextField
from clients.models import Account, Security, TaxLot
from clients.policies.restrictions import RestrictionSpec
from compliance.models import FindingRow, SeverityLevel
from compliance.rules import book
from compliance.rules.facts.recorded import Fact, Subject
from rebalancing.cases import case_facts
from rebalancing.models import ProposedOrder
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.deciding import scan
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db

KINDS: dict[type, tuple[type, ...]] = {
    str: (models.CharField, models.TextField),
    date: (models.DateField,),
    bool: (models.BooleanField,),
    int: (models.IntegerField, models.PositiveSmallIntegerField),
    Decimal: (models.DecimalField,),
}
"""The columns that may hold a fact of a type."""


@pytest.mark.parametrize("fact", [fact for facts in book.FACTS.values() for fact in facts], ids=str)
def test_what_a_rule_reads_by_name_is_a_plain_column_of_that_type(fact: Fact[object]) -> None:
    column = case_facts.ROWS[fact.subject]._meta.get_field(fact.name)

    assert isinstance(column, KINDS[fact.kind])
    assert not isinstance(column, EncryptedTextField | models.DateTimeField), "a rule reads no secret"


def test_the_columns_that_rules_read_reach_the_case_as_they_are() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    portfolio = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(portfolio, portfolios.Portfolio)
    account = next(one for one in portfolio.accounts if one.number_last4 == "0001")
    account.lot_method, account.lot_method_since_on = Account.LotMethod.UNKNOWN, None

    read = dict(case_facts.recorded(Subject.ACCOUNT, account))
    # More may be read one day; these are.
    assert {name: read[name] for name in ("discretion_from_on", "agreement_terminated_on", "lot_method")} == {
        "discretion_from_on": date(2020, 1, 2),
        "agreement_terminated_on": None,
        "lot_method": None,
    }
    fund = Security.objects.get(symbol="ZUS")
    assert ("daily_volume", Decimal(5_000_000)) in case_facts.recorded(Subject.SECURITY, fund)
    assert case_facts.recorded(Subject.TAX_PROFILE, None) == ()


def blocking() -> set[str]:
    return set(FindingRow.objects.filter(severity=SeverityLevel.BLOCK).values_list("rule", flat=True))


def test_a_wish_that_has_run_out_blocks_no_trade() -> None:
    over = RestrictionSpec(
        kind="do_not_buy", symbol="ZBD", reason="Until the move is done.", until_on=LAST_FRIDAY
    )
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), restrictions=[over])

    scan()

    assert FindingRow.objects.exists()
    assert not blocking() & {"PTC-08", "PTC-09", "PTC-23"}


@pytest.mark.parametrize(
    ("until", "sells"), [(MONDAY, True), (None, False)], ids=["over on the trade day", "without an end"]
)
def test_a_lock_counts_until_its_day_and_no_longer(until: date | None, sells: bool) -> None:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    TaxLot.objects.filter(security__symbol="ZUS").update(
        lock="gift", lock_reason="Pledged", lock_until_on=until
    )

    scan()

    assert ProposedOrder.objects.filter(side="sell", security__symbol="ZUS").exists() is sells
    assert not blocking() & {"PTC-08", "PTC-09", "PTC-23"}
