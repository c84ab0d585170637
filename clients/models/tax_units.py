"""Tax units: who files a return together, and the return's figures.

A household may hold several: a couple, a trust, a child. Each has its filing status, realized gains,
carryforwards and gain budget.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from clients.models import columns
from clients.models.households import Household, Person


class TaxUnit(models.Model):
    """One return: the people or the trust that file it."""

    class FilingStatus(models.TextChoices):
        SINGLE = "single", "Single"
        JOINT = "mfj", "Married filing jointly"
        SEPARATE = "mfs", "Married filing separately"
        HEAD = "hoh", "Head of household"
        SURVIVOR = "qss", "Qualifying surviving spouse"
        TRUST = "trust", "Trust or estate"

    public_id = columns.PublicIdField("tu")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="tax_units")
    code = models.CharField(max_length=32, help_text="Unique within the household; files may name it.")
    name = models.CharField(max_length=120)
    filing_status = columns.ChoiceField(
        max_length=6, choices=FilingStatus.choices, help_text="At present; each year's profile has its own."
    )
    state = models.CharField(max_length=2, blank=True, help_text="State of residence, two letters.")
    members = models.ManyToManyField(Person, related_name="tax_units", blank=True)
    last_tax_year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The last year for which it files; empty while it goes on."
    )

    final_filer = models.CharField(
        max_length=120, blank=True, default="", help_text="Who files the return of a year of death."
    )

    class Meta:
        ordering = ("household", "code")
        constraints = (
            columns.between("tax_unit_last_year_is_plausible", "last_tax_year", 2000, 2100),
            models.UniqueConstraint(name="tax_unit_code_once_a_household", fields=("household", "code")),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    def files_for(self, year: int) -> bool:
        """Whether it still files a return for a year."""
        return self.last_tax_year is None or year <= self.last_tax_year


class TaxProfile(models.Model):
    """The figures of one tax year that the tax computation starts from; confirmed with the client.

    With flat rates (`rate_short`, `rate_long`) the income lines are not used.
    """

    public_id = columns.PublicIdField("tp")
    tax_unit = models.ForeignKey(TaxUnit, on_delete=models.PROTECT, related_name="profiles")
    tax_year = models.PositiveSmallIntegerField()
    filing_status = columns.ChoiceField(max_length=6, choices=TaxUnit.FilingStatus.choices)
    state = models.CharField(max_length=2, blank=True, help_text="State of residence, two letters.")
    rate_short = columns.rate(
        null=True, blank=True, help_text="Flat federal rate on short-term gains; empty: the full computation."
    )
    rate_long = columns.rate(null=True, blank=True, help_text="Flat federal rate on long-term gains.")
    rate_investment = columns.rate(
        default=0, help_text="Net investment income tax on top of flat rates (IRC 1411)."
    )
    wages = columns.money(default=0)
    taxable_interest = columns.money(default=0)
    qualified_dividends = columns.money(default=0)
    other_income = columns.money(default=0)
    deduction = columns.money(null=True, blank=True, help_text="Empty means the standard deduction.")
    state_rate = columns.rate(default=0, help_text="Flat state rate on net gains.")
    short_term_before = columns.money(default=0, help_text="Realized this year before the record begins.")
    long_term_before = columns.money(default=0, help_text="Realized this year before the record begins.")
    short_term_carryover = columns.money(default=0, help_text="Loss carried in, as a positive figure.")
    long_term_carryover = columns.money(default=0, help_text="Loss carried in, as a positive figure.")
    distributions_expected = columns.money(
        default=0, help_text="Capital-gain distributions, received or expected."
    )
    gain_budget = columns.money(
        null=True, blank=True, help_text="Net realized gain allowed this year; empty: none set."
    )
    confirmed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("tax_unit", "-tax_year")
        constraints = (
            models.UniqueConstraint(name="one_tax_profile_a_year", fields=("tax_unit", "tax_year")),
            models.CheckConstraint(
                name="tax_profile_flat_rates_fit",
                condition=Q(rate_short=None, rate_long=None, rate_investment=0)
                | Q(
                    rate_short__isnull=False,
                    rate_long__isnull=False,
                    rate_long__gte=0,
                    rate_long__lte=F("rate_short"),
                    rate_investment__gte=0,
                    rate_short__lt=1 - F("rate_investment") - F("state_rate"),
                ),
            ),
            columns.between("tax_profile_year_is_plausible", "tax_year", 2000, 2100),
            columns.between("tax_profile_wages_bounded", "wages", 0, columns.MONEY_MAX),
            columns.between("tax_profile_interest_bounded", "taxable_interest", 0, columns.MONEY_MAX),
            columns.between("tax_profile_dividends_bounded", "qualified_dividends", 0, columns.MONEY_MAX),
            columns.between(
                "tax_profile_other_bounded", "other_income", -columns.MONEY_MAX, columns.MONEY_MAX
            ),
            columns.between("tax_profile_deduction_bounded", "deduction", 0, columns.MONEY_MAX),
            columns.between("tax_profile_state_rate_bounded", "state_rate", 0, 1),
            columns.between(
                "tax_profile_st_bounded", "short_term_before", -columns.MONEY_MAX, columns.MONEY_MAX
            ),
            columns.between(
                "tax_profile_lt_bounded", "long_term_before", -columns.MONEY_MAX, columns.MONEY_MAX
            ),
            columns.between("tax_profile_st_carry_bounded", "short_term_carryover", 0, columns.MONEY_MAX),
            columns.between("tax_profile_lt_carry_bounded", "long_term_carryover", 0, columns.MONEY_MAX),
            columns.between(
                "tax_profile_distributions_bounded", "distributions_expected", 0, columns.MONEY_MAX
            ),
            columns.between("tax_profile_budget_bounded", "gain_budget", 0, columns.MONEY_MAX),
        )

    def __str__(self) -> str:
        return f"{self.tax_unit} {self.tax_year}"

    @property
    def household_ref(self) -> str:
        return self.tax_unit.household.public_id

    @property
    def is_flat(self) -> bool:
        """Whether flat rates replace the full computation."""
        return self.rate_short is not None


class RealizedGain(models.Model):
    """A sale that the tax unit has already realized this year, as the custodian reported it."""

    class Term(models.TextChoices):
        SHORT = "short", "Short-term"
        LONG = "long", "Long-term"

    account = models.ForeignKey("clients.Account", on_delete=models.PROTECT, related_name="realized_gains")
    security = models.ForeignKey("clients.Security", on_delete=models.PROTECT, related_name="realized_gains")
    key = models.CharField(
        max_length=120, help_text="Days, quantity, proceeds and an ordinal: the same sale, file after file."
    )
    acquired_on = models.DateField(null=True, blank=True)
    sold_on = models.DateField()
    quantity = columns.shares()
    proceeds = columns.money()
    basis = columns.money(null=True, blank=True, help_text="Empty: unknown, never zero.")
    disallowed = columns.money(default=0, help_text="Wash-sale loss that was disallowed, positive.")
    term = columns.ChoiceField(
        max_length=5,
        choices=Term.choices,
        blank=True,
        help_text="Empty: not stated, and no day to tell from.",
    )
    source_file = models.ForeignKey(
        "clients.CustodianFile",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="realized_gains",
    )
    source_line = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("account", "sold_on", "id")
        constraints = (
            columns.between("realized_gain_quantity_bounded", "quantity", 0, columns.SHARES_MAX),
            columns.between("realized_gain_proceeds_bounded", "proceeds", 0, columns.MONEY_MAX),
            columns.between("realized_gain_basis_bounded", "basis", 0, columns.MONEY_MAX),
            columns.between("realized_gain_disallowed_bounded", "disallowed", 0, columns.MONEY_MAX),
            models.CheckConstraint(
                name="realized_gain_is_sold_after_bought",
                condition=Q(acquired_on=None) | Q(sold_on__gte=models.F("acquired_on")),
            ),
            models.UniqueConstraint(name="one_realized_gain_a_key", fields=("account", "security", "key")),
        )
