"""Shares that move in kind: from another firm, to another firm, or between two accounts of ours."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account, Hold
from clients.models.holdings import Transaction
from clients.models.households import Household
from clients.models.securities import Security

BASIS_WITHIN = timedelta(days=15)
"""How long the firm that sent the shares has for the transfer statement (Treas. Reg. 1.6045A-1(a)(3))."""


class Transfer(models.Model):
    """So many shares of one security that leave one account and come to another. No sale and no purchase.

    Most keep their basis and days. What an IRA distributes has the value of that day as its basis, and a new holding
    period; what is given to a charity takes its basis along.

    An account that is empty is at another firm, `elsewhere`. Expected ones are entered; a pair of movements between two
    accounts of one household is recognized from their files, and has nobody who entered it. What files show is filled in.
    """

    class State(models.TextChoices):
        EXPECTED = "expected", "Expected"
        UNDER_WAY = "under_way", "Under way"
        NO_BASIS = "no_basis", "Arrived, basis awaited"
        COMPLETE = "complete", "Complete"
        ENDED = "ended", "Ended without"

    class Kind(models.TextChoices):
        TRANSFER = "transfer", "Transfer"
        DISTRIBUTION = "distribution", "Distribution in kind"
        GIFT = "gift", "Gift to charity"

    public_id = columns.PublicIdField("tf")
    kind = columns.ChoiceField(max_length=12, choices=Kind.choices, default=Kind.TRANSFER)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="transfers")
    from_account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers_out"
    )
    to_account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers_in"
    )
    elsewhere = models.CharField(max_length=120, blank=True, help_text="The other firm, where it is one.")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="transfers")
    shares = columns.shares()
    value = columns.price(
        null=True,
        blank=True,
        help_text="Of a distribution: what a share was worth that day; empty: our closing price.",
    )
    expected_on = models.DateField(null=True, blank=True, help_text="Empty: recognized from files.")
    document = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    hold = models.ForeignKey(
        Hold,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Keeps what is to leave from being sold; it ends by itself.",
    )
    left_on = models.DateField(null=True, blank=True, help_text="When a file showed them gone.")
    arrived_on = models.DateField(null=True, blank=True, help_text="When a file showed them here.")
    basis_known_on = models.DateField(
        null=True, blank=True, help_text="When a file had the basis of all of them, where sales are taxed."
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-entered_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="transfer_has_an_account_of_ours",
                condition=Q(from_account__isnull=False) | Q(to_account__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_is_between_two",
                condition=Q(from_account=None) | Q(to_account=None) | ~Q(from_account=models.F("to_account")),
            ),
            models.CheckConstraint(
                name="transfer_names_the_other_firm",
                condition=(Q(from_account__isnull=False, to_account__isnull=False) & Q(elsewhere=""))
                | ((Q(from_account=None) | Q(to_account=None)) & ~Q(elsewhere="")),
            ),
            models.CheckConstraint(
                name="transfer_shares_bounded", condition=Q(shares__gt=0, shares__lte=columns.SHARES_MAX)
            ),
            models.CheckConstraint(
                name="transfer_fits_its_kind",
                condition=Q(kind="transfer", value=None)
                | Q(kind="distribution", from_account__isnull=False)
                | Q(kind="gift", value=None, from_account__isnull=False, to_account=None),
            ),
            columns.between("transfer_value_bounded", "value", 0, columns.PRICE_MAX),
            models.CheckConstraint(
                name="transfer_ends_with_a_reason",
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
            ),
        )
        indexes = (models.Index(name="open_transfers", fields=("security",), condition=Q(ended_at=None)),)

    def __str__(self) -> str:
        said = f"{self.shares.normalize():f} {self.security.symbol} from {self.source} to {self.target}"
        return said if self.kind == self.Kind.TRANSFER else f"{self.get_kind_display()}: {said}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    @property
    def source(self) -> str:
        """Where the shares come from."""
        return self.from_account.name if self.from_account else self.elsewhere

    @property
    def target(self) -> str:
        """Where they go."""
        return self.to_account.name if self.to_account else self.elsewhere

    @property
    def is_shown(self) -> bool:
        """Whether files have shown all of it."""
        return (self.from_account_id is None or self.left_on is not None) and (
            self.to_account_id is None or self.arrived_on is not None
        )

    @property
    def asks_basis(self) -> bool:
        """Whether the basis of what arrives decides anything."""
        return self.to_account is not None and self.to_account.tax_treatment == Account.TaxTreatment.TAXABLE

    @property
    def state(self) -> State:
        """What has become of it."""
        if self.ended_at is not None:
            return self.State.ENDED
        if self.arrived_on is not None and self.asks_basis and self.basis_known_on is None:
            return self.State.NO_BASIS
        if self.is_shown:
            return self.State.COMPLETE
        return self.State.UNDER_WAY if self.left_on or self.arrived_on else self.State.EXPECTED

    @property
    def basis_due_on(self) -> date | None:
        """The day by which the basis has to have come; None where none is awaited."""
        if self.arrived_on is None or not self.asks_basis:
            return None
        return self.arrived_on + BASIS_WITHIN


class TransferMovement(models.Model):
    """A movement of a custodian's file that is part of a transfer. It explains nothing else."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="movements")
    movement = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="transfer_part")

    class Meta:
        ordering = ("transfer", "id")

    @property
    def shares(self) -> Decimal:
        """Signed: negative left the account."""
        return self.movement.quantity or Decimal(0)
