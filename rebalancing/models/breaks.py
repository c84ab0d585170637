"""Where our book and the custodian's differ, what somebody did about it, and errors that were made in trading."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from rebalancing.models.blocks import Block
from rebalancing.models.fills import Fill
from rebalancing.models.orders import Order


class Reconciled(models.Model):
    """An account as its custodian's file showed it on a day, once it was compared with our book.

    `book` holds positions, cash and lots as text: the start from which the next day's book is expected.
    """

    account = models.ForeignKey("clients.Account", on_delete=models.PROTECT, related_name="reconciled_days")
    as_of_on = models.DateField()
    book = models.JSONField(default=dict)
    breaks = models.PositiveIntegerField(default=0, help_text="How many were found on that day.")
    reconciled_at = models.DateTimeField()

    class Meta:
        ordering = ("account", "-as_of_on", "-id")
        indexes = (models.Index(name="reconciled_days", fields=("account", "-as_of_on")),)


class Break(models.Model):
    """A difference, from the day it was found to the day it was settled. Found again, it stays the same row."""

    class Queue(models.TextChoices):
        POSITIONS = "positions", "Positions"
        CASH = "cash", "Cash"
        LOTS = "lots", "Lots and basis"
        FILLS = "fills", "Fills"

    class Ending(models.TextChoices):
        GONE = "gone", "The difference is gone"
        MATCHED = "matched", "Matched"
        SPLIT = "split", "Split"
        REVERSED = "reversed", "Reversed"
        EXPLAINED = "explained", "Explained"

    public_id = columns.PublicIdField("bk")
    queue = columns.ChoiceField(max_length=9, choices=Queue.choices)
    cause = models.CharField(max_length=40, help_text="What kind of difference, as a code.")
    about = models.CharField(max_length=160, help_text="What it is about: the same difference has the same.")
    account = models.ForeignKey(
        "clients.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="breaks"
    )
    security = models.ForeignKey(
        "clients.Security", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.PROTECT, related_name="breaks")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="breaks")
    fill = models.ForeignKey(Fill, null=True, blank=True, on_delete=models.PROTECT, related_name="breaks")
    sentence = models.TextField()
    ours = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    theirs = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    found_on = models.DateField()
    last_on = models.DateField(help_text="The last day on which it was found.")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ending = columns.ChoiceField(max_length=9, choices=Ending.choices, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("found_on", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_open_break_a_difference", fields=("queue", "about"), condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="break_is_found_in_order", condition=Q(last_on__gte=models.F("found_on"))
            ),
            models.CheckConstraint(
                name="break_ends_somehow",
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_queue_display()}: {self.sentence}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id if self.account else ""


class TradeError(models.Model):
    """A mistake made in trading for a client. It is corrected at no cost to the client; a gain stays with the client, and
    no client's gain pays for another's loss (FACTS 5.7).
    """

    class Cause(models.TextChoices):
        WRONG_SECURITY = "wrong_security", "Wrong security"
        WRONG_SIDE = "wrong_side", "Bought instead of sold, or the reverse"
        WRONG_QUANTITY = "wrong_quantity", "Wrong quantity"
        WRONG_ACCOUNT = "wrong_account", "Wrong account"
        WRONG_LOT = "wrong_lot", "Wrong lot"
        LATE = "late", "Too late, or not at all"
        TWICE = "twice", "Twice"
        OTHER = "other", "Other"

    public_id = columns.PublicIdField("er")
    account = models.ForeignKey("clients.Account", on_delete=models.PROTECT, related_name="trade_errors")
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="trade_errors"
    )
    cause = columns.ChoiceField(max_length=14, choices=Cause.choices)
    happened_on = models.DateField()
    description = models.CharField(max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    correction = models.CharField(
        max_length=1000, blank=True, help_text="What was traded or booked to undo it."
    )
    corrected_on = models.DateField(null=True, blank=True)
    effect = columns.money(
        null=True,
        blank=True,
        help_text="On the client, once corrected; a loss is negative. Empty: not known.",
    )
    paid = columns.money(null=True, blank=True, help_text="By the firm, to make the client whole.")
    paid_on = models.DateField(null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    corrected_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdraw_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-happened_on", "-id")
        constraints = (
            # Corrected at no cost to the client: a loss is paid whole, a gain is never taken away.
            models.CheckConstraint(
                name="trade_error_makes_the_client_whole",
                condition=Q(approved_at=None)
                | Q(effect__gte=0, paid=0)
                | Q(effect__lt=0, paid=-models.F("effect"), paid_on__isnull=False),
            ),
            models.CheckConstraint(
                name="trade_error_is_approved_by_another",
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("corrected_by")),
            ),
            models.CheckConstraint(
                name="trade_error_is_corrected_first",
                condition=Q(approved_at=None) | Q(corrected_at__isnull=False, effect__isnull=False),
            ),
            models.CheckConstraint(
                name="trade_error_withdrawn_says_why",
                condition=Q(withdrawn_at=None, withdraw_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdraw_reason="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_cause_display()}, {self.account}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class ErrorAccountEntry(models.Model):
    """Shares of a trade error that went between the client's account and the firm's error account. Only ever added: a wrong
    entry is answered by one the other way.
    """

    public_id = columns.PublicIdField("ee")
    error = models.ForeignKey(TradeError, on_delete=models.PROTECT, related_name="entries")
    error_account = models.CharField(
        max_length=60, help_text="What the firm calls its error account at the custodian."
    )
    security = models.ForeignKey("clients.Security", on_delete=models.PROTECT, related_name="+")
    quantity = columns.shares(help_text="Out of the client's account; below zero: back into it.")
    price = columns.price(help_text="Dollars a share at which they moved.")
    moved_on = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("moved_on", "id")
        verbose_name_plural = "error account entries"
        constraints = (
            models.CheckConstraint(name="error_account_entry_moves_shares", condition=~Q(quantity=0)),
            models.CheckConstraint(name="error_account_entry_has_a_price", condition=Q(price__gt=0)),
        )

    @property
    def amount(self) -> Decimal:
        """Dollars and cents that the client's account got for them; below zero where it paid."""
        return (self.quantity * self.price).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
