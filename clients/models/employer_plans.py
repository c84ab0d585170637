"""Employers' retirement plans: which funds each lets its participants buy, and which accounts belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.securities import Security

if TYPE_CHECKING:
    from datetime import date


def _person(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        **options,  # type: ignore[arg-type]
    )


class EmployerPlan(models.Model):
    """A plan of an employer, kept once for all accounts in it."""

    public_id = columns.PublicIdField("ep")
    code = models.SlugField(max_length=32, unique=True, help_text="The firm's own short code of the plan.")
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200, help_text="The plan's document with the list of its funds.")
    made_by = _person()
    made_at = models.DateTimeField()
    retired_by = _person()
    retired_at = models.DateTimeField(null=True, blank=True)
    retire_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class PlanFund(models.Model):
    """A line of a plan's menu. Changing one ends it and makes another that takes its place."""

    public_id = columns.PublicIdField("pf")
    plan = models.ForeignKey(EmployerPlan, on_delete=models.PROTECT, related_name="funds")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="plan_funds")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="Its last day on the menu.")
    closed_on = models.DateField(
        null=True, blank=True, help_text="Closed to new money from this day; what is held may stay."
    )
    weight_min = columns.weight(
        null=True, blank=True, help_text="The least share of the account that the plan lets the fund have."
    )
    entered_by = _person()
    entered_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    ended_by = _person()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("plan", "security__symbol", "-id")
        constraints = (
            columns.in_order("plan_fund_ends_after_it_starts", "starts_on", "ends_on"),
            columns.between("plan_fund_minimum_bounded", "weight_min", 0, 1),
            models.UniqueConstraint(
                name="one_line_a_fund_of_a_plan", fields=("plan", "security"), condition=Q(ended_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.security.symbol} in {self.plan}"

    def is_on_menu(self, *, on: date) -> bool:
        """Whether the plan lists the fund on a day."""
        return self.ended_at is None and self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)

    def may_be_bought(self, *, on: date) -> bool:
        """Whether new money may go into the fund on a day."""
        return self.is_on_menu(on=on) and (self.closed_on is None or on < self.closed_on)


class PlanAccount(models.Model):
    """An account that belongs to an employer's plan."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="plan_accounts")
    plan = models.ForeignKey(EmployerPlan, on_delete=models.PROTECT, related_name="accounts")
    entered_by = _person()
    entered_at = models.DateTimeField()
    ended_by = _person()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("plan", "account")
        constraints = (
            models.UniqueConstraint(
                name="one_plan_an_account", fields=("account",), condition=Q(ended_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} in {self.plan}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id
