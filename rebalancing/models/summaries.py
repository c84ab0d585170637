"""Client summaries: the frozen values that the portal page and the letter are both made from, version after version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from clients.models import columns
from rebalancing.models.proposals import Proposal, Revision


class ClientSummary(models.Model):
    """What a client reads about one approved proposal. What was told stays as it was told; another version follows it."""

    class Stage(models.TextChoices):
        ESTIMATE = "estimate", "Estimate"
        FINAL = "final", "Final"
        CORRECTED = "corrected", "Corrected"

    public_id = columns.PublicIdField("su")
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="summaries")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="summaries")
    number = models.PositiveSmallIntegerField(default=1)
    stage = columns.ChoiceField(
        max_length=9,
        choices=Stage.choices,
        default=Stage.ESTIMATE,
        help_text="An estimate when it is approved, final once its orders have ended, corrected when that changed.",
    )
    difference = models.TextField(
        blank=True, help_text="What changed since the version before, as the client reads it."
    )
    content = models.TextField(help_text="Canonical JSON of the frozen summary.")
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ("-published_at", "-id")
        verbose_name_plural = "client summaries"
        constraints = (
            models.CheckConstraint(name="summary_digest_is_whole", condition=Q(digest__length=64)),
            models.UniqueConstraint(name="one_summary_a_number", fields=("revision", "number")),
            models.CheckConstraint(
                name="later_summary_says_what_changed",
                condition=Q(number=1, stage="estimate", difference="")
                | (Q(number__gt=1, stage__in=("final", "corrected")) & ~Q(difference="")),
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.household.public_id


class SummaryDue(models.Model):
    """Orders of a proposal ended, or changed after their end: its client is to be told. Gone once that is done.

    One row for each time it is asked for, so that whoever asks waits for nobody.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="summaries_due")
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    failed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("asked_at", "id")
        verbose_name_plural = "summaries due"


class Letter(models.Model):
    """The printable letter of a summary, kept as it was handed out."""

    summary = models.OneToOneField(ClientSummary, on_delete=models.PROTECT, related_name="letter")
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    rendered_at = models.DateTimeField()
