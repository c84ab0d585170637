"""Holdings: tax lots, their pieces, positions, cash and transactions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.quickly import ReadQuickly
from clients.models.securities import Security


class TaxLot(ReadQuickly):
    """Shares of one security in one account with one acquisition day and one unit basis."""

    class BasisStatus(models.TextChoices):
        COVERED = "covered", "Covered"
        NONCOVERED = "noncovered", "Noncovered, basis known"
        UNKNOWN = "unknown", "Basis unknown"
        DISPUTED = "disputed", "Basis disputed"

    class Acquisition(models.TextChoices):
        PURCHASE = "purchase", "Purchase"
        REINVESTMENT = "reinvestment", "Reinvestment"
        GIFT = "gift", "Gift"
        INHERITANCE = "inheritance", "Inheritance"
        TRANSFER = "transfer", "Transfer"
        SPLIT = "split", "Split"
        SPIN_OFF = "spin_off", "Spin-off"
        COMPENSATION = "compensation", "Compensation"
        OTHER = "other", "Other"

    class Lock(models.TextChoices):
        GIFT = "gift", "Pledged as a gift"
        COLLATERAL = "collateral", "Pledged as collateral"
        LEGEND = "legend", "Restricted legend"
        LEGACY = "legacy", "Legacy holding"

    public_id = columns.PublicIdField("lo")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="lots")
    key = models.CharField(
        max_length=80,
        help_text="The custodian's lot id, else acquisition day, unit cost and ordinal: the same lot, file after file.",
    )
    acquired_on = models.DateField(null=True, blank=True)
    adjusted_acquired_on = models.DateField(
        null=True, blank=True, help_text="Where the holding period starts from when it differs (IRC 1223)."
    )
    quantity = columns.shares()
    basis = columns.money(
        null=True, blank=True, help_text="Adjusted basis of the whole lot; empty means unknown."
    )
    unadjusted_basis = columns.money(null=True, blank=True, help_text="Before wash-sale adjustments.")
    basis_status = columns.ChoiceField(max_length=10, choices=BasisStatus.choices)
    acquired_by = columns.ChoiceField(max_length=13, choices=Acquisition.choices, blank=True)
    is_average_cost = models.BooleanField(
        default=False, help_text="Basis is an average; lots cannot be chosen."
    )
    donor_basis = columns.money(null=True, blank=True)
    donor_acquired_on = models.DateField(null=True, blank=True)
    gifted_on = models.DateField(null=True, blank=True)
    value_at_gift = columns.money(null=True, blank=True)
    lock = columns.ChoiceField(max_length=10, choices=Lock.choices, blank=True)
    lock_reason = models.CharField(max_length=200, blank=True)
    lock_until_on = models.DateField(null=True, blank=True)
    as_of_on = models.DateField(
        help_text="The day of the file that last changed it; while it is open, a listing may name a later one."
    )
    closed_on = models.DateField(
        null=True, blank=True, help_text="The first file day on which the custodian no longer listed it."
    )
    source_file = models.ForeignKey(
        "clients.CustodianFile", null=True, blank=True, on_delete=models.PROTECT, related_name="lots"
    )
    source_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("account", "security", "acquired_on", "key")
        constraints = (
            columns.between("lot_quantity_bounded", "quantity", 0, columns.SHARES_MAX),
            columns.between("lot_basis_bounded", "basis", 0, columns.MONEY_MAX),
            columns.between("lot_unadjusted_basis_bounded", "unadjusted_basis", 0, columns.MONEY_MAX),
            columns.between("lot_donor_basis_bounded", "donor_basis", 0, columns.MONEY_MAX),
            columns.between("lot_value_at_gift_bounded", "value_at_gift", 0, columns.MONEY_MAX),
            models.CheckConstraint(
                name="lot_of_unknown_basis_has_none",
                condition=~Q(basis_status="unknown") | Q(basis=None),
            ),
            models.CheckConstraint(
                name="covered_lot_has_basis_and_day",
                condition=~Q(basis_status__in=("covered", "noncovered"))
                | Q(basis__isnull=False, acquired_on__isnull=False),
            ),
            models.CheckConstraint(
                name="open_lot_holds_something", condition=Q(closed_on__isnull=False) | Q(quantity__gt=0)
            ),
            models.UniqueConstraint(name="one_lot_a_key", fields=("account", "security", "key")),
        )
        indexes = (
            models.Index(name="open_lots", fields=("account", "security"), condition=Q(closed_on=None)),
            # Few lots lack a basis, and a list of everybody's asks for those alone.
            models.Index(
                name="lots_without_basis", fields=("account",), condition=Q(closed_on=None, basis=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.security.symbol} acquired {self.acquired_on or 'on an unknown day'}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class LotListing(models.Model):
    """The last file that listed an account's open lots, all of them or those of one security, said once.

    A file that repeats a lot does not change its row. A lot was last listed on the later of its own day and those of
    the listings that cover it (`clients.holdings.listings`).
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lot_listings")
    security = models.ForeignKey(
        Security,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lot_listings",
        help_text="Empty: the file lists all lots of the account.",
    )
    as_of_on = models.DateField()
    source_file = models.ForeignKey(
        "clients.CustodianFile", null=True, blank=True, on_delete=models.PROTECT, related_name="lot_listings"
    )

    class Meta:
        ordering = ("account", "security")
        constraints = (
            models.UniqueConstraint(
                name="one_listing_a_security", fields=("account", "security"), nulls_distinct=False
            ),
        )


