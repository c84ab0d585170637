"""What required distributions need and no account, person or file says: terms of an account, and figures of a year."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.households import Person

YEAR_MIN, YEAR_MAX = 2000, 2200


class DistributionTerms(models.Model):
    """What the plan type of a retirement account does not say: from whom it was inherited, or that its owner still works.

    Terms never change. Changing them ends a row and makes another that takes its place.
    """

    class Beneficiary(models.TextChoices):
        SPOUSE = "spouse", "The spouse, alone"
        MINOR = "minor", "A minor child of the deceased"
        ELIGIBLE = "eligible", "Disabled, chronically ill, or not more than ten years younger"
        OTHER = "other", "Another person"
        NONE = "none", "An estate, a charity, or a trust that is not looked through"

    class SpouseChoice(models.TextChoices):
        OWN = "own", "Treated as the spouse’s own"
        BENEFICIARY = "beneficiary", "Kept as a beneficiary"

    public_id = columns.PublicIdField("dt")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="distribution_terms")
    inherited_from = models.CharField(max_length=120, blank=True, help_text="Who died.")
    decedent_born_on = models.DateField(null=True, blank=True)
    died_on = models.DateField(null=True, blank=True)
    beneficiary = columns.ChoiceField(max_length=8, choices=Beneficiary.choices, blank=True)
    spouse_choice = columns.ChoiceField(max_length=11, choices=SpouseChoice.choices, blank=True)
    still_working = models.BooleanField(
        default=False, help_text="The owner works for the employer of this plan."
    )
    retired_on = models.DateField(null=True, blank=True, help_text="When the owner left that employer.")
    owns_five_percent = models.BooleanField(
        default=False, help_text="The owner has more than 5% of that employer: working on defers nothing."
    )
    source = models.CharField(max_length=200, help_text="Where this is written.")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The terms that these correct.",
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("account", "id")
        verbose_name_plural = "distribution terms"
        constraints = (
            models.UniqueConstraint(
                name="one_distribution_terms_an_account", fields=("account",), condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="distribution_terms_inherited_are_whole",
                condition=Q(
                    beneficiary="",
                    died_on=None,
                    decedent_born_on=None,
                    inherited_from="",
                    spouse_choice="",
                )
                | (
                    ~Q(beneficiary="")
                    & ~Q(inherited_from="")
                    & Q(died_on__isnull=False, decedent_born_on__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="distribution_terms_spouse_chooses",
                condition=Q(beneficiary="spouse") & ~Q(spouse_choice="")
                | ~Q(beneficiary="spouse") & Q(spouse_choice=""),
            ),
            columns.in_order("distribution_terms_dies_after_birth", "decedent_born_on", "died_on"),
            models.CheckConstraint(
                name="distribution_terms_work_or_retired",
                condition=Q(still_working=False) | Q(retired_on=None),
            ),
            models.CheckConstraint(name="distribution_terms_say_where_from", condition=~Q(source="")),
        )

    def __str__(self) -> str:
        if self.beneficiary:
            return f"Inherited from {self.inherited_from}, who died on {self.died_on}"
        return "The owner still works for the employer" if self.still_working else "Terms of a plan"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class DistributionFigure(models.Model):
    """One figure of one year that a required distribution is computed with.

    A figure never changes. Correcting one ends it and makes another that takes its place.
    """

    class Kind(models.TextChoices):
        BALANCE = "balance", "Balance of December 31 before the year"
        DIVISOR = "divisor", "Divisor of the Joint and Last Survivor Table"
        CHARITABLE = "charitable", "Qualified charitable distribution"
        TAKEN = "taken", "Taken, and in no file"
        OUTSIDE_BALANCE = "outside_balance", "Balance of December 31 at another firm"
        OUTSIDE_TAKEN = "outside_taken", "Taken at another firm"

    class Plan(models.TextChoices):
        IRA = "ira", "IRAs"
        PLAN_403B = "403b", "403(b) plans"

    OF_AN_ACCOUNT = (Kind.BALANCE, Kind.DIVISOR, Kind.CHARITABLE, Kind.TAKEN)
    OUTSIDE = (Kind.OUTSIDE_BALANCE, Kind.OUTSIDE_TAKEN)
    ON_A_DAY = (Kind.CHARITABLE, Kind.TAKEN)

    public_id = columns.PublicIdField("df")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="distribution_figures")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="distribution_figures"
    )
    kind = columns.ChoiceField(max_length=15, choices=Kind.choices)
    year = models.PositiveSmallIntegerField(help_text="The year of the distribution.")
    plan = columns.ChoiceField(
        max_length=4, choices=Plan.choices, blank=True, help_text="At another firm: what it counts with."
    )
    place = models.CharField(max_length=120, blank=True, help_text="The other firm.")
    taken_on = models.DateField(null=True, blank=True)
    amount = columns.money(null=True, blank=True)
    divisor = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    source = models.CharField(max_length=200, help_text="Where the figure is taken from.")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The figure that this one corrects.",
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("person", "-year", "kind", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_distribution_figure_a_year",
                fields=("account", "kind", "year"),
                condition=Q(ended_at=None, kind__in=("balance", "divisor")),
            ),
            models.UniqueConstraint(
                name="one_distribution_figure_a_place",
                fields=("person", "kind", "year", "plan", "place"),
                condition=Q(ended_at=None, kind__in=("outside_balance", "outside_taken")),
            ),
            columns.between("distribution_figure_year_bounded", "year", YEAR_MIN, YEAR_MAX),
            columns.between("distribution_figure_amount_bounded", "amount", 0, columns.MONEY_MAX),
            columns.between("distribution_figure_divisor_bounded", "divisor", 1, Decimal("99.9")),
            models.CheckConstraint(
                name="distribution_figure_is_money_or_a_divisor",
                condition=Q(kind="divisor", divisor__isnull=False, amount=None)
                | (~Q(kind="divisor") & Q(divisor=None, amount__isnull=False)),
            ),
            models.CheckConstraint(
                name="distribution_figure_has_its_place",
                condition=Q(
                    kind__in=("outside_balance", "outside_taken"), account=None, plan__in=("ira", "403b")
                )
                & ~Q(place="")
                | Q(
                    kind__in=("balance", "divisor", "charitable", "taken"),
                    account__isnull=False,
                    plan="",
                    place="",
                ),
            ),
            models.CheckConstraint(
                name="distribution_figure_taken_on_a_day",
                condition=Q(kind__in=("charitable", "taken"), taken_on__isnull=False)
                | ~Q(kind__in=("charitable", "taken")) & Q(taken_on=None),
            ),
            models.CheckConstraint(name="distribution_figure_says_where_from", condition=~Q(source="")),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.year}"

    @property
    def where(self) -> str:
        """The account, or the other firm."""
        return str(self.account) if self.account else f"{self.get_plan_display()} at {self.place}"

    @property
    def household_ref(self) -> str:
        return self.person.household.public_id
