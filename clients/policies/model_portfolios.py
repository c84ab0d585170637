"""Model portfolios: drafting a version, changing and discarding the draft, and publishing it through the review desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from clients.models import (
    AssetClass,
    ModelClass,
    ModelPortfolio,
    ModelVersion,
    Policy,
    Security,
    Sleeve,
    SleeveMember,
    TakenPart,
)
from clients.policies import model_trees, model_versions
from clients.policies.model_trees import ClassSpec
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.models import ACTIVE_STATES, Review, SubjectKind
from compliance.models.reviews import State as ReviewState
from compliance.people.actors import ANSWERABLE, Actor
from compliance.refusals import BadInput, Conflict, Stale
from compliance.review_desk import approvals, reviews
from compliance.review_desk.reviews import Maker
from rebalancing.engine.market.calendars import wall_clock

SEALED = (
    "model_version",
    "model_state",
    "model_classes",
    "model_sleeves",
    "model_members",
    "model_taken_parts",
)
"""The seals of a published version on the audit trail."""


# ── Drafting ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def draft(
    *,
    code: str,
    name: str,
    description: str,
    classes: Sequence[ClassSpec],
    note: str = "",
    effective_on: date | None = None,
    by: Actor,
    at: datetime,
) -> ModelVersion:
    """Draft the next version of a model from a whole tree, and the model itself where it is new.

    Weights of classes, and of sleeves in a class, must sum to one. Raises `BadInput` for a tree that could not be
    published, `Conflict` while another draft of the model is there or the model is retired.
    """
    classes = model_trees.expanded(classes, of_model=code)
    model_trees.refuse_names(classes)
    if found := model_trees.faults(classes):
        raise BadInput(found[0], " ".join(found[1:]) or "Correct it and try again.")
    model, _ = ModelPortfolio.objects.get_or_create(
        code=code, defaults={"name": name, "description": description}
    )
    return _next(model, classes, note=note, effective_on=effective_on, by=by, at=at)


@transaction.atomic
def draft_next(model: ModelPortfolio, *, note: str, by: Actor, at: datetime) -> ModelVersion:
    """Draft a model's next version as a copy of the last one, to be changed. Raises as `draft`."""
    last = model_versions.last_of(model)
    return _next(model, model_trees.of(last) if last else (), note=note, effective_on=None, by=by, at=at)


@transaction.atomic
def open_model(
    *, code: str, name: str, description: str, like: ModelVersion | None, by: Actor, at: datetime
) -> ModelVersion:
    """Open a model with an empty first draft, or with a copy of another model's version.

    Raises `Conflict` where the code is taken.
    """
    if ModelPortfolio.objects.filter(code=code).exists():
        raise Conflict(
            f"There is a model with the code {code}.", "Choose another code, or draft its next version."
        )
    model = ModelPortfolio.objects.create(code=code, name=name, description=description)
    classes = model_trees.of(like) if like else ()
    return _next(model, classes, note="The first version.", effective_on=None, by=by, at=at)


@transaction.atomic
def change(
    version: ModelVersion,
    *,
    classes: Sequence[ClassSpec],
    note: str,
    by: Actor,
    at: datetime,
) -> ModelVersion:
    """Replace the content of a draft. It may be unfinished: `model_trees.faults` says what it still lacks.

    Raises `BadInput` for a name that is not on record, `Conflict` for a version that is decided or in review.
    """
    version = _lock_draft(version)
    classes = model_trees.expanded(classes, of_model=version.model.code)
    model_trees.refuse_names(classes)
    before = shown(version)
    version.classes.all().delete()
    version.taken_parts.all().delete()
    _fill(version, classes)
    version.note = note
    version.save(update_fields=["note"])
    if (after := shown(version)) != before:
        audit.record(
            audit.Action.MODEL_CHANGED,
            about=version.model,
            by=by,
            at=at,
            version=version.version,
            fingerprint=fingerprint.of(after, kind="model"),
        )
    return version


@transaction.atomic
def discard(version: ModelVersion, *, reason: str, by: Actor, at: datetime) -> None:
    """Discard a draft. Raises `Conflict` for a version that is decided or in review."""
    version = _lock_draft(version)
    model, number = version.model, version.version
    version.delete()
    audit.record(audit.Action.MODEL_DISCARDED, about=model, by=by, at=at, version=number, reason=reason)


