"""What a rule forbids the engine knows: nothing is drafted that its own rule book then blocks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.households import cash_flows
from clients.models import Account, AssetClass, CashFlow, Household
from compliance.models import FindingRow, SeverityLevel
from compliance.rules.book import RULES
from compliance.rules.findings.finding import InEngine
from compliance.rules.findings.severity import Severity
from rebalancing.models import Proposal, Reading
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import households as factories
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import scan
from tests.factories.households import (
    SET_UP,
    a_managed_household,
    a_published_model,
    an_adopted_policy,
    loaded,
)

pytestmark = pytest.mark.django_db


def the_millers(**changed: list[str]) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**changed))


def blocked() -> list[tuple[str, str]]:
    found = FindingRow.objects.filter(severity=SeverityLevel.BLOCK, examination__stage="build")
    return list(found.values_list("rule", "sentence"))


def test_money_that_is_only_expected_pays_for_nothing() -> None:
    household = the_millers()
    taxable = Account.objects.get(household=household, number_last4="0001")
    cash_flows.expect(
        taxable,
        kind=CashFlow.Kind.CONTRIBUTION,
        amount=D(50_000),
        due_on=date(2026, 11, 30),
        note="",
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    scan()

    assert Proposal.objects.count() == 1
    assert blocked() == []


def test_a_household_is_without_policy_by_what_it_lacks_and_not_by_a_word_in_a_name() -> None:
    """A trust called after policyholders lacks a tax profile, which is a gap in the data."""
    household = the_millers()
    unit = household.tax_units.get()
    unit.name = "The policyholder trust"
    unit.save(update_fields=["name"])
    unit.profiles.all().delete()
    household.accounts.exclude(tax_treatment="taxable").update(closed_on=date(2026, 11, 1))

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, "policyholder trust" in reading.reason) == (Reading.Outcome.DATA, True)


def test_each_rule_that_can_stop_a_proposal_says_whether_the_engine_knows_its_limit() -> None:
    stopping = {rule.RULE.id for rule in RULES if max(rule.RULE.levels) > Severity.WARN}

    declared = {rule.RULE.id: rule.RULE.engine for rule in RULES if rule.RULE.engine}

    assert stopping <= declared.keys()
    # A note is declared only where the plan keeps from it all the same.
    assert all(isinstance(engine, InEngine) for rule, engine in declared.items() if rule not in stopping)


def test_a_loss_is_not_harvested_against_a_purchase_in_the_spouses_roth() -> None:
    """Ten shares bought in the IRA would take a part of the taxable loss for good (Rev. Rul. 2008-5)."""
    bought = "11110002,buy,2026-11-12,T9,ZUS,10,100,-1000"
    losing = [row.replace("190000.00", "260000.00") for row in MILLERS["lots"]]
    content = bundle(lots=losing, transactions=[*MILLERS["transactions"], bought])
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=content, harvests_losses=True)

    scan()

    assert [one for one in blocked() if one[0] == "PTC-29"] == []


def test_a_plan_keeps_the_clients_cap_on_stocks() -> None:
    """The band alone would let stocks stop above the cap."""
    household = factories.the_millers()
    loaded(bundle())
    AssetClass.objects.filter(code="us_stock").update(is_equity=True)
    AssetClass.objects.filter(code="us_bond").update(is_equity=False)
    rui = cast.rui()
    model = a_published_model(reviewer=rui)
    an_adopted_policy(
        household,
        model=model,
        reviewer=rui,
        equity_cap=D("0.59"),
        destination_taxable="edge",
        destination_sheltered="edge",
    )

    scan()

    assert [one for one in blocked() if one[0] == "PTC-15"] == []
    assert FindingRow.objects.get(rule="PTC-15", examination__stage="build").severity == SeverityLevel.PASS
