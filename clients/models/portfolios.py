"""Model portfolios: a tree of classes, sleeves and ranked securities, in versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.securities import AssetClass, Security


class ModelPortfolio(models.Model):
    """A named model that many policies may follow."""

    public_id = columns.PublicIdField("mo")
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    """One version of a model; a published version never changes.

    The version in force on a day is the newest published or superseded one that takes effect by then: a version that
    is published for a later day leaves its predecessor in force until that day, and may be called off until then.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"
        CALLED_OFF = "called_off", "Called off"

    NEVER_IN_FORCE = (State.DRAFT, State.CALLED_OFF)
    """States of a version that nobody may follow."""

    model = models.ForeignKey(ModelPortfolio, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    state = columns.ChoiceField(max_length=10, choices=State.choices, default=State.DRAFT)
    effective_on = models.DateField(
        null=True,
        blank=True,
        help_text="Of a draft: the day it should take effect; empty: when it is approved.",
    )
    note = models.TextField(blank=True, help_text="Why this version is made.")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rescheduled_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was given another day, before its day."
    )
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    called_off_reason = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("model", "-version")
        constraints = (
            models.UniqueConstraint(name="one_model_version", fields=("model", "version")),
            models.UniqueConstraint(
                name="one_published_version_a_model", fields=("model",), condition=Q(state="published")
            ),
            models.UniqueConstraint(name="one_draft_a_model", fields=("model",), condition=Q(state="draft")),
            models.CheckConstraint(
                name="published_model_is_dated",
                condition=Q(state="draft")
                | Q(published_at__isnull=False, published_by__isnull=False, effective_on__isnull=False),
            ),
            models.CheckConstraint(
                name="called_off_model_says_when_and_why",
                condition=(
                    Q(state="called_off", called_off_at__isnull=False, called_off_by__isnull=False)
                    & ~Q(called_off_reason="")
                )
                | (~Q(state="called_off") & Q(called_off_at=None, called_off_by=None, called_off_reason="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.version}"


class ModelClass(models.Model):
    """A class of a model and its weight; the weights of a version add up to one."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="classes")
    asset_class = models.ForeignKey(AssetClass, on_delete=models.PROTECT, related_name="model_classes")
    weight = columns.weight()

    class Meta:
        ordering = ("version", "asset_class__position")
        constraints = (
            models.UniqueConstraint(name="one_model_class", fields=("version", "asset_class")),
            columns.between("model_class_weight_bounded", "weight", 0, 1),
        )


class Sleeve(models.Model):
    """A part of a class that one kind of security fills; the sleeves of a class add up to one."""

    model_class = models.ForeignKey(ModelClass, on_delete=models.CASCADE, related_name="sleeves")
    name = models.CharField(max_length=80)
    weight = columns.weight(help_text="Share of the class.")

    class Meta:
        ordering = ("model_class", "id")
        constraints = (
            models.UniqueConstraint(name="one_sleeve_a_name", fields=("model_class", "name")),
            models.CheckConstraint(name="sleeve_weight_bounded", condition=Q(weight__gt=0, weight__lte=1)),
        )


class SleeveMember(models.Model):
    """A security of a sleeve: the first choice, an alternate, or one that is no longer bought and sold as taxes allow."""

    class Use(models.TextChoices):
        PRIMARY = "primary", "First choice"
        ALTERNATE = "alternate", "Alternate"
        LEGACY = "legacy", "Not bought, sold as taxes allow"

    class Place(models.TextChoices):
        ANY = "any", "Any account"
        TAXABLE = "taxable", "Taxable accounts"
        SHELTERED = "sheltered", "Retirement and other untaxed accounts"

    sleeve = models.ForeignKey(Sleeve, on_delete=models.CASCADE, related_name="members")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="sleeve_members")
    use = columns.ChoiceField(max_length=9, choices=Use.choices, default=Use.PRIMARY)
    place = columns.ChoiceField(max_length=9, choices=Place.choices, default=Place.ANY)
    rank = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("sleeve", "rank", "id")
        constraints = (
            models.UniqueConstraint(name="one_sleeve_member", fields=("sleeve", "security", "place")),
        )


class TakenPart(models.Model):
    """A class of a version, or one sleeve of it, that was taken from another model's published version.

    The part itself is copied into the version's own rows, so that nothing has to be looked up to know what is bought;
    this row keeps where it came from.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="taken_parts")
    asset_class = models.ForeignKey(AssetClass, on_delete=models.PROTECT, related_name="taken_parts")
    sleeve = models.CharField(max_length=80, blank=True, help_text="Empty: the whole class.")
    source = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="given_parts")

    class Meta:
        ordering = ("version", "asset_class__position", "sleeve")
        constraints = (
            models.UniqueConstraint(name="one_source_a_part", fields=("version", "asset_class", "sleeve")),
            models.CheckConstraint(
                name="no_part_of_its_own_version", condition=~Q(version=models.F("source"))
            ),
        )
