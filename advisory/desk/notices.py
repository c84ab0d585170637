"""Notifications: what others did in a person's book or about the firm, as far as it concerns their roles.

They are lines of the audit trail, so nothing is told that is not on record. What waits for somebody to do it stands on the
home page; here is what they would like to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from advisory.desk import about_links
from advisory.models import NoticeChoice
from advisory.people import notice_choices
from clients import access as record
from compliance.actions import Action
from compliance.doors import pages as doors
from compliance.models import AuditEvent
from compliance.people.roles import Role

DAYS = 30
SHOWN_MAX = 100
COUNTED_MAX = 99
IN_THE_BOOK: dict[Role, tuple[Action, ...]] = {
    Role.ADVISOR: (
        Action.PROPOSAL_DRAFTED,
        Action.REVIEW_DECIDED,
        Action.REVIEW_RETURNED,
        Action.REVIEW_COMMENTED,
        Action.REVIEW_EXPIRED,
        Action.CONSENT_RECORDED,
        Action.BATCH_RELEASED,
        Action.ORDER_NOT_TRADED,
        Action.TRADE_ERROR_RECORDED,
        Action.POLICY_APPROVED,
        Action.POLICY_SIGNED,
        Action.ACCOUNT_UNRECONCILED,
        Action.SUMMARY_CORRECTED,
    ),
    Role.REVIEWER: (
        Action.REVIEW_REQUESTED,
        Action.REVIEW_COMMENTED,
        Action.REVIEW_RESUMED,
        Action.REVIEW_EXPIRED,
        Action.PROPOSAL_REVISED,
    ),
}
"""About the households in a person's book today."""
IN_THE_FIRM: dict[Role, tuple[Action, ...]] = {
    Role.TRADER: (
        Action.BREAK_OPENED,
        Action.FILE_REFUSED,
        Action.ORDER_NOT_TRADED,
        Action.TRADE_ERROR_RECORDED,
        Action.TRADING_STOPPED,
        Action.TRADING_RESUMED,
    ),
    Role.COMPLIANCE: (
        Action.OVERRIDE_RECORDED,
        Action.APPROVAL_REFUSED,
        Action.TRADE_ERROR_RECORDED,
        Action.TRADING_STOPPED,
        Action.TRADING_RESUMED,
        Action.ALARM_RAISED,
        Action.TRAIL_ALARMED,
        Action.WEBHOOK_STOPPED,
    ),
    Role.ADMINISTRATOR: (
        Action.CHANGE_PROPOSED,
        Action.INVITATION_ACCEPTED,
        Action.USER_DEACTIVATED,
        Action.TRAIL_ALARMED,
        Action.WEBHOOK_STOPPED,
    ),
}
"""Whatever household it is about, or none; for administrators, who see no clients, only what is about none."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened. `about` and `url` are empty where this person may not open it."""

    seq: int
    what: str
    about: str
    url: str
    by: str
    at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """The newest notifications, how many are new, and what is mailed."""

    rows: tuple[Notice, ...]
    new: int
    up_to: int
    digest: str
    digest_links: tuple[doors.DoorLink, ...]


def events_for(user: Any, *, at: datetime) -> QuerySet[AuditEvent]:
    """What a person is notified of, the newest first, each with how far they have read (`read_up_to`)."""
    wanted = Q(pk__in=[])
    book = record.households_for(user).order_by().values("public_id")
    for role, actions in IN_THE_BOOK.items():
        if user.has_role(role):
            wanted |= Q(action__in=actions, household_ref__in=book)
    for role, actions in IN_THE_FIRM.items():
        if user.has_role(role):
            wanted |= Q(action__in=actions, **({"household_ref": ""} if role is Role.ADMINISTRATOR else {}))
    read = NoticeChoice.objects.filter(user=user.pk).values("read_up_to")[:1]
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(
        wanted, occurred_at__gte=at - timedelta(days=DAYS)
    ).exclude(person_ref=str(user.pk))
    up_to = Coalesce(Subquery(read), Value(0), output_field=BigIntegerField())
    return events.annotate(read_up_to=up_to).order_by("-seq")


def new_for(user: Any, *, at: datetime) -> int:
    """How many notifications are new, up to one more than are counted; one query."""
    if notice_choices.refusal_to_have(user) is not None:
        return 0
    found = events_for(user, at=at).filter(seq__gt=F("read_up_to"))
    return len(found.values_list("seq", flat=True)[: COUNTED_MAX + 1])


def show(user: Any, *, at: datetime) -> NoticesPage:
    """The page; two queries, and one for each kind of thing on it."""
    found: list[Any] = list(events_for(user, at=at)[:SHOWN_MAX])
    named = [(one.about_kind, one.about_id) for one in found]
    households = [("household", one.household_ref) for one in found if one.household_ref]
    places = about_links.places_for(user, [*named, *households])
    rows = []
    for one in found:
        place = places.get((one.about_kind, one.about_id)) or places.get(("household", one.household_ref))
        rows.append(
            Notice(
                seq=one.seq,
                what=one.get_action_display(),
                about=place.words if place else "",
                url=place.url if place else "",
                by=one.actor_label,
                at=one.stated_at,
                is_new=one.seq > one.read_up_to,
            )
        )
    return NoticesPage(
        rows=tuple(rows),
        new=sum(row.is_new for row in rows),
        up_to=rows[0].seq if rows else 0,
        digest=str(notice_choices.of(user).get_digest_display()),
        digest_links=doors.links(["advisory:digest_choose"], user),
    )
