"""What examiners may read: one client, or a period of the firm's record, until a last day."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance import clock, public_ids


class ExaminerAccessQuerySet(models.QuerySet["ExaminerAccess"]):
    def standing(self) -> Self:
        """Those that count today: not ended, and their last day is not over."""
        return self.filter(ended_at=None, ends_on__gte=clock.Today())

    def of(self, person: int) -> Self:
        """What one person may read today."""
        return self.standing().filter(examiner=person)


class ExaminerAccess(models.Model):
    """A read-only access of one examiner. A change ends it and opens the next with other terms, which names it.

    `household_ref` empty: every household, of the period. `since_on` and `until_on` are both included.
    """

    public_id = models.CharField(
        max_length=24, unique=True, default=partial(public_ids.new, "xa"), editable=False
    )
    examiner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="examiner_accesses")
    household_ref = models.CharField(max_length=64, blank=True, default="")
    since_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(help_text="The last day on which it can be used.")
    reason = models.TextField(max_length=1_000)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_by_label = models.CharField(max_length=200)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_reason = models.TextField(max_length=1_000, blank=True, default="")

    objects: ClassVar[Any] = ExaminerAccessQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-id")
        default_permissions = ("view",)
        verbose_name = "examiner's access"
        constraints = (
            models.CheckConstraint(
                name="examiner_access_has_a_scope",
                condition=~Q(household_ref="") | Q(since_on__isnull=False, until_on__isnull=False),
            ),
            models.CheckConstraint(
                name="examiner_access_period_in_order",
                condition=Q(since_on=None) | Q(until_on=None) | Q(until_on__gte=F("since_on")),
            ),
            models.CheckConstraint(name="examiner_access_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="examiner_access_is_ended_by_someone",
                condition=Q(ended_at=None, ended_by=None, ended_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_reason="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.public_id} of {self.examiner_id}"
