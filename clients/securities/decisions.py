"""Decisions about securities: wash-sale groups and approved replacements. Files do not change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from clients.custodians.rows import SecurityRow
from clients.models import Replacement, Security, SecurityDecision, WashGroup
from clients.securities import decided_facts, securities
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, NotAllowed

Fact = SecurityDecision.Fact


def kept(rows: Sequence[SecurityRow]) -> list[str]:
    """Sentences about decisions that these rows contradict; the decisions stay."""
    decided = Security.objects.select_related("wash_group", "wash_group_by").prefetch_related(
        "replacements__replacement", "replacements__approved_by"
    )
    on_record_now = decided.in_bulk({row.symbol for row in rows}, field_name="symbol")
    held = decided_facts.in_force([one.pk for one in on_record_now.values()])
    told = []
    for row in rows:
        security = on_record_now.get(row.symbol)
        if security is None:
            continue
        told += _facts_kept(row, security, held.get(security.pk, {}))
        group = security.wash_group.code if security.wash_group else ""
        if security.wash_group_by and row.wash_group and row.wash_group != group:
            told.append(
                f"{row.symbol} keeps {f'the wash-sale group {group}' if group else 'no wash-sale group'}, as "
                f"{security.wash_group_by} decided on {security.wash_group_on}; the file says {row.wash_group}."
            )
        if row.replacements:
            told += [
                f"{row.symbol} keeps the replacement {one.replacement}, which {one.approved_by} approved on "
                f"{one.approved_on}; the file does not name it."
                for one in security.replacements.all()
                if one.approved_by and one.replacement.symbol not in row.replacements
            ]
    return told


# What a row states about each fact that a person can decide; None or empty: it does not say.
_STATED: dict[str, Callable[[SecurityRow], object]] = {
    Fact.NAME: lambda row: row.name,
    Fact.KIND: lambda row: row.kind,
    Fact.CUSIP: lambda row: row.cusip,
    Fact.ISSUER: lambda row: row.issuer,
    Fact.SECTOR: lambda row: row.sector,
    Fact.TRADING: lambda row: row.status,
    Fact.HALF_SPREAD: lambda row: row.half_spread_bps,
    Fact.DAILY_VOLUME: lambda row: row.volume_daily_average,
    Fact.INCREMENT: lambda row: row.increment,
    Fact.IS_FRACTIONAL: lambda row: row.fractional,
    Fact.SETTLEMENT_DAYS: lambda row: row.settlement_days,
    Fact.EXPENSE_RATIO: lambda row: row.expense_ratio,
    Fact.ORDINARY_YIELD: lambda row: row.yield_ordinary,
    Fact.QUALIFIED_YIELD: lambda row: row.yield_qualified,
    Fact.EXEMPT_YIELD: lambda row: row.yield_exempt,
    Fact.GAIN_YIELD: lambda row: row.yield_gain,
    Fact.IS_COLLECTIBLE: lambda row: row.collectible,
}


def _facts_kept(row: SecurityRow, security: Security, held: Mapping[str, SecurityDecision]) -> list[str]:
    fresh = securities.described(row, {})
    differs = [
        fact
        for fact, stated in _STATED.items()
        if fact in held and stated(row) not in (None, "") and getattr(fresh, fact) != getattr(security, fact)
    ]
    stated_weights = dict(row.asset_class_weights)
    if Fact.CLASS_WEIGHTS in held and stated_weights and stated_weights != dict(_weights(security)):
        differs.append(Fact.CLASS_WEIGHTS)
    return [
        f"{security.symbol} keeps its {Fact(fact).label[:1].lower()}{Fact(fact).label[1:]} {held[fact].value or 'empty'}, as "
        f"{held[fact].decided_by} decided on {held[fact].decided_at.astimezone(clock.EASTERN).date()}; "
        "the file states another."
        for fact in differs
    ]


def _weights(security: Security) -> list[tuple[str, Decimal]]:
    return list(security.class_weights.values_list("asset_class__code", "weight"))


def decide_wash_group(security: Security, *, code: str, reason: str, by: Actor, at: datetime) -> None:
    """Decide which securities a security is substantially identical with (IRC 1091); empty for none. Files do
    not change it.

    Raises `NotAllowed` for anybody but compliance.
    """
    _refuse_others(by)
    with transaction.atomic():
        locked = (
            Security.objects.select_for_update(of=("self",)).select_related("wash_group").get(pk=security.pk)
        )
        before = locked.wash_group.code if locked.wash_group else ""
        locked.wash_group = WashGroup.objects.get_or_create(code=code)[0] if code else None
        locked.wash_group_by_id, locked.wash_group_on = (
            int(by.person_ref),
            at.astimezone(clock.EASTERN).date(),
        )
        locked.save(update_fields=["wash_group", "wash_group_by", "wash_group_on"])
        audit.record(
            audit.Action.SECURITY_CHANGED,
            about=locked,
            by=by,
            at=at,
            sealing=[("wash_group_decision", locked.pk)],
            wash_group=code,
            wash_group_before=before,
            reason=reason,
        )


def approve_replacement(security: Security, replacement: Security, *, by: Actor, at: datetime) -> None:
    """Approve a replacement for a security sold at a loss, after those approved before and ahead of a file's
    own.

    Raises `NotAllowed` for anybody but compliance, `BadInput` for a security as its own replacement.
    """
    _refuse_others(by)
    if security.pk == replacement.pk:
        raise BadInput(f"{security} cannot replace itself.", "Name another security.")
    with transaction.atomic():
        rows = list(Replacement.objects.select_for_update().filter(security=security).order_by("rank"))
        one = next((row for row in rows if row.replacement_id == replacement.pk), None)
        one = one or Replacement(security=security, replacement=replacement)
        one.approved_by_id, one.approved_on = int(by.person_ref), at.astimezone(clock.EASTERN).date()
        others = [row for row in rows if row.replacement_id != replacement.pk]
        Replacement.objects.filter(security=security).delete()
        first = [row for row in others if row.approved_by_id is not None]
        ordered = [*first, one, *(row for row in others if row.approved_by_id is None)]
        for rank, row in enumerate(ordered, start=1):
            row.pk, row.rank = None, rank
        Replacement.objects.bulk_create(ordered)
        audit.record(
            audit.Action.SECURITY_CHANGED,
            about=security,
            by=by,
            at=at,
            sealing=[("approved_replacements", security.pk)],
            replacement=replacement.symbol,
        )


def order_replacements(
    security: Security, replacements: Sequence[Security], *, by: Actor, at: datetime
) -> None:
    """Approve exactly these replacements in this order, ahead of a file's own; other approvals end.

    Raises `NotAllowed` for anybody but compliance, `BadInput` for a security as its own replacement, one named
    twice, or a retired one.
    """
    _refuse_others(by)
    for one in replacements:
        if one.pk == security.pk:
            raise BadInput(f"{security} cannot replace itself.", "Name another security.")
        if one.retired_on is not None:
            raise BadInput(f"{one} is retired.", "Name a security that can be bought.")
        if replacements.count(one) > 1:
            raise BadInput(f"{one} is named twice.", "Name each replacement once.")
    today = at.astimezone(clock.EASTERN).date()
    with transaction.atomic():
        rows = list(Replacement.objects.select_for_update().filter(security=security).order_by("rank"))
        before = [row for row in rows if row.approved_by_id is not None]
        stays = {row.replacement_id: row for row in before}
        named = {one.pk for one in replacements}
        own = [row for row in rows if row.approved_by_id is None and row.replacement_id not in named]
        symbols_before = [row.replacement.symbol for row in before]
        ordered = [
            stays.get(one.pk)
            or Replacement(
                security=security, replacement=one, approved_by_id=int(by.person_ref), approved_on=today
            )
            for one in replacements
        ] + own
        Replacement.objects.filter(security=security).delete()
        for rank, row in enumerate(ordered, start=1):
            row.pk, row.rank = None, rank
        Replacement.objects.bulk_create(ordered)
        audit.record(
            audit.Action.SECURITY_CHANGED,
            about=security,
            by=by,
            at=at,
            sealing=[("approved_replacements", security.pk)],
            changed={
                "replacements": {"before": symbols_before, "after": [one.symbol for one in replacements]}
            },
        )


def _refuse_others(by: Actor) -> None:
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed(
            "Only compliance can decide what is substantially identical and what may replace a security.",
            "Ask compliance to decide it.",
        )
