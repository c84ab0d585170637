"""Column maps: how a custodian's order or allocation file is laid out, as the firm has been told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import Account
from clients.models import columns as kinds_of_column


class OrderLayout(models.Model):
    """A layout that nobody but the firm has confirmed. A change is a new row that takes the place of the one before.

    The columns are lines of `Caption = field`; `execution/layouts.py` reads them.
    """

    class Kind(models.TextChoices):
        ORDERS = "orders", "Orders"
        ALLOCATIONS = "allocations", "Allocations, with the orders"
        FILLED = "filled", "Allocations, of what was filled"

    class Delimiter(models.TextChoices):
        COMMA = ",", "Comma"
        SEMICOLON = ";", "Semicolon"
        TAB = "\t", "Tab"
        BAR = "|", "Bar"

    public_id = kinds_of_column.PublicIdField("ol")
    custodian = kinds_of_column.ChoiceField(max_length=10, choices=Account.Custodian.choices)
    kind = kinds_of_column.ChoiceField(max_length=11, choices=Kind.choices)
    name = models.CharField(max_length=80)
    columns = models.TextField(max_length=4000, help_text="One column a line: Caption = field.")
    has_captions = models.BooleanField(default=True, help_text="Whether the first line names the columns.")
    delimiter = kinds_of_column.ChoiceField(max_length=1, choices=Delimiter.choices, default=Delimiter.COMMA)
    source = models.CharField(max_length=300, help_text="Who says that the custodian takes this, and when.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retire_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("custodian", "kind", "-made_at", "-id")
        verbose_name = "order file layout"
        constraints = (
            models.UniqueConstraint(
                name="one_order_layout_in_force", fields=("custodian", "kind"), condition=Q(retired_at=None)
            ),
            models.CheckConstraint(
                name="order_layout_says_where_from", condition=~Q(name="") & ~Q(columns="") & ~Q(source="")
            ),
            models.CheckConstraint(
                name="order_layout_is_retired_by_someone",
                condition=Q(retired_at=None, retired_by=None, retire_reason="")
                | (Q(retired_at__isnull=False, retired_by__isnull=False) & ~Q(retire_reason="")),
            ),
        )

    def __str__(self) -> str:
        return self.name
