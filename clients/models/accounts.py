"""Accounts: who owns them, how they are taxed, who may trade them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.encryption import EncryptedTextField
from clients.models import columns
from clients.models.households import Household, Person
from clients.models.tax_units import TaxUnit

if TYPE_CHECKING:
    from datetime import date


class Account(models.Model):
    """One account at one custodian."""

    class Registration(models.TextChoices):
        INDIVIDUAL = "individual", "Individual"
        JOINT = "joint", "Joint"
        TRANSFER_ON_DEATH = "transfer_on_death", "Transfer on death"
        COMMUNITY = "community", "Community property"
        REVOCABLE_TRUST = "revocable_trust", "Revocable trust"
        IRREVOCABLE_TRUST = "irrevocable_trust", "Irrevocable trust"
        TRADITIONAL_IRA = "traditional_ira", "Traditional IRA"
        ROLLOVER_IRA = "rollover_ira", "Rollover IRA"
        SEP_IRA = "sep_ira", "SEP IRA"
        SIMPLE_IRA = "simple_ira", "SIMPLE IRA"
        ROTH_IRA = "roth_ira", "Roth IRA"
        INHERITED_IRA = "inherited_ira", "Inherited IRA"
        INHERITED_ROTH_IRA = "inherited_roth_ira", "Inherited Roth IRA"
        PLAN_401K = "plan_401k", "401(k)"
        PLAN_403B = "plan_403b", "403(b)"
        PLAN_457 = "plan_457", "457"
        ROTH_401K = "roth_401k", "Roth 401(k)"
        HSA = "hsa", "Health savings account"
        EDUCATION_529 = "education_529", "529 college savings"
        CUSTODIAL_MINOR = "custodial_minor", "UTMA or UGMA"
        GROWTH_530A = "account_530a", "530A account"
        DONOR_ADVISED_FUND = "donor_advised_fund", "Donor-advised fund"
        CHARITY = "charity", "Charity"
        PRIVATE_FOUNDATION = "private_foundation", "Private foundation"
        CORPORATION = "corporation", "C corporation"
        PARTNERSHIP = "partnership", "Partnership"
        ANNUITY = "annuity", "Non-qualified annuity"

    OF_AN_EMPLOYER = (
        Registration.PLAN_401K,
        Registration.PLAN_403B,
        Registration.PLAN_457,
        Registration.ROTH_401K,
    )
    """Where only what the employer's plan lists may be bought."""

    class TaxTreatment(models.TextChoices):
        TAXABLE = "taxable", "Taxable"
        TAX_DEFERRED = "tax_deferred", "Tax-deferred"
        TAX_FREE = "tax_free", "Tax-free"
        TAX_EXEMPT = "tax_exempt", "Tax-exempt"

    class Custodian(models.TextChoices):
        SCHWAB = "schwab", "Schwab"
        FIDELITY = "fidelity", "Fidelity"
        IBKR = "ibkr", "Interactive Brokers"
        VANGUARD = "vanguard", "Vanguard"
        HOUSE = "house", "House format"

    class Discretion(models.TextChoices):
        DISCRETIONARY = "discretionary", "Discretionary"
        NON_DISCRETIONARY = "non_discretionary", "Client consents to each proposal"

    class Margin(models.TextChoices):
        NONE = "none", "Cash account"
        LIMITED = "limited", "Limited margin"
        FULL = "full", "Margin"

    class LotMethod(models.TextChoices):
        FIFO = "fifo", "First in, first out"
        LIFO = "lifo", "Last in, first out"
        HIGHEST_COST = "highest_cost", "Highest cost"
        LOWEST_COST = "lowest_cost", "Lowest cost"
        HIGHEST_COST_LONG_TERM = "highest_cost_long_term", "Highest cost, long-term first"
        HIGHEST_COST_SHORT_TERM = "highest_cost_short_term", "Highest cost, short-term first"
        MIN_TAX = "min_tax", "Tax lot optimizer"
        AVERAGE_COST = "average_cost", "Average basis"
        SPECIFIC = "specific", "Specified lots"
        UNKNOWN = "unknown", "Not known"

    class Reconciliation(models.TextChoices):
        NEVER = "never", "Never checked"
        RECONCILED = "reconciled", "Lots equal positions"
        BROKEN = "broken", "Lots and positions differ"

    public_id = columns.PublicIdField("ac")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="accounts")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")
    joint_owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="joint_accounts"
    )
    tax_unit = models.ForeignKey(
        TaxUnit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="accounts",
        help_text="Who is taxed on its trades; none for accounts whose trades are not taxed.",
    )
    name = models.CharField(max_length=120)
    registration = columns.ChoiceField(max_length=20, choices=Registration.choices)
    tax_treatment = columns.ChoiceField(max_length=12, choices=TaxTreatment.choices)
    custodian = columns.ChoiceField(max_length=10, choices=Custodian.choices)
    number = EncryptedTextField(help_text="The whole account number, encrypted.")
    number_index = models.CharField(
        max_length=64, help_text="Keyed digest of the number, for equality search."
    )
    number_last4 = models.CharField(max_length=4)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    discretion = columns.ChoiceField(max_length=17, choices=Discretion.choices)
    discretion_from_on = models.DateField(null=True, blank=True)
    discretion_until_on = models.DateField(null=True, blank=True)
    agreement_signed_on = models.DateField(null=True, blank=True)
    agreement_effective_on = models.DateField(null=True, blank=True)
    agreement_terminated_on = models.DateField(null=True, blank=True)
    margin = columns.ChoiceField(max_length=7, choices=Margin.choices, default=Margin.NONE)
    is_erisa = models.BooleanField(default=False)
    lot_method = columns.ChoiceField(max_length=24, choices=LotMethod.choices, default=LotMethod.UNKNOWN)
    lot_method_since_on = models.DateField(null=True, blank=True)
    minimum_cash = columns.money(default=0)
    reconciliation = columns.ChoiceField(
        max_length=10, choices=Reconciliation.choices, default=Reconciliation.NEVER
    )
    reconciled_on = models.DateField(null=True, blank=True, help_text="The as-of day of the last comparison.")
    reconciliation_note = models.TextField(blank=True, help_text="What differs, in words, when it is broken.")

    class Meta:
        ordering = ("household", "id")
        constraints = (
            columns.between("account_minimum_cash_bounded", "minimum_cash", 0, columns.MONEY_MAX),
            columns.in_order("account_closes_after_it_opens", "opened_on", "closed_on"),
            columns.in_order(
                "account_discretion_ends_after_start", "discretion_from_on", "discretion_until_on"
            ),
            models.UniqueConstraint(
                name="one_account_a_custodian_number", fields=("custodian", "number_index")
            ),
            models.CheckConstraint(
                name="taxable_account_has_a_tax_unit",
                condition=~Q(tax_treatment="taxable") | Q(tax_unit__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ····{self.number_last4}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    @property
    def is_of_an_employer(self) -> bool:
        """Whether it belongs to an employer's plan, whose menu says what may be bought."""
        return self.registration in self.OF_AN_EMPLOYER

    def agreement_in_force(self, *, on: date) -> bool:
        """Whether a signed agreement covers `on`; an unknown date does not count as in force."""
        starts = self.agreement_effective_on
        ended = self.agreement_terminated_on
        return (
            self.agreement_signed_on is not None
            and starts is not None
            and starts <= on
            and (ended is None or on < ended)
        )


class AccountBinding(models.Model):
    """A masked number in a custodian's file, bound once to an account by a person."""

    custodian = columns.ChoiceField(max_length=10, choices=Account.Custodian.choices)
    mask = models.CharField(max_length=40, help_text="As the file prints it, such as ...417.")
    label = models.CharField(max_length=120, blank=True, help_text="The account's name in the file.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="bindings")
    bound_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bound_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it is in force.")
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("custodian", "mask", "bound_at")
        constraints = (
            models.UniqueConstraint(
                name="one_account_a_mask",
                fields=("custodian", "mask", "label"),
                condition=models.Q(ended_at=None),
            ),
        )

    def __str__(self) -> str:
        return self.label or self.mask

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class FormerNumber(models.Model):
    """A number that an account had before it moved to another custodian, or before a typing error was corrected."""

    class Why(models.TextChoices):
        MOVED = "moved", "Moved to another custodian"
        CHANGED = "changed", "The custodian changed the number"
        CORRECTED = "corrected", "It was recorded wrongly"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="former_numbers")
    custodian = columns.ChoiceField(max_length=10, choices=Account.Custodian.choices)
    number = EncryptedTextField(help_text="The whole account number, encrypted.")
    number_index = models.CharField(
        max_length=64, help_text="Keyed digest of the number, for equality search."
    )
    number_last4 = models.CharField(max_length=4)
    why = columns.ChoiceField(max_length=9, choices=Why.choices)
    until_on = models.DateField(help_text="The first day on which the account had the next number.")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("account", "changed_at")
        indexes = (models.Index(name="former_numbers_by_index", fields=("number_index",)),)

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class Hold(models.Model):
    """A reason not to trade a household, an account or a security, with an owner and an end."""

    class Kind(models.TextChoices):
        ADVISOR = "advisor", "Do not trade"
        LEGAL = "legal", "Legal hold"
        DECEASED = "deceased", "Owner deceased"
        TRANSFER = "transfer", "Transfer out"
        CUSTODIAN = "custodian", "Custodian restriction"
        MARGIN_CALL = "margin_call", "Margin call"
        CASH_UP_FRONT = "cash_up_front", "90-day cash up front"

    public_id = columns.PublicIdField("ho")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="holds")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    security = models.ForeignKey(
        "clients.Security", null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    kind = columns.ChoiceField(max_length=13, choices=Kind.choices, default=Kind.ADVISOR)
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    starts_on = models.DateField()
    expires_on = models.DateField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=200, blank=True)
    expired_at = models.DateTimeField(
        null=True, blank=True, help_text="When its end was put on the trail; it ended with its last day."
    )
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The hold that this one renews or corrects.",
    )

    class Meta:
        ordering = ("household", "-starts_on", "id")
        constraints = (
            columns.in_order("hold_expires_after_it_starts", "starts_on", "expires_on"),
            models.CheckConstraint(
                name="hold_is_lifted_by_someone",
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {self.expires_on}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    def is_in_force(self, *, on: date) -> bool:
        return self.lifted_at is None and self.starts_on <= on <= self.expires_on
