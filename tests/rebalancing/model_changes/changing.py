"""A next version of the tests' model, and its preview worked out in this process."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from clients.models import ModelVersion
from clients.policies import model_portfolios
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from clients.policies.policies import TargetSpec
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from rebalancing.model_changes import impacts
from rebalancing.models import ImpactRun
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, approved

WIDE = (
    TargetSpec(asset_class="us_stock", target=D("0.76"), points=D("0.10")),
    TargetSpec(asset_class="us_bond", target=D("0.22"), points=D("0.10")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
)
"""Bands in which the Millers stand as they are."""

REPLACED = (MemberSpec("ZUB"), MemberSpec("ZUS", use="legacy", rank=2))


def drafted(*members: MemberSpec) -> ModelVersion:
    """Balanced, with other members of its stock sleeve."""
    return model_portfolios.draft(
        code="60-40", name="", description="",
        classes=[
            ClassSpec("us_stock", D("0.58"), (SleeveSpec("total", members),)),
            ClassSpec("us_bond", D("0.40"), (SleeveSpec("core", (MemberSpec("ZBD"),)),)),
            ClassSpec("cash", D("0.02"), ()),
        ],
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip


def published(version: ModelVersion, *, effective_on: date = MONDAY) -> ModelVersion:
    """The draft, published on Rui's approval."""
    rui = cast.rui()
    digest = model_portfolios.fingerprint_of(version)
    return model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, f"version-{version.pk}", digest, reviewer=rui),
        effective_on=effective_on,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )


def previewed(version: ModelVersion) -> ImpactRun:
    """A preview, every household worked out here."""
    run = impacts.start(version, by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    impacts.work(worker="here", now=lambda: SUNDAY_NOON, households_max=100)
    run.refresh_from_db()
    return run