@transaction.atomic
def retire(model: ModelPortfolio, *, reason: str, by: Actor, at: datetime) -> None:
    """Retire a model that nobody follows. Raises `Conflict` while a policy follows it or a draft is there."""
    model = ModelPortfolio.objects.select_for_update().get(pk=model.pk)
    if model.retired_at is not None:
        raise Conflict(f"The model {model} is retired already.", "There is nothing to do.")
    policies = Policy.objects.filter(model__model=model).exclude(state=Policy.State.SUPERSEDED)
    if count := policies.count():
        raise Conflict(
            f"{count} polic{'y follows' if count == 1 else 'ies follow'} the model {model}.",
            "Adopt policies that follow another model first.",
        )
    if model_versions.draft_of(model) is not None:
        raise Conflict(f"The model {model} has a draft.", "Discard the draft first.")
    model.retired_at = at
    model.save(update_fields=["retired_at"])
    audit.record(
        audit.Action.MODEL_RETIRED,
        about=model,
        by=by,
        at=at,
        sealing=[("model_retired", model.pk)],
        reason=reason,
    )


# ── Publishing ───────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def request_review(
    version: ModelVersion,
    *,
    note: str,
    effective_on: date | None,
    expires_at: datetime,
    by: Actor,
    at: datetime,
) -> Review:
    """Send a draft to the review desk. Everybody who worked on it is its maker and may not approve it.

    Raises `BadInput` for a draft that could not be published or a day that has passed, `Conflict` for a version that is
    decided or in review already.
    """
    version = _lock_draft(version)
    if effective_on is not None and effective_on < wall_clock(at).date():
        raise BadInput(
            "The day it takes effect has passed.", "Choose today or a later day, or leave it empty."
        )
    version.note, version.effective_on = note, effective_on
    version.save(update_fields=["note", "effective_on"])
    if found := [*model_trees.faults(model_trees.of(version)), *model_versions.unfilled(version)]:
        raise BadInput(found[0], " ".join(found[1:]) or "Correct the draft first.")
    earlier = Review.objects.of_subject(SubjectKind.MODEL, version.model.public_id)
    number = earlier.order_by("-subject_revision").values_list("subject_revision", flat=True).first() or 0
    return reviews.request(
        subject_kind=SubjectKind.MODEL,
        subject_id=version.model.public_id,
        subject_revision=number + 1,
        title=f"Model {version.model}, version {version.version}",
        fingerprint=fingerprint_of(version),
        expires_at=expires_at,
        makers=makers(version),
        by=by,
        at=at,
    )


def in_review(model: ModelPortfolio) -> Review | None:
    """The review that waits for a decision about a model's draft."""
    waiting = Review.objects.of_subject(SubjectKind.MODEL, model.public_id).filter(state__in=ACTIVE_STATES)
    return waiting.order_by("-pk").first()


def makers(version: ModelVersion) -> list[Maker]:
    """Everybody who drafted or changed a version, from the audit trail."""
    did = {
        audit.Action.MODEL_DRAFTED.value: "drafted this version",
        audit.Action.MODEL_CHANGED.value: "changed this version",
    }
    found: dict[int, Maker] = {}
    for event in audit.trail(about=version.model).filter(actor_kind__in=ANSWERABLE, action__in=did):
        if json.loads(event.facts).get("version") == version.version:
            found.setdefault(int(event.person_ref), Maker(int(event.person_ref), did[event.action]))
    return list(found.values())


