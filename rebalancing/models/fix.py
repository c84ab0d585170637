"""FIX sessions with brokers, what was received on them and what is to be sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clients.encryption import EncryptedTextField
from clients.models import Account, columns


class FixSession(models.Model):
    """A session with one broker. Sequence numbers begin again at 1 in each epoch."""

    class State(models.TextChoices):
        OFF = "off", "Off"
        CONNECTING = "connecting", "Connecting"
        LOGGED_ON = "logged_on", "Logged on"
        REFUSED = "refused", "Cannot log on"

    public_id = columns.PublicIdField("fx")
    name = models.CharField(max_length=40, help_text="What the desk calls the broker.")
    custodian = columns.ChoiceField(
        max_length=10, choices=Account.Custodian.choices, help_text="Whose accounts its orders are for."
    )
    our_comp_id = models.CharField("our CompID", max_length=40)
    their_comp_id = models.CharField("their CompID", max_length=40)
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField()
    uses_tls = models.BooleanField("TLS", default=True)
    block_account = EncryptedTextField(
        blank=True, default="", help_text="The broker's account for blocks, before they are allocated."
    )
    heartbeat_seconds = models.PositiveSmallIntegerField(default=30)
    is_enabled = models.BooleanField(default=False, help_text="Blocks are sent here, and it may log on.")
    is_wanted = models.BooleanField(default=True, help_text="Whether the desk wants it logged on.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retire_reason = models.CharField(max_length=200, blank=True)

    # Kept by the FIX process alone.
    state = columns.ChoiceField(max_length=10, choices=State.choices, default=State.OFF)
    state_at = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=1)
    epoch_began_at = models.DateTimeField()
    next_out = models.PositiveIntegerField("next number out", default=1)
    next_in = models.PositiveIntegerField("next number in", default=1)
    is_reset_wanted = models.BooleanField(default=False, help_text="The next logon begins at number 1 again.")
    heard_at = models.DateTimeField(
        null=True, blank=True, help_text="The last message of theirs, also heartbeats."
    )
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("retired_at", "name", "id")
        verbose_name = "FIX session"
        constraints = (
            models.UniqueConstraint(
                name="one_fix_session_a_name", fields=("name",), condition=Q(retired_at=None)
            ),
            models.UniqueConstraint(
                name="one_fix_session_a_pair",
                fields=("our_comp_id", "their_comp_id"),
                condition=Q(retired_at=None),
            ),
            models.UniqueConstraint(
                name="one_enabled_fix_session_a_custodian",
                fields=("custodian",),
                condition=Q(is_enabled=True),
            ),
            models.CheckConstraint(name="fix_port_is_a_port", condition=Q(port__gte=1, port__lte=65535)),
            models.CheckConstraint(
                name="fix_heartbeat_is_sensible",
                condition=Q(heartbeat_seconds__gte=5, heartbeat_seconds__lte=300),
            ),
            models.CheckConstraint(
                name="fix_numbers_begin_at_one", condition=Q(epoch__gte=1, next_out__gte=1, next_in__gte=1)
            ),
            models.CheckConstraint(
                name="retired_fix_session_is_off", condition=Q(retired_at=None) | Q(is_enabled=False)
            ),
            models.CheckConstraint(
                name="fix_session_is_named",
                condition=~Q(name="") & ~Q(our_comp_id="") & ~Q(their_comp_id="") & ~Q(host=""),
            ),
        )

    def __str__(self) -> str:
        return self.name


class FixInbox(models.Model):
    """A message of a broker. It is written before the session's number moves, and done once its effect is committed."""

    public_id = columns.PublicIdField("fi")
    session = models.ForeignKey(FixSession, on_delete=models.PROTECT, related_name="inbox")
    epoch = models.PositiveIntegerField()
    number = models.PositiveIntegerField(help_text="MsgSeqNum.")
    kind = models.CharField(max_length=3, help_text="MsgType.")
    raw = EncryptedTextField(help_text="Encrypted: reports name account numbers.")
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(
        max_length=300,
        blank=True,
        help_text="Why it could not be taken; with done_at: set aside for a person.",
    )
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When a person had dealt with it.")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settle_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("session", "epoch", "number")
        verbose_name = "FIX message received"
        verbose_name_plural = "FIX messages received"
        constraints = (
            models.UniqueConstraint(name="one_fix_inbox_a_number", fields=("session", "epoch", "number")),
            models.CheckConstraint(name="fix_inbox_numbered", condition=Q(epoch__gte=1, number__gte=1)),
            models.CheckConstraint(
                name="fix_inbox_settled_by_someone",
                condition=Q(settled_at=None, settled_by=None, settle_reason="")
                | (
                    Q(settled_at__isnull=False, settled_by__isnull=False, done_at__isnull=False)
                    & ~Q(settle_reason="")
                ),
            ),
            columns.in_order("fix_inbox_done_after_received", "received_at", "done_at"),
        )
        indexes = (
            models.Index(
                name="fix_inbox_waiting", fields=("session", "epoch", "number"), condition=Q(done_at=None)
            ),
        )


