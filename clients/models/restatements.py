"""What custodians restated: the same lot or sale as it stood before a file, as it stands since, and what it was."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.files import CustodianFile
from clients.models.holdings import TaxLot
from clients.models.securities import Security
from clients.models.tax_units import RealizedGain

if TYPE_CHECKING:
    from datetime import date

LONG = RealizedGain.Term.LONG


class Restatement(models.Model):
    """One tax lot, or one realized gain, that a custodian's file states otherwise than the record had it.

    The `was_` columns are what stood before the file, those without a prefix what it says; where one side holds nothing
    (a lot that is no longer listed, or was not before) its shares are empty. Days are those from which the holding period
    counts. The row goes with its file when that is undone; otherwise only what people say of it is filled in.
    """

    class Cause(models.TextChoices):
        UNKNOWN = "unknown", "Not explained"
        LATE_BASIS = "late_basis", "Basis came late"
        WASH = "wash", "Wash-sale adjustment"
        CORPORATE_ACTION = "corporate_action", "Corporate action"

    class SeenAs(models.TextChoices):
        CORRECTION = "correction", "A correction that is right"
        LATE_BASIS = "late_basis", "Basis that came late"
        WASH = "wash", "A wash-sale adjustment"
        CORPORATE_ACTION = "corporate_action", "A corporate action"
        CUSTODIAN_ERROR = "custodian_error", "An error of the custodian, who is asked"

    ASKS = (Cause.UNKNOWN, Cause.LATE_BASIS)
    """The causes that an advisor is to say something about; the others are a custodian's routine."""

    public_id = columns.PublicIdField("rs")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="restatements")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="restatements")
    lot = models.ForeignKey(
        TaxLot, null=True, blank=True, on_delete=models.PROTECT, related_name="restatements"
    )
    gain = models.ForeignKey(
        RealizedGain, null=True, blank=True, on_delete=models.PROTECT, related_name="restatements"
    )
    source_file = models.ForeignKey(CustodianFile, on_delete=models.PROTECT, related_name="restatements")
    as_of_on = models.DateField(help_text="The day that the file states.")
    is_past_day = models.BooleanField(help_text="That day was on record already, otherwise.")
    cause = columns.ChoiceField(max_length=16, choices=Cause.choices)
    was_quantity = columns.shares(null=True, blank=True)
    quantity = columns.shares(null=True, blank=True)
    was_acquired_on = models.DateField(null=True, blank=True)
    acquired_on = models.DateField(null=True, blank=True)
    was_basis = columns.money(null=True, blank=True, help_text="Of all its shares; empty: unknown.")
    basis = columns.money(null=True, blank=True, help_text="Of all its shares; empty: unknown.")
    was_disallowed = columns.money(default=0, help_text="Of a sale: the loss disallowed; positive.")
    disallowed = columns.money(default=0)
    was_term = columns.ChoiceField(max_length=7, choices=RealizedGain.Term.choices, blank=True)
    term = columns.ChoiceField(max_length=7, choices=RealizedGain.Term.choices, blank=True)
    found_at = models.DateTimeField()
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_as = columns.ChoiceField(max_length=16, choices=SeenAs.choices, blank=True)
    seen_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-found_at", "account", "id")
        constraints = (
            models.CheckConstraint(
                name="restatement_is_of_a_lot_or_a_sale",
                condition=Q(lot__isnull=False, gain=None) | Q(lot=None, gain__isnull=False),
            ),
            models.CheckConstraint(
                name="restatement_has_a_side",
                condition=Q(was_quantity__isnull=False) | Q(quantity__isnull=False),
            ),
            models.CheckConstraint(
                name="restatement_seen_by_somebody",
                condition=Q(seen_at=None, seen_by=None, seen_as="", seen_note="")
                | (Q(seen_at__isnull=False, seen_by__isnull=False) & ~Q(seen_as="")),
            ),
            columns.between("restatement_was_quantity_bounded", "was_quantity", 0, columns.SHARES_MAX),
            columns.between("restatement_quantity_bounded", "quantity", 0, columns.SHARES_MAX),
            columns.between("restatement_was_basis_bounded", "was_basis", 0, columns.MONEY_MAX),
            columns.between("restatement_basis_bounded", "basis", 0, columns.MONEY_MAX),
            columns.between("restatement_was_disallowed_bounded", "was_disallowed", 0, columns.MONEY_MAX),
            columns.between("restatement_disallowed_bounded", "disallowed", 0, columns.MONEY_MAX),
        )
        indexes = (
            models.Index(
                name="restatements_unseen", fields=("account", "found_at"), condition=Q(seen_at=None)
            ),
        )

    def __str__(self) -> str:
        what = "a sale of " if self.gain_id else ""
        return f"{what}{self.security.symbol} in {self.account.name}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id

    @property
    def sold_on(self) -> date | None:
        """The day of the sale; None for a lot."""
        return self.gain.sold_on if self.gain else None

    @property
    def asks(self) -> bool:
        """Whether somebody is to say what it was."""
        return self.seen_at is None and self.cause in self.ASKS

    @property
    def became_known(self) -> bool:
        """Whether a gain that counted as unknown counts since."""
        return self.gain_id is not None and self.was_basis is None and self.basis is not None

    @property
    def gain_before(self) -> Decimal | None:
        """Of a sale, what counted before: after disallowance, None where it was unknown."""
        return self._gain(self.was_basis, self.was_disallowed)

    @property
    def gain_after(self) -> Decimal | None:
        """Of a sale, what counts since."""
        return self._gain(self.basis, self.disallowed)

    @property
    def effects(self) -> tuple[Decimal, Decimal]:
        """By how much the year's short-term and long-term gains changed, in dollars. A gain of unknown term counts as
        short, an unknown one not at all.
        """
        short = long = Decimal(0)
        for gain, term, sign in ((self.gain_before, self.was_term, -1), (self.gain_after, self.term, 1)):
            if gain is None:
                continue
            if term == LONG:
                long += sign * gain
            else:
                short += sign * gain
        return short, long

    def _gain(self, basis: Decimal | None, disallowed: Decimal) -> Decimal | None:
        if self.gain is None or basis is None:
            return None
        return Decimal(self.gain.proceeds - basis + disallowed)
