"""The trail's tables. Only the database function `compliance_audit_append` writes the first two."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from compliance.actions import Action
from compliance.digests.fingerprint import PATTERN
from compliance.people.actors import ActorKind

EVENT_COUNT_MAX = 10**15


def every_action() -> list[tuple[str, str]]:
    """Every action, evaluated lazily: a new one changes no table, so it needs no migration."""
    return list(Action.choices)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Queries of the trail; nothing here writes."""

    def newest_first(self) -> Self:
        return self.order_by("-seq")

    def by_person(self, person_ref: str) -> Self:
        return self.filter(person_ref=person_ref)


class AuditEvent(models.Model):
    """One thing that happened. Every column is covered by `hash`, and `hash` by the next event.

    `occurred_at` is the database's clock; `stated_at` is the caller's time. `facts` is canonical
    JSON kept as text, because a hash is over bytes and not over a parsed value.
    """

    seq = models.BigIntegerField(primary_key=True)
    occurred_at = models.DateTimeField(db_index=True)
    stated_at = models.DateTimeField()
    action = models.CharField(max_length=64, choices=every_action, db_index=True)
    actor_kind = models.CharField(max_length=16, choices=ActorKind.choices)
    person_ref = models.CharField(max_length=64, blank=True, default="")
    actor_label = models.CharField(max_length=200)
    roles = models.CharField(max_length=200, blank=True, default="")
    session_ref = models.CharField(max_length=64, blank=True, default="")
    mfa_method = models.CharField(max_length=64, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    about_kind = models.CharField(max_length=64)
    about_id = models.CharField(max_length=64)
    household_ref = models.CharField(max_length=64, blank=True, default="")
    facts = models.TextField()
    prev_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    objects: ClassVar[Any] = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ("seq",)
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("about_kind", "about_id", "seq"), name="audit_about"),
            models.Index(fields=("household_ref", "seq"), name="audit_household"),
            models.Index(fields=("person_ref", "seq"), name="audit_person"),
            models.Index(fields=("request_id",), name="audit_request"),
        )
        constraints = (
            models.CheckConstraint(
                name="audit_event_seq_in_range", condition=Q(seq__gte=1, seq__lte=EVENT_COUNT_MAX)
            ),
            models.CheckConstraint(
                name="audit_event_hashes_are_sha256",
                condition=Q(hash__regex=PATTERN) & Q(prev_hash__regex=PATTERN),
            ),
            models.CheckConstraint(
                name="audit_event_is_by_and_about_something",
                condition=~Q(action="")
                & ~Q(actor_kind="")
                & ~Q(actor_label="")
                & ~Q(about_kind="")
                & ~Q(about_id=""),
            ),
            models.CheckConstraint(
                name="audit_event_person_is_named",
                condition=~Q(actor_kind=ActorKind.PERSON) | ~Q(person_ref=""),
            ),
        )

    def __str__(self) -> str:
        return f"#{self.seq} {self.action} {self.about_kind}:{self.about_id}"


class AuditHead(models.Model):
    """The end of the chain, one row; locking it serializes the events."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = (
            models.CheckConstraint(name="audit_head_is_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="audit_head_seq_in_range", condition=Q(seq__gte=0, seq__lte=EVENT_COUNT_MAX)
            ),
            models.CheckConstraint(name="audit_head_hash_is_sha256", condition=Q(hash__regex=PATTERN)),
        )

    def __str__(self) -> str:
        return f"head at #{self.seq}"


class AuditCheckpoint(models.Model):
    """The state of the chain at one moment, signed if the firm has a key.

    A chain alone cannot show that it was truncated; a checkpoint kept elsewhere can.
    """

    seq = models.BigIntegerField(unique=True)
    events_count = models.BigIntegerField()
    root = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    key_id = models.CharField(max_length=16, blank=True, default="")
    signature = models.CharField(max_length=128, blank=True, default="")

    class Meta:
        ordering = ("seq",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="audit_checkpoint_counts_in_range",
                condition=Q(
                    seq__gte=1,
                    seq__lte=EVENT_COUNT_MAX,
                    events_count__gte=1,
                    events_count__lte=EVENT_COUNT_MAX,
                ),
            ),
            models.CheckConstraint(name="audit_checkpoint_root_is_sha256", condition=Q(root__regex=PATTERN)),
            models.CheckConstraint(
                name="audit_checkpoint_signature_has_key",
                condition=Q(key_id="", signature="") | (~Q(key_id="") & ~Q(signature="")),
            ),
        )

    def __str__(self) -> str:
        return f"checkpoint at #{self.seq}"
