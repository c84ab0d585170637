"""Decisions and the approvals they create. These tables are insert-only; the database refuses updates and
deletes.
"""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance import public_ids
from compliance.digests.fingerprint import PATTERN
from compliance.models.reviews import REVISION_MAX, Review, SubjectKind


class Verdict(models.TextChoices):
    """A reviewer's verdict."""

    APPROVED = "approved", "Approved"
    RETURNED = "returned", "Changes requested"
    REJECTED = "rejected", "Rejected"


class Decision(models.Model):
    """One verdict by one person on one fingerprint, with how that person had signed in."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_by_label = models.CharField(max_length=200)
    roles = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64)
    text = models.TextField(max_length=5_000, blank=True, default="")
    acknowledged = models.TextField(
        blank=True, default="", help_text="Rules whose warnings were read and acknowledged, comma-separated."
    )
    mfa_method = models.CharField(max_length=64, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("decided_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(name="decision_verdict_is_known", condition=Q(verdict__in=Verdict.values)),
            models.CheckConstraint(
                name="decision_fingerprint_is_sha256", condition=Q(fingerprint__regex=PATTERN)
            ),
            models.CheckConstraint(
                name="decision_no_has_reason", condition=Q(verdict=Verdict.APPROVED) | ~Q(text="")
            ),
            models.UniqueConstraint(
                name="decision_one_final_per_review",
                fields=("review",),
                condition=Q(verdict__in=(Verdict.APPROVED, Verdict.REJECTED)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.verdict} by {self.decided_by_label}"


class Approval(models.Model):
    """Permission to act on exactly this fingerprint, once, until `expires_at`. Created only by
    `decisions.approve`.

    `public_id` is the reference number people see.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "ap"), editable=False
    )
    review = models.OneToOneField(Review, models.PROTECT, related_name="approval")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="approval")
    subject_kind = models.CharField(max_length=16, choices=SubjectKind.choices)
    subject_id = models.CharField(max_length=64)
    subject_revision = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by_label = models.CharField(max_length=200)
    approved_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("approved_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="approval_fingerprint_is_sha256", condition=Q(fingerprint__regex=PATTERN)
            ),
            models.CheckConstraint(
                name="approval_expires_later", condition=Q(expires_at__gt=F("approved_at"))
            ),
            models.CheckConstraint(
                name="approval_revision_in_range",
                condition=Q(subject_revision__gte=1, subject_revision__lte=REVISION_MAX),
            ),
        )

    def __str__(self) -> str:
        return f"{self.public_id} for {self.subject_kind}:{self.subject_id}"
