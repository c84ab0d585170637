"""A proposal that losses alone call for swaps them for their replacements; the Millers stand inside every band at $40."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Account, Household, Price, RealizedGain, Replacement, Security
from compliance.firm import harvest_figures
from compliance.people.actors import Actor
from rebalancing.client_reports import summaries
from rebalancing.engine.documents.household import TaxTreatment
from rebalancing.engine.documents.objective import Edit, EditKind, Mode
from rebalancing.engine.documents.plan import Plan, Side
from rebalancing.models import Proposal, Reading
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.firm_settings import decided
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def the_millers(*, price: str = "40", gains: D = D(120_000), **terms: Any) -> Household:
    """Lot A2 of ZUS cost $95 a share, and there are gains this year to use its loss against; bonds stand 6% below their cost and have no replacement."""
    household = a_managed_household(
        advisor=cast.ana(), reviewer=cast.rui(), **{"harvests_losses": True, **terms}
    )
    Price.objects.filter(security__symbol="ZUS").update(price=D(price))
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0001"), security=Security.objects.get(symbol="ZBD"), key="spring",
        sold_on=date(2026, 5, 5), quantity=D(2_000), proceeds=D(160_000) + gains, basis=D(160_000), term="long",
    )  # fmt: skip
    return household


def plan() -> Plan:
    return revisions.plan_of(proposals.current(Proposal.objects.get()))


def asked() -> Any:
    return revisions.household_of(proposals.current(Proposal.objects.get()))


def told(found: Plan) -> list[tuple[str, str]]:
    return [(order.side.value, order.security) for order in found.orders]


def test_losses_alone_are_swapped_and_nothing_else_moves() -> None:
    the_millers()

    scan()

    reading = Reading.objects.get()
    found = plan()
    assert [one["code"] for one in reading.triggers] == ["losses"]
    assert asked().objective.mode is Mode.HARVEST
    assert told(found) == [("sell", "ZUS"), ("buy", "ZUB")]
    (sale,) = [order for order in found.orders if order.side is Side.SELL]
    (lot,) = sale.lots
    assert lot.gain is not None
    assert lot.gain < -100_000
    taxed = {one.id for one in asked().accounts if one.tax_treatment is TaxTreatment.TAXABLE}
    assert {order.account for order in found.orders} <= taxed
    assert "ZUS may be bought again from December 24, 2026" in sale.explanation
    assert [(one.security, one.explanation) for one in found.skipped] == [
        ("ZBD", "Not sold: no replacement of ZBD is on record.")
    ]


def test_a_loss_that_could_only_be_carried_on_is_no_reason() -> None:
    the_millers(gains=D(0))

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, reading.triggers) == ("in_band", [])
    assert "$110,008" in reading.reason
    assert "it is not worth its cost: $11,553 of tax saved now, $17,541 expected later" in reading.reason


def test_a_policy_that_lets_a_harvest_rebalance_gets_the_usual_plan() -> None:
    the_millers(harvest_rebalances=True)

    scan()

    assert asked().objective.mode is Mode.PRICED_DRIFT


def test_with_another_reason_to_act_the_usual_plan_is_made() -> None:
    the_millers(price="90")

    scan()

    codes = [one["code"] for one in Reading.objects.get().triggers]
    assert "out_of_band" in codes
    assert asked().objective.mode is not Mode.HARVEST


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (harvest_figures.LOT_DOLLARS, "100000"),
        (harvest_figures.TOTAL_SHARE, "0.5"),
        (harvest_figures.ORDER_BENEFIT, "10000"),
        (harvest_figures.DOLLAR_BENEFIT, "0.1"),
    ],
    ids=lambda one: getattr(one, "code", one),
)
def test_below_any_of_the_firms_thresholds_a_loss_is_no_reason(setting: Any, value: str) -> None:
    the_millers(price="60" if setting is harvest_figures.LOT_DOLLARS else "40")
    decided(setting, D(value))

    scan()

    assert "losses" not in [one["code"] for one in Reading.objects.get().triggers]


def test_without_a_replacement_a_loss_is_no_reason() -> None:
    the_millers()
    Replacement.objects.all().delete()

    scan()

    assert Reading.objects.get().triggers == []


def test_a_replacement_of_the_same_wash_group_is_none() -> None:
    the_millers()
    Security.objects.filter(symbol="ZUB").update(wash_group=Security.objects.get(symbol="ZUS").wash_group)

    scan()

    assert Reading.objects.get().triggers == []


def test_what_the_advisor_leaves_alone_keeps_it_a_harvest_and_an_order_of_their_own_does_not() -> None:
    the_millers()
    scan()
    proposal = Proposal.objects.get()
    bonds = next(one for one in asked().lots if one.security == "ZBD")
    ana = Actor.person(cast.ana())
    left = Edit(id="e1", kind=EditKind.NO_TRADE, account=bonds.account, security="ZBD")

    proposals.revise(proposal, edits=[left], did="left ZBD alone", by=ana, at=SUNDAY_NOON)
    assert asked().objective.mode is Mode.HARVEST

    sold = Edit(id="e2", kind=EditKind.SELL, account=bonds.account, security="ZBD", shares=D(100))
    proposals.revise(proposal, edits=[sold], did="sold ZBD", by=ana, at=SUNDAY_NOON)
    assert asked().objective.mode is Mode.PRICED_DRIFT


def test_the_page_says_what_is_taken_what_stands_in_and_what_is_left() -> None:
    the_millers()
    scan()

    page = words_of(as_(cast.ana()).get(f"/proposals/{Proposal.objects.get().public_id}/"))

    assert "is taken and replaced, and nothing else is traded" in page
    assert "ZUS may be bought again from December 24, 2026" in page


def test_the_client_reads_what_is_replaced_and_why() -> None:
    the_millers()
    scan()

    told = summaries.build(proposals.current(Proposal.objects.get()))

    assert told.headline == (
        "We are replacing Invented US Stock ETF, which stands below its cost, to take the loss on your tax return."
    )
