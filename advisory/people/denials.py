"""Attempts that were refused to somebody who is signed in, on the trail: 403, and 404 for what they may not see.

A thing that a person may not see and one that does not exist are answered alike, so both are recorded. The first attempt of
a person at an address within a minute has a line at once; what follows is counted in a row and told in one line when
the minute is over. So nobody floods the trail, and nothing is lost when a process ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from advisory.models import DeniedAttempts, User
from compliance.audit_trail import audit
from compliance.people.actors import Actor, Ref

KEPT_MAX = 20
"""How many of the things asked for one line names."""
TEXT_MAX = 80


@transaction.atomic
def note(
    address: str, asked_for: Mapping[str, Any], *, method: str, status: int, by: Actor, at: datetime
) -> bool:
    """Note one attempt, and return whether it has a line of its own."""
    thing = "/".join(_plain(value) for value in asked_for.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO advisory_deniedattempts AS standing"
            " (user_id, address, began_at, last_at, further, things) VALUES (%s, %s, %s, %s, 0, '[]')"
            " ON CONFLICT (user_id, address, began_at) DO UPDATE SET further = standing.further + 1,"
            " last_at = excluded.last_at, things = CASE WHEN jsonb_array_length(standing.things) < %s"
            " THEN standing.things || %s::jsonb ELSE standing.things END RETURNING further",
            [
                *(int(by.person_ref), address[:64], at.replace(second=0, microsecond=0), at),
                *(KEPT_MAX, json.dumps([thing])),
            ],
        )
        (further,) = cursor.fetchone()
    if further:
        return False
    about = Ref("address", address[:64])
    audit.record(
        audit.Action.ACCESS_DENIED, about=about, by=by, at=at, method=method, status=status, asked_for=thing
    )
    return True


def tell(*, at: datetime) -> int:
    """Put the attempts of minutes that are over on the trail, a line for each person and address that tried again."""
    told = 0
    with transaction.atomic():
        over = DeniedAttempts.objects.select_for_update(of=("self",), skip_locked=True).select_related("user")
        for one in over.filter(began_at__lte=at - timedelta(minutes=1)).order_by("began_at", "pk")[:500]:
            if one.further:
                _tell(one, one.user)
                told += 1
            one.delete()
    return told


def _tell(one: DeniedAttempts, user: User) -> None:
    audit.record(
        audit.Action.ACCESS_DENIED,
        about=Ref("address", one.address),
        by=Actor.person(user),
        at=one.last_at,
        further=one.further,
        since=one.began_at,
        asked_for=sorted(set(one.things)),
    )


def _plain(value: Any) -> str:
    text = str(value)[:TEXT_MAX]
    return text if text.isprintable() else ascii(text)
