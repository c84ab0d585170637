"""Client summaries: the frozen values that the portal page and the letter are both made from."""

from __future__ import annotations

from django.db import models

from clients.models import columns
from rebalancing.models.proposals import Revision


class ClientSummary(models.Model):
    """What a client reads about one approved proposal."""

    public_id = columns.PublicIdField("su")
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="summaries")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="summary")
    content = models.TextField(help_text="Canonical JSON of the frozen summary.")
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ("-published_at", "-id")
        verbose_name_plural = "client summaries"
        constraints = (
            models.CheckConstraint(name="summary_digest_is_whole", condition=models.Q(digest__length=64)),
        )

    @property
    def household_ref(self) -> str:
        return self.household.public_id


class Letter(models.Model):
    """The printable letter of a summary, kept as it was handed out."""

    summary = models.OneToOneField(ClientSummary, on_delete=models.PROTECT, related_name="letter")
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    rendered_at = models.DateTimeField()
