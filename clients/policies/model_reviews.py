"""How the review desk shows a draft of a model, checks it again, and publishes it with the approval."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from clients.models import ModelPortfolio, ModelVersion
from clients.policies import model_differences, model_portfolios, model_trees, model_versions
from compliance.clock import EASTERN
from compliance.models import Approval, Review
from compliance.people.actors import Actor
from compliance.refusals import Cause
from compliance.review_desk.decisions import Revalidated
from compliance.review_desk.subjects import Difference, Shown, Subject


def _url(version: ModelVersion) -> str:
    return f"{reverse('clients:model', args=[version.model.public_id])}?version={version.version}"


def _version(review: Review) -> ModelVersion | None:
    """The version a review is about: the published one of its fingerprint, else the draft."""
    versions = ModelVersion.objects.filter(model__public_id=review.subject_id).select_related("model")
    return versions.filter(fingerprint=review.fingerprint).first() or versions.filter(state="draft").first()


def _show(review: Review) -> Shown:
    version = _version(review)
    if version is None:
        return Shown(title=review.title, lines=(), after_approval="The draft is no longer there.")
    model = version.model
    before = (
        model.versions.filter(version__lt=version.version)
        .exclude(state__in=ModelVersion.NEVER_IN_FORCE)
        .order_by("-version")
        .first()
    )
    changes = model_differences.between(model_trees.of(before) if before else (), model_trees.of(version))
    effect = (
        f"{version.effective_on:%B} {version.effective_on.day}, {version.effective_on.year}"
        if version.effective_on
        else "the day it is approved"
    )
    count = model_versions.following(model).count()
    return Shown(
        title=review.title,
        lines=(*changes, Difference("Takes effect", "", effect)),
        why=version.note,
        url=_url(version),
        after_approval=f"It is published at once, and {count} household{'' if count == 1 else 's'} that follow{'s' if count == 1 else ''} the model by name take{'s' if count == 1 else ''} it over on that day.",
    )


def _revalidate(review: Review) -> Revalidated:
    version = ModelVersion.objects.filter(model__public_id=review.subject_id, state="draft").first()
    if version is None:
        gone = Cause(input=review.title, sentence="The draft is no longer there.")
        return Revalidated(review.fingerprint, causes=(gone,))
    left = [Cause(input="classes", sentence=sentence) for sentence in model_versions.unfilled(version)]
    return Revalidated(model_portfolios.fingerprint_of(version), causes=tuple(left))


def _publish(approval: Approval, by: Actor, at: datetime) -> None:
    """Publish the draft in the transaction of its approval; a day that has passed meanwhile becomes today."""
    model = ModelPortfolio.objects.get(public_id=approval.subject_id)
    version = model_versions.draft_of(model)
    assert version is not None, "the desk revalidates before it approves"
    today = at.astimezone(EASTERN).date()
    model_portfolios.publish(
        version,
        approval=approval,
        effective_on=max(version.effective_on or today, today),
        user_id=int(by.person_ref),
        by=by,
        at=at,
    )


SUBJECT = Subject(show=_show, revalidate=_revalidate, then=_publish)
"""How the desk shows drafts of models and acts on them."""
