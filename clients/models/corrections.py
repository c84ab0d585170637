"""Corrections of tax lots: what two people decided about a lot's basis or day, beside what the custodian's files say."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.holdings import TaxLot


class LotCorrection(models.Model):
    """A lot's day, basis or status as two people decided it; it stands against every file until it has ended.

    The `was_` columns are what stood on record, those without a prefix what was decided: a column that is the same in both
    was not decided, and follows the files. The `filed_` columns are what the last file says, restated with each file.
    """

    public_id = columns.PublicIdField("lc")
    lot = models.ForeignKey(TaxLot, on_delete=models.PROTECT, related_name="corrections")
    was_acquired_on = models.DateField(null=True, blank=True)
    was_basis = columns.money(null=True, blank=True)
    was_basis_status = columns.ChoiceField(max_length=10, choices=TaxLot.BasisStatus.choices)
    acquired_on = models.DateField(null=True, blank=True)
    basis = columns.money(null=True, blank=True, help_text="Of the whole lot as it was then.")
    basis_status = columns.ChoiceField(max_length=10, choices=TaxLot.BasisStatus.choices)
    quantity = columns.shares(help_text="The lot's shares when it was corrected.")
    evidence = models.CharField(max_length=1000)
    document = models.CharField(max_length=200, blank=True, help_text="Where the evidence is kept.")
    document_sha256 = models.CharField(max_length=64, blank=True)
    filed_acquired_on = models.DateField(null=True, blank=True)
    filed_basis = columns.money(null=True, blank=True)
    filed_basis_status = columns.ChoiceField(max_length=10, choices=TaxLot.BasisStatus.choices)
    filed_quantity = columns.shares()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it is in force.")
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("lot", "-decided_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_correction_in_force_a_lot", fields=("lot",), condition=Q(ended_at=None)
            ),
            columns.between("lot_correction_basis_bounded", "basis", 0, columns.MONEY_MAX),
            columns.between("lot_correction_filed_basis_bounded", "filed_basis", 0, columns.MONEY_MAX),
            models.CheckConstraint(
                name="lot_correction_is_of_two_people", condition=~Q(asked_by=models.F("decided_by"))
            ),
            models.CheckConstraint(
                name="lot_correction_says_when_it_ended",
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.lot.account.household.public_id

    @property
    def decides(self) -> tuple[str, ...]:
        """The columns of the lot that were decided."""
        names = ("acquired_on", "basis", "basis_status")
        return tuple(name for name in names if getattr(self, name) != getattr(self, f"was_{name}"))
