"""Whatever policy is adopted, its households are measured, scanned, planned and shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from advisory.models import User
from clients.households import households
from clients.models import AssetClass, Household, Person
from clients.policies import targets
from clients.policies.targets import TargetSpec
from compliance.models import FindingRow
from compliance.refusals import BadInput
from rebalancing.client_reports import letters, summaries
from rebalancing.models import Proposal, Reading
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import scan
from tests.factories.firm_settings import A_LETTERHEAD
from tests.factories.households import SET_UP, a_managed_household

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

STOCKS = TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.05"))
BONDS = TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.05"))
CASH = TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.05"))
GOLD = TargetSpec(asset_class="commodity", target=D(0), points=D("0.05"))


def the_millers_hold(
    gold: int, *, targets: Sequence[TargetSpec], settled: str = "50.00", **terms: Any
) -> Household:
    """22 stock funds at $268.40, 54 bond funds at $72.48 and so many gold funds at $61.90, in an IRA."""
    AssetClass.objects.get_or_create(code="commodity", defaults={"name": "Commodities", "position": 5})
    shares = {"ZUS": 22, "ZBD": 54, "ZAU": gold}
    held = {symbol: count for symbol, count in shares.items() if count}
    content = bundle(
        securities=[*MILLERS["securities"], "ZAU,Invented Gold ETF,etf,commodity:1,gold,,2,3000000,no"],
        prices=[
            "ZUS,2026-11-20,268.40,generated",
            "ZUB,2026-11-20,50,generated",
            "ZBD,2026-11-20,72.48,generated",
            "ZAU,2026-11-20,61.90,generated",
        ],
        accounts=[MILLERS["accounts"][1]],
        positions=[f"11110002,2026-11-20,{symbol},{count},no" for symbol, count in held.items()],
        lots=[
            f"11110002,2026-11-20,{symbol},{symbol}1,2021-03-01,{count},4000.00,covered"
            for symbol, count in held.items()
        ],
        cash=[f"11110002,2026-11-20,settled,{settled}"],
        transactions=[],
    )
    return a_managed_household(
        advisor=cast.ana(), reviewer=cast.rui(), content=content, targets=list(targets), **terms
    )


def shown(household: Household, name: str = "clients:household", *more: str) -> Any:
    client = Client()
    client.force_login(User.objects.get(email__startswith="ana"))
    answer = client.get(reverse(name, args=[household.public_id, *more]))
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer


def weights(reading: Reading) -> dict[str, tuple[str, bool]]:
    return {
        one["asset_class"]: (f"{D(one['weight']) * 100:.1f}", one["is_breached"]) for one in reading.measures
    }


def test_a_class_with_target_0_is_at_rest_inside_its_band() -> None:
    household = the_millers_hold(8, targets=(STOCKS, BONDS, GOLD, CASH))

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, reading.value) == ("in_band", D("10363.92"))
    assert weights(reading) == {
        "us_stock": ("57.0", False),
        "us_bond": ("37.8", False),
        "commodity": ("4.8", False),
        "cash": ("0.5", False),
    }
    shown(household)


def test_a_class_with_target_0_is_sold_when_it_leaves_its_band() -> None:
    household = the_millers_hold(20, targets=(STOCKS, BONDS, GOLD, CASH))

    scan()

    orders = Proposal.objects.get().revisions.get().orders.all()
    assert [(order.security.symbol, order.side) for order in orders if order.side == "sell"] == [
        ("ZAU", "sell")
    ]
    shown(household)


def test_a_class_that_the_policy_does_not_name_counts_is_shown_and_is_sold() -> None:
    household = the_millers_hold(8, targets=(STOCKS, BONDS, CASH), settled="200.00")

    scan()

    reading = Reading.objects.get()
    assert reading.value == D("10513.92")
    assert weights(reading)["commodity"] == ("4.7", True)
    assert [one["name"] for one in reading.measures if not one["in_policy"]] == ["Commodities"]
    assert "Commodities stand at 4.7% and are outside the policy." in reading.reason
    proposal = Proposal.objects.get()
    sold = [order.security.symbol for order in proposal.revisions.get().orders.all() if order.side == "sell"]
    assert "ZAU" in sold
    ranges = FindingRow.objects.filter(rule="PTC-10", examination__review=proposal.revisions.get().review)
    assert [one.sentence for one in ranges if one.sentence.startswith("We do not know")] == []
    assert "Commodities" in shown(household).content.decode()


def test_everything_in_one_class_is_measured() -> None:
    all_stock = TargetSpec(
        asset_class="us_stock", target=D(1), band="asymmetric", lower=D("0.95"), upper=D(1)
    )
    household = the_millers_hold(0, targets=(all_stock,))

    scan()

    reading = Reading.objects.get()
    assert weights(reading)["us_stock"] == ("59.8", True)
    # Cash without a cash class is outside the policy, like anything else it does not name.
    assert [one["asset_class"] for one in reading.measures if not one["in_policy"]] == ["cash", "us_bond"]
    shown(household)


def test_overdrawn_cash_has_left_a_band_that_begins_at_0() -> None:
    household = the_millers_hold(0, targets=(STOCKS, BONDS, CASH), settled="-100.00")

    scan()

    assert weights(Reading.objects.get())["cash"] == ("-1.0", True)
    plan = json.loads(Proposal.objects.get().revisions.get().plan_document)
    (before,) = [one for one in plan["before"]["classes"] if one["asset_class"] == "cash"]
    assert before["out_of_band"] is True
    shown(household)


@pytest.mark.parametrize("band", ["relative", "narrower"])
def test_a_band_that_is_a_share_of_a_target_of_0_is_refused(band: str) -> None:
    spec = TargetSpec(asset_class="commodity", target=D(0), band=band, points=D("0.05"), share=D("0.25"))

    with pytest.raises(BadInput) as refused:
        targets.edges(spec)

    assert str(refused.value.args[0]) == "The band of commodity around 0% has no width."


def test_edges_that_do_not_hold_their_target_are_refused() -> None:
    spec = TargetSpec(
        asset_class="us_bond", target=D("0.40"), band="asymmetric", lower=D("0.41"), upper=D("0.45")
    )

    with pytest.raises(BadInput, match="does not contain its target"):
        targets.edges(spec)


WIDE = {"band": "asymmetric", "lower": D(0), "upper": D(1)}
SHAPES: dict[str, tuple[list[TargetSpec], dict[str, Any]]] = {
    "a held class with target 0": ([STOCKS, BONDS, CASH, GOLD], {}),
    "a class the policy does not name": ([STOCKS, BONDS, CASH], {}),
    "everything in one class": ([TargetSpec(asset_class="us_bond", target=D(1), points=D("0.05"))], {}),
    "no class for cash": (
        [TargetSpec(asset_class="us_stock", target=D("0.6"), points=D("0.05")),
         TargetSpec(asset_class="us_bond", target=D("0.4"), points=D("0.05"))], {},
    ),
    "bands as a share of the target": (
        [TargetSpec(asset_class="us_stock", target=D("0.58"), band="relative", share=D("0.1")),
         TargetSpec(asset_class="us_bond", target=D("0.40"), band="relative", share=D("0.1")), CASH], {},
    ),
    "the narrower of both": (
        [TargetSpec(asset_class="us_stock", target=D("0.58"), band="narrower", points=D("0.05"), share=D("0.02")),
         BONDS, CASH], {},
    ),
    "the wider of both": (
        [TargetSpec(asset_class="us_stock", target=D("0.58"), band="wider", points=D("0.02"), share=D("0.05")),
         BONDS, CASH], {},
    ),
    "bands without an edge": (
        [TargetSpec(asset_class="us_stock", target=D("0.58"), **WIDE), BONDS, CASH], {},
    ),
    "hard ranges": (
        [TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.05"), hard_lower=D("0.5"), hard_upper=D("0.65")),
         BONDS, CASH], {},
    ),
    "each account by itself": ([STOCKS, BONDS, CASH], {"level": "account"}),
    "edges that count as inside": ([STOCKS, BONDS, CASH], {"edge_is_breach": False}),
    "back to the edge": ([STOCKS, BONDS, CASH], {"destination_taxable": "edge", "destination_sheltered": "edge"}),
}  # fmt: skip
"""Policies that can be adopted, one of each shape."""


@pytest.mark.parametrize("shape", SHAPES)
def test_every_screen_opens_under_every_shape_of_policy(shape: str) -> None:
    """Far too much gold and stocks: scanned, shown, and where a proposal comes of it, that too, to the client's letter."""
    targets, terms = SHAPES[shape]
    household = the_millers_hold(40, targets=targets, settled="300.00", **terms)
    carl = cast.carl()
    households.grant_sign_in(
        household.people.get(), user=carl, may_see=Person.MaySee.HOUSEHOLD, by=SET_UP, at=SUNDAY_NOON
    )

    scan()

    reading = Reading.objects.get()
    assert reading.outcome not in {Reading.Outcome.FAILED, Reading.Outcome.DATA, Reading.Outcome.NO_POLICY}
    shown(household)
    portal = Client()
    portal.force_login(carl)
    assert portal.get(reverse("rebalancing:portal")).status_code == 200
    if reading.outcome != Reading.Outcome.PROPOSED:
        return
    proposal = Proposal.objects.get()
    reader = Client()
    reader.force_login(User.objects.get(email__startswith="rui"))
    assert reader.get(reverse("rebalancing:proposal", args=[proposal.public_id])).status_code == 200
    summary = summaries.build(proposals.current(proposal))
    assert letters.pdf_of(summary, published_at=SUNDAY_NOON, letterhead=A_LETTERHEAD).startswith(b"%PDF")


def test_a_hard_range_inside_the_band_is_refused() -> None:
    tight = TargetSpec(
        asset_class="us_stock", target=D("0.58"), points=D("0.05"), hard_lower=D("0.5"), hard_upper=D("0.6")
    )

    with pytest.raises(
        BadInput, match=r"The hard range of us_stock must hold its band of 53\.0% to 63\.0%\."
    ):
        the_millers_hold(0, targets=[tight, BONDS, CASH])
