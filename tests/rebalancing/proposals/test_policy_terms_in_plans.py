"""What a policy says about new money, filling up and asking first is what is proposed, approved and released."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.households import cash_flows
from clients.models import Account, Household, Price
from compliance.models import Review
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Plan
from rebalancing.execution import orders
from rebalancing.models import OrderBatch, Proposal, Reading
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import SET_UP, a_managed_household
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def the_millers(*, price: str = "50", **terms: Any) -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), **terms)
    Price.objects.filter(security__symbol="ZUS").update(price=D(price))
    return household


def plan() -> Plan:
    return revisions.plan_of(proposals.current(Proposal.objects.get()))


def mode() -> Mode:
    return revisions.household_of(proposals.current(Proposal.objects.get())).objective.mode


def money_due_out() -> None:
    cash_flows.expect(
        Account.objects.get(number_last4="0001"),
        kind="withdrawal",
        amount=D(-60_000),
        due_on=date(2026, 11, 27),
        note="",
        user_id=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )


def weight(name: str) -> D:
    return next(one.weight for one in plan().after.classes if one.asset_class == name)


def test_money_due_out_brings_the_weights_back_where_the_policy_says_so() -> None:
    """Stocks stand at 69% of what stays; selling them for the withdrawal brings them inside. The other account waits with
    its own cash, so that nothing is bought that is sold elsewhere.
    """
    the_millers(uses_cash_flows=True, destination_taxable="target")
    money_due_out()

    scan()

    assert mode() is Mode.CASH_ONLY
    taxable = Account.objects.get(number_last4="0001").public_id
    assert {(one.account == taxable, one.side.value) for one in plan().orders} == {
        (True, "sell"),
    }
    assert D("0.58") < weight("us_stock") < D("0.63")


def test_where_it_does_not_the_usual_plan_goes_all_the_way() -> None:
    the_millers(uses_cash_flows=False, destination_taxable="target")
    money_due_out()

    scan()

    assert mode() is not Mode.CASH_ONLY
    assert {one.side.value for one in plan().orders} == {"buy", "sell"}
    assert weight("us_stock") == pytest.approx(D("0.58"), abs=D("0.005"))


def test_new_money_only_buys() -> None:
    """$60,000 has come in: cash is above its band, and buying with it leaves every class inside."""
    arrived = bundle(
        cash=["11110001,2026-11-20,settled,60000.00", MILLERS["cash"][0].replace("0001", "0002")]
    )
    the_millers(price="40", uses_cash_flows=True, content=arrived)

    scan()

    assert mode() is Mode.CASH_ONLY
    assert {one.side.value for one in plan().orders} == {"buy"}
    assert not any(one.out_of_band for one in plan().after.classes)


def test_without_it_new_money_is_like_any_other_cash() -> None:
    arrived = bundle(
        cash=["11110001,2026-11-20,settled,60000.00", MILLERS["cash"][0].replace("0001", "0002")]
    )
    the_millers(price="40", uses_cash_flows=False, content=arrived)

    scan()

    assert mode() is not Mode.CASH_ONLY


def test_cash_alone_is_not_enough_where_a_class_would_stay_outside() -> None:
    """Stocks stand at 76%: no withdrawal of this size brings them inside. It is raised from stocks, and more of them are
    sold for the bonds that the band needs, to its edge and no further.
    """
    the_millers(price="100", uses_cash_flows=True)
    money_due_out()

    scan()

    assert {(one.security, one.side.value) for one in plan().orders} == {("ZUS", "sell"), ("ZBD", "buy")}
    assert D("0.35") < weight("us_bond") < D("0.36")
    assert not any(one.out_of_band for one in plan().after.classes)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        additions | bonds after
        edge      | 0.35
        halfway   | 0.375
        target    | 0.40
        """
    ),
)
def test_a_class_below_its_band_is_filled_as_far_as_the_policy_says(row: dict[str, str]) -> None:
    """Bonds stand at 22% of 35 to 45%; stocks may be trimmed to their target."""
    the_millers(
        price="100",
        destination_taxable="target",
        destination_additions=row["additions"],
        uses_cash_flows=False,
    )

    scan()

    assert weight("us_bond") >= D(row["bonds after"]) - D("0.002")
    if row["additions"] == "edge":
        assert weight("us_bond") < D("0.40")


def test_empty_fills_as_far_as_others_are_trimmed() -> None:
    the_millers(price="100", destination_taxable="target", destination_additions="", uses_cash_flows=False)

    scan()

    assert weight("us_bond") == pytest.approx(D("0.40"), abs=D("0.005"))


def test_a_policy_that_asks_first_needs_the_clients_yes_though_the_agreement_does_not() -> None:
    the_millers(price="100", discretion="consent")
    assert set(Account.objects.values_list("discretion", flat=True)) == {"discretionary"}
    scan()
    proposal = Proposal.objects.get()
    assert Review.objects.get(subject_id=proposal.public_id).consent_required
    answer_findings(proposal)

    with pytest.raises(Blocked):
        approve(proposal, cast.rui())
    with pytest.raises(Exception, match="approved"):
        orders.release(proposal, by=Actor.person(cast.tom()), at=SUNDAY_NOON)
    assert not OrderBatch.objects.exists()
    assert "Not given yet" in words_of(
        as_(cast.rui()).get(reverse("rebalancing:proposal", args=[proposal.public_id]))
    )

    proposals.consent(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        given_by="Mia Miller",
        channel="phone",
        evidence="Recorded call of Sunday noon.",
        by=Actor.person(cast.ana()),
        at=SUNDAY_NOON,
    )
    approve(proposal, cast.rui())
    batch = orders.release(Proposal.objects.get(), by=Actor.person(cast.tom()), at=SUNDAY_NOON)
    assert batch.orders.filter(is_discretionary=True).count() == 0


def test_a_policy_that_decides_alone_asks_nobody() -> None:
    the_millers(price="100", discretion="full")
    scan()
    proposal = Proposal.objects.get()
    answer_findings(proposal)

    approve(proposal, cast.rui())

    batch = orders.release(Proposal.objects.get(), by=Actor.person(cast.tom()), at=SUNDAY_NOON)
    assert batch.orders.filter(is_discretionary=False).count() == 0
    assert Reading.objects.get().outcome == "proposed"
