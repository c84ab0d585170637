"""The daily mail to those who asked for it: how many things wait for them, with links. Counts only, no names and no figures.

Once a person and day: the day is claimed before the mail leaves (`notice_choices.claim`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from advisory.desk import home, notices
from advisory.desk.work import Work, counted
from advisory.models import User
from advisory.people import mail, notice_choices
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.people.actors import Actor

FROM_HOUR = 6
"""The hour in New York from which the day's mails leave."""
MOST = 20
"""How many people are looked after in one run, which a task's time is enough for; the next run goes on."""
log = structlog.get_logger("advisory.digest")


def send_due(*, by: Actor, at: datetime) -> int:
    """Send what is due, and return how many mails the server took. A day on which nothing waits has no mail."""
    local = at.astimezone(EASTERN)
    if local.hour < FROM_HOUR:
        return 0
    on, sent = local.date(), 0
    for user in notice_choices.due(on=on)[:MOST]:
        if notice_choices.refusal_to_have(user) is not None or not notice_choices.claim(user, on=on):
            continue
        lines = list(_lines(user, at=at))
        if not lines:
            continue
        told = {"name": user.get_short_name(), "lines": "\n".join(lines), "url": _url("advisory:notices")}
        if not mail.send(user.email, "What waits for you", "digest", on=on, **told):
            notice_choices.give_back(user, on=on)
            continue
        with transaction.atomic():
            audit.record(audit.Action.DIGEST_SENT, about=user, by=by, at=at, day=on, lines=len(lines))
        sent += 1
    log.info("daily mails", sent=sent)
    return sent


def _lines(user: User, *, at: datetime) -> Iterator[str]:
    page = home.show(user, at=at)
    place = _url("advisory:home")
    if page.asked:
        yield f"{counted(len(page.asked), 'question', 'questions')} asked of you: {place}#asked-title"
    if page.reviews is not None and page.reviews.total:
        waiting = counted(page.reviews.total, "review waits", "reviews wait")
        yield f"{waiting}, {page.reviews.settled + page.reviews.free} for your decision: {place}#reviews-title"
    if page.trading is not None and page.trading.to_release:
        ready = counted(page.trading.to_release, "approved proposal", "approved proposals")
        yield f"{ready} to release: {place}"
    if page.desk is not None and (count := page.desk.total - page.desk.quiet):
        yield f"{counted(count, 'household needs', 'households need')} attention: {place}"
    for section, name in (
        (page.desk, "your book"),
        (page.trading, "the trading desk"),
        (page.compliance, "compliance"),
        (page.system, "the firm"),
    ):
        if section is not None and (count := _to_do(section.work)):
            yield f"{counted(count, 'item', 'items')} to do for {name}: {place}"
    if new := notices.new_for(user, at=at):
        many = f"{notices.COUNTED_MAX}+" if new > notices.COUNTED_MAX else str(new)
        yield f"{many} new notification{'' if new == 1 else 's'}: {_url('advisory:notices')}"


def _to_do(rows: tuple[Work, ...]) -> int:
    """How many of these are the person's own to do, and do not only wait for somebody else."""
    return sum(1 for row in rows if row.tone)


def _url(name: str) -> str:
    return f"{settings.ADDRESS}{reverse(name)}"
