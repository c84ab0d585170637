"""Implausible prices: found on arrival, decided by a person.

Two sources of one day that differ by more than the firm's gap are in dispute: the one further from the last
close if only it is outside the firm's range, otherwise the one the firm ranks lower. A day's only price is in
dispute when it is outside that range. Over a split that two people agreed to, the last close is counted in the new
shares. A disputed price is not used; where another source has a price for the day, that one is used.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from clients.models import Price, Security
from clients.registers import corporate_actions
from clients.securities import securities
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.firm import firm_settings, price_figures
from compliance.firm.firm_settings import InForce
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed

MILLIONTH = Decimal("0.000001")
REFUSAL_TO_DECIDE = "Only compliance or the trading desk can decide about a disputed price."


def find_new(places: Collection[tuple[int, date]], *, at: datetime) -> list[Price]:
    """Compare the prices of these securities and days; returns those now in dispute. Days older than any
    valuation uses are skipped, so years of history cause no disputes.
    """
    figures = firm_settings.in_force(on=at.astimezone(EASTERN).date())
    days_max = timedelta(days=figures.of(price_figures.DAYS_MAX))
    since = at.date() - days_max
    recent = sorted(((day, key) for key, day in places if day >= since))
    if not recent:
        return []
    by_place: dict[int, dict[date, list[Price]]] = defaultdict(lambda: defaultdict(list))
    rows = (
        Price.objects.filter(
            security__in={key for _, key in recent},
            as_of_on__gte=recent[0][0] - days_max,
            as_of_on__lte=recent[-1][0],
        )
        .exclude(standing=Price.Standing.REJECTED)
        .select_related("security")
        .annotate(rank=securities.source_rank(figures))
        .order_by("rank", "-received_at", "pk")
    )
    for ranked in rows:
        by_place[ranked.security_id][ranked.as_of_on].append(ranked)
    changed: list[Price] = []
    disputed: list[Price] = []
    splits = corporate_actions.splits(
        {key for _, key in recent}, since=recent[0][0] - days_max, until=recent[-1][0]
    )
    for day, key in recent:
        here = by_place[key][day]
        last = _in_new_shares(_last_close(by_place[key], day), splits.get(key, ()), day)
        found = _disputes(here, last, figures)
        for row in here:
            standing, other = row.standing, found.get(row.pk)
            if standing != Price.Standing.ACCEPTED:
                row.standing = Price.Standing.SOUND if other is None else Price.Standing.DISPUTED
            if other is not None:
                disputed.append(row)
            if (row.standing, row.disputed_with) != (standing, other):
                row.disputed_with = other if row.standing == Price.Standing.DISPUTED else row.disputed_with
                changed.append(row)
    Price.objects.bulk_update(changed, ("standing", "disputed_with"), batch_size=1_000)
    return disputed


def decide(price: Price, *, accept: bool, reason: str, by: Actor, at: datetime) -> Price:
    """Accept a disputed price, which then takes precedence over every other of its day, or reject it.

    Raises `NotAllowed` for anybody but compliance and the trading desk, `BadInput` without a reason, and
    `Conflict` when the price is no longer in dispute.
    """
    if not {Role.COMPLIANCE, Role.TRADER} & set(by.roles):
        raise NotAllowed(REFUSAL_TO_DECIDE, "Ask compliance to decide it.")
    if not reason.strip():
        raise BadInput("A decision about a price needs a reason.", "Say where you verified the price.")
    with transaction.atomic():
        locked = Price.objects.select_for_update(of=("self",)).select_related("security").get(pk=price.pk)
        if locked.standing != Price.Standing.DISPUTED:
            raise Conflict("This price is no longer in dispute.", "Reload the list.")
        locked.standing = Price.Standing.ACCEPTED if accept else Price.Standing.REJECTED
        locked.decided_by_id, locked.decided_at, locked.reason = int(by.person_ref), at, reason.strip()[:300]
        locked.save(update_fields=["standing", "decided_by", "decided_at", "reason"])
        audit.record(
            audit.Action.PRICE_DECIDED,
            about=locked.security,
            by=by,
            at=at,
            sealing=[("price_decision", locked.pk)],
            price=locked.price,
            price_on=locked.as_of_on,
            source=locked.source,
            disputed_with=locked.disputed_with,
            decision=locked.standing,
            reason=locked.reason,
        )
    return locked


def open_disputes() -> list[Price]:
    """Every price that needs a decision, the newest day first."""
    waiting = Price.objects.filter(standing=Price.Standing.DISPUTED).select_related("security")
    return list(waiting.order_by("-as_of_on", "security__symbol", "source"))


def _disputes(here: list[Price], last: Price | None, figures: InForce) -> dict[int, Decimal]:
    """Which of a day's prices, best first, are in dispute, and with which price."""
    if not here or here[0].standing == Price.Standing.ACCEPTED:
        return {}  # A person has already accepted a price; the others of the day are not used.
    found: dict[int, Decimal] = {}
    best = here[0]
    for row in here[1:]:
        if not _apart(row.price, best.price, figures.of(price_figures.DISPUTE_GAP)):
            continue
        if last is not None and _moved(best, last, figures) and not _moved(row, last, figures):
            found[best.pk], best = row.price, row
        else:
            found[row.pk] = best.price
    is_alone = len(here) == len(found) + 1
    if is_alone and last is not None and _moved(best, last, figures):
        found[best.pk] = last.price
    return found


def _in_new_shares(last: Price | None, splits: Iterable[tuple[date, Decimal]], day: date) -> Price | None:
    """The last close counted in the shares of a day after splits."""
    if last is None:
        return None
    counted = copy.copy(last)
    for on, ratio in splits:
        if last.as_of_on < on <= day:
            counted.price = (counted.price / ratio).quantize(MILLIONTH)
    return counted


def _moved(row: Price, last: Price, figures: InForce) -> bool:
    # An option can double in a day.
    if row.security.kind == Security.Kind.OPTION:
        return False
    return _apart(row.price, last.price, figures.of(price_figures.DISPUTE_MOVE))


def _apart(price: Decimal, other: Decimal, share: Decimal) -> bool:
    return abs(price - other) > other * share


def _last_close(by_day: dict[date, list[Price]], day: date) -> Price | None:
    """The best usable price of the latest day before."""
    for before in sorted((one for one in by_day if one < day), reverse=True):
        usable = [row for row in by_day[before] if row.standing in securities.USABLE]
        if usable:
            return usable[0]
    return None
