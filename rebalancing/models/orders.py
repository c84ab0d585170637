"""Orders: batches created from an approval, their lots, and the files sent to custodians."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.encryption import EncryptedTextField
from clients.models import columns
from rebalancing.models.proposals import ProposedOrder, Revision


class OrderBatch(models.Model):
    """The orders of one approved revision. Without an approval row there can be no batch."""

    class State(models.TextChoices):
        RELEASED = "released", "Released"
        CANCELLED = "cancelled", "Cancelled"

    public_id = columns.PublicIdField("ba")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="batch")
    approval = models.OneToOneField("compliance.Approval", on_delete=models.PROTECT, related_name="batch")
    fingerprint = models.CharField(max_length=64, help_text="Equal to the approval's and to the revision's.")
    state = columns.ChoiceField(max_length=9, choices=State.choices, default=State.RELEASED)
    allocation_statement = models.TextField(help_text="Accounts and quantities, written before release.")
    allocation_written_at = models.DateTimeField()
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-released_at", "-id")
        verbose_name_plural = "order batches"
        constraints = (
            models.CheckConstraint(
                name="allocation_is_written_before_release",
                condition=Q(allocation_written_at__lte=models.F("released_at")),
            ),
            models.CheckConstraint(
                name="order_batch_fingerprint_is_whole", condition=Q(fingerprint__length=64)
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.revision.household_ref


class Order(models.Model):
    """One order and its memorandum (Rule 204-2(a)(3)): terms, who recommended, who placed, discretion."""

    class State(models.TextChoices):
        READY = "ready", "Ready to send"
        EXPORTED = "exported", "Exported"
        CANCELLED = "cancelled", "Cancelled"

    public_id = columns.PublicIdField("or")
    batch = models.ForeignKey(OrderBatch, on_delete=models.PROTECT, related_name="orders")
    proposed = models.OneToOneField(ProposedOrder, on_delete=models.PROTECT, related_name="order")
    reference = models.CharField(
        max_length=40, unique=True, help_text="Our order id, the same in every file."
    )
    account = models.ForeignKey("clients.Account", on_delete=models.PROTECT, related_name="orders")
    security = models.ForeignKey("clients.Security", on_delete=models.PROTECT, related_name="orders")
    side = columns.ChoiceField(max_length=4, choices=ProposedOrder.Side.choices)
    quantity = columns.shares()
    order_type = models.CharField(max_length=6, default="market")
    limit_price = columns.price(null=True, blank=True)
    time_in_force = models.CharField(max_length=3, default="day")
    state = columns.ChoiceField(max_length=9, choices=State.choices, default=State.READY)
    recommended_by = models.CharField(max_length=200, help_text="Everyone who shaped the revision.")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_discretionary = models.BooleanField()

    class Meta:
        ordering = ("batch", "id")
        constraints = (
            models.CheckConstraint(
                name="order_quantity_bounded", condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX)
            ),
            columns.between("order_limit_bounded", "limit_price", 0, columns.PRICE_MAX),
        )


class OrderLot(models.Model):
    """The lot instruction of a sale: what the custodian must be told by settlement (Reg. 1.1012-1(c))."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lots")
    lot = models.ForeignKey("clients.TaxLot", on_delete=models.PROTECT, related_name="order_uses")
    quantity = columns.shares()
    acquired_on = models.DateField(null=True, blank=True)
    unit_cost = columns.price(null=True, blank=True)
    term = models.CharField(max_length=7)

    class Meta:
        ordering = ("order", "id")
        constraints = (
            models.UniqueConstraint(name="one_order_use_a_lot", fields=("order", "lot")),
            models.CheckConstraint(
                name="order_lot_quantity_bounded",
                condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX),
            ),
        )


class BatchFile(models.Model):
    """A file made from a batch: what was handed out is kept byte for byte."""

    class Kind(models.TextChoices):
        ORDERS = "orders", "Orders"
        ALLOCATIONS = "allocations", "Allocations"
        LOTS = "lots", "Lot sheet"
        BASKET = "basket", "Custodian basket"

    batch = models.ForeignKey(OrderBatch, on_delete=models.PROTECT, related_name="files")
    kind = columns.ChoiceField(max_length=11, choices=Kind.choices)
    custodian = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    content = EncryptedTextField(help_text="Encrypted: order files carry whole account numbers.")
    sha256 = models.CharField(max_length=64, help_text="Of the plain content.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("batch", "kind", "name")
        constraints = (models.UniqueConstraint(name="one_batch_file_a_name", fields=("batch", "name")),)
