"""A policy may ask that the parts of a class keep bands of their own, in proportion to the class's."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import Household, ModelVersion
from clients.policies import model_portfolios
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from rebalancing.engine.documents import parsing
from rebalancing.models import Proposal
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.days import priced, scan_of
from tests.factories.households import SET_UP, a_managed_household, approved
from tests.pages import as_, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def the_millers(*, sleeve_bands: bool) -> Household:
    """All classes inside their bands; of stocks everything is in large ones, and the model wants a third in small ones."""
    household = a_managed_household(
        advisor=cast.ana(), reviewer=cast.rui(), follows="model", sleeve_bands=sleeve_bands
    )
    priced("ZUS", LAST_FRIDAY, 40)
    follow_two_parts()
    return household


def follow_two_parts() -> ModelVersion:
    rui = cast.rui()
    version = model_portfolios.draft(
        code="60-40", name="", description="",
        classes=[
            ClassSpec(
                "us_stock",
                D("0.58"),
                (
                    SleeveSpec("large", (MemberSpec("ZUS"),), weight=D("0.7")),
                    SleeveSpec("small", (MemberSpec("ZUB"),), weight=D("0.3")),
                ),
            ),
            ClassSpec("us_bond", D("0.40"), (SleeveSpec("core", (MemberSpec("ZBD"),)),)),
            ClassSpec("cash", D("0.02"), ()),
        ],
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip
    digest = model_portfolios.fingerprint_of(version)
    return model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, f"v{version.pk}", digest, reviewer=rui),
        effective_on=MONDAY,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )


def test_a_part_outside_its_band_calls_and_the_plan_brings_it_back() -> None:
    household = the_millers(sleeve_bands=True)

    reading = scan_of(LAST_FRIDAY, SUNDAY_NOON)

    told = [(one["code"], one["figures"]["asset_class"]) for one in reading.triggers]
    assert sorted(told) == [
        ("sleeve_out_of_band", "us_stock/large"),
        ("sleeve_out_of_band", "us_stock/small"),
    ]
    assert any(one["sentence"].startswith("US stocks: small stands at 0.0%") for one in reading.triggers)
    assert reading.outcome == "proposed", reading.reason
    revision = proposals.current(Proposal.objects.get())
    document = parsing.read_household(revision.household_document)
    assert all(one.is_measured for one in document.policy.sleeve_targets)
    assert revision.orders.filter(side="buy", security__symbol="ZUB").exists()
    page = words_of(as_(cast.ana()).get(f"/households/{household.public_id}/"))
    assert "US stocks: small" in page


def test_without_the_policys_word_a_mix_is_no_reason_to_trade() -> None:
    the_millers(sleeve_bands=False)

    reading = scan_of(LAST_FRIDAY, SUNDAY_NOON)

    assert (reading.outcome, reading.triggers) == ("in_band", [])
