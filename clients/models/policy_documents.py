"""The words of an investment policy, who signed it, and the firm's templates for new ones."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clients.encryption import EncryptedBinaryField
from clients.models import columns
from clients.models.households import Person
from clients.models.policies import Policy

SECTION_MAX = 8_000


class PolicySection(models.Model):
    """One part of a policy in words, as the client reads and signs it."""

    class Code(models.TextChoices):
        PURPOSE = "purpose", "Purpose"
        DISCIPLINE = "discipline", "How we keep to the plan"
        WILL = "will", "What we will do"
        WILL_NOT = "will_not", "What we will not do"
        PARTIES = "parties", "Who decides, who acts and who watches"
        RETURN_NEED = "return_need", "Return needed and distributions"
        RISK_CAPACITY = "risk_capacity", "Willingness and ability to bear losses"
        CONSTRAINTS = "constraints", "Liquidity, legal and other constraints"
        CONCENTRATION = "concentration", "Concentrated holdings and exclusions"
        INSTRUMENTS = "instruments", "What may be held and what may not"
        WAITING = "waiting", "When we hold trades back"
        LOTS = "lots", "Tax lots, loss harvesting and wash sales"
        REPORTING = "reporting", "Reports and reviews"
        CHANGES = "changes", "How this policy changes"

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="sections")
    code = columns.ChoiceField(max_length=13, choices=Code.choices)
    text = models.TextField()

    class Meta:
        ordering = ("policy", "id")
        constraints = (models.UniqueConstraint(name="one_section_once", fields=("policy", "code")),)


class PolicySignature(models.Model):
    """A party's signature under exactly one content of a policy, named by its fingerprint."""

    class Party(models.TextChoices):
        CLIENT = "client", "Client"
        ADVISOR = "advisor", "Advisor"
        COMPLIANCE = "compliance", "Compliance"

    class Method(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in this system"
        PAPER = "paper", "Signed document on file"
        EARLIER = "earlier", "Signed before it was kept here"

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="signatures")
    party = columns.ChoiceField(max_length=10, choices=Party.choices)
    method = columns.ChoiceField(max_length=9, choices=Method.choices)
    name = models.CharField(max_length=160)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    signed_on = models.DateField()
    document_sha256 = models.CharField(max_length=64, blank=True)
    document_name = models.CharField(max_length=200, blank=True)
    document = EncryptedBinaryField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("policy", "recorded_at", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_signature_a_party_person_and_text",
                fields=("policy", "party", "name", "fingerprint"),
            ),
            models.CheckConstraint(
                name="signature_names_what_was_signed", condition=Q(fingerprint__length=64) & ~Q(name="")
            ),
            models.CheckConstraint(
                name="signature_on_paper_has_its_document",
                condition=~Q(method="paper") | Q(document_sha256__length=64, document__isnull=False),
            ),
            models.CheckConstraint(
                name="signature_here_has_its_signer",
                condition=~Q(method="signed_in") | Q(recorded_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.name}"


class PolicyTemplate(models.Model):
    """One version of a firm template: texts with placeholders, terms, targets and bands."""

    public_id = columns.PublicIdField("pt")
    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    content = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "-version")
        constraints = (
            models.UniqueConstraint(name="one_template_version", fields=("code", "version")),
            models.UniqueConstraint(
                name="one_template_in_use_a_code", fields=("code",), condition=Q(retired_at=None)
            ),
            models.CheckConstraint(
                name="template_is_retired_by_someone",
                condition=Q(retired_at=None, retired_by=None)
                | Q(retired_at__gte=F("made_at"), retired_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"
