"""Orders: batches created from an approval, their lots, and the files sent to custodians. Blocks: `blocks.py`."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.encryption import EncryptedTextField
from clients.models import columns
from rebalancing.models.blocks import Block, Release
from rebalancing.models.proposals import ProposedOrder, Revision


class OrderBatch(models.Model):
    """The orders of one approved revision. Without an approval row there can be no batch."""

    class State(models.TextChoices):
        RELEASED = "released", "Released"
        CANCELED = "canceled", "Canceled"
        DONE = "done", "Done"
        PARTLY_DONE = "partly_done", "Partly done"
        NOT_TRADED = "not_traded", "Did not trade"

    public_id = columns.PublicIdField("ba")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="batch")
    approval = models.OneToOneField("compliance.Approval", on_delete=models.PROTECT, related_name="batch")
    fingerprint = models.CharField(max_length=64, help_text="Equal to the approval's and to the revision's.")
    state = columns.ChoiceField(max_length=11, choices=State.choices, default=State.RELEASED)
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

    @property
    def files(self) -> models.QuerySet[BatchFile]:
        """The files that its orders are in: of its release, which may hold other households' too."""
        own = self.orders.all()
        return BatchFile.objects.filter(
            Q(batch=self)
            | Q(
                release__in=own.values("block__release"),
                custodian__in=own.values("account__custodian"),
            )
        )


