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
    done_on = models.DateField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("account", "due_on", "id")
        constraints = (
            columns.between("cash_flow_amount_bounded", "amount", -columns.MONEY_MAX, columns.MONEY_MAX),
            models.CheckConstraint(
                name="cash_flow_sign_follows_kind",
                condition=Q(kind="contribution", amount__gt=0) | (~Q(kind="contribution") & Q(amount__lt=0)),
            ),
        )

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
    resolved_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("household", "-opened_on", "id")
        constraints = (columns.in_order("life_event_resolves_after_it_opens", "opened_on", "resolved_on"),)

    @property
    def household_ref(self) -> str:
        return self.household.public_id
