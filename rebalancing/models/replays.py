"""Replays that people asked for: whether each has been answered. What was answered is on the audit trail, and nowhere else."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from rebalancing.models.proposals import Revision


class ReplayRun(models.Model):
    """One replay of a revision: asked, and over once its event is on the trail or it was given up."""

    public_id = columns.PublicIdField("rp")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="replays")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When somebody last began it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    event_seq = models.BigIntegerField(
        null=True, blank=True, help_text="The event of the trail with its outcome."
    )
    failed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_replay_waits_a_revision", fields=("revision",), condition=Q(finished_at=None)
            ),
            models.CheckConstraint(
                name="replay_is_over_with_an_outcome",
                condition=Q(finished_at=None, event_seq=None, failed_because="")
                | Q(finished_at__isnull=False, event_seq__isnull=False),
            ),
            models.CheckConstraint(name="replay_attempts_bounded", condition=Q(attempts__lte=10)),
        )

    @property
    def household_ref(self) -> str:
        return self.revision.household_ref
