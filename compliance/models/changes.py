"""Changes that wait for a second person: what was typed, what it would change, and what became of it."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import Q

from compliance import public_ids
from compliance.digests.fingerprint import PATTERN


class ProposedChange(models.Model):
    """One act at a door, asked for by one person and made by the decision of another.

    `door` and `parameters` say where it was typed, `typed` what, `lines` how it was shown: label, before, after.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "ch"), editable=False
    )
    door = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    parameters = models.JSONField(default=dict)
    typed = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)
    household_ref = models.CharField(max_length=64, blank=True, default="")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_by_label = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-proposed_at", "-id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="change_fingerprint_is_sha256", condition=Q(fingerprint__regex=PATTERN)
            ),
            models.CheckConstraint(
                name="change_is_made_after_it_was_proposed",
                condition=Q(made_at=None) | Q(made_at__gte=models.F("proposed_at")),
            ),
        )

    def __str__(self) -> str:
        return self.title
