"""Comments on a review in anchored threads, and requests for changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance.models.reviews import Review

TEXT_MAX = 5_000


class AnchorKind(models.TextChoices):
    """What a thread is about."""

    WHOLE = "whole", "The whole"
    TRADE = "trade", "A trade"
    LOT = "lot", "A tax lot"
    FINDING = "finding", "A finding"
    ASKED = "asked", "A question to whoever may"
    """The anchor names the roles that may do what is asked, with commas between them."""


class Comment(models.Model):
    """Plain text, never markup. The first comment of a thread carries whether it is resolved."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="comments")
    thread = models.ForeignKey("self", models.PROTECT, null=True, related_name="replies")
    anchor_kind = models.CharField(max_length=16, choices=AnchorKind.choices, default=AnchorKind.WHOLE)
    anchor_ref = models.CharField(max_length=120, blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    author_label = models.CharField(max_length=200)
    text = models.TextField(max_length=TEXT_MAX)
    written_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("written_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="comment_anchor_is_known", condition=Q(anchor_kind__in=AnchorKind.values)
            ),
            models.CheckConstraint(
                name="comment_anchor_names_its_place",
                condition=Q(anchor_kind=AnchorKind.WHOLE, anchor_ref="")
                | (~Q(anchor_kind=AnchorKind.WHOLE) & ~Q(anchor_ref="")),
            ),
            models.CheckConstraint(name="comment_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="comment_is_resolved_by_someone",
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False, thread=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.author_label}: {self.text[:40]}"


class Lift(models.TextChoices):
    """How a request for changes was resolved."""

    LIFTED = "lifted", "Lifted by the reviewer"
    APPROVED = "approved", "The same reviewer approved"
    DISMISSED = "dismissed", "Dismissed by compliance"


class ChangeRequest(models.Model):
    """A reviewer's request for changes. It blocks this subject, including later revisions, until it is
    lifted.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="change_requests")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_by_label = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    text = models.TextField(max_length=TEXT_MAX)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_how = models.CharField(max_length=16, choices=Lift.choices, blank=True, default="")
    lifted_reason = models.TextField(max_length=TEXT_MAX, blank=True, default="")

    class Meta:
        ordering = ("asked_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(name="change_request_says_what", condition=~Q(text="")),
            models.CheckConstraint(
                name="change_request_is_lifted_by_someone",
                condition=Q(lifted_at=None, lifted_by=None, lifted_how="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, lifted_how__in=Lift.values),
            ),
            models.CheckConstraint(
                name="change_request_is_lifted_by_its_author",
                condition=Q(lifted_how__in=("", Lift.DISMISSED)) | Q(lifted_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="change_request_dismissal_has_reason",
                condition=~Q(lifted_how=Lift.DISMISSED) | ~Q(lifted_reason=""),
            ),
            models.UniqueConstraint(
                name="change_request_one_standing_per_person",
                fields=("review", "asked_by"),
                condition=Q(lifted_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.asked_by_label}: {self.text[:40]}"
