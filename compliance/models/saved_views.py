"""How people like their lists: saved views, and the columns they leave out."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import Q

from compliance import public_ids

HIDDEN_MAX = 20


class SavedView(models.Model):
    """The filters and the order of one list under a name; private, or shared with the whole desk.

    Lists stand at an address, and only codes and ids stand in its query, so that no name is kept here.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "vw"), editable=False
    )
    address = models.CharField(max_length=200)
    query = models.CharField(max_length=500, blank=True, default="")
    name = models.CharField(max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_firm = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "id")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(name="saved_view_name_once_a_list", fields=("owner", "address", "name")),
            models.CheckConstraint(
                name="saved_view_stands_at_an_address", condition=Q(address__startswith="/")
            ),
        )

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """The columns of one list that one person leaves out, by their captions."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    address = models.CharField(max_length=200)
    hidden = models.JSONField(default=list)

    class Meta:
        ordering = ("owner", "address")
        default_permissions = ("view",)
        constraints = (models.UniqueConstraint(name="one_column_choice_a_list", fields=("owner", "address")),)

    def __str__(self) -> str:
        return self.address
