"""An account number that a custodian changes: announced by one person, confirmed by another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.encryption import EncryptedTextField
from clients.models import columns
from clients.models.accounts import Account


class NumberChange(models.Model):
    """That an account has another number from a day on. It counts once a second person has confirmed it.

    The whole number is encrypted; it is not part of what the trail or a review shows.
    """

    public_id = columns.PublicIdField("nc")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="number_changes")
    number = EncryptedTextField(help_text="The whole new number, encrypted.")
    number_last4 = models.CharField(max_length=4)
    from_on = models.DateField(help_text="The first day on which the account has the new number.")
    document = models.CharField(max_length=200, blank=True)
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-announced_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_open_number_change_an_account",
                fields=("account",),
                condition=Q(confirmed_at=None, withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="number_change_is_of_two_people",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("announced_by")),
            ),
            models.CheckConstraint(
                name="number_change_is_confirmed_or_withdrawn",
                condition=Q(confirmed_at=None) | Q(withdrawn_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"····{self.number_last4} from {self.from_on}"

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.withdrawn_at is None
