"""Facts the tax ledger needs beside the custodians' files: their year-to-date figures, payments, accounts elsewhere,
elections of an average basis, and where a lot came from.

A row never changes: changing one ends it and makes another that takes its place.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.entered import Entered
from clients.models.holdings import TaxLot
from clients.models.households import Household, Person
from clients.models.securities import Security
from clients.models.tax_units import TaxUnit


class StatedGains(Entered):
    """A custodian's own year-to-date figure for an account, as its statement or its 1099-B shows it."""

    public_id = columns.PublicIdField("sg")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="stated_gains")
    tax_year = models.PositiveSmallIntegerField()
    as_of_on = models.DateField(help_text="The last day the figure covers.")
    short = columns.money(help_text="Net short-term gain or loss, after disallowed losses.")
    long = columns.money(help_text="Net long-term gain or loss, after disallowed losses.")
    disallowed = columns.money(
        null=True, blank=True, help_text="Wash-sale loss disallowed, positive; empty: not stated."
    )
    document = models.CharField(max_length=200, help_text="The statement or form it is read from.")

    class Meta:
        ordering = ("account", "-tax_year", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_stated_gain_an_account_and_year",
                fields=("account", "tax_year"),
                condition=Q(ended_at=None),
            ),
            columns.between("stated_gains_year_is_plausible", "tax_year", 2000, 2100),
            columns.between("stated_gains_short_bounded", "short", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("stated_gains_long_bounded", "long", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("stated_gains_disallowed_bounded", "disallowed", 0, columns.MONEY_MAX),
        )

    def __str__(self) -> str:
        return f"{self.account}, {self.tax_year}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class EstimatedTax(Entered):
    """What a return paid or will have withheld for a year, and last year's tax, for the safe harbor of IRC 6654."""

    public_id = columns.PublicIdField("et")
    tax_unit = models.ForeignKey(TaxUnit, on_delete=models.PROTECT, related_name="estimated_taxes")
    tax_year = models.PositiveSmallIntegerField()
    prior_tax = columns.money(null=True, blank=True, help_text="Last year's total tax; empty: not known.")
    prior_income = columns.money(
        null=True, blank=True, help_text="Last year's adjusted gross income; empty: not known."
    )
    withheld = columns.money(default=0, help_text="Withholding expected for the whole year.")
    paid = columns.money(default=0, help_text="Estimated payments made so far for the year.")
    document = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("tax_unit", "-tax_year", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_estimated_tax_a_unit_and_year",
                fields=("tax_unit", "tax_year"),
                condition=Q(ended_at=None),
            ),
            columns.between("estimated_tax_year_is_plausible", "tax_year", 2000, 2100),
            columns.between("estimated_tax_prior_bounded", "prior_tax", 0, columns.MONEY_MAX),
            columns.between(
                "estimated_tax_income_bounded", "prior_income", -columns.MONEY_MAX, columns.MONEY_MAX
            ),
            columns.between("estimated_tax_withheld_bounded", "withheld", 0, columns.MONEY_MAX),
            columns.between("estimated_tax_paid_bounded", "paid", 0, columns.MONEY_MAX),
        )

    def __str__(self) -> str:
        return f"{self.tax_unit}, {self.tax_year}"

    @property
    def household_ref(self) -> str:
        return self.tax_unit.household.public_id


class OutsideAccount(Entered):
    """An account elsewhere that a household has told of: its purchases wash losses, and nobody here sees them."""

    public_id = columns.PublicIdField("oa")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="outside_accounts")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="outside_accounts")
    name = models.CharField(max_length=120)
    institution = models.CharField(max_length=120, blank=True)
    registration = columns.ChoiceField(max_length=20, choices=Account.Registration.choices)
    has_statements = models.BooleanField(default=False, help_text="The client sends its statements.")
    buys = models.JSONField(
        default=list, blank=True, help_text="Symbols it buys by itself: payroll, plans, reinvestment."
    )
    declared_on = models.DateField(help_text="When the client told of it.")

    class Meta:
        ordering = ("household", "name", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def household_ref(self) -> str:
        """Of the household its owner belongs to now."""
        return self.owner.household.public_id


class BasisElection(Entered):
    """An election of the average basis for a fund in an account (IRC 1012(d); Treas. Reg. 1.1012-1(e))."""

    public_id = columns.PublicIdField("be")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="basis_elections")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="basis_elections")
    elected_on = models.DateField()
    document = models.CharField(max_length=200, help_text="Where the written election is kept.")
    ends_on = models.DateField(
        null=True, blank=True, help_text="The day it was revoked or changed; empty: it stands."
    )
    is_revoked = models.BooleanField(
        default=False, help_text="Revoked in time, as if it had never been made; else changed for the future."
    )

    class Meta:
        ordering = ("account", "security", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_basis_election_a_fund", fields=("account", "security"), condition=Q(ended_at=None)
            ),
            columns.in_order("basis_election_ends_after_it_starts", "elected_on", "ends_on"),
        )

    def __str__(self) -> str:
        return f"Average basis of {self.security.symbol} in {self.account}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class LotOrigin(Entered):
    """Where a lot came from when it was not bought, as two people decided it: a gift, or an inheritance.

    Dollars are for `shares`, the lot's shares when it was recorded. The `was_` columns are what the files said.
    """

    class Kind(models.TextChoices):
        GIFT = "gift", "Gift"
        INHERITED = "inherited", "Inherited"
        SURVIVOR = "survivor", "Joint account, survivor"
        COMMUNITY = "community", "Community property, survivor"

    public_id = columns.PublicIdField("lg")
    lot = models.ForeignKey(TaxLot, on_delete=models.PROTECT, related_name="origins")
    kind = columns.ChoiceField(max_length=9, choices=Kind.choices)
    shares = columns.shares()
    happened_on = models.DateField(help_text="The day of the gift or of the death.")
    value = columns.money(
        null=True, blank=True, help_text="Fair market value that day; empty: not known, for gifts only."
    )
    alternate_value = columns.money(
        null=True, blank=True, help_text="Six months later, where the estate elected it (IRC 2032)."
    )
    former_basis = columns.money(
        null=True, blank=True, help_text="The donor's basis, or what the joint owners had."
    )
    former_acquired_on = models.DateField(null=True, blank=True, help_text="When the donor acquired it.")
    gift_tax = columns.money(default=0, help_text="Gift tax paid on the appreciation (IRC 1015(d)(6)).")
    basis = columns.money(
        null=True, blank=True, help_text="The basis that follows; for gifts, that of a gain."
    )
    evidence = models.CharField(max_length=1000)
    was = models.JSONField(default=dict, help_text="The lot's columns before, by name.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("lot", "-entered_at", "-id")
        constraints = (
            models.UniqueConstraint(name="one_origin_a_lot", fields=("lot",), condition=Q(ended_at=None)),
            models.CheckConstraint(
                name="lot_origin_is_of_two_people", condition=~Q(asked_by=models.F("entered_by"))
            ),
            columns.between("lot_origin_value_bounded", "value", 0, columns.MONEY_MAX),
            columns.between("lot_origin_alternate_bounded", "alternate_value", 0, columns.MONEY_MAX),
            columns.between("lot_origin_former_bounded", "former_basis", 0, columns.MONEY_MAX),
            columns.between("lot_origin_gift_tax_bounded", "gift_tax", 0, columns.MONEY_MAX),
            columns.between("lot_origin_basis_bounded", "basis", 0, columns.MONEY_MAX),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.happened_on}"

    @property
    def household_ref(self) -> str:
        return self.lot.account.household.public_id
