"""What a person may see on this floor: the lookup is the permission.

This floor does not know who advises which household. A caller on a higher floor passes `household_refs`, the
public ids of the households in the person's book.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from compliance.clock import EASTERN
from compliance.models import (
    AuditEvent,
    AuditEventQuerySet,
    ChangeRequest,
    Comment,
    ExaminerAccess,
    FindingRow,
    Review,
    ReviewQuerySet,
    SettingVersion,
    SubjectKind,
)
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import NotAllowed

if TYPE_CHECKING:
    from compliance.people.roles import Person


def reviews_for(user: Person, *, household_refs: Collection[str] = ()) -> ReviewQuerySet:
    """The reviews `user` may open. Compliance may open all; reviewers those about the firm and about their
    book; other staff those they requested or made, and those about their book. A fact entered for many
    households gives access to none. Clients see no reviews; the portal decides what they see of a proposal.
    """
    reviews: ReviewQuerySet = Review.objects.all()
    if not user.is_active or not any(user.has_role(role) for role in STAFF_ROLES):
        return reviews.none()
    if user.has_role(Role.COMPLIANCE):
        return reviews
    mine = Q(requested_by_id=user.pk) | Q(
        pk__in=Review.objects.filter(makers__person_id=user.pk, makers__done_at=None).values("pk")
    )
    if household_refs and (user.has_role(Role.ADVISOR) or user.has_role(Role.REVIEWER)):
        mine |= Q(household_ref__in=household_refs)
    if user.has_role(Role.REVIEWER):
        mine |= Q(household_ref="")
    if user.has_role(Role.ADMINISTRATOR):
        mine |= Q(subject_kind__in=(SubjectKind.SETTING, SubjectKind.ROLE_CHANGE))
    return reviews.filter(mine)


def events_for(user: Person, *, household_refs: Collection[str] = ()) -> AuditEventQuerySet:
    """The audit events `user` may read: all for compliance, their own actions and book for other staff, and what an access
    shows for an examiner.
    """
    events: AuditEventQuerySet = AuditEvent.objects.all()
    if not user.is_active:
        return events.none()
    if user.has_role(Role.COMPLIANCE):
        return events
    if user.has_role(Role.EXAMINER):
        return events.filter(_within_accesses(user))
    if not any(user.has_role(role) for role in STAFF_ROLES):
        return events.none()
    mine = Q(person_ref=str(user.pk))
    if household_refs and (user.has_role(Role.ADVISOR) or user.has_role(Role.REVIEWER)):
        mine |= Q(household_ref__in=household_refs)
    return events.filter(mine)


def examiner_accesses_for(user: Person) -> QuerySet[ExaminerAccess]:
    """Every access for compliance, their own that stand for an examiner."""
    found: QuerySet[ExaminerAccess] = ExaminerAccess.objects.all()
    if user.is_active and user.has_role(Role.COMPLIANCE):
        return found
    return ExaminerAccess.objects.of(user.pk) if user.has_role(Role.EXAMINER) else found.none()


def events_within(access: ExaminerAccess) -> AuditEventQuerySet:
    """The events that one access shows: of its client, in its period."""
    events: AuditEventQuerySet = AuditEvent.objects.filter(_of_access(access))
    return events


def within_period(access: ExaminerAccess, column: str) -> dict[str, datetime]:
    """The filters by which a moment lies in an access's period; none where it has no end on that side."""
    found = {}
    if access.since_on:
        found[f"{column}__gte"] = first_moment(access.since_on)
    if access.until_on:
        found[f"{column}__lt"] = first_moment(access.until_on + timedelta(days=1))
    return found


def first_moment(day: date) -> datetime:
    """When a day begins in New York."""
    return datetime.combine(day, time(), EASTERN)


def _of_access(access: ExaminerAccess) -> Q:
    of_client = {"household_ref": access.household_ref} if access.household_ref else {}
    return Q(**of_client, **within_period(access, "occurred_at"))


def _within_accesses(user: Person) -> Q:
    shown = Q(pk__in=[])
    for access in ExaminerAccess.objects.of(user.pk):
        shown |= _of_access(access)
    return shown


def threads_on(kind: str, subject_id: str) -> QuerySet[Comment]:
    """The conversations about a subject the caller may see, by their first comments."""
    return Comment.objects.filter(
        review__subject_kind=kind, review__subject_id=subject_id, thread=None
    ).select_related("review")


def change_requests_on(kind: str, subject_id: str) -> QuerySet[ChangeRequest]:
    """Everything reviewers have asked for about a subject the caller may see."""
    return ChangeRequest.objects.filter(review__subject_kind=kind, review__subject_id=subject_id)


def findings_of(review: Review) -> QuerySet[FindingRow]:
    """Every finding of a review the caller may see."""
    return FindingRow.objects.filter(examination__review=review).select_related("examination__review")


def setting_versions_for(user: Person) -> QuerySet[SettingVersion]:
    """The versions of the firm's settings: everybody on the staff may read them."""
    versions = SettingVersion.objects.select_related("asked_by", "approved_by")
    is_staff = user.is_active and any(user.has_role(role) for role in STAFF_ROLES)
    return versions if is_staff else versions.none()


def require_member(user: Person) -> None:
    """Raise NotAllowed for everybody who is not on the firm's staff."""
    if not any(user.has_role(role) for role in STAFF_ROLES):
        raise NotAllowed("Only the firm's staff can read its settings.")


def require_staff(user: Person) -> None:
    """Raise NotAllowed for everybody who is not on the firm's staff."""
    if not any(user.has_role(role) for role in STAFF_ROLES):
        raise NotAllowed("Only the firm's staff can open the audit trail.")


def require_reader(user: Person) -> None:
    """Raise NotAllowed for everybody who neither is on the firm's staff nor examines it."""
    if not user.has_role(Role.EXAMINER):
        require_staff(user)


def require_compliance(user: Person) -> None:
    """Raise NotAllowed for everybody but compliance."""
    if not user.has_role(Role.COMPLIANCE):
        raise NotAllowed("This page is for the compliance officer.")
