"""The next version of a model, published for a later day."""

from __future__ import annotations

from datetime import date, datetime

from clients.models import ModelPortfolio, ModelVersion
from clients.policies import model_portfolios
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, approved

DECEMBER_1 = date(2026, 12, 1)


def scheduled(
    model: ModelPortfolio, *, effective_on: date = DECEMBER_1, at: datetime = SUNDAY_NOON
) -> ModelVersion:
    """A copy of the last version, published on Rui's approval for a later day."""
    rui = cast.rui()
    version = model_portfolios.draft_next(model, note="The next.", by=SET_UP, at=at)
    digest = model_portfolios.fingerprint_of(version)
    return model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, f"scheduled-{version.pk}", digest, reviewer=rui),
        effective_on=effective_on,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=at,
    )
