"""Alarms of the monitors, from the first day of their cause to the day it ended, and what people answered to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns


class Alarm(models.Model):
    """What a monitor found in a household. It ends by itself when its cause ends; the same cause later is another one."""

    class Monitor(models.TextChoices):
        NEVER = "never_rebalanced", "Never rebalanced"
        OFTEN = "rebalanced_too_often", "Rebalanced too often"
        IDLE_CASH = "idle_cash", "Idle cash"
        IGNORED_CASH = "cash_flow_ignored", "Cash flow ignored"
        ALIKE = "accounts_alike", "Accounts treated alike"
        NOT_TOLD = "client_not_told", "Client not told"
        OUTLIVED = "hold_outlived", "Hold outlived its cause"
        UNREAD = "not_read", "Read by no scan"

    public_id = columns.PublicIdField("al")
    monitor = columns.ChoiceField(max_length=20, choices=Monitor.choices)
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="alarms")
    about = models.CharField(
        max_length=40, blank=True, help_text="The id of what it is about; empty: the household."
    )
    sentence = models.TextField(
        help_text="What was found, with its figures, as of the last day it was looked at."
    )
    figures = models.JSONField(default=dict, help_text="The facts that the monitor compared, as text.")
    first_on = models.DateField(help_text="The first day on which it was found.")
    last_on = models.DateField(help_text="The last day on which it was found.")
    ended_on = models.DateField(null=True, blank=True, help_text="Empty: its cause is still there.")

    class Meta:
        ordering = ("-first_on", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_open_alarm_a_cause",
                fields=("monitor", "household", "about"),
                condition=Q(ended_on=None),
            ),
            models.CheckConstraint(
                name="alarm_is_found_in_order", condition=Q(last_on__gte=models.F("first_on"))
            ),
            models.CheckConstraint(
                name="alarm_ends_after_it_was_found",
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("first_on")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_monitor_display()}: {self.household}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id


class Acknowledgement(models.Model):
    """A person's answer to an alarm: known, for a reason, until a day. It is withdrawn, never changed."""

    public_id = columns.PublicIdField("ak")
    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="acknowledgements")
    reason = models.CharField(max_length=300)
    until_on = models.DateField(help_text="The last day on which it counts.")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-given_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_standing_acknowledgement", fields=("alarm",), condition=Q(withdrawn_at=None)
            ),
            models.CheckConstraint(name="acknowledgement_gives_its_reason", condition=~Q(reason="")),
        )

    @property
    def household_ref(self) -> str:
        return self.alarm.household.public_id
