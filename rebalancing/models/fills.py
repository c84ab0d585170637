"""What brokers reported, how blocks were divided, and which lots sales relieved. Rows that only grow: an entry is never
edited, another one takes it back.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from rebalancing.models.blocks import Block
from rebalancing.models.orders import Order


class Fill(models.Model):
    """One report of a broker, as it came. A correction or a bust is a row of its own that names what it takes back.

    The key is broker, account, trade day and execution id; `digest` is of what the report says, so that the same id with
    another content is kept too. `block` is empty while nobody knows which order it is about: the row is parked, and only
    that can still change.
    """

    class Kind(models.TextChoices):
        """As `execution.reports.Kind`."""

        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        FILL = "fill", "Fill"
        DONE_FOR_DAY = "done_for_day", "Done for the day"
        CANCELED = "canceled", "Canceled"
        REPLACED = "replaced", "Replaced"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"
        CORRECTED = "corrected", "Correction"
        BUSTED = "busted", "Bust"
        CANCEL_REJECTED = "cancel_rejected", "Cancel refused"

    public_id = columns.PublicIdField("fl")
    broker = models.CharField(max_length=40, help_text="The name of the FIX session, or the custodian.")
    account_ref = models.CharField(max_length=32, blank=True, help_text="Ours; empty: of the whole block.")
    trade_on = models.DateField()
    exec_id = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=120, blank=True, help_text="The order it names, as it names it.")
    kind = columns.ChoiceField(max_length=15, choices=Kind.choices)
    symbol = models.CharField(max_length=40, blank=True)
    side = models.CharField(max_length=10, blank=True)
    quantity = columns.shares(default=0, help_text="Of this execution.")
    price = columns.price(null=True, blank=True)
    cumulative = columns.shares(null=True, blank=True, help_text="The broker's own count after it.")
    leaves = columns.shares(null=True, blank=True)
    ordered = columns.shares(
        null=True, blank=True, help_text="What the broker then has on order, where it accepts other terms."
    )
    ordered_limit = columns.price(null=True, blank=True, help_text="Its limit then.")
    corrects = models.CharField(max_length=120, blank=True, help_text="The execution id that it takes back.")
    broker_order = models.CharField(max_length=120, blank=True)
    text = models.CharField(max_length=500, blank=True)
    transacted_at = models.DateTimeField()
    received_at = models.DateTimeField()
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.PROTECT, related_name="fills")
    order = models.ForeignKey(
        Order,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fills",
        help_text="Where the broker knows single accounts.",
    )
    parked_because = models.CharField(max_length=300, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("transacted_at", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_fill_a_key", fields=("broker", "account_ref", "trade_on", "exec_id", "digest")
            ),
            columns.between("fill_quantity_bounded", "quantity", -columns.SHARES_MAX, columns.SHARES_MAX),
            columns.between("fill_price_bounded", "price", -columns.PRICE_MAX, columns.PRICE_MAX),
            models.CheckConstraint(
                name="fill_is_known_or_parked",
                condition=Q(block__isnull=False, matched_at__isnull=False)
                | (Q(block=None, order=None, matched_at=None) & ~Q(parked_because="")),
            ),
        )
        indexes = (models.Index(name="parked_fills", fields=("received_at",), condition=Q(block=None)),)

    def __str__(self) -> str:
        return f"{self.exec_id} of {self.broker}"


class Allocation(models.Model):
    """How what was filled of an ended block was divided. A later correction makes another row with the next number."""

    public_id = columns.PublicIdField("ln")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="allocations")
    number = models.PositiveIntegerField()
    quantity = columns.shares(help_text="All that was filled, what is beyond the order too.")
    amount = columns.money(help_text="Paid or received for it, to the cent.")
    cost = columns.money(default=0)
    average_price = columns.price(null=True, blank=True)
    excess_quantity = columns.shares(
        default=0, help_text="Filled beyond the order: the firm's, not a client's."
    )
    excess_amount = columns.money(default=0)
    minimum = columns.shares(default=0, help_text="Who would have got less got nothing.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it is not pro rata.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("block", "number")
        constraints = (
            models.UniqueConstraint(name="one_allocation_a_number", fields=("block", "number")),
            models.CheckConstraint(
                name="allocation_with_a_minimum_says_why", condition=Q(minimum=0) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="allocation_is_of_something",
                condition=Q(quantity__gte=0, amount__gte=0, cost__gte=0, excess_quantity__gte=0),
            ),
        )


class AllocationPart(models.Model):
    """One order's part of an allocation."""

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="parts")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="allocation_parts")
    quantity = columns.shares()
    amount = columns.money()
    cost = columns.money(default=0)

    class Meta:
        ordering = ("allocation", "order")
        constraints = (
            models.UniqueConstraint(name="one_part_an_order", fields=("allocation", "order")),
            models.CheckConstraint(
                name="part_is_not_negative", condition=Q(quantity__gte=0, amount__gte=0, cost__gte=0)
            ),
        )


class ExecutedLot(models.Model):
    """Shares of a lot that a sale of ours relieved, as an entry; signed, so that entries add up to what stands.

    An entry with `reverses` takes another one back and is its mirror. `lot` is empty for shares beyond the instruction.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="executed_lots")
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="executed_lots")
    lot = models.ForeignKey(
        "clients.TaxLot", null=True, blank=True, on_delete=models.PROTECT, related_name="executed"
    )
    traded_on = models.DateField()
    quantity = columns.shares()
    proceeds = columns.money()
    basis = columns.money(null=True, blank=True, help_text="Empty: unknown.")
    disallowed = columns.money(
        default=0, help_text="Part of a loss that the wash-sale rule disallows; positive."
    )
    term = models.CharField(max_length=7, blank=True)
    entered_at = models.DateTimeField()
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )

    class Meta:
        ordering = ("order", "id")
        constraints = (
            models.CheckConstraint(
                name="executed_lot_is_an_entry",
                condition=Q(reverses=None, quantity__gt=0) | Q(reverses__isnull=False, quantity__lt=0),
            ),
        )

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis, before what is disallowed; None where the basis is unknown."""
        return None if self.basis is None else self.proceeds - self.basis
