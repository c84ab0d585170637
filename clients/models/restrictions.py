"""What a client asks for outside the policy: a lot or a security that stays, an issuer that is never bought, a cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.holdings import TaxLot
from clients.models.households import Household
from clients.models.securities import AssetClass, Security

if TYPE_CHECKING:
    from datetime import date


class ClientRestriction(models.Model):
    """One wish of a client, with who asked for it, when, and on what paper.

    A restriction never changes. Changing one ends it and makes another that takes its place. It counts on the days from
    `starts_on` to `ends_on`, both included, until it is cancelled.
    """

    class Kind(models.TextChoices):
        DO_NOT_BUY = "do_not_buy", "Never buy"
        DO_NOT_SELL = "do_not_sell", "Do not sell"
        KEEP = "keep", "Keep until a day"
        CAP = "cap", "No more than"

    public_id = columns.PublicIdField("rs")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="client_restrictions")
    kind = columns.ChoiceField(max_length=11, choices=Kind.choices)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="client_restrictions"
    )
    lot = models.ForeignKey(
        TaxLot, null=True, blank=True, on_delete=models.PROTECT, related_name="client_restrictions"
    )
    security = models.ForeignKey(
        Security, null=True, blank=True, on_delete=models.PROTECT, related_name="client_restrictions"
    )
    issuers = models.JSONField(default=list, blank=True, help_text="One company, or a list of them.")
    sector = models.CharField(max_length=60, blank=True)
    asset_class = models.ForeignKey(
        AssetClass, null=True, blank=True, on_delete=models.PROTECT, related_name="client_restrictions"
    )
    weight_cap = columns.weight(null=True, blank=True, help_text="The most, as a share of the household.")
    reason = models.CharField(max_length=200)
    asked_by = models.CharField(max_length=120, help_text="Who asked for it.")
    asked_on = models.DateField(help_text="When they asked.")
    document = models.CharField(max_length=200, blank=True, help_text="Where the paper is kept.")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The last day; empty: until it is cancelled.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The restriction that this one changes.",
    )
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    expired_at = models.DateTimeField(
        null=True, blank=True, help_text="When its end was put on the trail; it ended with its last day."
    )

    class Meta:
        ordering = ("household", "kind", "id")
        constraints = (
            columns.in_order("client_restriction_ends_after_it_starts", "starts_on", "ends_on"),
            columns.between("client_restriction_cap_bounded", "weight_cap", 0, 1),
            models.CheckConstraint(
                name="client_restriction_cap_has_its_weight",
                condition=Q(kind="cap", weight_cap__isnull=False, account=None)
                | (~Q(kind="cap") & Q(weight_cap=None)),
            ),
            models.CheckConstraint(
                name="client_restriction_names_one_thing",
                condition=Q(lot__isnull=False, security=None, issuers=[], sector="", asset_class=None)
                | Q(lot=None, security__isnull=False, issuers=[], sector="", asset_class=None)
                | (Q(lot=None, security=None, sector="", asset_class=None) & ~Q(issuers=[]))
                | (Q(lot=None, security=None, issuers=[], asset_class=None) & ~Q(sector=""))
                | Q(lot=None, security=None, issuers=[], sector="", asset_class__isnull=False),
            ),
            models.CheckConstraint(
                name="client_restriction_of_a_lot_keeps_it",
                condition=Q(lot=None) | Q(kind__in=("do_not_sell", "keep"), account__isnull=False),
            ),
            models.CheckConstraint(
                name="client_restriction_keeps_until_a_day",
                condition=~Q(kind="keep") | Q(ends_on__isnull=False),
            ),
            models.CheckConstraint(
                name="client_restriction_says_why_and_who", condition=~Q(reason="") & ~Q(asked_by="")
            ),
            models.CheckConstraint(
                name="client_restriction_ends_once",
                condition=Q(cancelled_at=None) | Q(expired_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.what}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    @property
    def what(self) -> str:
        """What it is about, in a few words."""
        if self.lot is not None:
            day = self.lot.acquired_on
            acquired = f" of {day:%b} {day.day}, {day.year}" if day else ""
            return f"the lot of {self.lot.security.symbol}{acquired}"
        if self.security is not None:
            return self.security.symbol
        if self.asset_class is not None:
            return f"the class {self.asset_class.name}"
        return ", ".join(self.issuers) if self.issuers else f"the sector {self.sector}"

    def is_in_force(self, *, on: date) -> bool:
        return (
            self.cancelled_at is None
            and self.starts_on <= on
            and (self.ends_on is None or on <= self.ends_on)
        )
