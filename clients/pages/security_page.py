"""What the page of one security says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from clients import access
from clients.drawings import Drawing
from clients.models import Price, Security, SecurityDecision
from clients.pages import price_line
from clients.registers.corporate_actions import REGISTER, words
from clients.securities import decided_facts, securities, security_facts
from compliance import clock
from compliance.audit_trail import audit
from compliance.firm import firm_settings

PRICES_DRAWN = timedelta(days=730)
PRICES_LISTED = 20
EVENTS_MAX = 50
ACTIONS_LISTED = 10

SHARES = frozenset(
    {
        "half_spread",
        "expense_ratio",
        "ordinary_yield",
        "qualified_yield",
        "exempt_yield",
        "realized_gain_yield",
    }
)
"""Facts that are fractions of one, shown as percent."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact: its value, and whose it is."""

    label: str
    value: str
    whose: str


@dataclass(frozen=True, slots=True)
class EventRow:
    at: datetime
    sentence: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    price: Price
    is_used: bool


@dataclass(frozen=True, slots=True)
class SecurityPage:
    security: Security
    heading: str
    lead: str
    facts: tuple[FactRow, ...]
    classes: tuple[tuple[str, Decimal], ...]
    replacements: tuple[tuple[str, str], ...]
    wash_group: str
    wash_members: tuple[str, ...]
    former_symbols: tuple[str, ...]
    actions: tuple[tuple[str, str], ...]
    households_count: int
    prices: tuple[PriceRow, ...]
    price_drawing: Drawing | None
    price_sentence: str
    events: tuple[EventRow, ...]
    list_url: str
    prices_url: str


def show(user: Any, security: Security, *, on: date) -> SecurityPage:
    """One security: its facts and whose they are, prices, who holds it, and its history."""
    decided = decided_facts.in_force([security.pk]).get(security.pk, {})
    drawn = _line(security, on=on)
    listed = list(
        security.prices.select_related("decided_by").order_by("-as_of_on", "source")[:PRICES_LISTED]
    )
    used = {price.pk for price in _best(listed, on=on)}
    group = security.wash_group
    households = access.households_for(user, on=on).filter(
        Q(accounts__lots__security=security, accounts__lots__closed_on=None)
        | Q(accounts__positions__security=security)
    )
    weights = security_facts.weights_of(security)
    return SecurityPage(
        security=security,
        heading=f"{security.symbol} {security.name}",
        lead=_lead(security, weights),
        facts=tuple(_fact(security, fact, decided.get(fact)) for fact in security_facts.COLUMNS),
        classes=tuple((str(one), weight) for one, weight in weights.items()),
        replacements=tuple(
            (row.replacement.symbol, f"approved by {row.approved_by}" if row.approved_by else "from a file")
            for row in security.replacements.select_related("replacement", "approved_by")
        ),
        wash_group=f"{group.code}{f', as {security.wash_group_by} decided' if security.wash_group_by else ''}"
        if group
        else "",
        wash_members=tuple(
            group.securities.exclude(pk=security.pk).values_list("symbol", flat=True)[:20] if group else ()
        ),
        former_symbols=tuple(f"{one.symbol} until {one.until_on}" for one in security.former_symbols.all()),
        actions=tuple(
            (words(one), reverse("clients:corporate_action", args=[one.public_id]))
            for one in REGISTER.standing()
            .filter(Q(security=security) | Q(new_security=security))
            .select_related("security", "new_security")
            .order_by("-effective_on", "pk")[:ACTIONS_LISTED]
        ),
        households_count=households.distinct().count(),
        prices=tuple(PriceRow(one, one.pk in used) for one in listed),
        price_drawing=price_line.svg(drawn),
        price_sentence=price_line.sentence(drawn) if drawn else "",
        events=_events(security),
        list_url=reverse("clients:security_list"),
        prices_url=f"{reverse('clients:price_list')}?security={security.pk}",
    )


def _lead(security: Security, weights: security_facts.Weights) -> str:
    if security.retired_on:
        return f"Retired on {security.retired_on}: no longer offered or bought."
    if not weights:
        return "It has no asset class yet, so the households that hold it are not traded."
    return f"{security.get_kind_display()}, {security.get_trading_display().lower()}."


def _fact(security: Security, fact: str, decision: SecurityDecision | None) -> FactRow:
    named = SecurityDecision.Fact(fact)
    display = getattr(security, f"get_{fact}_display", None)
    value = display() if display else security_facts.text_of(getattr(security, fact))
    if isinstance(getattr(security, fact), bool):
        value = "Yes" if getattr(security, fact) else "No"
    if fact in SHARES and (share := getattr(security, fact)) is not None:
        value = f"{(share * 100).normalize():f}%"
    whose = (
        f"{decision.decided_by}, {clock.moment_text(decision.decided_at)}: {decision.reason}"
        if decision
        else "Files"
    )
    return FactRow(str(named.label), value, whose)


def _line(security: Security, *, on: date) -> list[tuple[date, Decimal]]:
    """One price a day, the best of its sources."""
    figures = firm_settings.in_force(on=on)
    rows = (
        security.prices.filter(
            standing__in=securities.USABLE, as_of_on__gt=on - PRICES_DRAWN, as_of_on__lte=on
        )
        .annotate(rank=securities.source_rank(figures))
        .order_by("as_of_on", "rank", "-received_at", "pk")
        .distinct("as_of_on")
    )
    return [(one.as_of_on, one.price) for one in rows]


def _best(prices: Sequence[Price], *, on: date) -> list[Price]:
    """Of these prices, the one in use of each day."""
    days = {one.as_of_on for one in prices}
    security = prices[0].security_id if prices else 0
    ranked = (
        Price.objects.filter(security=security, as_of_on__in=days, standing__in=securities.USABLE)
        .annotate(rank=securities.source_rank(firm_settings.in_force(on=on)))
        .order_by("as_of_on", "rank", "-received_at", "pk")
        .distinct("as_of_on")
    )
    return list(ranked)


def _events(security: Security) -> tuple[EventRow, ...]:
    events = audit.trail(about=security).order_by("-seq")[:EVENTS_MAX]
    return tuple(
        EventRow(
            at=one.occurred_at,
            sentence=one.get_action_display(),
            by=one.actor_label,
            note=note_of(one.facts),
        )
        for one in events
    )


def note_of(facts: str) -> str:
    """What changed, in words, and why."""
    told: dict[str, Any] = json.loads(facts) if facts else {}
    changed = told.get("changed") or {}
    parts = [
        f"{name.replace('_', ' ')} {one.get('before') or '–'} → {one.get('after') or '–'}"
        for name, one in changed.items()
        if isinstance(one, dict)
    ]
    parts += [str(told[name]) for name in ("reason", "evidence") if told.get(name)]
    return "; ".join(parts)
