"""Proposals: revisions with the exact documents they were computed from, orders, lots and skipped trades."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import ModelVersion, columns
from rebalancing.models.scans import Reading, ScanRun


class Proposal(models.Model):
    """A proposal to trade one household, through its revisions, until it is closed, or released and its orders have ended."""

    class State(models.TextChoices):
        IN_REVIEW = "in_review", "In review"
        RETURNED = "returned", "Changes requested"
        APPROVED = "approved", "Approved"
        RELEASED = "released", "Released"
        FILLED = "filled", "Filled"
        PART_FILLED = "part_filled", "Part filled"
        NOT_TRADED = "not_traded", "Nothing traded"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"

    OPEN_STATES = (State.IN_REVIEW, State.RETURNED, State.APPROVED)
    ENDED_BY_ORDERS = (State.FILLED, State.PART_FILLED, State.NOT_TRADED)
    SENT_STATES = (State.RELEASED, *ENDED_BY_ORDERS)
    """Orders of it were released: the last three once every order of it has ended."""

    public_id = columns.PublicIdField("pr")
    household = models.ForeignKey("clients.Household", on_delete=models.PROTECT, related_name="proposals")
    run = models.ForeignKey(
        ScanRun, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )
    reading = models.OneToOneField(
        Reading, null=True, blank=True, on_delete=models.PROTECT, related_name="proposal"
    )
    state = columns.ChoiceField(max_length=11, choices=State.choices, default=State.IN_REVIEW)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the scan.",
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-drafted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_open_proposal_a_household",
                fields=("household",),
                condition=Q(state__in=("in_review", "returned", "approved")),
            ),
            models.CheckConstraint(
                name="open_proposal_is_not_closed",
                condition=Q(state__in=("in_review", "returned", "approved"), closed_at=None)
                | (~Q(state__in=("in_review", "returned", "approved")) & Q(closed_at__isnull=False)),
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.household.public_id


class Revision(models.Model):
    """One version of a proposal: what went in, what came out, and the digest of what was shown."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    policy = models.ForeignKey(
        "clients.Policy",
        on_delete=models.PROTECT,
        related_name="revisions",
        help_text="The one it was made under; a later revision may follow another.",
    )
    model_version = models.ForeignKey(
        "clients.ModelVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="revisions",
        help_text="The version of the model it was made with; empty in older revisions: the one the policy names.",
    )
    triggers = models.JSONField(
        default=list, blank=True, help_text="What called for action when it was made, with both numbers."
    )
    household_document = models.TextField(help_text="The engine's input, household/1, byte for byte.")
    plan_document = models.TextField(help_text="The engine's answer, plan/1, byte for byte.")
    input_digest = models.CharField(max_length=64)
    plan_digest = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, help_text="Digest of everything the reviewer is shown.")
    engine_version = models.CharField(max_length=40)
    verifier_signature = models.CharField(max_length=128)
    prices_as_of_on = models.DateField()
    trade_on = models.DateField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    review = models.OneToOneField(
        "compliance.Review", null=True, blank=True, on_delete=models.PROTECT, related_name="revision"
    )

    class Meta:
        ordering = ("proposal", "-number")
        constraints = (
            models.UniqueConstraint(name="one_revision_a_number", fields=("proposal", "number")),
            models.CheckConstraint(
                name="revision_expires_later", condition=Q(expires_at__gt=models.F("created_at"))
            ),
            models.CheckConstraint(
                name="revision_digests_are_whole",
                condition=Q(input_digest__length=64, plan_digest__length=64, fingerprint__length=64),
            ),
            models.CheckConstraint(
                name="revision_is_signed_by_the_verifier", condition=~Q(verifier_signature="")
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.proposal.household.public_id

    @property
    def model_used(self) -> ModelVersion:
        """The version of the model it was made with."""
        return self.model_version or self.policy.model


class ProposedOrder(models.Model):
    """One order of a revision: what to buy or sell in which account, and why."""

    class Side(models.TextChoices):
        BUY = "buy", "Buy"
        SELL = "sell", "Sell"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="orders")
    position = models.PositiveSmallIntegerField(help_text="Order on the page, and of release.")
    account = models.ForeignKey("clients.Account", on_delete=models.PROTECT, related_name="proposed_orders")
    security = models.ForeignKey("clients.Security", on_delete=models.PROTECT, related_name="proposed_orders")
    side = columns.ChoiceField(max_length=4, choices=Side.choices)
    quantity = columns.shares()
    price = columns.price()
    amount = columns.money(help_text="Estimated proceeds or cost, spread included; always positive.")
    reason_code = models.CharField(max_length=40)
    reason = models.TextField()

    class Meta:
        ordering = ("revision", "position")
        constraints = (
            models.UniqueConstraint(
                name="one_proposed_order_a_side", fields=("revision", "account", "security", "side")
            ),
            models.CheckConstraint(
                name="proposed_order_bounded",
                condition=Q(
                    quantity__gt=0,
                    quantity__lte=columns.SHARES_MAX,
                    price__gt=0,
                    price__lte=columns.PRICE_MAX,
                    amount__gte=0,
                    amount__lte=columns.MONEY_MAX,
                ),
            ),
        )


class ProposedLot(models.Model):
    """The shares of one lot that a proposed sale uses."""

    class Term(models.TextChoices):
        SHORT = "short", "Short-term"
        LONG = "long", "Long-term"
        UNTAXED = "untaxed", "Not taxed"

    order = models.ForeignKey(ProposedOrder, on_delete=models.PROTECT, related_name="lots")
    lot = models.ForeignKey("clients.TaxLot", on_delete=models.PROTECT, related_name="proposed_uses")
    quantity = columns.shares()
    basis = columns.money(null=True, blank=True, help_text="Of the shares used; empty means unknown.")
    gain = columns.money(null=True, blank=True, help_text="Estimated; empty means unknown.")
    disallowed = columns.money(default=0, help_text="Part of the loss that a wash sale disallows, positive.")
    term = columns.ChoiceField(max_length=7, choices=Term.choices)

    class Meta:
        ordering = ("order", "id")
        constraints = (
            models.UniqueConstraint(name="one_proposed_use_a_lot", fields=("order", "lot")),
            models.CheckConstraint(
                name="proposed_lot_quantity_bounded",
                condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX),
            ),
            columns.between("proposed_lot_basis_bounded", "basis", 0, columns.MONEY_MAX),
            columns.between("proposed_lot_gain_bounded", "gain", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("proposed_lot_disallowed_bounded", "disallowed", 0, columns.MONEY_MAX),
        )


class SkippedTrade(models.Model):
    """A trade that was considered and left alone, with what it would have cost."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="skipped")
    position = models.PositiveSmallIntegerField()
    account = models.ForeignKey(
        "clients.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="skipped_trades"
    )
    security = models.ForeignKey(
        "clients.Security", null=True, blank=True, on_delete=models.PROTECT, related_name="skipped_trades"
    )
    reason_code = models.CharField(max_length=40)
    reason = models.TextField()
    cost = columns.money(null=True, blank=True, help_text="Estimated tax and spread it would have cost.")

    class Meta:
        ordering = ("revision", "position")
        constraints = (
            columns.between("skipped_trade_cost_bounded", "cost", -columns.MONEY_MAX, columns.MONEY_MAX),
        )
