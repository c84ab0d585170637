"""Custodian files: the received bytes, what was read from them, and what was done."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.encryption import EncryptedBinaryField
from clients.models import columns


class CustodianFile(models.Model):
    """One file, recognized by the digest of its bytes."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        PREVIEWED = "previewed", "Ready to confirm"
        LOADED = "loaded", "Loaded"
        REFUSED = "refused", "Refused"
        DISCARDED = "discarded", "Discarded"
        UNDONE = "undone", "Undone"

    class Channel(models.TextChoices):
        BROWSER = "browser", "Upload"
        API = "api", "API"
        COMMAND = "command", "Command line"
        FOLDER = "folder", "Drop folder"

    public_id = columns.PublicIdField("fi")
    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    content = EncryptedBinaryField(help_text="Encrypted: files name whole account numbers.")
    size = models.PositiveBigIntegerField()
    channel = columns.ChoiceField(max_length=7, choices=Channel.choices)
    layout = models.CharField(max_length=40, blank=True, help_text="The layout it was recognized as.")
    custodian = models.CharField(max_length=10, blank=True)
    as_of_on = models.DateField(null=True, blank=True)
    state = columns.ChoiceField(max_length=9, choices=State.choices, default=State.RECEIVED)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    preview = models.JSONField(
        default=dict, blank=True, help_text="What loading would do, by account and kind."
    )
    faults = models.JSONField(
        default=list, blank=True, help_text="Line, column, value, rule and how to fix, by row."
    )
    receipt = models.JSONField(default=dict, blank=True, help_text="What loading did.")
    loaded_at = models.DateTimeField(null=True, blank=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    undone_at = models.DateTimeField(null=True, blank=True, help_text="When loading it was last undone.")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-received_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="loaded_file_says_when",
                condition=~Q(state="loaded") | Q(loaded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="undone_file_says_who_and_why",
                condition=(
                    Q(undone_at=None, undone_by=None, undone_reason="") & ~Q(state="undone")
                    | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason="")
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name


class FileAccount(models.Model):
    """An account as a file names it, and the account it is bound to: all its rows are loaded, or none."""

    class State(models.TextChoices):
        READY = "ready", "Ready"
        UNBOUND = "unbound", "Not bound to an account"
        REFUSED = "refused", "Refused"
        LOADED = "loaded", "Loaded"

    file = models.ForeignKey(CustodianFile, on_delete=models.CASCADE, related_name="accounts")
    key = models.CharField(
        max_length=64, help_text="Keyed digest of how the file names it: two masks may look alike."
    )
    mask = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey(
        "clients.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="file_accounts"
    )
    state = columns.ChoiceField(max_length=8, choices=State.choices)
    counts = models.JSONField(
        default=dict, blank=True, help_text="New, changed and disappeared rows by kind."
    )

    class Meta:
        ordering = ("file", "id")
        constraints = (models.UniqueConstraint(name="one_file_account_a_key", fields=("file", "key")),)


class FileChange(models.Model):
    """A row that loading a file made, changed or removed, so that the load can be shown and undone.

    The database itself writes these while a file loads (triggers of migration `file_changes`), in the order
    in which the rows changed.
    """

    class Kind(models.TextChoices):
        MADE = "made", "Added"
        CHANGED = "changed", "Changed"
        REMOVED = "removed", "Removed"

    file = models.ForeignKey(CustodianFile, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=40, db_column="table_name")
    row = models.BigIntegerField(db_column="row_key")
    kind = columns.ChoiceField(max_length=7, choices=Kind.choices)
    was = models.JSONField(
        null=True,
        decoder=columns.ExactDecoder,
        help_text="Of a changed row the former values that differ; of a removed row all of them.",
    )
    became = models.CharField(
        max_length=32, blank=True, help_text="Digest of the row afterwards: whether it has changed since."
    )

    class Meta:
        ordering = ("file", "id")
        indexes = (models.Index(name="changes_of_a_row", fields=("file", "table", "row")),)
