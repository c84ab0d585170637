"""The firm's settings in versions: what was changed, from which day, who asked for it and who approved it."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance import public_ids

NUMBER_MAX = 1_000_000


class SettingVersion(models.Model):
    """One change of the firm's settings. Rows are only ever added.

    `changes` holds the settings that this version changes, by code, as canonical JSON; everything else stays as it
    was. `is_alone` says that the firm had nobody else who could decide.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "sv"), editable=False
    )
    number = models.PositiveIntegerField(unique=True)
    group = models.CharField(max_length=16)
    changes = models.TextField()
    effective_on = models.DateField()
    reason = models.TextField(max_length=2_000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_by_label = models.CharField(max_length=200)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by_label = models.CharField(max_length=200)
    approved_at = models.DateTimeField()
    is_alone = models.BooleanField(default=False)

    class Meta:
        ordering = ("number",)
        default_permissions = ("view",)
        indexes = (models.Index(fields=("effective_on", "number"), name="setting_in_force"),)
        constraints = (
            models.CheckConstraint(
                name="setting_number_in_range", condition=Q(number__gte=1, number__lte=NUMBER_MAX)
            ),
            models.CheckConstraint(
                name="setting_version_says_what_and_why",
                condition=~Q(group="") & ~Q(changes="") & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="setting_has_four_eyes",
                condition=(Q(is_alone=True) & Q(approved_by=F("asked_by")))
                | (Q(is_alone=False) & ~Q(approved_by=F("asked_by"))),
            ),
        )

    def __str__(self) -> str:
        return f"settings {self.number}"
