"""What a market day was like beyond its closing prices: halts, spreads, a volatility index."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.securities import Security


class MarketCondition(models.Model):
    """One fact of one market day. A row never changes: correcting one puts another in its place."""

    class Kind(models.TextChoices):
        HALT = "halt", "Trading halt"
        SPREAD = "spread", "Bid-ask spread"
        IMPLIED = "implied", "Volatility index"

    public_id = columns.PublicIdField("mk")
    market_on = models.DateField(help_text="The market day.")
    kind = columns.ChoiceField(max_length=7, choices=Kind.choices)
    security = models.ForeignKey(
        Security,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="market_conditions",
        help_text="Empty: the whole market.",
    )
    value = models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="The median spread as a fraction of the price, or the level of the index.",
    )
    source = models.CharField(max_length=200, help_text="Where it was found.")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-market_on", "kind", "security", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_market_condition_a_day",
                fields=("market_on", "kind", "security"),
                condition=Q(cancelled_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="market_condition_has_what_its_kind_needs",
                condition=Q(kind="halt", value=None)
                | Q(kind="spread", value__gt=0, value__lt=1, security__isnull=False)
                | Q(kind="implied", value__gt=0, value__lt=1000, security=None),
            ),
            models.CheckConstraint(
                name="market_condition_says_why_it_was_taken_back",
                condition=Q(cancelled_at=None, cancelled_by=None, cancel_reason="")
                | (Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~Q(cancel_reason="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.security or 'the market'} on {self.market_on}"
