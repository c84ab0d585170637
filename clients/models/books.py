"""Who stands in for whom: a colleague sees and works a whole book between two days."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clients.models import columns
from clients.models.households import BookEntry


class Coverage(models.Model):
    """While one member of staff is away, another works their book. It gives no role, only the households.

    It counts on the days from `starts_on` to `ends_on`, both included, until it is ended early.
    """

    public_id = columns.PublicIdField("cv")
    away = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences")
    covered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coverages"
    )
    part = columns.ChoiceField(max_length=8, choices=BookEntry.Part.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=200)
    arranged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    arranged_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-starts_on", "-id")
        verbose_name_plural = "coverages"
        indexes = (models.Index(fields=("covered_by", "starts_on", "ends_on"), name="coverage_by_day"),)
        constraints = (
            columns.in_order("coverage_ends_after_it_starts", "starts_on", "ends_on"),
            models.CheckConstraint(
                name="coverage_is_by_somebody_else", condition=~Q(away=F("covered_by")) & ~Q(reason="")
            ),
            models.CheckConstraint(
                name="coverage_is_ended_by_someone",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_at__gte=F("arranged_at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.covered_by} for {self.away}"