class Order(models.Model):
    """One order and its memorandum (Rule 204-2(a)(3)): terms, who recommended, who placed, discretion."""

    class State(models.TextChoices):
        HELD = "held", "Held"
        READY = "ready", "Ready to send"
        EXPORTED = "exported", "Exported"
        SENT = "sent", "Sent"
        WORKING = "working", "Working"
        PARTLY_FILLED = "partly_filled", "Partly filled"
        FILLED = "filled", "Filled"
        PART_FILLED = "part_filled", "Part filled, the rest is over"
        REJECTED = "rejected", "Rejected"
        CANCELED = "canceled", "Canceled"
        EXPIRED = "expired", "Expired"

    UNSENT = (State.HELD, State.READY)
    WITH_THE_BROKER = (State.EXPORTED, State.SENT, State.WORKING, State.PARTLY_FILLED)
    ENDED = (State.FILLED, State.PART_FILLED, State.REJECTED, State.CANCELED, State.EXPIRED)
    NOT_TRADED = (State.REJECTED, State.CANCELED, State.EXPIRED)

    public_id = columns.PublicIdField("or")
    block = models.ForeignKey(
        Block,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders",
        help_text="Empty only for orders of releases from before there were blocks.",
    )
    batch = models.ForeignKey(OrderBatch, on_delete=models.PROTECT, related_name="orders")
    proposed = models.ForeignKey(
        ProposedOrder,
        on_delete=models.PROTECT,
        related_name="order",
        help_text="What was approved. Where it is cut into slices, each slice is an order.",
    )
    slice = models.PositiveSmallIntegerField(default=1, help_text="Which slice of what was approved.")
    slices = models.PositiveSmallIntegerField(
        default=1, help_text="How many slices it was cut into; 1: not cut."
    )
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
    state = columns.ChoiceField(max_length=13, choices=State.choices, default=State.READY)
    waits_for_sales = models.BooleanField(
        default=False, help_text="A purchase that leaves once its account's sales are over."
    )
    cleared_at = models.DateTimeField(
        null=True, blank=True, help_text="When its account's sales were over and it was paid for."
    )
    reduced_reason = models.CharField(
        max_length=300, blank=True, help_text="Why fewer shares are bought than were approved."
    )
    clean_from = models.DateField(
        null=True,
        blank=True,
        help_text="A purchase paid with proceeds that settle this day is not sold before it (Regulation T).",
    )
    filled_quantity = columns.shares(default=0, help_text="Set by fills alone.")
    average_price = columns.price(
        null=True, blank=True, help_text="Of its fills; empty while there are none."
    )
    fees = columns.money(default=0, help_text="Its share of what the broker charged.")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)
    recommended_by = models.CharField(max_length=200, help_text="Everyone who shaped the revision.")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_discretionary = models.BooleanField()

    class Meta:
        ordering = ("batch", "id")
        constraints = (
            models.CheckConstraint(
                name="order_quantity_bounded", condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX)
            ),
            models.UniqueConstraint(name="one_order_a_slice", fields=("proposed", "slice")),
            models.CheckConstraint(
                name="order_slice_is_one_of_them", condition=Q(slice__gte=1, slice__lte=models.F("slices"))
            ),
            models.CheckConstraint(
                name="order_waits_as_a_purchase",
                condition=Q(waits_for_sales=False, cleared_at=None) | Q(waits_for_sales=True, side="buy"),
            ),
            columns.between("order_limit_bounded", "limit_price", 0, columns.PRICE_MAX),
            columns.between("order_average_bounded", "average_price", 0, columns.PRICE_MAX),
            columns.between("order_fees_bounded", "fees", -columns.MONEY_MAX, columns.MONEY_MAX),
            models.CheckConstraint(
                name="order_fills_bounded",
                condition=Q(filled_quantity=0, average_price=None)
                | Q(
                    filled_quantity__gt=0,
                    filled_quantity__lte=models.F("quantity"),
                    average_price__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="order_state_fits_its_fills",
                condition=Q(state="filled", filled_quantity=models.F("quantity"))
                | Q(
                    state__in=("partly_filled", "part_filled"),
                    filled_quantity__gt=0,
                    filled_quantity__lt=models.F("quantity"),
                )
                # A partial fill of a block can leave an account of it without a share.
                | Q(
                    state__in=(
                        *("held", "ready", "exported", "sent", "working"),
                        *("rejected", "canceled", "expired"),
                    ),
                    filled_quantity=0,
                ),
            ),
            models.CheckConstraint(
                name="order_is_ended_at",
                condition=Q(
                    state__in=("filled", "part_filled", "rejected", "canceled", "expired"),
                    ended_at__isnull=False,
                )
                | (
                    ~Q(state__in=("filled", "part_filled", "rejected", "canceled", "expired"))
                    & Q(ended_at=None)
                ),
            ),
        )

    @property
    def leaves_quantity(self) -> Decimal:
        """Shares that can still trade: none once it has ended."""
        return Decimal(0) if self.state in self.ENDED else self.quantity - self.filled_quantity

    @property
    def planned_amount(self) -> Decimal:
        """What was planned for it in dollars: of a slice, or of one that became smaller, its part."""
        whole = self.proposed
        if self.quantity == whole.quantity:
            return whole.amount
        return (whole.amount * self.quantity / whole.quantity).quantize(Decimal("0.01"))


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
    """A file of a release and a custodian: what was handed out is kept byte for byte. Older ones are of a batch."""

    class Kind(models.TextChoices):
        ORDERS = "orders", "Orders"
        ALLOCATIONS = "allocations", "Allocations"
        LOTS = "lots", "Lot sheet"
        BASKET = "basket", "Custodian basket"
        CUSTODIAN = "custodian", "In the custodian's layout"
        CUSTODIAN_ALLOCATIONS = "custodian_allocations", "Allocations in the custodian's layout"
        CUSTODIAN_FILLED = "custodian_filled", "What was filled, in the custodian's layout"

    batch = models.ForeignKey(
        OrderBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="own_files"
    )
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="files"
    )
    version = models.PositiveSmallIntegerField(
        default=1, help_text="A cancel before sending makes the files anew; only the newest go out."
    )
    kind = columns.ChoiceField(max_length=21, choices=Kind.choices)
    custodian = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    content = EncryptedTextField(help_text="Encrypted: order files carry whole account numbers.")
    sha256 = models.CharField(max_length=64, help_text="Of the plain content.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("batch", "kind", "name")
        constraints = (
            models.UniqueConstraint(name="one_batch_file_a_name", fields=("batch", "name")),
            models.UniqueConstraint(name="one_release_file_a_name", fields=("release", "name")),
            models.CheckConstraint(
                name="file_is_of_a_release_or_a_batch",
                condition=Q(batch=None, release__isnull=False) | Q(batch__isnull=False, release=None),
            ),
        )
