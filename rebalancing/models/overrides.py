"""Decisions to trade although a measured reason says to wait."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns


class HoldOverride(models.Model):
    """Somebody decided to trade in one household although one reason holds it back; it ends by itself on its day."""

    public_id = columns.PublicIdField("ho")
    household = models.ForeignKey(
        "clients.Household", on_delete=models.PROTECT, related_name="hold_overrides"
    )
    code = models.CharField(max_length=40, help_text="The reason that is set aside, by its code.")
    reason = models.CharField(max_length=300)
    sentence = models.TextField(help_text="What held the household back when this was decided.")
    starts_on = models.DateField()
    expires_on = models.DateField(help_text="The last day on which it counts.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = (
            columns.in_order("hold_override_ends_after_it_starts", "starts_on", "expires_on"),
            models.CheckConstraint(name="hold_override_gives_its_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="hold_override_says_why_it_ended",
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
            ),
        )

    def __str__(self) -> str:
        return f"Trading anyway in {self.household} until {self.expires_on}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id
