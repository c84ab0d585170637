"""Households, the people in them, and whose book they are in."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clients.encryption import EncryptedTextField
from clients.models import columns

MERGED_FAR = 4
"""How many mergers deep a household's predecessors are followed."""


class HouseholdQuerySet(models.QuerySet["Household"]):
    def with_merged(self, found: Q) -> Self:
        """The households found, and those that were merged into them: what became of a client stays readable."""
        into = {
            f"{'merged_into__' * far}pk__in": self.filter(found).values("pk") for far in range(MERGED_FAR)
        }
        wanted = Q(pk__in=[])
        for path, keys in into.items():
            wanted |= Q(**{path: keys})
        return self.filter(wanted)


class Household(models.Model):
    """The set of accounts whose trades are decided and tested together."""

    public_id = columns.PublicIdField("hh")
    code = models.CharField(
        max_length=32, unique=True, help_text="The firm's own short code, as files carry it."
    )
    name = models.CharField(max_length=120)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    profile_confirmed_on = models.DateField(
        null=True,
        blank=True,
        help_text="When objectives, horizon and risk were last confirmed with the client.",
    )
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged",
        help_text="The household that took over its people and accounts.",
    )
    split_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="split",
        help_text="The household that its people and accounts came from.",
    )

    objects: ClassVar[Any] = HouseholdQuerySet.as_manager()

    class Meta:
        ordering = ("name", "code")
        constraints = (
            columns.in_order("household_closes_after_it_opens", "opened_on", "closed_on"),
            models.CheckConstraint(
                name="merged_household_is_closed",
                condition=Q(merged_into=None) | Q(closed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="household_is_not_merged_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def household_ref(self) -> str:
        """How the audit trail names whose data this is."""
        return self.public_id


class Person(models.Model):
    """A person of a household: an owner, a spouse, a child, a trustee; or a trust or an entity that owns accounts.

    A trust or an entity has its whole name in `family_name` and no given name.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        TRUST = "trust", "Trust or estate"
        ENTITY = "entity", "Company, partnership or foundation"

    class Part(models.TextChoices):
        HEAD = "head", "Head"
        SPOUSE = "spouse", "Spouse"
        CHILD = "child", "Child"
        TRUSTEE = "trustee", "Trustee"
        OTHER = "other", "Other"

    class MaySee(models.TextChoices):
        HOUSEHOLD = "household", "The whole household"
        OWN_ACCOUNTS = "own_accounts", "Own accounts only"
        NOTHING = "nothing", "Nothing"

    public_id = columns.PublicIdField("pe")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="people")
    kind = columns.ChoiceField(max_length=6, choices=Kind.choices, default=Kind.PERSON)
    given_name = models.CharField(max_length=60, blank=True)
    family_name = models.CharField(max_length=120)
    parties = models.CharField(
        max_length=500, blank=True, help_text="Trustees and beneficiaries, or who signs for an entity."
    )
    part = columns.ChoiceField(max_length=8, choices=Part.choices, default=Part.HEAD)
    spouse = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="spouse_of"
    )
    born_on_text = EncryptedTextField(null=True, blank=True, help_text="ISO date of birth, encrypted.")
    tax_number = EncryptedTextField(null=True, blank=True, help_text="SSN or TIN, encrypted.")
    tax_number_last4 = models.CharField(max_length=4, blank=True)
    deceased_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(
        null=True, blank=True, help_text="When they ceased to belong to the household."
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="client_person",
        help_text="The sign-in of this person as a client, if any.",
    )
    may_see = columns.ChoiceField(max_length=12, choices=MaySee.choices, default=MaySee.HOUSEHOLD)

    class Meta:
        ordering = ("household", "id")
        verbose_name_plural = "people"
        constraints = (
            models.CheckConstraint(
                name="person_is_not_their_own_spouse", condition=Q(spouse=None) | ~Q(spouse=F("id"))
            ),
            models.CheckConstraint(
                name="only_people_have_given_names_spouses_and_deaths",
                condition=(Q(kind="person") & ~Q(given_name=""))
                | (~Q(kind="person") & Q(given_name="", spouse=None, deceased_on=None)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    @property
    def is_human(self) -> bool:
        return self.kind == Person.Kind.PERSON

    @property
    def born_on(self) -> date | None:
        """The birth date; None where it is not on record."""
        return date.fromisoformat(self.born_on_text) if self.born_on_text else None


class BookEntryQuerySet(models.QuerySet["BookEntry"]):
    def on(self, day: Any) -> Self:
        """The entries that count on a day, which may be an expression of the query."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


class BookEntry(models.Model):
    """A household is in this member of staff's book for a span of days."""

    class Part(models.TextChoices):
        ADVISOR = "advisor", "Advisor"
        REVIEWER = "reviewer", "Reviewer"

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="book_entries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="book_entries")
    part = columns.ChoiceField(max_length=8, choices=Part.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = BookEntryQuerySet.as_manager()

    class Meta:
        ordering = ("household", "starts_on")
        verbose_name_plural = "book entries"
        constraints = (
            columns.in_order("book_entry_ends_after_it_starts", "starts_on", "ends_on"),
            models.UniqueConstraint(
                name="one_open_book_entry_a_person_and_part",
                fields=("household", "user", "part"),
                condition=Q(ends_on=None),
            ),
        )
