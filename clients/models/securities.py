"""Securities: their asset classes, how they trade, their replacements."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clients.models import columns
from clients.models.quickly import ReadQuickly

CASH_CLASS = "cash"
"""The code of the cash class, which never counts as stocks."""


class AssetClass(ReadQuickly):
    """A class that policies give targets for: US stocks, international stocks, bonds, cash."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on every page.")
    is_equity = models.BooleanField(
        null=True,
        default=None,
        help_text="Counts as stocks for a client's risk cap; empty: nobody has said yet.",
    )
    retired_on = models.DateField(null=True, blank=True, help_text="No longer offered from this day.")
    volatility = columns.rate(
        null=True, blank=True, help_text="The firm's assumption of its yearly volatility, for bands."
    )
    market_correlation = columns.rate(
        null=True,
        blank=True,
        help_text="The firm's assumption of its correlation with world stocks, -1 to 1, for bands.",
    )
    decided_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When somebody last decided any of this; empty: as a file first named it.",
    )

    class Meta:
        ordering = ("position", "code")
        verbose_name_plural = "asset classes"
        constraints = (
            columns.between("class_volatility_bounded", "volatility", 0, 2),
            columns.between("class_correlation_bounded", "market_correlation", -1, 1),
            models.CheckConstraint(
                name="class_assumptions_come_together",
                condition=Q(volatility=None, market_correlation=None)
                | Q(volatility__isnull=False, market_correlation__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name


class WashGroup(models.Model):
    """Securities the firm treats as substantially identical (IRC 1091); edited by compliance only."""

    code = models.CharField(max_length=40, unique=True)
    reason = models.CharField(max_length=200, blank=True)
    retired_on = models.DateField(null=True, blank=True, help_text="No longer offered from this day.")

    def __str__(self) -> str:
        return self.code


class Security(ReadQuickly):
    """A security."""

    class Kind(models.TextChoices):
        ETF = "etf", "Exchange-traded fund"
        MUTUAL_FUND = "mutual_fund", "Mutual fund"
        STOCK = "stock", "Stock"
        BOND = "bond", "Bond"
        MONEY_MARKET = "money_market", "Money market fund"
        OPTION = "option", "Option"
        OTHER = "other", "Other"

    class Product(models.TextChoices):
        """What makes a product complex, as compliance marks it."""

        PLAIN = "plain", "Plain"
        LEVERAGED = "leveraged", "Leveraged"
        INVERSE = "inverse", "Inverse"
        OPTION_INCOME = "option_income", "Option income"
        INTERVAL = "interval", "Interval or tender-offer fund"
        PRIVATE = "private", "Private placement"
        STRUCTURED = "structured", "Structured note"

    class Trading(models.TextChoices):
        OPEN = "open", "Open"
        SELL_ONLY = "sell_only", "Sell only"
        FROZEN = "frozen", "Frozen"

    symbol = models.CharField(max_length=24, unique=True)
    cusip = models.CharField(max_length=9, blank=True)
    name = models.CharField(max_length=160)
    kind = columns.ChoiceField(max_length=12, choices=Kind.choices)
    issuer = models.CharField(
        max_length=120, blank=True, help_text="For limits on a single issuer; empty for funds."
    )
    sector = models.CharField(max_length=60, blank=True)
    trading = columns.ChoiceField(max_length=9, choices=Trading.choices, default=Trading.OPEN)
    product = columns.ChoiceField(
        max_length=13,
        choices=Product.choices,
        blank=True,
        default="",
        help_text="Complex products need an approval for each client; empty: nobody has said.",
    )
    wash_group = models.ForeignKey(
        WashGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="securities"
    )
    wash_group_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who decided the group; files leave it alone then. Empty: the file's.",
    )
    wash_group_on = models.DateField(null=True, blank=True)
    wash_applies = models.BooleanField(
        default=True, help_text="Off for property that is no security, such as coins."
    )
    half_spread = columns.rate(
        null=True, blank=True, help_text="Half the usual bid-ask spread, as a fraction of price."
    )
    daily_volume = columns.shares(
        null=True, blank=True, help_text="Average daily volume over 20 days, in shares."
    )
    increment = columns.shares(default=1, help_text="Smallest tradable quantity; 1 means whole shares only.")
    is_fractional = models.BooleanField(
        default=False, help_text="Fractions of a share may be traded where the custodian takes them."
    )
    settlement_days = models.PositiveSmallIntegerField(default=1)
    expense_ratio = columns.rate(null=True, blank=True)
    ordinary_yield = columns.rate(null=True, blank=True)
    qualified_yield = columns.rate(null=True, blank=True)
    exempt_yield = columns.rate(null=True, blank=True)
    realized_gain_yield = columns.rate(null=True, blank=True)
    is_collectible = models.BooleanField(default=False, help_text="Taxed at up to 28% (IRC 1(h)(4)).")
    is_generated = models.BooleanField(default=False, help_text="Invented for the demo firm.")
    retired_on = models.DateField(
        null=True, blank=True, help_text="No longer offered or bought from this day."
    )

    class Meta:
        ordering = ("symbol",)
        verbose_name_plural = "securities"
        constraints = (
            models.CheckConstraint(
                name="security_wash_group_is_decided_by_someone",
                condition=Q(wash_group_by=None, wash_group_on=None)
                | Q(wash_group_by__isnull=False, wash_group_on__isnull=False),
            ),
            columns.between("security_half_spread_bounded", "half_spread", 0, 1),
            columns.between("security_volume_bounded", "daily_volume", 0, columns.SHARES_MAX),
            models.CheckConstraint(
                name="security_increment_bounded", condition=Q(increment__gt=0, increment__lte=1000)
            ),
            columns.between("security_settles_within_ten_days", "settlement_days", 0, 10),
            columns.between("security_expense_bounded", "expense_ratio", 0, 1),
            columns.between("security_ordinary_yield_bounded", "ordinary_yield", 0, 1),
            columns.between("security_qualified_yield_bounded", "qualified_yield", 0, 1),
            columns.between("security_exempt_yield_bounded", "exempt_yield", 0, 1),
            columns.between("security_gain_yield_bounded", "realized_gain_yield", 0, 1),
        )

    def __str__(self) -> str:
        return self.symbol


class SecurityDecision(models.Model):
    """A fact about a security that a person decided, or handed back to files. The last one of a fact rules.

    Rows are only added: together they are the history of what was decided by whom.
    """

    class Fact(models.TextChoices):
        NAME = "name", "Name"
        KIND = "kind", "Kind"
        CUSIP = "cusip", "CUSIP"
        ISSUER = "issuer", "Issuer"
        SECTOR = "sector", "Sector"
        TRADING = "trading", "Trading"
        PRODUCT = "product", "Product"
        CLASS_WEIGHTS = "class_weights", "Asset classes"
        HALF_SPREAD = "half_spread", "Half spread"
        DAILY_VOLUME = "daily_volume", "Average daily volume"
        INCREMENT = "increment", "Smallest quantity"
        IS_FRACTIONAL = "is_fractional", "Fractions"
        SETTLEMENT_DAYS = "settlement_days", "Settlement days"
        EXPENSE_RATIO = "expense_ratio", "Expense ratio"
        ORDINARY_YIELD = "ordinary_yield", "Ordinary yield"
        QUALIFIED_YIELD = "qualified_yield", "Qualified yield"
        EXEMPT_YIELD = "exempt_yield", "Exempt yield"
        GAIN_YIELD = "realized_gain_yield", "Realized gain yield"
        IS_COLLECTIBLE = "is_collectible", "Collectible"
        WASH_APPLIES = "wash_applies", "Wash-sale rule applies"

    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="decisions")
    fact = columns.ChoiceField(max_length=19, choices=Fact.choices)
    value = models.CharField(max_length=400, blank=True, help_text="As decided, in words.")
    holds = models.BooleanField(help_text="Whether files leave the fact alone; off: handed back to them.")
    reason = models.CharField(max_length=300)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ("security", "-id")
        constraints = (models.CheckConstraint(name="security_decision_says_why", condition=~Q(reason="")),)
        indexes = (models.Index(name="decisions_of_a_fact", fields=("security", "fact", "-id")),)


class FormerSymbol(models.Model):
    """A former symbol of a security, recognized by CUSIP or by the custodian's lot id."""

    security = models.ForeignKey(Security, on_delete=models.CASCADE, related_name="former_symbols")
    symbol = models.CharField(max_length=24)
    until_on = models.DateField(help_text="The day of the file that brought the new symbol.")
    source_file = models.ForeignKey(
        "clients.CustodianFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("security", "-until_on", "id")
        constraints = (models.UniqueConstraint(name="one_former_symbol_once", fields=("security", "symbol")),)


class ClassWeight(models.Model):
    """How much of a security belongs to a class; a balanced fund has several rows that add up to one."""

    security = models.ForeignKey(Security, on_delete=models.CASCADE, related_name="class_weights")
    asset_class = models.ForeignKey(AssetClass, on_delete=models.PROTECT, related_name="class_weights")
    weight = columns.weight()

    class Meta:
        ordering = ("security", "asset_class")
        constraints = (
            models.UniqueConstraint(
                name="one_weight_a_security_and_class", fields=("security", "asset_class")
            ),
            models.CheckConstraint(name="class_weight_bounded", condition=Q(weight__gt=0, weight__lte=1)),
        )


class Replacement(models.Model):
    """What may be bought in place of a security sold at a loss, in order of preference."""

    security = models.ForeignKey(Security, on_delete=models.CASCADE, related_name="replacements")
    replacement = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="replaces")
    rank = models.PositiveSmallIntegerField(default=1)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    approved_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("security", "rank")
        constraints = (
            models.UniqueConstraint(name="one_replacement_a_rank", fields=("security", "rank")),
            models.UniqueConstraint(name="one_replacement_once", fields=("security", "replacement")),
            models.CheckConstraint(
                name="replacement_is_approved_by_someone",
                condition=Q(approved_by=None, approved_on=None)
                | Q(approved_by__isnull=False, approved_on__isnull=False),
            ),
            models.CheckConstraint(
                name="no_security_replaces_itself", condition=~Q(security=F("replacement"))
            ),
        )


class Price(ReadQuickly):
    """A price with its day and source; a day may have several sources."""

    class Standing(models.TextChoices):
        SOUND = "sound", "Sound"
        DISPUTED = "disputed", "In dispute"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="prices")
    as_of_on = models.DateField()
    price = columns.price()
    source = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    standing = columns.ChoiceField(max_length=8, choices=Standing.choices, default=Standing.SOUND)
    disputed_with = columns.price(
        null=True, blank=True, help_text="The price that it was compared with when it was disputed."
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("security", "-as_of_on")
        constraints = (
            models.UniqueConstraint(
                name="one_price_a_day_and_source", fields=("security", "as_of_on", "source")
            ),
            models.CheckConstraint(
                name="price_is_decided_by_someone",
                condition=Q(
                    standing__in=("accepted", "rejected"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(standing__in=("sound", "disputed"), decided_by=None, decided_at=None),
            ),
            models.CheckConstraint(
                name="price_bounded", condition=Q(price__gt=0, price__lte=columns.PRICE_MAX)
            ),
        )
        indexes = (
            models.Index(name="price_by_day", fields=("as_of_on", "security")),
            models.Index(name="price_disputed", fields=("as_of_on",), condition=Q(standing="disputed")),
        )

    def __str__(self) -> str:
        return f"{self.security} on {self.as_of_on} ({self.source})"
