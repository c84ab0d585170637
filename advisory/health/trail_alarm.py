"""The alarm about the audit trail: a break, or two nights without a verification, is mailed to compliance once."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from advisory.people import mail
from compliance.audit_trail import audit, standing
from compliance.clock import EASTERN
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role

log = structlog.get_logger("advisory.trail")


def tell(*, by: Actor, at: datetime) -> bool:
    """Log the trouble of the trail, and mail it to compliance unless that was done; returns whether it was done now.

    The line on the trail comes after the mail: where no server took it, the next run tries again.
    """
    found = standing.last(at=at)
    if not found.alarm:
        return False
    log.critical("the audit trail needs compliance", trouble=found.trouble, first_bad=found.first_bad_seq)
    if standing.is_told(found):
        return False
    on = at.astimezone(EASTERN).date()
    url = f"{settings.ADDRESS}{reverse('compliance:audit_list')}"
    told = [
        # People sign in with their address.
        mail.send(to, "The audit trail needs you", "trail_alarm", on=on, trouble=found.trouble, url=url)
        for to in (user.get_username() for user in people.holding(Role.COMPLIANCE))
    ]
    if not any(told):
        return False
    with transaction.atomic():
        audit.record(
            audit.Action.TRAIL_ALARMED,
            about=audit.Ref("trail", "trail"),
            by=by,
            at=at,
            alarm=found.alarm,
            mailed=sum(told),
        )
    return True
