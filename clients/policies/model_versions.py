"""Which version of a model counts on a day, and which policies it reaches."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from clients.models import ModelPortfolio, ModelVersion, Policy
from clients.models.securities import CASH_CLASS
from clients.policies import model_trees
from compliance.statements.reads import prepared


def in_force(model: ModelPortfolio, *, on: date) -> ModelVersion | None:
    """The version in force on a day: the newest published one that takes effect by then."""
    return next(iter(_newest.rows(model.pk, on)), None)


@prepared
def _newest(model: int, on: date) -> QuerySet[ModelVersion]:
    decided = ModelVersion.objects.filter(model=model).exclude(state__in=ModelVersion.NEVER_IN_FORCE)
    return decided.filter(effective_on__lte=on).select_related("model").order_by("-version")[:1]


@prepared
def policy_in_force(household: int, on: date) -> QuerySet[Policy]:
    """The policy of a household in force on a day, with the version that it names."""
    found = Policy.objects.filter(household=household, state=Policy.State.ADOPTED, effective_on__lte=on)
    return found.select_related("model__model").order_by("-version")[:1]


def scheduled(model: ModelPortfolio, *, on: date) -> ModelVersion | None:
    """The published version that takes effect after a day, if there is one."""
    return model.versions.filter(state=ModelVersion.State.PUBLISHED, effective_on__gt=on).first()


def draft_of(model: ModelPortfolio) -> ModelVersion | None:
    """The draft of a model's next version, if there is one."""
    return model.versions.filter(state=ModelVersion.State.DRAFT).select_related("model").first()


def last_of(model: ModelPortfolio) -> ModelVersion | None:
    """The version that was published last and not called off."""
    return model.versions.exclude(state__in=ModelVersion.NEVER_IN_FORCE).order_by("-version").first()


def following(model: ModelPortfolio) -> QuerySet[Policy]:
    """The adopted policies that follow a model by its name, and so take over its next version."""
    return Policy.objects.filter(
        state=Policy.State.ADOPTED, model__model=model, follows=Policy.Follows.MODEL
    ).select_related("household", "model__model")


def followers_of(version: ModelVersion, *, on: date) -> QuerySet[Policy]:
    """The adopted policies that a version applies to on a day: by its model's name, or by itself."""
    found = Q(follows=Policy.Follows.VERSION, model=version)
    if in_force(version.model, on=on) == version:
        found |= Q(follows=Policy.Follows.MODEL, model__model=version.model)
    return Policy.objects.filter(found, state=Policy.State.ADOPTED)


def unfilled(version: ModelVersion) -> list[str]:
    """Classes that policies which follow the model hold a target in, and for which the version buys nothing.

    The client agreed to the targets; a version of the model may change what fills them, never whether they are filled.
    """
    filled = {
        one.asset_class
        for one in model_trees.of(version)
        if any(model_trees.is_bought(member) for sleeve in one.sleeves for member in sleeve.members)
    }
    found: dict[str, int] = {}
    targets = following(version.model).values_list("targets__asset_class__code", "targets__weight_target")
    for code, target in targets:
        if target and code not in filled and code != CASH_CLASS:
            found[code] = found.get(code, 0) + 1
    return [
        f"{count} polic{'y' if count == 1 else 'ies'} that follow{'s' if count == 1 else ''} this model "
        f"hold{'s' if count == 1 else ''} a target in {code}, and this version buys nothing for it."
        for code, count in sorted(found.items())
    ]


def to_follow() -> list[ModelVersion]:
    """The published versions of models that are not retired: what a policy may name."""
    found = ModelVersion.objects.filter(state=ModelVersion.State.PUBLISHED, model__retired_at=None)
    return list(found.select_related("model").order_by("model__name", "-version"))


def one_to_follow(key: int) -> ModelVersion:
    """One of them, by its key."""
    return next(one for one in to_follow() if one.pk == key)
