"""The alarm about the firm's promises: one that is not kept, or that nothing checks, is mailed to compliance once."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings
from django.urls import reverse

from advisory.people import mail
from compliance.clock import EASTERN
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from rebalancing.promises import monitor

log = structlog.get_logger("advisory.promises")


def tell(*, by: Actor, at: datetime) -> bool:
    """Log what is not kept, and mail it to compliance unless that was done; returns whether it was done now.

    The line on the trail comes after the mail: where no server took it, the next run tries again.
    """
    found = monitor.last(at=at)
    if not found.wrong:
        return False
    log.error("promises of the firm need compliance", trouble=found.trouble)
    if not monitor.untold(found):
        return False
    on = at.astimezone(EASTERN).date()
    url = f"{settings.ADDRESS}{reverse('rebalancing:promises')}"
    sent = [
        # People sign in with their address.
        mail.send(
            user.get_username(),
            "A promise of the firm is not kept",
            "promise_alarm",
            on=on,
            trouble=found.trouble,
            url=url,
        )
        for user in people.holding(Role.COMPLIANCE)
    ]
    if not any(sent):
        return False
    monitor.told(found, mailed=sum(sent), by=by, at=at)
    return True
