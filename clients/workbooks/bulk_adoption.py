"""The policies that a workbook brought, adopted together by a reviewer who did not load them.

Each policy has its own review, its own approval and its own line on the trail, and is decided where a single one is
(`reviewing.decide`); what is done once is the reading and the click.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from clients.models import ModelVersion, Policy
from compliance.digests import fingerprint
from compliance.doors import reviewing
from compliance.models import Review, State, SubjectKind, Verdict
from compliance.people.actors import Actor
from compliance.refusals import Refusal, Stale

SECONDS_MAX = 20
"""A click decides as long as a page may take; the next one goes on."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A signed version with the review that waits for a decision about it."""

    policy: Policy
    review: Review


@dataclass(frozen=True, slots=True)
class Done:
    """What one click did: how many were adopted, what was refused by household, how many are left, and how many are
    approved and wait for another signature or their day.
    """

    adopted: int
    refused: tuple[tuple[str, str], ...]
    left: int
    approved: int = 0

    @property
    def sentence(self) -> str:
        parts = [f"{self.adopted} {'policy is' if self.adopted == 1 else 'policies are'} adopted."]
        if self.approved:
            parts.append(f"{self.approved} more are approved and wait for a signature or their day.")
        parts += [f"{self.left} more wait: adopt them too."] if self.left else []
        parts += [f"{name}: {why}" for name, why in self.refused[:5]]
        parts += [f"And {len(self.refused) - 5} more were refused."] if len(self.refused) > 5 else []
        return " ".join(parts)


def waiting(drafts: QuerySet[Policy]) -> list[Waiting]:
    """The versions that both parties have signed and that wait for a reviewer, in the order of their households.

    A policy whose model is not published yet cannot be adopted, and does not wait for the policy's reviewer.
    """
    found = list(
        drafts.filter(state__in=(Policy.State.REVIEW, Policy.State.DRAFT))
        .select_related("household", "model__model")
        .prefetch_related("targets__asset_class", "restrictions")
        .order_by("household__name", "household__code", "pk")
    )
    reviews = {
        one.subject_id: one
        for one in Review.objects.filter(
            subject_kind=SubjectKind.POLICY,
            subject_id__in=[policy.public_id for policy in found],
            state=State.OPEN,
        ).prefetch_related("makers")
    }
    published = set(
        ModelVersion.objects.exclude(state__in=ModelVersion.NEVER_IN_FORCE).values_list("model", flat=True)
    )
    return [
        Waiting(one, reviews[one.public_id])
        for one in found
        if one.public_id in reviews and one.model.model_id in published
    ]


def digest_of(found: Iterable[Waiting]) -> str:
    """A digest of exactly these policies with everything that is approved about each."""
    return fingerprint.of([[one.policy.public_id, one.review.fingerprint] for one in found], kind="workbook")


def adopt(drafts: QuerySet[Policy], *, seen: str, by: Actor, at: datetime) -> Done:
    """Approve and adopt every policy that was shown; one that is refused stops no other.

    Raises `Stale` when others wait now than were shown.
    """
    started, found = time.monotonic(), waiting(drafts)
    if digest_of(found) != seen:
        raise Stale("Other policies wait now than were shown.", "Read the list again, then decide.")
    adopted = approved = 0
    refused: list[tuple[str, str]] = []
    for place, one in enumerate(found):
        if time.monotonic() - started > SECONDS_MAX:
            return Done(adopted, tuple(refused), len(found) - place, approved)
        try:
            reviewing.decide(one.review, Verdict.APPROVED, seen=one.review.fingerprint, text="", by=by, at=at)
        except Refusal as refusal:
            refused.append((str(one.policy.household), str(refusal)))
            continue
        if Policy.objects.filter(pk=one.policy.pk, state=Policy.State.ADOPTED).exists():
            adopted += 1
        else:
            approved += 1
    return Done(adopted, tuple(refused), 0, approved)
