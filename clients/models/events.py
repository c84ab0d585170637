"""Expected changes: money due in or out, and events in a client's life."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.households import Household, Person


class CashFlow(models.Model):
    """Money expected into or out of an account on a day."""

    class Kind(models.TextChoices):
        CONTRIBUTION = "contribution", "Contribution"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        DISTRIBUTION = "distribution", "Required distribution"
        FEE = "fee", "Fee"
        TAX = "tax", "Tax payment"

    public_id = columns.PublicIdField("cf")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="cash_flows")
    kind = columns.ChoiceField(max_length=12, choices=Kind.choices)
    amount = columns.money(help_text="Signed: negative leaves the account.")
    due_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The row that this one corrects.",
    )
    rule = models.ForeignKey(
        "clients.CashFlowRule",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="flows",
        help_text="The recurring rule it was made by, if any.",
    )
    occurs_on = models.DateField(
        null=True, blank=True, help_text="The rule's own day, before it was moved to a business day."
    )
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("account", "due_on", "id")
        constraints = (
            models.CheckConstraint(
                name="cash_flow_is_done_or_cancelled",
                condition=Q(done_on=None) | Q(cancelled_at=None),
            ),
            models.CheckConstraint(
                name="cash_flow_of_a_rule_has_its_day",
                condition=Q(rule=None, occurs_on=None) | Q(rule__isnull=False, occurs_on__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_cash_flow_an_occurrence",
                fields=("rule", "occurs_on"),
                condition=Q(rule__isnull=False, replaces=None),
            ),
            columns.between("cash_flow_amount_bounded", "amount", -columns.MONEY_MAX, columns.MONEY_MAX),
            models.CheckConstraint(
                name="cash_flow_sign_follows_kind",
                condition=Q(kind="contribution", amount__gt=0) | (~Q(kind="contribution") & Q(amount__lt=0)),
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of ${abs(self.amount):,.2f} due {self.due_on}"

    @property
    def is_open(self) -> bool:
        """Whether it still counts: neither done nor cancelled."""
        return self.done_on is None and self.cancelled_at is None


class CashFlowRule(models.Model):
    """Money due again and again: each occurrence becomes a cash flow of its own some weeks ahead.

    A rule never changes. Changing one ends it and makes another that takes its place.
    """

    class Every(models.TextChoices):
        MONTH = "month", "Every month"
        QUARTER = "quarter", "Every three months"
        YEAR = "year", "Every year"

    class Moved(models.TextChoices):
        BEFORE = "before", "to the business day before"
        AFTER = "after", "to the next business day"

    public_id = columns.PublicIdField("cr")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="cash_flow_rules")
    kind = columns.ChoiceField(max_length=12, choices=CashFlow.Kind.choices)
    amount = columns.money(help_text="Signed: negative leaves the account.")
    every = columns.ChoiceField(max_length=7, choices=Every.choices)
    day = models.PositiveSmallIntegerField(
        help_text="Day of the month; the last day of a month that is shorter."
    )
    starts_on = models.DateField(help_text="The month of the first occurrence; none falls before this day.")
    until_on = models.DateField(null=True, blank=True)
    count = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many times; empty: no limit."
    )
    moved = columns.ChoiceField(
        max_length=6, choices=Moved.choices, help_text="Where an occurrence on a day without business goes."
    )
    note = models.CharField(max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("account", "starts_on", "id")
        constraints = (
            columns.between("cash_flow_rule_amount_bounded", "amount", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("cash_flow_rule_day_of_a_month", "day", 1, 31),
            columns.between("cash_flow_rule_count_bounded", "count", 1, 600),
            columns.in_order("cash_flow_rule_ends_after_it_starts", "starts_on", "until_on"),
            models.CheckConstraint(
                name="cash_flow_rule_sign_follows_kind",
                condition=Q(kind="contribution", amount__gt=0) | (~Q(kind="contribution") & Q(amount__lt=0)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of ${abs(self.amount):,.2f}, {self.get_every_display().lower()}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id


class LifeEvent(models.Model):
    """A change in the client's situation; open until the policy has been approved again after it."""

    class Kind(models.TextChoices):
        JOB_LOSS = "job_loss", "Job loss"
        INHERITANCE = "inheritance", "Inheritance"
        DIVORCE = "divorce", "Divorce"
        DEATH = "death", "Death"
        RETIREMENT = "retirement", "Retirement"
        BUSINESS_SALE = "business_sale", "Sale of a business"
        STATE_MOVE = "state_move", "Move to another state"
        MARRIAGE = "marriage", "Marriage"

    public_id = columns.PublicIdField("le")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="life_events")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="life_events"
    )
    kind = columns.ChoiceField(max_length=13, choices=Kind.choices)
    opened_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    document = models.CharField(
        max_length=200, blank=True, default="", help_text="The paper that shows it, and where it is kept."
    )
    document_sha256 = models.CharField(max_length=64, blank=True, default="")
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The row that this one corrects.",
    )
    resolved_on = models.DateField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolution = models.CharField(
        max_length=300, blank=True, help_text="What ended it: a policy, or a person's reason."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("household", "-opened_on", "id")
        constraints = (
            columns.in_order("life_event_resolves_after_it_opens", "opened_on", "resolved_on"),
            models.CheckConstraint(
                name="life_event_is_resolved_or_cancelled",
                condition=Q(resolved_on=None) | Q(cancelled_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.opened_on}"

    @property
    def is_open(self) -> bool:
        """Whether it still holds trades back: neither resolved nor cancelled."""
        return self.resolved_on is None and self.cancelled_at is None

    @property
    def household_ref(self) -> str:
        return self.household.public_id