class LotPiece(models.Model):
    """Part of a lot with its own adjusted basis and holding period after a wash sale."""

    lot = models.ForeignKey(TaxLot, on_delete=models.CASCADE, related_name="pieces")
    quantity = columns.shares()
    basis = columns.money()
    adjusted_acquired_on = models.DateField()
    because = models.CharField(max_length=200)

    class Meta:
        ordering = ("lot", "adjusted_acquired_on", "id")
        constraints = (
            models.CheckConstraint(
                name="piece_quantity_bounded", condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX)
            ),
            columns.between("piece_basis_bounded", "basis", 0, columns.MONEY_MAX),
        )


class Position(ReadQuickly):
    """The custodian's total holding of a security, which lots are reconciled with."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="positions")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="positions")
    quantity = columns.shares(
        null=True, blank=True, help_text="Negative is short; empty: the file gives none."
    )
    market_value = columns.money(null=True, blank=True)
    held_out = models.CharField(
        max_length=200, blank=True, help_text="Why it is never rebalanced, as a sentence; empty: it may be."
    )
    reinvests_dividends = models.BooleanField(null=True, help_text="Empty: the file does not say.")
    as_of_on = models.DateField()
    source_file = models.ForeignKey(
        "clients.CustodianFile", null=True, blank=True, on_delete=models.PROTECT, related_name="positions"
    )
    source_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("account", "security")
        constraints = (
            models.UniqueConstraint(name="one_position_a_security", fields=("account", "security")),
            columns.between("position_quantity_bounded", "quantity", -columns.SHARES_MAX, columns.SHARES_MAX),
            columns.between("position_value_bounded", "market_value", -columns.MONEY_MAX, columns.MONEY_MAX),
            models.CheckConstraint(
                name="position_without_quantity_is_held_out",
                condition=Q(quantity__isnull=False) | ~Q(held_out=""),
            ),
        )
        indexes = (models.Index(name="positions_held_out", fields=("account",), condition=~Q(held_out="")),)

    @property
    def stands_outside_lots(self) -> bool:
        """Whether it cannot have tax lots: an option, a short position."""
        is_option = self.security.kind == Security.Kind.OPTION
        is_short = self.quantity is not None and self.quantity < 0
        return bool(self.held_out) and (is_option or is_short)


class CashBalance(ReadQuickly):
    """An account's settled and unsettled cash."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="cash")
    settled = columns.money()
    unsettled = columns.money(default=0)
    unsettled_settles_on = models.DateField(null=True, blank=True)
    as_of_on = models.DateField()
    source_file = models.ForeignKey(
        "clients.CustodianFile", null=True, blank=True, on_delete=models.PROTECT, related_name="cash_balances"
    )
    source_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = (
            columns.between("cash_settled_bounded", "settled", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("cash_unsettled_bounded", "unsettled", -columns.MONEY_MAX, columns.MONEY_MAX),
        )


class Transaction(models.Model):
    """A movement the custodian booked: needed for wash sales, holding periods and cash-flow triggers."""

    class Kind(models.TextChoices):
        BUY = "buy", "Buy"
        SELL = "sell", "Sell"
        REDEMPTION = "redemption", "Redemption"
        CASH_MERGER = "cash_merger", "Merger for cash"
        LIQUIDATION = "liquidation", "Liquidation"
        CASH_IN_LIEU = "cash_in_lieu", "Cash in lieu of a fraction"
        REINVESTMENT = "reinvestment", "Reinvested distribution"
        DIVIDEND = "dividend", "Dividend"
        INTEREST = "interest", "Interest"
        GAIN_SHORT = "gain_short", "Short-term gain distribution"
        GAIN_LONG = "gain_long", "Long-term gain distribution"
        RETURN_OF_CAPITAL = "return_of_capital", "Return of capital"
        DEPOSIT = "deposit", "Deposit"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        TRANSFER_IN = "transfer_in", "Transfer in"
        TRANSFER_OUT = "transfer_out", "Transfer out"
        JOURNAL = "journal", "Journal"
        FEE = "fee", "Fee"
        TAX_WITHHELD = "tax_withheld", "Tax withheld"
        MARGIN_INTEREST = "margin_interest", "Margin interest"
        SPLIT = "split", "Split"
        SPIN_OFF = "spin_off", "Spin-off"
        MERGER = "merger", "Merger"
        RENAME = "rename", "Change of name or symbol"
        DISTRIBUTION = "distribution", "Distribution"
        OPTION = "option", "Option"
        OTHER = "other", "Other"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transactions")
    security = models.ForeignKey(
        Security, null=True, blank=True, on_delete=models.PROTECT, related_name="transactions"
    )
    key = models.CharField(
        max_length=120, help_text="The custodian's id, else a digest of the row and an ordinal."
    )
    kind = columns.ChoiceField(max_length=17, choices=Kind.choices)
    traded_on = models.DateField()
    settles_on = models.DateField(null=True, blank=True)
    quantity = columns.shares(null=True, blank=True, help_text="Signed: negative leaves the account.")
    price = columns.price(null=True, blank=True)
    amount = columns.money(help_text="Signed cash effect.")
    fees = columns.money(default=0)
    recognized_gain = columns.money(
        null=True,
        blank=True,
        help_text="For a sale: gain or loss as the custodian reports it; empty: unknown.",
    )
    lot_key = models.CharField(
        max_length=80, blank=True, help_text="For a sale or buy: the lot, where the file names it."
    )
    description = models.CharField(max_length=200, blank=True)
    source_file = models.ForeignKey(
        "clients.CustodianFile", null=True, blank=True, on_delete=models.PROTECT, related_name="transactions"
    )
    source_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("account", "-traded_on", "id")
        constraints = (
            columns.between(
                "transaction_quantity_bounded", "quantity", -columns.SHARES_MAX, columns.SHARES_MAX
            ),
            columns.between("transaction_price_bounded", "price", 0, columns.PRICE_MAX),
            columns.between("transaction_amount_bounded", "amount", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("transaction_fees_bounded", "fees", 0, columns.MONEY_MAX),
            columns.between(
                "transaction_gain_bounded", "recognized_gain", -columns.MONEY_MAX, columns.MONEY_MAX
            ),
            models.UniqueConstraint(name="one_transaction_a_key", fields=("account", "key")),
        )
        indexes = (models.Index(name="transactions_by_day", fields=("account", "traded_on")),)
