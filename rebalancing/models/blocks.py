"""Releases across households, the blocks that are sent, and the switches that stop sending."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clients.models import Account, columns
from rebalancing.models.proposals import Proposal, ProposedOrder

FILE_ROUTE = "file"
"""The route of a block that goes out as a file; any other route is the name of a FIX session."""


class Release(models.Model):
    """Approved proposals that one person sent together: each household in a transaction of its own, then the blocks."""

    class State(models.TextChoices):
        GATHERING = "gathering", "Being put together"
        CLOSED = "closed", "Closed"

    public_id = columns.PublicIdField("rl")
    state = columns.ChoiceField(max_length=9, choices=State.choices, default=State.GATHERING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    send_at = models.DateTimeField(help_text="When the firm's delay is over and its blocks may leave.")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="release_is_closed_at",
                condition=Q(state="gathering", closed_at=None) | Q(state="closed", closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="release_is_sent_after_it_starts", condition=Q(send_at__gte=F("started_at"))
            ),
        )


class ReleaseRow(models.Model):
    """One proposal of a release and what became of it: released, or refused with the reason."""

    class Outcome(models.TextChoices):
        PENDING = "pending", "Not yet looked at"
        RELEASED = "released", "Released"
        REFUSED = "refused", "Refused"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rows")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="release_rows")
    position = models.PositiveIntegerField(
        help_text="In the order drawn for this release, so that nobody is always first."
    )
    seen = models.CharField(max_length=64, help_text="The fingerprint of the revision that the trader chose.")
    outcome = columns.ChoiceField(max_length=8, choices=Outcome.choices, default=Outcome.PENDING)
    code = models.CharField(max_length=40, blank=True, help_text="Why it was refused, as a code.")
    sentence = models.TextField(blank=True, help_text="Why it was refused, in words.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("release", "position")
        constraints = (
            models.UniqueConstraint(name="one_release_row_a_proposal", fields=("release", "proposal")),
            models.CheckConstraint(
                name="release_row_is_settled",
                condition=Q(outcome="pending", settled_at=None, code="")
                | Q(outcome="released", settled_at__isnull=False, code="")
                | (Q(outcome="refused", settled_at__isnull=False) & ~Q(code="")),
            ),
        )


class Block(models.Model):
    """What is sent to a broker: the orders of one security, side, custodian, day and terms. It may hold one order.

    Orders join while it is `gathering`. When it becomes `ready` its allocation statement is stored and its terms never
    change again; nothing is sent before. Only fills set `filled_quantity` and `average_price`.
    """

    class State(models.TextChoices):
        GATHERING = "gathering", "Being put together"
        HELD = "held", "Held"
        READY = "ready", "Ready to send"
        EXPORTED = "exported", "Exported"
        SENT = "sent", "Sent"
        WORKING = "working", "Working"
        PARTLY_FILLED = "partly_filled", "Partly filled"
        FILLED = "filled", "Filled"
        PART_FILLED = "part_filled", "Part filled, the rest is over"
        REJECTED = "rejected", "Rejected"
        CANCELED = "canceled", "Canceled"
        EXPIRED = "expired", "Expired"

    UNSENT = (State.GATHERING, State.HELD, State.READY)
    WITH_THE_BROKER = (State.EXPORTED, State.SENT, State.WORKING, State.PARTLY_FILLED)
    ENDED = (State.FILLED, State.PART_FILLED, State.REJECTED, State.CANCELED, State.EXPIRED)

    public_id = columns.PublicIdField("bl")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="blocks")
    reference = models.CharField(
        max_length=40, unique=True, help_text="Our id of what is sent: FIX's ClOrdID."
    )
    custodian = columns.ChoiceField(max_length=10, choices=Account.Custodian.choices)
    security = models.ForeignKey("clients.Security", on_delete=models.PROTECT, related_name="blocks")
    side = columns.ChoiceField(max_length=4, choices=ProposedOrder.Side.choices)
    wave = models.PositiveSmallIntegerField(
        default=1, help_text="1 goes first; 2 are buys that wait for the proceeds of their accounts' sales."
    )
    quantity = columns.shares()
    order_type = models.CharField(max_length=6, default="market")
    limit_price = columns.price(null=True, blank=True)
    time_in_force = models.CharField(max_length=3, default="day")
    trade_on = models.DateField(help_text="The session it is for.")
    settles_on = models.DateField(help_text="When its trades settle.")
    route = models.CharField(
        max_length=40, default=FILE_ROUTE, help_text="`file`, or the name of a FIX session."
    )
    state = columns.ChoiceField(max_length=13, choices=State.choices, default=State.GATHERING)
    allocation_statement = models.TextField(
        blank=True, help_text="Accounts and quantities, before it is sent."
    )
    allocation_sha256 = models.CharField(max_length=64, blank=True)
    allocation_written_at = models.DateTimeField(null=True, blank=True)
    send_at = models.DateTimeField(help_text="Not before this moment.")
    held_reason = models.CharField(max_length=300, blank=True, help_text="Why it has not left yet.")
    asked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a check of a later day failed, so that a trader is asked whether it still goes.",
    )
    agreed_at = models.DateTimeField(null=True, blank=True, help_text="When a trader said that it goes.")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_reason = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="Handed out, or given to the FIX session."
    )
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancel_reason = models.CharField(max_length=300, blank=True)
    filled_quantity = columns.shares(default=0)
    average_price = columns.price(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-trade_on", "custodian", "-side", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_block_of_a_release",
                fields=("release", "custodian", "security", "side", "wave", "trade_on"),
                # What is held may be moved to another session, where a later slice stands already.
                condition=Q(state="gathering"),
            ),
            models.CheckConstraint(
                name="block_quantity_bounded", condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX)
            ),
            columns.between("block_limit_bounded", "limit_price", 0, columns.PRICE_MAX),
            columns.between("block_average_bounded", "average_price", 0, columns.PRICE_MAX),
            models.CheckConstraint(
                name="block_fills_bounded",
                condition=Q(filled_quantity=0, average_price=None)
                | Q(filled_quantity__gt=0, filled_quantity__lte=F("quantity"), average_price__isnull=False),
            ),
            models.CheckConstraint(
                name="block_state_fits_its_fills",
                condition=Q(state="filled", filled_quantity=F("quantity"))
                | Q(
                    state__in=("partly_filled", "part_filled"),
                    filled_quantity__gt=0,
                    filled_quantity__lt=F("quantity"),
                )
                | Q(
                    state__in=(
                        *("gathering", "held", "ready", "exported", "sent", "working"),
                        *("rejected", "canceled", "expired"),
                    ),
                    filled_quantity=0,
                ),
            ),
            models.CheckConstraint(
                name="block_has_its_statement",
                condition=Q(state__in=("gathering", "held", "canceled"))
                | Q(allocation_sha256__length=64, allocation_written_at__isnull=False),
            ),
            models.CheckConstraint(
                name="block_statement_is_written_first",
                condition=Q(sent_at=None) | Q(allocation_written_at__lte=F("sent_at")),
            ),
            models.CheckConstraint(
                name="block_is_sent_at",
                condition=Q(state__in=("gathering", "held", "ready"), sent_at=None)
                | Q(state="canceled")
                | (~Q(state__in=("gathering", "held", "ready", "canceled")) & Q(sent_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="block_is_ended_at",
                condition=Q(
                    state__in=("filled", "part_filled", "rejected", "canceled", "expired"),
                    ended_at__isnull=False,
                )
                | (
                    ~Q(state__in=("filled", "part_filled", "rejected", "canceled", "expired"))
                    & Q(ended_at=None)
                ),
            ),
            models.CheckConstraint(name="block_wave_known", condition=Q(wave__in=(1, 2))),
        )

    @property
    def is_by_file(self) -> bool:
        return self.route == FILE_ROUTE

    @property
    def leaves_quantity(self) -> Decimal:
        """Shares that can still trade: none once it has ended."""
        return Decimal(0) if self.state in self.ENDED else self.quantity - self.filled_quantity


class BlockReplacement(models.Model):
    """Other terms for a block that is out: fewer shares, another limit, or without one order. The broker has to agree.

    The statement by which it is then divided is stored before anything is sent. The block keeps its terms until then.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked of the broker"
        ACCEPTED = "accepted", "Accepted by the broker"
        REFUSED = "refused", "Not accepted"

    public_id = columns.PublicIdField("bp")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="replacements")
    number = models.PositiveSmallIntegerField()
    quantity = columns.shares(help_text="What is then ordered, what was filled before included.")
    limit_price = columns.price(null=True, blank=True)
    quantity_before = columns.shares()
    limit_before = columns.price(null=True, blank=True)
    without = models.ForeignKey(
        "rebalancing.Order",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The order that is taken out of the block; empty where all stay.",
    )
    allocation_statement = models.TextField()
    allocation_sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = columns.ChoiceField(max_length=8, choices=State.choices, default=State.ASKED)
    accepted_quantity = columns.shares(
        null=True,
        blank=True,
        help_text="What the broker states that it has on order; empty where it states nothing.",
    )
    accepted_limit = columns.price(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("block", "number")
        constraints = (
            models.UniqueConstraint(name="one_replacement_a_number", fields=("block", "number")),
            models.UniqueConstraint(
                name="one_replacement_asked", fields=("block",), condition=Q(state="asked")
            ),
            models.CheckConstraint(
                name="replacement_quantity_bounded",
                condition=Q(quantity__gt=0, quantity__lte=columns.SHARES_MAX),
            ),
            columns.between("replacement_limit_bounded", "limit_price", 0, columns.PRICE_MAX),
            columns.between(
                "replacement_accepted_quantity_bounded", "accepted_quantity", 0, columns.SHARES_MAX
            ),
            columns.between("replacement_accepted_limit_bounded", "accepted_limit", 0, columns.PRICE_MAX),
            models.CheckConstraint(
                name="replacement_is_answered_at",
                condition=Q(state="asked", answered_at=None)
                | (~Q(state="asked") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(name="replacement_has_its_reason", condition=~Q(reason="")),
        )


class TradingStop(models.Model):
    """The kill switch: nothing new leaves for the firm, a custodian or an account until two people lift it."""

    class Scope(models.TextChoices):
        FIRM = "firm", "The whole firm"
        CUSTODIAN = "custodian", "A custodian"
        ACCOUNT = "account", "An account"

    public_id = columns.PublicIdField("ks")
    scope = columns.ChoiceField(max_length=9, choices=Scope.choices)
    custodian = columns.ChoiceField(max_length=10, choices=Account.Custodian.choices, blank=True)
    account = models.ForeignKey(
        "clients.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="trading_stops"
    )
    reason = models.CharField(max_length=300)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-placed_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="trading_stop_names_what_it_stops",
                condition=Q(scope="firm", custodian="", account=None)
                | (Q(scope="custodian", account=None) & ~Q(custodian=""))
                | Q(scope="account", custodian="", account__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_trading_stop_in_force",
                fields=("scope", "custodian", "account"),
                condition=Q(lifted_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="trading_stop_is_lifted_by_someone",
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
            ),
        )

    def __str__(self) -> str:
        if self.account is not None:
            return f"account {self.account.name} ({self.account.public_id})"
        return self.get_custodian_display() if self.custodian else "the whole firm"
