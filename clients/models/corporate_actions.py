"""Corporate actions: what an issuer does to its security, who agreed to it, and what it did to the lots on record."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients import figures
from clients.models import columns
from clients.models.accounts import Account
from clients.models.entered import Entered
from clients.models.files import CustodianFile
from clients.models.holdings import TaxLot
from clients.models.securities import Security


class CorporateAction(Entered):
    """What an issuer does to a security on a day, as it is announced. A change makes another row in its place.

    The ratio is `shares_new` for each `shares_old`; what is not known, or has no meaning for the kind, is empty.
    """

    class Kind(models.TextChoices):
        SPLIT = "split", "Stock split"
        REVERSE_SPLIT = "reverse_split", "Reverse split"
        STOCK_DIVIDEND = "stock_dividend", "Stock dividend"
        CASH_MERGER = "cash_merger", "Merger for cash"
        STOCK_MERGER = "stock_merger", "Merger for stock"
        MIXED_MERGER = "mixed_merger", "Merger for cash and stock"
        SPIN_OFF = "spin_off", "Spin-off"
        SYMBOL_CHANGE = "symbol_change", "Change of symbol"
        CUSIP_CHANGE = "cusip_change", "Change of CUSIP"
        RETURN_OF_CAPITAL = "return_of_capital", "Return of capital"
        CASH_IN_LIEU = "cash_in_lieu", "Cash in lieu of fractions"
        TENDER = "tender", "Tender offer"
        DELISTING = "delisting", "Delisting"
        LIQUIDATION = "liquidation", "Liquidation"

    public_id = columns.PublicIdField("co")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="corporate_actions")
    kind = columns.ChoiceField(max_length=17, choices=Kind.choices)
    effective_on = models.DateField(
        help_text="The ex-day or effective day: its opening is the first after the action."
    )
    shares_new = columns.shares(null=True, blank=True)
    shares_old = columns.shares(null=True, blank=True)
    cash = columns.price(null=True, blank=True, help_text="Dollars for each share held before.")
    new_security = models.ForeignKey(
        Security, null=True, blank=True, on_delete=models.PROTECT, related_name="actions_from"
    )
    new_symbol = models.CharField(max_length=24, blank=True, default="")
    new_cusip = models.CharField(max_length=9, blank=True, default="")
    basis_share = models.DecimalField(
        max_digits=11,
        decimal_places=10,
        null=True,
        blank=True,
        help_text="The new security's part of the basis, as a fraction (Form 8937).",
    )
    value = columns.price(
        null=True, blank=True, help_text="What a share of the new security was worth on the effective day."
    )
    lieu_price = columns.price(
        null=True,
        blank=True,
        help_text="Dollars a whole share paid in place of a fraction; empty: fractions are kept.",
    )
    is_taxable = models.BooleanField(
        default=False, help_text="An exchange or distribution that the tax law does not defer."
    )
    source = models.CharField(
        max_length=200, help_text="The issuer's notice, Form 8937 or the file it is from."
    )
    document = models.CharField(max_length=200, blank=True, default="", help_text="Where the paper is kept.")
    source_file = models.ForeignKey(
        CustodianFile, null=True, blank=True, on_delete=models.PROTECT, related_name="corporate_actions"
    )

    class Meta:
        ordering = ("-effective_on", "security__symbol", "-id")
        constraints = (
            models.CheckConstraint(
                name="action_ratio_comes_whole",
                condition=Q(shares_new=None, shares_old=None) | Q(shares_new__gt=0, shares_old__gt=0),
            ),
            columns.between("action_shares_new_bounded", "shares_new", 0, columns.SHARES_MAX),
            columns.between("action_shares_old_bounded", "shares_old", 0, columns.SHARES_MAX),
            columns.between("action_cash_bounded", "cash", 0, columns.PRICE_MAX),
            columns.between("action_value_bounded", "value", 0, columns.PRICE_MAX),
            columns.between("action_lieu_price_bounded", "lieu_price", 0, columns.PRICE_MAX),
            columns.between("action_basis_share_bounded", "basis_share", 0, 1),
            models.CheckConstraint(
                name="action_is_of_two_securities", condition=~Q(security=models.F("new_security"))
            ),
            models.UniqueConstraint(
                name="one_corporate_action_a_day",
                fields=("security", "kind", "effective_on"),
                condition=Q(ended_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.security.symbol} on {figures.day(self.effective_on)}"


class ActionAgreement(models.Model):
    """That two people agree to a corporate action as it stands: only then it is applied to lots."""

    action = models.OneToOneField(CorporateAction, on_delete=models.PROTECT, related_name="agreement")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    evidence = models.CharField(max_length=1000)

    class Meta:
        ordering = ("action",)
        constraints = (
            models.CheckConstraint(
                name="action_is_agreed_by_two_people", condition=~Q(asked_by=models.F("agreed_by"))
            ),
        )


class ActionAccount(models.Model):
    """A corporate action in one account: what was held before it, and whether the record shows it.

    `shares_before` and `new_before` are the shares of the security and of the new one in the account's last file from
    before the day; empty where none is on record. `positions_file` is the file on which we applied it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Not shown yet"
        APPLIED = "applied", "Applied by us"
        SHOWN = "shown", "Shown by the custodian"
        UNCLEAR = "unclear", "Neither before nor after"
        TAKEN_BACK = "taken_back", "Taken back"

    action = models.ForeignKey(CorporateAction, on_delete=models.PROTECT, related_name="accounts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="corporate_actions")
    state = columns.ChoiceField(max_length=10, choices=State.choices, default=State.WAITING)
    before_on = models.DateField(null=True, blank=True, help_text="The day of the file from before.")
    shares_before = columns.shares(null=True, blank=True)
    new_before = columns.shares(null=True, blank=True)
    basis_before = columns.money(null=True, blank=True, help_text="Of all its lots; empty: not known.")
    basis_after = columns.money(null=True, blank=True, help_text="What the action makes of that.")
    positions_file = models.ForeignKey(
        CustodianFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    looked_at = models.DateTimeField()
    sentence = models.CharField(max_length=300, blank=True, help_text="Why it is as it is.")

    class Meta:
        ordering = ("action", "account")
        constraints = (
            models.UniqueConstraint(name="one_action_an_account", fields=("action", "account")),
            columns.between("action_before_bounded", "shares_before", 0, columns.SHARES_MAX),
            columns.between("action_new_before_bounded", "new_before", 0, columns.SHARES_MAX),
            columns.between("action_basis_before_bounded", "basis_before", 0, columns.MONEY_MAX),
            columns.between("action_basis_after_bounded", "basis_after", 0, columns.MONEY_MAX),
        )
        indexes = (models.Index(name="actions_of_an_account", fields=("account", "state")),)

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class ActionLot(models.Model):
    """What an action did to a lot, or the reversal of that: rows are only added.

    `lot` is what was held, `received` the lot of the new security that came of it. Signed: what came is positive.
    """

    applied = models.ForeignKey(ActionAccount, on_delete=models.PROTECT, related_name="lots")
    lot = models.ForeignKey(TaxLot, on_delete=models.PROTECT, related_name="actions")
    received = models.ForeignKey(
        TaxLot, null=True, blank=True, on_delete=models.PROTECT, related_name="came_from"
    )
    shares = columns.shares(help_text="Change of the lot's shares.")
    basis = columns.money(null=True, blank=True, help_text="Change of the lot's basis; empty: unknown.")
    received_shares = columns.shares(default=0)
    received_basis = columns.money(null=True, blank=True)
    cash = columns.money(default=0)
    gain = columns.money(null=True, blank=True, help_text="Recognized now; empty: not known.")
    is_reversal = models.BooleanField(default=False)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("applied", "id")
        constraints = (
            columns.between("action_lot_shares_bounded", "shares", -columns.SHARES_MAX, columns.SHARES_MAX),
            columns.between("action_lot_basis_bounded", "basis", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between(
                "action_lot_received_bounded", "received_shares", -columns.SHARES_MAX, columns.SHARES_MAX
            ),
            columns.between(
                "action_lot_received_basis_bounded", "received_basis", -columns.MONEY_MAX, columns.MONEY_MAX
            ),
            columns.between("action_lot_cash_bounded", "cash", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("action_lot_gain_bounded", "gain", -columns.MONEY_MAX, columns.MONEY_MAX),
        )
