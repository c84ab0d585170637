"""Who works an item of compliance's queue: taken, handed over, given back, and settled where nothing else ends it."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import Q

from compliance import public_ids


class QueueOwner(models.Model):
    """One person's span with one item. Rows never change but for their end; the next owner has a row of their own.

    An item stands in the queue by what it is about, so `kind` and `item` name it: there is no table of items.
    """

    class Ending(models.TextChoices):
        HANDED_OVER = "handed_over", "Handed over"
        GIVEN_BACK = "given_back", "Given back"
        SETTLED = "settled", "Settled"

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "qo"), editable=False
    )
    kind = models.CharField(max_length=16)
    item = models.CharField(max_length=80)
    household_ref = models.CharField(max_length=64, blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    since = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")
    ending = models.CharField(max_length=16, choices=Ending.choices, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("-since", "-id")
        default_permissions = ("view",)
        verbose_name = "item of the compliance queue"
        constraints = (
            models.UniqueConstraint(
                name="one_owner_an_item", fields=("kind", "item"), condition=Q(ended_at=None)
            ),
            models.CheckConstraint(name="queue_item_is_named", condition=~Q(kind="") & ~Q(item="")),
            models.CheckConstraint(
                name="queue_owner_is_ended_by_someone",
                condition=Q(ended_at=None, ended_by=None, ended_reason="", ending="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.item}"
