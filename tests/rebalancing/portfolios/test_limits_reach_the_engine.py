"""What the firm and the client forbid reaches the engine, so that it plans around it instead of being stopped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import Household, Security, TaxProfile
from clients.policies.restrictions import RestrictionSpec
from clients.securities.securities import issuers_on_record
from compliance import restrictions
from compliance.models import FindingRow, ListKind, SeverityLevel
from compliance.people.actors import Actor
from rebalancing.client_reports import client_wording
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.plan import SkipReason
from rebalancing.engine.documents.tax_units import GainBudget
from rebalancing.models import Proposal, ProposedOrder
from rebalancing.portfolios import portfolios
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import households
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import scan
from tests.factories.households import a_managed_household, a_published_model, an_adopted_policy, loaded

pytestmark = pytest.mark.django_db


def the_document(household: Household) -> document.Household:
    portfolio = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(portfolio, portfolios.Portfolio)
    return portfolio.household


def the_millers(**terms: object) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), **terms)


def listed(issuer: str, kind: ListKind, *, ends_on: date | None = None, unmatched: bool = False) -> None:
    restrictions.place(
        issuer,
        kind=kind,
        starts_on=date(2026, 11, 2),
        ends_on=ends_on,
        reason="We advise on its merger.",
        on_record=issuers_on_record(),
        unmatched=unmatched,
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )


def test_what_is_on_the_firms_restricted_list_is_neither_bought_nor_sold() -> None:
    household = the_millers()
    Security.objects.filter(symbol="ZUS").update(issuer="Invented Trust")
    listed("Invented Trust", ListKind.RESTRICTED)

    rules = the_document(household).rules

    barred = document.Restriction(
        security="ZUS", reason="it is on the firm's restricted list", source=document.RestrictedBy.FIRM
    )
    assert (rules.do_not_buy, rules.do_not_sell) == ((barred,), (barred,))


def test_the_plan_goes_around_the_list_and_no_rule_stops_it() -> None:
    the_millers()
    Security.objects.filter(symbol="ZUB").update(issuer="Invented Trust")
    listed("Invented Trust", ListKind.RESTRICTED)

    scan()

    assert ProposedOrder.objects.filter(security__symbol="ZUS").exists()
    assert not ProposedOrder.objects.filter(security__symbol="ZUB").exists()
    found = dict(FindingRow.objects.filter(rule="PTC-07").values_list("sentence", "severity"))
    assert set(found.values()) == {SeverityLevel.PASS}


def test_compliances_own_reason_stays_with_compliance() -> None:
    household = the_millers()
    Security.objects.filter(symbol="ZUS").update(issuer="Invented Trust")
    listed("Invented Trust", ListKind.RESTRICTED)

    rules = the_document(household).rules.do_not_sell

    assert "merger" not in " ".join(rule.reason for rule in rules)
    assert {rule.source for rule in rules} == {document.RestrictedBy.FIRM}
    assert (
        client_wording.NOT_SOLD[SkipReason.FIRM_RESTRICTION]
        == "Our firm cannot trade it for any client at present."
    )


@pytest.mark.parametrize(
    ("kind", "ends_on"),
    [(ListKind.WATCH, None), (ListKind.RESTRICTED, date(2026, 11, 22))],
    ids=["on the watch list, which a person answers for", "a listing that ended before the trade day"],
)
def test_other_listings_are_not_planned_around(kind: ListKind, ends_on: date | None) -> None:
    household = the_millers()
    Security.objects.filter(symbol="ZUS").update(issuer="Invented Trust")
    listed("Invented Trust", kind, ends_on=ends_on)

    rules = the_document(household).rules

    assert (rules.do_not_buy, rules.do_not_sell) == ((), ())


def test_a_fund_is_its_own_issuer_so_that_a_listing_of_somebody_else_stops_no_fund() -> None:
    the_millers()
    listed("Somebody Inc.", ListKind.RESTRICTED, unmatched=True)

    scan()

    found = set(FindingRow.objects.filter(rule="PTC-07").values_list("severity", flat=True))
    assert found == {SeverityLevel.PASS}


def test_a_clients_cap_on_a_sector_is_one_limit_on_all_of_it() -> None:
    half = RestrictionSpec(kind="cap", sector="Energy", weight_cap=D("0.05"), reason="Enough of it.")
    household = households.the_millers()
    loaded(bundle())
    Security.objects.filter(symbol__in=["ZUS", "ZUB"]).update(sector="Energy")
    rui = cast.rui()
    an_adopted_policy(household, model=a_published_model(reviewer=rui), reviewer=rui, restrictions=[half])

    built = the_document(household)

    assert built.rules.caps == (
        document.Cap(kind=document.CapKind.SECTOR, id="Energy", weight_max=D("0.05")),
    )
    assert {row.id for row in built.securities if row.sector == "Energy"} == {"ZUS", "ZUB"}


def test_of_two_caps_on_the_same_thing_the_stricter_one_holds() -> None:
    caps = [
        RestrictionSpec(kind="cap", symbol="ZUS", weight_cap=D("0.20"), reason="Wanted."),
        RestrictionSpec(kind="cap", symbol="ZUS", weight_cap=D("0.10"), reason="Needed."),
    ]

    assert the_document(the_millers(restrictions=caps)).rules.caps == (
        document.Cap(kind=document.CapKind.SECURITY, id="ZUS", weight_max=D("0.10")),
    )


def test_the_policys_budget_is_the_households_and_a_profiles_is_its_returns() -> None:
    household = the_millers(gain_budget=D(20_000))
    TaxProfile.objects.update(gain_budget=D(12_000))

    built = the_document(household)

    assert built.rules.gain_budget == GainBudget(limit=D(20_000))
    assert [unit.gain_budget for unit in built.tax_units] == [GainBudget(limit=D(12_000))]


def test_a_proposal_stays_within_the_households_budget_and_a_rule_checks_it() -> None:
    taxable = {
        kind: [row for row in rows if not row.startswith("11110002")] for kind, rows in MILLERS.items()
    }
    the_millers(gain_budget=D(15_000), content=bundle(**taxable))

    scan()

    revision = proposals.current(Proposal.objects.get())
    used = revisions.plan_of(revision).gain_budget
    assert used is not None
    assert used.used <= used.limit == D(15_000)
    sentences = FindingRow.objects.filter(rule="PTC-32").values_list("sentence", flat=True)
    assert list(sentences) == ["Gain budget: in order in 2 places."]


def test_nobody_asks_for_few_orders_by_name_any_more() -> None:
    assert the_document(the_millers()).objective == Objective()
