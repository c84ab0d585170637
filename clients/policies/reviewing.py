"""A policy at the review desk: how it is shown, checked again, and what follows its approval."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from clients.models import Policy
from clients.policies import differences, policies, signatures
from compliance.audit_trail import audit
from compliance.models import Approval, Review
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Cause
from compliance.review_desk.decisions import Revalidated
from compliance.review_desk.subjects import Shown, Subject


def _of(review: Review) -> Policy:
    return Policy.objects.select_related("household", "model__model").get(public_id=review.subject_id)


def _show(review: Review) -> Shown:
    policy = _of(review)
    standing = policy.household.policies.filter(state=Policy.State.ADOPTED).first()
    before = policies.shown(standing) if standing is not None else None
    return Shown(
        title=review.title,
        lines=tuple(differences.between(before, policies.shown(policy))),
        why=f"Compared with version {standing.version}, which is in force." if standing else "",
        url=reverse("clients:policy", args=[policy.public_id]),
        after_approval="Then the parties sign it. It is adopted once everybody has signed and its day has come.",
    )


def _revalidate(review: Review) -> Revalidated:
    policy = _of(review)
    causes = []
    try:
        policies.refuse_cap(policy)
    except BadInput as refusal:
        causes.append(Cause(input="Cap on stocks", sentence=str(refusal)))
    if policy.state not in (Policy.State.REVIEW, Policy.State.DRAFT):
        causes.append(Cause(input="State", sentence=f"This version is {policy.get_state_display().lower()}."))
    return Revalidated(policies.fingerprint_of(policy), causes=tuple(causes))


def approve(approval: Approval, by: Actor, at: datetime) -> None:
    """Mark the version as approved and to be signed, in the transaction of the decision; and adopt it where it is signed
    already, as those are that a workbook brought with their signatures.
    """
    policy = Policy.objects.select_for_update().get(public_id=approval.subject_id)
    policies.move(policy, Policy.State.APPROVED)
    audit.record(audit.Action.POLICY_APPROVED, about=policy, by=by, at=at, fingerprint=approval.fingerprint)
    signatures.adopt_or_wait(policy, by=by, at=at)


SUBJECT = Subject(show=_show, revalidate=_revalidate, then=approve)
"""How the desk shows policies and acts on them."""
