"""How people are told of what happens: a daily mail by their own choice, and how far they have read in the desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from advisory.models import NoticeChoice, User
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES

FOR_STAFF = "Notifications are for the firm's staff."
Digest = NoticeChoice.Digest


def refusal_to_have(user: Any) -> str | None:
    """Why this person has no notifications; None where they have."""
    return None if any(user.has_role(role) for role in STAFF_ROLES) else FOR_STAFF


def of(user: Any) -> NoticeChoice:
    """A person's choice; nobody gets mail who has not chosen it."""
    return NoticeChoice.objects.filter(user_id=user.pk).first() or NoticeChoice(user_id=user.pk)


def choose(digest: str, *, by: Actor, at: datetime) -> NoticeChoice:
    """Choose whether a mail comes every day. The first one comes on the next day."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=people.behind(by).pk)
        choice, _ = NoticeChoice.objects.get_or_create(user=user)
        before, choice.digest = choice.digest, Digest(digest)
        if before != choice.digest:
            choice.digest_on = at.astimezone(EASTERN).date()
            choice.save(update_fields=["digest", "digest_on"])
            audit.record(
                audit.Action.DIGEST_CHOSEN, about=user, by=by, at=at, before=before, after=choice.digest
            )
    return choice


def mark_read(user: User, *, up_to: int) -> None:
    """Note how far somebody has read; never back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO advisory_noticechoice AS standing (user_id, digest, read_up_to) VALUES (%s, 'none', %s)"
            " ON CONFLICT (user_id) DO UPDATE SET read_up_to = greatest(standing.read_up_to, excluded.read_up_to)",
            [user.pk, up_to],
        )


def due(*, on: date) -> list[User]:
    """Whoever wants a mail every day and has not had this day's."""
    waiting = Q(notice_choice__digest_on=None) | Q(notice_choice__digest_on__lt=on)
    found = User.objects.filter(waiting, is_active=True, notice_choice__digest=Digest.DAILY)
    return list(found.order_by("pk"))


def claim(user: User, *, on: date) -> bool:
    """Begin the day's mail of somebody; False where another process has, or they no longer want one.

    Committed before the mail leaves: a process that is killed in between costs one day's mail, and sends none twice.
    """
    waiting = NoticeChoice.objects.filter(Q(digest_on=None) | Q(digest_on__lt=on), digest=Digest.DAILY)
    return bool(waiting.filter(user=user).update(digest_on=on))


def give_back(user: User, *, on: date) -> None:
    """The day's mail was refused by the mail server: it is due again."""
    NoticeChoice.objects.filter(user=user, digest_on=on).update(digest_on=None)
