"""What a new investment policy inherits from the firm, and what its author says instead."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Household, Policy
from clients.policies import firm_defaults, policies
from clients.policies.targets import TargetSpec
from compliance.firm import policy_defaults
from compliance.firm.firm_settings import InForce
from compliance.firm.setting import ClassBand
from compliance.people.actors import Actor
from rebalancing.engine.portfolio.bands import BandError
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.firm_settings import decided
from tests.factories.households import a_managed_household

TARGETS = (
    TargetSpec(asset_class="us_stock", target=D("0.60")),
    TargetSpec(asset_class="us_bond", target=D("0.30")),
    TargetSpec(asset_class="cash", target=D("0.10"), points=D("0.02")),
)


def drafted(**terms: Any) -> Policy:
    household = Household.objects.first() or a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    return policies.draft(
        household,
        model=household.policies.get(state="adopted").model,
        targets=TARGETS,
        objectives="Growth with moderate risk.",
        risk="moderate",
        horizon_years=10,
        by=Actor.person(cast.ana()),
        at=SUNDAY_NOON,
        **terms,
    )


def bands_of(policy: Policy) -> dict[str, tuple[str, D, D]]:
    return {
        one.asset_class.code: (one.band_kind, one.weight_lower, one.weight_upper)
        for one in policy.targets.all()
    }


@pytest.mark.django_db
def test_a_class_without_a_width_has_the_firms_usual_band() -> None:
    assert bands_of(drafted()) == {
        "us_stock": ("narrower", D("0.55"), D("0.65")),
        "us_bond": ("narrower", D("0.25"), D("0.35")),
        "cash": ("absolute", D("0.08"), D("0.12")),
    }


@pytest.mark.django_db
def test_what_the_firm_decides_reaches_the_next_policy_and_not_the_last() -> None:
    before = drafted()
    decided(policy_defaults.BAND_KIND, "relative")
    decided(policy_defaults.BAND_SHARE, D("0.10"))
    decided(policy_defaults.CLASS_BANDS, (ClassBand("us_bond", "absolute", D("0.03")),))
    decided(policy_defaults.LOOK, "weekly")
    decided(policy_defaults.MINIMUM_TRADE, D(1_000))

    after = drafted()

    assert bands_of(after) == {
        "us_stock": ("relative", D("0.54"), D("0.66")),
        "us_bond": ("absolute", D("0.27"), D("0.33")),
        "cash": ("absolute", D("0.08"), D("0.12")),
    }
    assert (after.look, after.minimum_trade) == ("weekly", D(1_000))
    assert (before.look, before.minimum_trade) == ("daily", D(250))


@pytest.mark.django_db
def test_what_the_author_says_counts() -> None:
    decided(policy_defaults.MINIMUM_TRADE, D(1_000))
    decided(policy_defaults.DESTINATION_TAXABLE, "edge")

    policy = drafted(minimum_trade=D(50), look="monthly", destination_taxable="target")

    assert (policy.minimum_trade, policy.look, policy.destination_taxable) == (D(50), "monthly", "target")


def test_as_shipped_the_firm_says_what_the_columns_say() -> None:
    for column, value in firm_defaults.terms(InForce(on=MONDAY)).items():
        assert Policy._meta.get_field(column).get_default() == value, column


def test_a_band_needs_the_widths_of_its_kind() -> None:
    with pytest.raises(BandError, match="no such widths"):
        firm_defaults.around(D("0.5"), ClassBand("us_stock", "narrower", D("0.05")))
