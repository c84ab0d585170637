"""A request for a decision about a subject with a fingerprint. This floor does not know what the subject is."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance import public_ids
from compliance.digests.fingerprint import PATTERN, short

REVISION_MAX = 1_000_000


class SubjectKind(models.TextChoices):
    """What can be submitted for review: only names here, the subjects belong to higher floors."""

    PROPOSAL = "proposal", "Proposal"
    POLICY = "policy", "Investment policy"
    MODEL = "model", "Model portfolio"
    SETTING = "setting", "Firm setting"
    ROLE_CHANGE = "role_change", "Role change"
    CORRECTION = "correction", "Correction of the record"


CHANGE_KINDS = (SubjectKind.SETTING, SubjectKind.ROLE_CHANGE, SubjectKind.CORRECTION)
"""Proposed changes: they are decided on the review's own page and have no other."""


class State(models.TextChoices):
    """The state of a review; the transitions are `compliance.review_desk.states.NEXT`."""

    OPEN = "open", "Waiting for a decision"
    RETURNED = "returned", "Changes requested"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"


ACTIVE_STATES = (State.OPEN, State.RETURNED)


class ReviewQuerySet(models.QuerySet["Review"]):
    def active(self) -> Self:
        """Reviews that are not yet settled."""
        return self.filter(state__in=ACTIVE_STATES)

    def of_subject(self, kind: str, subject_id: str) -> Self:
        return self.filter(subject_kind=kind, subject_id=subject_id)

    def due(self, *, at: datetime) -> Self:
        """Expired reviews that nobody has acted on."""
        states = (*ACTIVE_STATES, State.APPROVED)
        return self.filter(state__in=states, used_at=None, expires_at__lte=at)


class Review(models.Model):
    """One revision of one subject, with or without a decision.

    `household_ref` is the public id of the household whose data it shows, empty for firm matters.
    `used_at` is set once the approval has been acted on; from then on nothing can be taken back.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "rv"), editable=False
    )
    subject_kind = models.CharField(max_length=16, choices=SubjectKind.choices)
    subject_id = models.CharField(max_length=64)
    subject_revision = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    requested_by_label = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    household_ref = models.CharField(max_length=64, blank=True, default="")
    consent_required = models.BooleanField(default=False)
    examination_required = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True)
    settled_by_label = models.CharField(max_length=200, blank=True, default="")
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("expires_at", "id")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("state", "expires_at"), name="review_queue"),
            models.Index(fields=("subject_kind", "subject_id", "subject_revision"), name="review_subject"),
            models.Index(fields=("household_ref",), name="review_household"),
        )
        constraints = (
            models.CheckConstraint(name="review_state_is_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="review_subject_is_known",
                condition=Q(subject_kind__in=SubjectKind.values) & ~Q(subject_id="") & ~Q(title=""),
            ),
            models.CheckConstraint(
                name="review_revision_in_range",
                condition=Q(subject_revision__gte=1, subject_revision__lte=REVISION_MAX),
            ),
            models.CheckConstraint(
                name="review_fingerprint_is_sha256", condition=Q(fingerprint__regex=PATTERN)
            ),
            models.CheckConstraint(
                name="review_expires_after_request", condition=Q(expires_at__gt=F("requested_at"))
            ),
            models.CheckConstraint(
                name="review_is_settled_by_someone",
                condition=Q(state__in=ACTIVE_STATES, settled_at=None, settled_by_label="")
                | (~Q(state__in=ACTIVE_STATES) & Q(settled_at__isnull=False) & ~Q(settled_by_label="")),
            ),
            models.CheckConstraint(
                name="review_used_only_when_approved", condition=Q(used_at=None) | Q(state=State.APPROVED)
            ),
            models.UniqueConstraint(
                name="review_one_active_per_subject",
                fields=("subject_kind", "subject_id"),
                condition=Q(state__in=ACTIVE_STATES),
            ),
        )

    def __str__(self) -> str:
        return (
            f"{self.public_id} {self.subject_kind}:{self.subject_id} r{self.subject_revision} ({self.state})"
        )

    @property
    def is_active(self) -> bool:
        """Whether a decision is still pending."""
        return self.state in ACTIVE_STATES

    @property
    def fingerprint_short(self) -> str:
        return short(self.fingerprint)


class ReviewMaker(models.Model):
    """Somebody who shaped this revision, and how. They may not decide about it, whatever their role."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="makers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    did = models.CharField(max_length=120)
    done_at = models.DateTimeField(
        null=True, help_text="When a fact was entered that the revision rests on; empty: part of making it."
    )

    class Meta:
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(name="review_maker_once_per_deed", fields=("review", "person", "did")),
            models.CheckConstraint(name="review_maker_did_something", condition=~Q(did="")),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.did}"
