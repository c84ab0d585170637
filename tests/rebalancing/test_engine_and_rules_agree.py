"""What a rule forbids the engine knows: nothing is drafted that its own rule book then blocks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.households import households
from clients.models import Account, AssetClass, CashFlow, Household
from compliance.models import FindingRow, SeverityLevel
from compliance.rules.book import RULES
from compliance.rules.findings.severity import Severity
from rebalancing.models import Proposal, Reading
from tests import cast, factories
from tests.clients.bundles import MILLERS, bundle
from tests.clock import SUNDAY_NOON
from tests.factories import SET_UP, a_managed_household, a_published_model, an_adopted_policy, loaded
from tests.rebalancing.test_proposals import scan

pytestmark = pytest.mark.django_db


def the_millers(**changed: list[str]) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**changed))


def blocked() -> list[tuple[str, str]]:
    found = FindingRow.objects.filter(severity=SeverityLevel.BLOCK, examination__stage="build")
    return list(found.values_list("rule", "sentence"))


def test_money_that_is_only_expected_pays_for_nothing() -> None:
    household = the_millers()
    taxable = Account.objects.get(household=household, number_last4="0001")
    households.expect_cash_flow(
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

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, "policyholder trust" in reading.reason) == (Reading.Outcome.DATA, True)


KNOWN = {
    "PTC-02": "an account without an agreement in force is not tradable (portfolio_rows)",
    "PTC-03": "an account under a hold is not tradable (portfolio_rows)",
    "PTC-07": "the firm's list is do_not_buy and do_not_sell (portfolio_policy)",
    "PTC-08": "the client's wishes are do_not_buy and do_not_sell (portfolio_policy)",
    "PTC-09": "a locked lot carries lock_reason and locked_until (portfolios)",
    "PTC-12": "the sleeves are those of the policy's own model version (portfolio_policy)",
    "PTC-15": "the cap on stocks is a cap on classes (portfolio_policy)",
    "PTC-16": "minimum cash and flows due out are in the account (portfolios)",
    "PTC-18": "cash is kept on every settlement day, and expected money pays for nothing (portfolios)",
    "PTC-19": "no account goes below its minimum cash on any day",
    "PTC-21": "cash is kept on every settlement day",
    "PTC-23": "only shares of lots on record are sold; accounts with orders at the custodian wait (open_orders)",
    "PTC-24": "orders are multiples of the security's increment",
    "PTC-27": "a household with an open proposal or orders at the custodian is not planned for (readings)",
    "PTC-29": "losses_may_be_lost is false, and nothing is bought that is sold at a loss",
    "PTC-30": "a purchase after a loss sale is barred for 30 days (opportunities)",
    "PTC-32": "gain budgets of the household and of each return",
    "PTC-35": "the plan names its lots, or the standing method of the account (lot methods)",
}
"""How the engine knows the limit of each blocking rule, so that nothing is drafted that is then blocked."""

WHY_NOT = {
    "PTC-01": "Whether the client consents is known only after the proposal has been drafted.",
    "PTC-04": "A policy that was not reviewed for too long needs people, whatever is proposed.",
    "PTC-10": "The plan moves toward the targets, which lie inside the hard range; only a range that is left already and"
    " cannot be improved is blocked, and a person decides then.",
    "PTC-13": "Models decide how much of one issuer is bought; a single purchase above a fifth of the household is a fault"
    " of the model that a person must see.",
    "PTC-39": "Prices age after the plan was made.",
    "PTC-46": "The allocation statement is stored at release.",
    "PTC-47": "Who approves is not known when the plan is made.",
    "PTC-48": "Facts change after the plan was made.",
}
"""Blocking rules that the engine cannot know, and why."""


def test_the_engine_knows_every_blocking_rule_or_it_is_said_why_not() -> None:
    blocking = {rule.RULE.id for rule in RULES if Severity.BLOCK in rule.RULE.levels}

    assert KNOWN.keys() | WHY_NOT.keys() == blocking
    assert not KNOWN.keys() & WHY_NOT.keys()


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
