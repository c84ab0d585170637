"""Approvals that one reviewer gave beside each other: each bound to what was seen, each with a transaction of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from rebalancing.models.proposals import Proposal


class ApprovalBatch(models.Model):
    """What a reviewer decided on one page. `text` and the acknowledgement of notes count for each of its rows."""

    public_id = columns.PublicIdField("ab")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    acknowledges_notes = models.BooleanField()

    class Meta:
        ordering = ("-started_at", "-id")
        verbose_name_plural = "approval batches"


class ApprovalBatchRow(models.Model):
    """One proposal of a batch, the fingerprint that was on the page, and what became of it."""

    class Outcome(models.TextChoices):
        PENDING = "pending", "Not yet looked at"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        HELD_OUT = "held_out", "Drawn for a reading of its own"

    batch = models.ForeignKey(ApprovalBatch, on_delete=models.PROTECT, related_name="rows")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="approval_batch_rows")
    position = models.PositiveIntegerField()
    seen = models.CharField(max_length=64, help_text="The fingerprint of the revision on the page.")
    outcome = columns.ChoiceField(max_length=8, choices=Outcome.choices, default=Outcome.PENDING)
    code = models.CharField(max_length=40, blank=True, help_text="Why it was refused, as a code.")
    sentence = models.TextField(blank=True, help_text="Why it was refused, in words.")
    approval = models.OneToOneField(
        "compliance.Approval", null=True, blank=True, on_delete=models.PROTECT, related_name="batch_row"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("batch", "position")
        constraints = (
            models.UniqueConstraint(name="one_approval_batch_row_a_proposal", fields=("batch", "proposal")),
            models.CheckConstraint(
                name="approval_batch_row_is_settled",
                condition=Q(outcome="pending", settled_at=None, code="", approval=None)
                | Q(outcome="approved", settled_at__isnull=False, code="", approval__isnull=False)
                | Q(outcome="held_out", settled_at__isnull=False, code="", approval=None)
                | (Q(outcome="refused", settled_at__isnull=False, approval=None) & ~Q(code="")),
            ),
        )
