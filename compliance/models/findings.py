"""Findings, overrides and client consents: rows that are never changed."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance import public_ids
from compliance.digests.fingerprint import PATTERN
from compliance.models.reviews import Review

FINDINGS_MAX = 100_000


class SeverityLevel(models.IntegerChoices):
    """The rule book's severities, as stored: PASS < WARN < OVERRIDE < BLOCK."""

    PASS = 0, "Pass"
    WARN = 1, "Note"
    OVERRIDE = 2, "Needs a reason"
    BLOCK = 3, "Block"


class Examination(models.Model):
    """One run of the rule book over the case with this fingerprint."""

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "ex"), editable=False
    )
    review = models.ForeignKey(Review, models.PROTECT, related_name="examinations")
    fingerprint = models.CharField(max_length=64)
    stage = models.CharField(max_length=16)
    examined_at = models.DateTimeField()
    worst = models.PositiveSmallIntegerField(choices=SeverityLevel.choices)
    findings_count = models.PositiveIntegerField()

    class Meta:
        ordering = ("examined_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="examination_fingerprint_is_sha256", condition=Q(fingerprint__regex=PATTERN)
            ),
            models.CheckConstraint(
                name="examination_worst_is_known", condition=Q(worst__in=SeverityLevel.values)
            ),
            # An examination without findings checked nothing, which never counts as a pass.
            models.CheckConstraint(
                name="examination_found_something",
                condition=Q(findings_count__gte=1, findings_count__lte=FINDINGS_MAX),
            ),
        )

    def __str__(self) -> str:
        return f"{self.public_id} ({self.stage})"


class FindingRow(models.Model):
    """One rule's finding as it was, readable years later without the code.

    `key` names the same concern (rule and place) across examinations, so that an override given
    when the reviewer read the page still counts when the rules run again at approval.
    """

    examination = models.ForeignKey(Examination, models.PROTECT, related_name="findings")
    position = models.PositiveIntegerField()
    rule = models.CharField(max_length=32)
    rule_version = models.PositiveIntegerField()
    severity = models.PositiveSmallIntegerField(choices=SeverityLevel.choices)
    sentence = models.TextField()
    how_to_fix = models.TextField(blank=True, default="")
    about = models.TextField(help_text="Canonical JSON: accounts, securities and lots it points at.")
    inputs = models.TextField(help_text="Canonical JSON: name and text pairs that were looked at.")
    thresholds = models.TextField(help_text="Canonical JSON: name and text pairs that were compared with.")
    override_roles = models.CharField(max_length=200, blank=True, default="")
    key = models.CharField(max_length=64)

    class Meta:
        ordering = ("examination", "position")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(name="finding_position_once", fields=("examination", "position")),
            models.CheckConstraint(name="finding_position_in_range", condition=Q(position__lte=FINDINGS_MAX)),
            models.CheckConstraint(name="finding_version_in_range", condition=Q(rule_version__lte=100_000)),
            models.CheckConstraint(
                name="finding_severity_is_known", condition=Q(severity__in=SeverityLevel.values)
            ),
            models.CheckConstraint(name="finding_key_is_sha256", condition=Q(key__regex=PATTERN)),
            models.CheckConstraint(name="finding_says_something", condition=~Q(rule="") & ~Q(sentence="")),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.get_severity_display()}: {self.sentence[:60]}"


class OverrideReason(models.TextChoices):
    """Why a finding that needs a reason was let through."""

    CLIENT_INSTRUCTION = "client_instruction", "Instructed by the client in writing"
    TAX_COST_ACCEPTED = "tax_cost_accepted", "Tax cost accepted for a named benefit"
    RISK_REDUCTION = "risk_reduction", "Reduces a larger risk"
    CASH_NEED = "cash_need", "Needed to raise cash on time"
    FACTS_CONFIRMED = "facts_confirmed", "Facts confirmed outside the system"
    OTHER = "other", "Other, as explained"


class Override(models.Model):
    """A named person overrides one finding, on one fingerprint, for a limited time."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="overrides")
    finding = models.ForeignKey(FindingRow, models.PROTECT, related_name="overrides")
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver_label = models.CharField(max_length=200)
    roles = models.CharField(max_length=200)
    reason = models.CharField(max_length=32, choices=OverrideReason.choices)
    text = models.TextField(max_length=5_000)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("given_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="override_reason_is_known", condition=Q(reason__in=OverrideReason.values)
            ),
            models.CheckConstraint(name="override_is_explained", condition=~Q(text="")),
            models.CheckConstraint(name="override_expires_later", condition=Q(expires_at__gt=F("given_at"))),
            models.CheckConstraint(
                name="override_hashes_are_sha256",
                condition=Q(fingerprint__regex=PATTERN) & Q(key__regex=PATTERN),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_reason_display()} by {self.approver_label}"


class ConsentChannel(models.TextChoices):
    """How the client consented."""

    PORTAL = "portal", "In the client portal"
    LETTER = "letter", "Signed letter"
    EMAIL = "email", "E-mail"
    PHONE = "phone", "Recorded telephone call"
    MEETING = "meeting", "Meeting, minuted"


class Consent(models.Model):
    """A client agreed to exactly this fingerprint; a later revision needs a new consent."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="consents")
    fingerprint = models.CharField(max_length=64)
    given_by = models.CharField(max_length=200, help_text="The client's name, as it will be read later.")
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    channel = models.CharField(max_length=16, choices=ConsentChannel.choices)
    evidence = models.CharField(max_length=200, blank=True, default="")
    account_ref = models.CharField(
        max_length=64, blank=True, default="", help_text="The account it is for; empty for all of them."
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_by_label = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("recorded_at", "id")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="consent_channel_is_known", condition=Q(channel__in=ConsentChannel.values)
            ),
            models.CheckConstraint(name="consent_names_who", condition=~Q(given_by="")),
            models.CheckConstraint(name="consent_expires_later", condition=Q(expires_at__gt=F("given_at"))),
            models.CheckConstraint(
                name="consent_recorded_afterwards", condition=Q(recorded_at__gte=F("given_at"))
            ),
            models.CheckConstraint(
                name="consent_fingerprint_is_sha256", condition=Q(fingerprint__regex=PATTERN)
            ),
            # A consent outside the portal needs a pointer to its evidence.
            models.CheckConstraint(
                name="consent_has_evidence", condition=Q(channel=ConsentChannel.PORTAL) | ~Q(evidence="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.given_by} {self.get_channel_display()}"
