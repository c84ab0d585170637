"""What funds and markets announce about a security, beside its prices."""

from __future__ import annotations

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
