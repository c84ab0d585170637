"""Facts about securities that people decided lately, from the record and the trail: who they concern is asked elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from clients.models import Price, Security, SecurityDecision
from clients.securities import securities
from compliance.firm.firm_settings import InForce
from compliance.models import AuditEvent

Fact = SecurityDecision.Fact
CALLING = {
    Fact.KIND: "its kind",
    Fact.CLASS_WEIGHTS: "its asset classes",
    Fact.ISSUER: "its issuer",
    Fact.SECTOR: "its sector",
    Fact.TRADING: "whether it is traded",
    Fact.WASH_APPLIES: "whether the wash-sale rule applies",
}
"""Facts that decide what may be bought or sold, or what a holding counts as."""


@dataclass(frozen=True, slots=True)
class DecidedFact:
    """One decision: which security, what about it, when."""

    security_id: int
    symbol: str
    what: str
    at: datetime


def since(moment: datetime) -> list[DecidedFact]:
    """Every such decision after a moment, the oldest first; two queries and one for the symbols."""
    decided = SecurityDecision.objects.filter(fact__in=list(CALLING), decided_at__gt=moment)
    found = [
        DecidedFact(one.security_id, one.security.symbol, CALLING[Fact(one.fact)], one.decided_at)
        for one in decided.select_related("security")
    ]
    # The wash-sale group has a day on record and no moment; the trail has it.
    grouped = AuditEvent.objects.filter(
        action="security.changed", stated_at__gt=moment, facts__contains='"wash_group":'
    )
    told = [(one.about_id, json.loads(one.facts), one.stated_at) for one in grouped]
    by_ref = _by_ref({about for about, _, _ in told})
    found += [
        DecidedFact(by_ref[about].pk, by_ref[about].symbol, "its wash-sale group", at)
        for about, facts, at in told
        if about in by_ref and facts.get("wash_group") != facts.get("wash_group_before")
    ]
    return sorted(found, key=lambda one: (one.at, one.symbol))


def _by_ref(refs: set[str]) -> dict[str, Security]:
    """Securities as the trail names them."""
    found = Security.objects.filter(pk__in=[int(key) for key in refs]) if refs else ()
    return {str(one.pk): one for one in found}


def closes(symbol: str, first: date, last: date, *, figures: InForce) -> dict[date, Decimal]:
    """The close of a security on each day of a span that has one: the price that counts among the sources of its day."""
    found = Price.objects.filter(
        security__symbol=symbol, as_of_on__gte=first, as_of_on__lte=last, standing__in=securities.USABLE
    ).annotate(rank=securities.source_rank(figures))
    best = found.order_by("as_of_on", "rank", "-received_at", "pk").distinct("as_of_on")
    return {price.as_of_on: price.price for price in best}
