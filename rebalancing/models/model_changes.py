"""Impact previews: what a version of a model would mean for each household that follows it. Nothing is proposed.

Previews are working papers: they are made again at will, and go with their draft.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from rebalancing.models.scans import Reading


class ImpactRun(models.Model):
    """One preview of one version, over all households that follow its model by name."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"

    public_id = columns.PublicIdField("im")
    version = models.ForeignKey("clients.ModelVersion", on_delete=models.CASCADE, related_name="impacts")
    fingerprint = models.CharField(max_length=64, help_text="Digest of the version as it was previewed.")
    market_on = models.DateField(help_text="The market day whose closing prices are used.")
    trade_on = models.DateField()
    state = columns.ChoiceField(max_length=9, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField()

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_running_impact_a_version", fields=("version",), condition=Q(state="running")
            ),
            models.CheckConstraint(
                name="finished_impact_says_when", condition=Q(state="running") | Q(finished_at__isnull=False)
            ),
        )


class ImpactItem(models.Model):
    """One household of a preview: the unit of work, and what was found."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        LEASED = "leased", "In progress"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"

    run = models.ForeignKey(ImpactRun, on_delete=models.CASCADE, related_name="items")
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="+")
    state = columns.ChoiceField(max_length=7, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_to = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome_before = columns.ChoiceField(max_length=10, choices=Reading.Outcome.choices, blank=True)
    outcome_after = columns.ChoiceField(max_length=10, choices=Reading.Outcome.choices, blank=True)
    reason = models.TextField(blank=True, help_text="What the version would call for, and why.")
    value = columns.money(null=True, blank=True)
    outside_before = columns.money(null=True, blank=True, help_text="Dollars outside the bands today.")
    outside_after = columns.money(null=True, blank=True, help_text="Dollars outside the bands with it.")
    orders = models.PositiveIntegerField(null=True, blank=True)
    traded_before = columns.money(null=True, blank=True, help_text="Bought and sold without the version.")
    traded_after = columns.money(null=True, blank=True, help_text="Bought and sold with the version.")
    tax_before = columns.money(null=True, blank=True, help_text="Estimated tax without the version.")
    tax_after = columns.money(null=True, blank=True, help_text="Estimated tax with the version.")

    class Meta:
        ordering = ("run", "id")
        constraints = (
            models.UniqueConstraint(name="one_impact_a_run_and_household", fields=("run", "household")),
            models.CheckConstraint(
                name="leased_impact_has_a_lease",
                condition=~Q(state="leased") | (Q(lease_until__isnull=False) & ~Q(leased_to="")),
            ),
            *(
                columns.between(f"impact_{name}_bounded", name, least, columns.MONEY_MAX)
                for name, least in (
                    ("value", -columns.MONEY_MAX),
                    ("outside_before", 0),
                    ("outside_after", 0),
                    ("traded_before", 0),
                    ("traded_after", 0),
                    ("tax_before", -columns.MONEY_MAX),
                    ("tax_after", -columns.MONEY_MAX),
                )
            ),
        )
        indexes = (
            models.Index(
                name="claimable_impact_items",
                fields=("run", "state", "lease_until"),
                condition=Q(state__in=("waiting", "leased")),
            ),
        )
