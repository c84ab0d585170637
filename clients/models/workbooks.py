"""Workbooks: the firm's own spreadsheet as received, what loading it would do household by household, and what it did."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.encryption import EncryptedBinaryField
from clients.models import columns


class Workbook(models.Model):
    """One workbook, recognized by the digest of its bytes."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", "Ready to confirm"
        LOADING = "loading", "Being loaded"
        LOADED = "loaded", "Loaded"
        REFUSED = "refused", "Refused"
        DISCARDED = "discarded", "Discarded"

    class Channel(models.TextChoices):
        BROWSER = "browser", "Upload"
        API = "api", "API"
        COMMAND = "command", "Command line"
        SHIPPED = "shipped", "Starter set"

    public_id = columns.PublicIdField("wb")
    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    content = EncryptedBinaryField(help_text="Encrypted: it names tax numbers and whole account numbers.")
    size = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=4, blank=True, help_text="xlsx, csv or yaml.")
    channel = columns.ChoiceField(max_length=7, choices=Channel.choices)
    state = columns.ChoiceField(max_length=9, choices=State.choices)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    faults = models.JSONField(
        default=list, blank=True, help_text="Sheet, row, column, value, rule and cure; without secret values."
    )
    firm_changes = models.JSONField(
        default=list, blank=True, help_text="What it changes in classes, securities and models."
    )
    firm_done_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="Of what the preview shows.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    loaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-received_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="loaded_workbook_says_when",
                condition=~Q(state="loaded") | Q(confirmed_at__isnull=False, loaded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="loading_workbook_is_confirmed",
                condition=~Q(state="loading") | Q(confirmed_at__isnull=False, loaded_at=None),
            ),
        )

    def __str__(self) -> str:
        return self.name


class WorkbookHousehold(models.Model):
    """A household as a workbook names it: all its rows are loaded, or none."""

    class Result(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        UNCHANGED = "unchanged", "Unchanged"
        REFUSED = "refused", "Refused"

    class State(models.TextChoices):
        WAITING = "waiting", "Not loaded yet"
        DONE = "done", "Loaded"
        FAILED = "failed", "Not loaded"

    workbook = models.ForeignKey(Workbook, on_delete=models.CASCADE, related_name="households")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=120, blank=True)
    result = columns.ChoiceField(max_length=9, choices=Result.choices)
    state = columns.ChoiceField(max_length=7, choices=State.choices, default=State.WAITING)
    changes = models.JSONField(default=list, blank=True, help_text="What loading does, in words.")
    refusal = models.TextField(blank=True, help_text="Why it could not be loaded.")
    household = models.ForeignKey(
        "clients.Household", null=True, blank=True, on_delete=models.PROTECT, related_name="workbook_rows"
    )
    policy = models.ForeignKey(
        "clients.Policy", null=True, blank=True, on_delete=models.PROTECT, related_name="workbook_rows"
    )

    class Meta:
        ordering = ("workbook", "position")
        constraints = (
            models.UniqueConstraint(name="one_workbook_row_a_household", fields=("workbook", "code")),
        )

    def __str__(self) -> str:
        return f"{self.code} in {self.workbook}"