def shown(version: ModelVersion) -> dict[str, Any]:
    """Everything a person approves about a version; the approval has the digest of this value."""
    content: dict[str, Any] = {
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
    # Only where there is something to say, so that what was approved before these existed keeps its digest.
    if version.note:
        content["note"] = version.note
    if version.effective_on is not None and version.state == ModelVersion.State.DRAFT:
        content["effective_on"] = version.effective_on
    if taken := model_trees.sources(model_trees.of(version)):
        content["taken_parts"] = [
            {"asset_class": code, "sleeve": sleeve, "from": source}
            for (code, sleeve), source in sorted(taken.items())
        ]
    return content


def fingerprint_of(version: ModelVersion) -> str:
    """The digest of the stored version as `shown` returns it; unsaved values are never approved."""
    return fingerprint.of(shown(ModelVersion.objects.get(pk=version.pk)), kind="model")


@transaction.atomic
def publish(
    version: ModelVersion, *, approval: Any, effective_on: date, user_id: int, by: Actor, at: datetime
) -> ModelVersion:
    """Publish an approved version and supersede the one before it; which uses the approval.

    The version before it stays in force until the new one takes effect.

    Raises `Stale` when the approval was given for different content or has expired, `Conflict` when version
    or approval are already settled, `BadInput` when a policy that follows the model would have a target that nothing
    fills.
    """
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ModelVersion.State.DRAFT:
        raise Conflict("This version is already published.", "Draft a new version to change it.")
    digest = fingerprint_of(version)
    if approval.fingerprint != digest:
        raise Stale(
            "The model changed after it was approved.", "Request a new decision about the current version."
        )
    if found := model_versions.unfilled(version):
        raise BadInput(
            " ".join(found), "Give the class a sleeve in this version, or change those policies first."
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
            ("model_portfolio", version.model_id),
        ],
        version=version.version,
        effective_on=effective_on,
        fingerprint=digest,
    )
    return version


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────


def _next(
    model: ModelPortfolio,
    classes: Sequence[ClassSpec],
    *,
    note: str,
    effective_on: date | None,
    by: Actor,
    at: datetime,
) -> ModelVersion:
    model = ModelPortfolio.objects.select_for_update().get(pk=model.pk)
    if model.retired_at is not None:
        raise Conflict(f"The model {model} is retired.", "Open a new model.")
    if (there := model_versions.draft_of(model)) is not None:
        raise Conflict(
            f"Version {there.version} of {model} is a draft already.", "Change that draft, or discard it."
        )
    last = model.versions.order_by("-version").values_list("version", flat=True).first() or 0
    version = ModelVersion.objects.create(model=model, version=last + 1, note=note, effective_on=effective_on)
    _fill(version, classes)
    audit.record(audit.Action.MODEL_DRAFTED, about=model, by=by, at=at, version=version.version)
    return version


def _fill(version: ModelVersion, classes: Sequence[ClassSpec]) -> None:
    asset_classes = AssetClass.objects.in_bulk(field_name="code")
    securities = Security.objects.in_bulk(
        {member.symbol for one in classes for sleeve in one.sleeves for member in sleeve.members},
        field_name="symbol",
    )
    for one in classes:
        part = ModelClass.objects.create(
            version=version, asset_class=asset_classes[one.asset_class], weight=one.weight
        )
        for sleeve_spec in one.sleeves:
            sleeve = Sleeve.objects.create(model_class=part, name=sleeve_spec.name, weight=sleeve_spec.weight)
            SleeveMember.objects.bulk_create(
                SleeveMember(
                    sleeve=sleeve,
                    security=securities[member.symbol],
                    use=member.use,
                    place=member.place,
                    rank=member.rank,
                )
                for member in sleeve_spec.members
            )
    TakenPart.objects.bulk_create(
        TakenPart(
            version=version,
            asset_class=asset_classes[code],
            sleeve=sleeve_name,
            source=model_trees.version_named(source),
        )
        for (code, sleeve_name), source in model_trees.sources(classes).items()
    )


def _lock_draft(version: ModelVersion) -> ModelVersion:
    """The draft, locked. Raises `Conflict` for a version that is decided or waits for a decision."""
    locked = ModelVersion.objects.select_for_update(of=("self",)).select_related("model").get(pk=version.pk)
    if locked.state != ModelVersion.State.DRAFT:
        raise Conflict("This version is already published.", "Draft a new version to change it.")
    waiting = in_review(locked.model)
    # A reviewer who asked for changes waits for exactly that.
    if waiting is not None and waiting.state == ReviewState.OPEN:
        raise Conflict("This draft is in review.", "Withdraw the request first, then change it.")
    return locked
