"""The firm's own restricted and watch lists."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance import public_ids


class ListKind(models.TextChoices):
    """Restricted: not traded. Watch list: a named person has to override the finding."""

    RESTRICTED = "restricted", "Restricted"
    WATCH = "watch", "Watch"


class RestrictedIssuer(models.Model):
    """An issuer on a list for a span of days, both ends included; `ends_on` None means until lifted."""

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "ri"), editable=False
    )
    issuer = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=ListKind.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    reason = models.TextField(max_length=2_000)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    placed_by_label = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.TextField(max_length=2_000, blank=True, default="")

    class Meta:
        ordering = ("issuer", "starts_on", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(name="restriction_kind_is_known", condition=Q(kind__in=ListKind.values)),
            models.CheckConstraint(name="restriction_says_why", condition=~Q(issuer="") & ~Q(reason="")),
            models.CheckConstraint(
                name="restriction_ends_after_start",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="restriction_is_lifted_by_someone_else",
                condition=Q(lifted_at=None, lifted_by=None, lifted_reason="")
                | (
                    Q(lifted_at__isnull=False, lifted_by__isnull=False)
                    & ~Q(lifted_reason="")
                    & ~Q(lifted_by=F("placed_by"))
                ),
            ),
            models.UniqueConstraint(
                name="restriction_one_standing_per_issuer",
                fields=("issuer", "kind"),
                condition=Q(lifted_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issuer} ({self.kind})"
