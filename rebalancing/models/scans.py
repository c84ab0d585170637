"""Scans: a run over all households, one item each, and the reading that every household gets.

PostgreSQL is the queue of record. The worker that holds an item's lease works on it. The attempt number is a
fencing token: a worker that comes back late with an old number is refused.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from clients.models import columns


class ScanRun(models.Model):
    """One pass over all households for one market day."""

    class Scan(models.TextChoices):
        DAILY = "daily", "Daily drift scan"
        REQUESTED = "requested", "Requested drift scan"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"

    public_id = columns.PublicIdField("sc")
    scan = columns.ChoiceField(max_length=9, choices=Scan.choices)
    market_on = models.DateField(help_text="The market day whose closing prices are measured.")
    sequence = models.PositiveSmallIntegerField(
        default=0, help_text="0 for the scheduled scan; requested scans of a day count from 1."
    )
    state = columns.ChoiceField(max_length=9, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the timetable.",
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    code_version = models.CharField(max_length=40)
    households = models.PositiveIntegerField(default=0, help_text="How many the run is over.")
    tally = models.JSONField(
        default=dict,
        blank=True,
        help_text="Households by how they ended, counted once when the run is complete; empty until then.",
    )
    settled_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When what needs no full reading was settled; before that, nothing is offered to workers.",
    )
    settle_attempt = models.PositiveSmallIntegerField(default=0)
    settle_until = models.DateTimeField(
        null=True, blank=True, help_text="The lease of the worker that settles; empty while none does."
    )

    class Meta:
        ordering = ("-market_on", "-sequence")
        constraints = (
            models.UniqueConstraint(name="one_run_a_scan_and_day", fields=("scan", "market_on", "sequence")),
            models.CheckConstraint(
                name="finished_scan_says_when", condition=Q(state="running") | Q(finished_at__isnull=False)
            ),
            columns.in_order("scan_finishes_after_it_starts", "started_at", "finished_at"),
        )
        indexes = (models.Index(name="running_scans", fields=("id",), condition=Q(state="running")),)


class ScanItem(models.Model):
    """One household of a run: the unit of work."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        LEASED = "leased", "In progress"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"

    run = models.ForeignKey(ScanRun, on_delete=models.CASCADE, related_name="items")
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="scan_items")
    state = columns.ChoiceField(max_length=7, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_to = models.CharField(max_length=80, blank=True)
    retry_at = models.DateTimeField(
        null=True, blank=True, help_text="Not before this moment, after a failure."
    )
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("run", "id")
        constraints = (
            models.UniqueConstraint(name="one_item_a_run_and_household", fields=("run", "household")),
            models.CheckConstraint(
                name="leased_item_has_a_lease",
                condition=~Q(state="leased") | (Q(lease_until__isnull=False) & ~Q(leased_to="")),
            ),
            columns.between("scan_item_attempts_bounded", "attempt", 0, 100),
        )
        indexes = (
            # What a worker asks for, each answered by an index that holds nothing else: it costs the same at any size.
            models.Index(
                name="waiting_scan_items", fields=("run", "attempt", "id"), condition=Q(state="waiting")
            ),
            models.Index(
                name="leased_scan_items", fields=("run", "lease_until", "id"), condition=Q(state="leased")
            ),
        )


class Reading(models.Model):
    """What a scan measured for one household and what it did, with the reason, even when it did nothing."""

    class Outcome(models.TextChoices):
        IN_BAND = "in_band", "Inside its bands"
        PROPOSED = "proposed", "Proposal drafted"
        PENDING = "pending", "Proposal already open"
        HELD = "held", "Held back"
        DATA = "data", "Data needs attention"
        NO_POLICY = "no_policy", "No policy in force"
        NOT_DUE = "not_due", "Not due for review"
        NO_BENEFIT = "no_benefit", "Trading would not help"
        IMPOSSIBLE = "impossible", "No plan within the rules"
        FAILED = "failed", "Could not be read"

    public_id = columns.PublicIdField("re")
    run = models.ForeignKey(ScanRun, on_delete=models.PROTECT, related_name="readings")
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="readings")
    outcome = columns.ChoiceField(max_length=10, choices=Outcome.choices)
    reason = models.TextField(help_text="One or two sentences a client could read.")
    value = columns.money(null=True, blank=True)
    worst_drift = columns.weight(
        null=True, blank=True, help_text="Signed drift of the class furthest off target."
    )
    worst_class = models.CharField(max_length=80, blank=True)
    outside_value = columns.money(null=True, blank=True, help_text="Dollars outside the bands.")
    measures = models.JSONField(
        default=list,
        blank=True,
        help_text="By class: weight, target, lower, upper, drift, all decimal strings.",
    )
    account_weights = models.JSONField(
        default=list,
        blank=True,
        help_text="What accounts weigh that no measure stands for, for information: their own weight by class.",
    )
    triggers = models.JSONField(
        default=list, blank=True, help_text="What called for action, with both numbers."
    )
    holds = models.JSONField(
        default=list, blank=True, help_text="What held it back, with figures and what ends it."
    )
    looked = models.JSONField(
        default=dict,
        blank=True,
        help_text="What was looked at and asked: policy, model, days of holdings, triggers, holds, the plan's figures. Empty in older readings.",
    )
    input_digest = models.CharField(max_length=64, blank=True)
    prices_as_of_on = models.DateField(null=True, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ("-run__market_on", "household")
        constraints = (
            models.UniqueConstraint(name="one_reading_a_run_and_household", fields=("run", "household")),
            models.CheckConstraint(name="reading_gives_its_reason", condition=~Q(reason="")),
            columns.between("reading_value_bounded", "value", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("reading_drift_bounded", "worst_drift", -100, 100),
            columns.between("reading_outside_bounded", "outside_value", 0, columns.MONEY_MAX),
        )
        indexes = (
            # The record is asked by code over years: which days did this trigger call, which did this hold hold back?
            GinIndex(name="reading_trigger_codes", fields=("triggers",), opclasses=["jsonb_path_ops"]),
            GinIndex(name="reading_hold_codes", fields=("holds",), opclasses=["jsonb_path_ops"]),
            models.Index(name="readings_by_outcome", fields=("outcome", "run")),
            # A list asks for each household's latest; it costs the same after years of daily readings.
            models.Index(
                "household", models.F("read_at").desc(), models.F("id").desc(), name="latest_readings"
            ),
        )
