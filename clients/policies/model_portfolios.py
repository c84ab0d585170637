"""Model portfolios: drafting a version and publishing it through the review desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.models import (
    AssetClass,
    ModelClass,
    ModelPortfolio,
    ModelVersion,
    Security,
    Sleeve,
    SleeveMember,
)
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, Stale
from compliance.review_desk import approvals

ONE = Decimal(1)
SEALED = ("model_version", "model_state", "model_classes", "model_sleeves", "model_members")
"""The seals of a published version on the audit trail."""


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """A security of a sleeve: its symbol, use, place and rank (1 is the first choice)."""

    symbol: str
    use: str = SleeveMember.Use.PRIMARY
    place: str = SleeveMember.Place.ANY
    rank: int = 1


@dataclass(frozen=True, slots=True)
class SleeveSpec:
    """A sleeve of a class; `weight` is its share of the class."""

    name: str
    members: tuple[MemberSpec, ...]
    weight: Decimal = ONE


@dataclass(frozen=True, slots=True)
class ClassSpec:
    """A class of a model; `weight` is its share of the portfolio."""

    asset_class: str
    weight: Decimal
    sleeves: tuple[SleeveSpec, ...]


@transaction.atomic
def draft(
    *, code: str, name: str, description: str, classes: Sequence[ClassSpec], by: Actor, at: datetime
) -> ModelVersion:
    """Draft the next version of a model. Weights of classes, and of sleeves in a class, must sum to one."""
    _check(classes)
    model, _ = ModelPortfolio.objects.get_or_create(
        code=code, defaults={"name": name, "description": description}
    )
    last = model.versions.order_by("-version").values_list("version", flat=True).first() or 0
    version = ModelVersion.objects.create(model=model, version=last + 1)
    asset_classes = AssetClass.objects.in_bulk(field_name="code")
    securities = Security.objects.in_bulk(
        {member.symbol for one in classes for sleeve in one.sleeves for member in sleeve.members},
        field_name="symbol",
    )
    for one in classes:
        if one.asset_class not in asset_classes:
            raise BadInput(
                f"There is no asset class {one.asset_class}.", "Use the code of a class on record."
            )
        part = ModelClass.objects.create(
            version=version, asset_class=asset_classes[one.asset_class], weight=one.weight
        )
        for sleeve_spec in one.sleeves:
            sleeve = Sleeve.objects.create(model_class=part, name=sleeve_spec.name, weight=sleeve_spec.weight)
            for member in sleeve_spec.members:
                if member.symbol not in securities:
                    raise BadInput(
                        f"No security {member.symbol} is on record.", "Load its description first."
                    )
                SleeveMember.objects.create(
                    sleeve=sleeve,
                    security=securities[member.symbol],
                    use=member.use,
                    place=member.place,
                    rank=member.rank,
                )
    audit.record(audit.Action.MODEL_DRAFTED, about=model, by=by, at=at, version=version.version)
    return version


def shown(version: ModelVersion) -> dict[str, Any]:
    """Everything a person approves about a version; the approval has the digest of this value."""
    return {
        "model": version.model.code,
        "version": version.version,
        "classes": [
            {
                "asset_class": part.asset_class.code,
                "weight": part.weight,
                "sleeves": [
                    {
                        "name": sleeve.name,
                        "weight": sleeve.weight,
                        "members": [
                            {
                                "symbol": member.security.symbol,
                                "use": member.use,
                                "place": member.place,
                                "rank": member.rank,
                            }
                            for member in sleeve.members.select_related("security")
                        ],
                    }
                    for sleeve in part.sleeves.all()
                ],
            }
            for part in version.classes.select_related("asset_class")
        ],
    }


def fingerprint_of(version: ModelVersion) -> str:
    """The digest of the stored version as `shown` returns it; unsaved values are never approved."""
    return fingerprint.of(shown(ModelVersion.objects.get(pk=version.pk)), kind="model")


@transaction.atomic
def publish(
    version: ModelVersion, *, approval: Any, effective_on: date, user_id: int, by: Actor, at: datetime
) -> ModelVersion:
    """Publish an approved version and supersede the one before it; which uses the approval.

    Raises `Stale` when the approval was given for different content or has expired, `Conflict` when version
    or approval are already settled.
    """
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ModelVersion.State.DRAFT:
        raise Conflict("This version is already published.", "Draft a new version to change it.")
    digest = fingerprint_of(version)
    if approval.fingerprint != digest:
        raise Stale(
            "The model changed after it was approved.", "Request a new decision about the current version."
        )
    approvals.use(approval, by=by, at=at)
    standing = version.model.versions.filter(state=ModelVersion.State.PUBLISHED)
    replaced = list(standing.values_list("pk", flat=True))
    standing.update(state=ModelVersion.State.SUPERSEDED)
    version.state = ModelVersion.State.PUBLISHED
    version.effective_on, version.published_at, version.published_by_id = effective_on, at, user_id
    version.fingerprint = digest
    version.save()
    audit.record(
        audit.Action.MODEL_PUBLISHED,
        about=version.model,
        by=by,
        at=at,
        sealing=[
            *((kind, version.pk) for kind in SEALED),
            *(("model_state", pk) for pk in replaced),
        ],
        version=version.version,
        fingerprint=digest,
    )
    return version


def _check(classes: Sequence[ClassSpec]) -> None:
    total = sum((one.weight for one in classes), Decimal(0))
    if total != ONE:
        raise BadInput(
            f"The class weights add up to {total:f}, not to 1.", "Correct the weights; cash is a class too."
        )
    for one in classes:
        if one.sleeves and sum((sleeve.weight for sleeve in one.sleeves), Decimal(0)) != ONE:
            raise BadInput(
                f"The sleeves of {one.asset_class} do not add up to 1.", "Give each its share of the class."
            )