class FixOutbox(models.Model):
    """A message for a broker, written with the decision to send it. It is sent once: its number is given in the
    transaction that marks it sent, and what was lost on the way the broker asks for again by that number.
    """

    class Kind(models.TextChoices):
        NEW = "new", "New order"
        CANCEL = "cancel", "Cancel"
        REPLACE = "replace", "Replace"
        ALLOCATION = "allocation", "Allocation"

    public_id = columns.PublicIdField("fo")
    session = models.ForeignKey(FixSession, on_delete=models.PROTECT, related_name="outbox")
    kind = columns.ChoiceField(max_length=10, choices=Kind.choices)
    block_reference = models.CharField(max_length=40, help_text="Of the block it is about.")
    reference = models.CharField(max_length=60, help_text="ClOrdID or AllocID.")
    message = EncryptedTextField(help_text="The fields as they were decided; encrypted.")
    trade_on = models.DateField(help_text="The market day it is for; an order is not sent after it.")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True, help_text="MsgSeqNum.")
    raw = EncryptedTextField(blank=True, default="", help_text="As it was sent; encrypted.")
    held_back_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the broker asked for it again and did not get it: whether it has the order is not known.",
    )
    held_back_reason = models.CharField(max_length=200, blank=True)
    withheld_at = models.DateTimeField(null=True, blank=True)
    withheld_reason = models.CharField(max_length=200, blank=True)
    outcome_taken_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the order it holds was told that it never left, or was refused.",
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, help_text="To an allocation, or of a refusal.")

    class Meta:
        ordering = ("session", "id")
        verbose_name = "FIX message to send"
        verbose_name_plural = "FIX messages to send"
        constraints = (
            models.UniqueConstraint(name="one_fix_outbox_a_reference", fields=("session", "reference")),
            models.UniqueConstraint(
                name="one_fix_outbox_a_number",
                fields=("session", "epoch", "number"),
                condition=Q(number__isnull=False),
            ),
            models.CheckConstraint(
                name="fix_outbox_sent_with_its_number",
                condition=Q(sent_at=None, epoch=None, number=None)
                | Q(sent_at__isnull=False, epoch__isnull=False, number__isnull=False),
            ),
            models.CheckConstraint(
                name="fix_outbox_is_sent_or_withheld", condition=Q(sent_at=None) | Q(withheld_at=None)
            ),
            models.CheckConstraint(
                name="fix_outbox_withheld_for_a_reason",
                condition=Q(withheld_at=None) | ~Q(withheld_reason=""),
            ),
            models.CheckConstraint(
                name="fix_outbox_held_back_for_a_reason",
                condition=Q(held_back_at=None, held_back_reason="")
                | (Q(held_back_at__isnull=False, sent_at__isnull=False) & ~Q(held_back_reason="")),
            ),
            models.CheckConstraint(
                name="fix_outbox_sent_after_made", condition=Q(sent_at=None) | Q(sent_at__gte=F("made_at"))
            ),
        )
        indexes = (
            models.Index(
                name="fix_outbox_waiting",
                fields=("session", "id"),
                condition=Q(sent_at=None, withheld_at=None),
            ),
        )


class FixHeartbeat(models.Model):
    """The mark of the FIX process that works: one row, written by `rebalancing.fix.heartbeat`."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    beat_at = models.DateTimeField()

    class Meta:
        verbose_name = "FIX heartbeat"
        constraints = (models.CheckConstraint(name="one_fix_heartbeat", condition=Q(id=1)),)
