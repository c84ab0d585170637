"""What funds and markets announce about a security, beside its prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.entered import Entered
from clients.models.securities import Security

CHARACTERS = ("short_gain", "long_gain", "ordinary", "qualified", "exempt", "return_of_capital")
"""The columns of a distribution's amounts, in dollars a share, by how they are taxed."""


def _a_share(**options: str) -> models.DecimalField:
    return columns.price(null=True, blank=True, **options)


class FundDistribution(Entered):
    """A distribution that a fund has announced or paid. Amounts are dollars a share; what is not announced is empty.

    `share_of_price` is the whole as a fraction of the fund's price, where only that is announced.
    """

    public_id = columns.PublicIdField("fd")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="distributions")
    ex_on = models.DateField(help_text="Who buys on this day or later does not get it.")
    record_on = models.DateField(null=True, blank=True)
    pay_on = models.DateField(null=True, blank=True)
    short_gain = _a_share(help_text="Short-term capital gains, taxed as ordinary dividends.")
    long_gain = _a_share(help_text="Long-term capital gains (IRC 852(b)(3)).")
    ordinary = _a_share(help_text="Ordinary income that is not qualified.")
    qualified = _a_share(help_text="Qualified dividend income.")
    exempt = _a_share(help_text="Tax-exempt interest.")
    return_of_capital = _a_share(help_text="Return of capital, which lowers the basis.")
    share_of_price = columns.rate(null=True, blank=True)
    is_final = models.BooleanField(default=False, help_text="Off: an estimate.")
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("-ex_on", "security__symbol", "-id")
        constraints = (
            columns.in_order("distribution_is_paid_after_its_ex_day", "ex_on", "pay_on"),
            *(
                columns.between(f"distribution_{name}_bounded", name, 0, columns.PRICE_MAX)
                for name in CHARACTERS
            ),
            columns.between("distribution_share_bounded", "share_of_price", 0, 1),
            models.UniqueConstraint(
                name="one_distribution_a_fund_and_day",
                fields=("security", "ex_on"),
                condition=Q(ended_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.security.symbol} on {self.ex_on}"

    @property
    def total(self) -> Decimal | None:
        """All announced amounts together, in dollars a share; None where none is announced."""
        known = [amount for name in CHARACTERS if (amount := getattr(self, name)) is not None]
        return sum(known, Decimal(0)) if known else None

    def fraction_of(self, price: Decimal | None) -> Decimal | None:
        """The whole as a fraction of the fund's price; None where that cannot be told."""
        if self.share_of_price is not None:
            return self.share_of_price
        return None if self.total is None or not price else self.total / price


class FundTradingPolicy(Entered):
    """What a fund says about frequent trading (Investment Company Act Rule 22c-2), as its prospectus has it."""

    public_id = columns.PublicIdField("ft")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="trading_policies")
    holding_days = models.PositiveSmallIntegerField(
        help_text="A sale within so many days of a purchase is a round trip."
    )
    redemption_fee = columns.rate(
        null=True, blank=True, help_text="Of the proceeds, on shares held for fewer days than `fee_days`."
    )
    fee_days = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("security__symbol", "-id")
        verbose_name_plural = "fund trading policies"
        constraints = (
            columns.between("fund_policy_days_bounded", "holding_days", 1, 365),
            columns.between("fund_policy_fee_bounded", "redemption_fee", 0, 1),
            models.CheckConstraint(
                name="fund_policy_fee_has_its_days",
                condition=Q(redemption_fee=None, fee_days=None)
                | Q(redemption_fee__isnull=False, fee_days__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_trading_policy_a_fund", fields=("security",), condition=Q(ended_at=None)
            ),
        )


class Quote(Entered):
    """A bid and an ask of one moment, in dollars a share."""

    public_id = columns.PublicIdField("qu")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="quotes")
    quoted_at = models.DateTimeField()
    bid = columns.price()
    ask = columns.price()
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("-quoted_at", "security__symbol", "-id")
        constraints = (
            columns.between("quote_bid_bounded", "bid", Decimal("0.000001"), columns.PRICE_MAX),
            columns.between("quote_ask_bounded", "ask", Decimal("0.000001"), columns.PRICE_MAX),
            models.CheckConstraint(name="quote_is_not_crossed", condition=Q(bid__lte=models.F("ask"))),
            models.UniqueConstraint(
                name="one_quote_a_moment", fields=("security", "quoted_at"), condition=Q(ended_at=None)
            ),
        )

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal:
        """As a fraction of the middle."""
        return (self.ask - self.bid) / self.mid


class TradingHalt(Entered):
    """What an exchange has halted or paused, or what the firm does not trade while it is volatile."""

    class Kind(models.TextChoices):
        HALT = "halt", "Trading halt"
        PAUSE = "pause", "Limit-up limit-down pause"
        VOLATILITY = "volatility", "The firm's own volatility hold"

    public_id = columns.PublicIdField("th")
    security = models.ForeignKey(
        Security,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="halts",
        help_text="Empty: the whole market.",
    )
    kind = columns.ChoiceField(max_length=10, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: trading has not resumed.")
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("-starts_at", "security__symbol", "-id")
        constraints = (
            columns.in_order("halt_ends_after_it_starts", "starts_at", "ends_at"),
            models.UniqueConstraint(
                name="one_halt_of_a_kind",
                fields=("security", "kind", "starts_at"),
                condition=Q(ended_at=None),
                nulls_distinct=False,
            ),
        )

    def in_force(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


class VolatilityLevel(Entered):
    """Where the volatility index of the whole market stood on a market day."""

    public_id = columns.PublicIdField("vl")
    market_on = models.DateField(help_text="The market day.")
    level = models.DecimalField(max_digits=9, decimal_places=6)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("-market_on", "-id")
        constraints = (
            columns.between("volatility_level_bounded", "level", Decimal("0.000001"), Decimal("999.999999")),
            models.UniqueConstraint(
                name="one_volatility_level_a_day", fields=("market_on",), condition=Q(ended_at=None)
            ),
        )
