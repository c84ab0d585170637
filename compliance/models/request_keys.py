"""Idempotency keys of API requests, with the answer to the first request."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from compliance.digests.fingerprint import PATTERN

KEY_MAX = 200


class RequestKey(models.Model):
    """One request by one person, stored in the transaction of its effect; `status` is 0 until that is done."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField(max_length=KEY_MAX)
    request_digest = models.CharField(max_length=64, help_text="Of the method, the address and the body.")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True, default="", help_text="The answer's body as JSON.")
    first_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("first_at", "id")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(name="request_key_once_a_person", fields=("person", "key")),
            models.CheckConstraint(name="request_key_says_something", condition=~Q(key="")),
            models.CheckConstraint(
                name="request_key_digest_is_sha256", condition=Q(request_digest__regex=PATTERN)
            ),
            models.CheckConstraint(
                name="request_key_status_in_range",
                condition=Q(status=0) | Q(status__gte=200, status__lte=299),
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} ({self.status})"
