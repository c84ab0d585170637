"""What rows that people enter one by one have in common: who entered them, what they replace, and how they ended."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Entered(models.Model):
    """A row that never changes. Changing one ends it and makes another that takes its place."""

    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it stands.")
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
