"""Securities added, corrected and retired by hand. What compliance decides here, later files leave alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from clients.custodians import symbols
from clients.custodians.cells import CellRefused
from clients.models import (
    AssetClass,
    ClassWeight,
    FormerSymbol,
    ModelVersion,
    Position,
    Security,
    SecurityDecision,
    SleeveMember,
    TaxLot,
)
from clients.securities import decided_facts
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed

ONE = Decimal(1)

Fact = SecurityDecision.Fact
Weights = Mapping[AssetClass, Decimal]

COLUMNS = tuple(fact.value for fact in Fact if fact is not Fact.CLASS_WEIGHTS)
"""The facts that are columns of the security; its class weights are rows of their own."""


def add(
    symbol: str, *, facts: Mapping[str, Any], weights: Weights, reason: str, by: Actor, at: datetime
) -> Security:
    """Add a security by hand, with its classes. All that is given is a decision that files leave alone.

    Raises `NotAllowed` for anybody but compliance, `BadInput` for a text that is no symbol, without a reason
    and for weights that do not add up to one, and `Conflict` for a symbol that is or was on record.
    """
    _refuse_others(by)
    _refuse_silence(reason)
    try:
        canonical = symbols.canonical(symbol)
    except CellRefused as refusal:
        raise BadInput(f"{symbol}: {refusal.rule}", refusal.how_to_fix) from refusal
    if former := FormerSymbol.objects.filter(symbol=canonical).select_related("security").first():
        raise Conflict(
            f"{canonical} is the former symbol of {former.security}.", "Edit that security instead."
        )
    try:
        with transaction.atomic():
            security = Security.objects.create(symbol=canonical, **facts)
    except IntegrityError:
        raise Conflict(f"{canonical} is already on record.", "Edit it instead.") from None
    with transaction.atomic():
        decided = [
            _decide(security, name, value, reason=reason, by=by, at=at) for name, value in facts.items()
        ]
        if weights:
            _refuse_weights(weights)
            _write_weights(security, weights)
            decided.append(
                _decide(security, Fact.CLASS_WEIGHTS, weights_text(weights), reason=reason, by=by, at=at)
            )
        audit.record(
            audit.Action.SECURITY_ADDED,
            about=security,
            by=by,
            at=at,
            sealing=[("security_decision", one.pk) for one in decided],
            facts={name: text_of(value) for name, value in facts.items()},
            classes=weights_text(weights),
            reason=reason.strip(),
        )
    return security


def decide(
    security: Security,
    *,
    facts: Mapping[str, Any],
    weights: Weights | None = None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Security:
    """Decide facts about a security, by column; `weights` None leaves its classes. What differs from the
    record is kept against later files.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a reason, where nothing changes, and
    for weights that do not add up to one.
    """
    _refuse_others(by)
    _refuse_silence(reason)
    with transaction.atomic():
        locked = Security.objects.select_for_update(of=("self",)).get(pk=security.pk)
        changed = {
            name: {"before": text_of(getattr(locked, name)), "after": text_of(value)}
            for name, value in facts.items()
            if getattr(locked, name) != value
        }
        decided = []
        for name in changed:
            setattr(locked, name, facts[name])
            decided.append(_decide(locked, name, facts[name], reason=reason, by=by, at=at))
        if changed:
            locked.save(update_fields=sorted(changed))
        before = weights_of(locked)
        if weights is not None and dict(weights) != before:
            _refuse_weights(weights)
            _write_weights(locked, weights)
            after = weights_text(weights)
            changed[Fact.CLASS_WEIGHTS] = {"before": weights_text(before), "after": after}
            decided.append(_decide(locked, Fact.CLASS_WEIGHTS, after, reason=reason, by=by, at=at))
        if not changed:
            raise BadInput("Nothing would change.", "Change a value, or leave the page.")
        audit.record(
            audit.Action.SECURITY_CHANGED,
            about=locked,
            by=by,
            at=at,
            sealing=[("security_decision", one.pk) for one in decided],
            changed=changed,
            reason=reason.strip(),
        )
    return locked


def hand_back(
    security: Security, *, facts: Collection[str], reason: str, by: Actor, at: datetime
) -> Security:
    """Let files decide these facts again; their values stay until a file states others.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a reason or for a fact that nobody decided.
    """
    _refuse_others(by)
    _refuse_silence(reason)
    with transaction.atomic():
        locked = Security.objects.select_for_update(of=("self",)).get(pk=security.pk)
        held = decided_facts.in_force([locked.pk]).get(locked.pk, {})
        if not facts or set(facts) - set(held):
            raise BadInput("Nobody decided that fact.", "Choose among those that people decided.")
        returned = [
            _decide(locked, name, held[name].value, reason=reason, by=by, at=at, holds=False)
            for name in sorted(facts)
        ]
        audit.record(
            audit.Action.SECURITY_CHANGED,
            about=locked,
            by=by,
            at=at,
            sealing=[("security_decision", one.pk) for one in returned],
            handed_back=sorted(facts),
            reason=reason.strip(),
        )
    return locked


def refusal_to_retire(security: Security) -> str | None:
    """Why a security cannot be retired; None where it can."""
    if security.retired_on is not None:
        return f"{security} is retired already."
    if _is_held(security):
        return f"{security} is held. Set it to sell only instead, and retire it when it is sold."
    current = SleeveMember.objects.filter(
        security=security,
        sleeve__model_class__version__state__in=(ModelVersion.State.DRAFT, ModelVersion.State.PUBLISHED),
    )
    if member := current.select_related("sleeve__model_class__version__model").first():
        model = member.sleeve.model_class.version.model
        return f"{security} is in the model {model}. Publish a version without it first."
    return None


def retire(security: Security, *, reason: str, on: date, by: Actor, at: datetime) -> Security:
    """Retire a security that nobody holds: it is no longer offered, and not bought if a file brings it again.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a reason, and `Conflict` while it is
    held or in a current model.
    """
    _refuse_others(by)
    _refuse_silence(reason)
    with transaction.atomic():
        locked = Security.objects.select_for_update(of=("self",)).get(pk=security.pk)
        if refusal := refusal_to_retire(locked):
            raise Conflict(refusal)
        locked.retired_on, locked.trading = on, Security.Trading.SELL_ONLY
        _settle(locked, audit.Action.SECURITY_RETIRED, reason=reason, by=by, at=at)
    return locked


def reopen(security: Security, *, reason: str, by: Actor, at: datetime) -> Security:
    """Offer a retired security again, open for trading. Raises as `retire`."""
    _refuse_others(by)
    _refuse_silence(reason)
    with transaction.atomic():
        locked = Security.objects.select_for_update(of=("self",)).get(pk=security.pk)
        if locked.retired_on is None:
            raise Conflict(f"{locked} is not retired.")
        locked.retired_on, locked.trading = None, Security.Trading.OPEN
        _settle(locked, audit.Action.SECURITY_REOPENED, reason=reason, by=by, at=at)
    return locked


def weights_of(security: Security) -> dict[AssetClass, Decimal]:
    """The classes of a security with their weights."""
    return {one.asset_class: one.weight for one in security.class_weights.select_related("asset_class")}


def weights_text(weights: Weights) -> str:
    """`us_stock 60, us_bond 40`: classes by code with their percent, the largest first."""
    ordered = sorted(weights.items(), key=lambda one: (-one[1], one[0].code))
    return ", ".join(f"{asset_class.code} {(weight * 100).normalize():f}" for asset_class, weight in ordered)


def text_of(value: Any) -> str:
    """A fact's value as the trail and the history keep it."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _settle(security: Security, action: audit.Action, *, reason: str, by: Actor, at: datetime) -> None:
    security.save(update_fields=["retired_on", "trading"])
    decided = _decide(security, Fact.TRADING, security.trading, reason=reason, by=by, at=at)
    audit.record(
        action,
        about=security,
        by=by,
        at=at,
        sealing=[("security_decision", decided.pk)],
        reason=reason.strip(),
        trading=security.trading,
    )


def _decide(
    security: Security, fact: str, value: Any, *, reason: str, by: Actor, at: datetime, holds: bool = True
) -> SecurityDecision:
    return SecurityDecision.objects.create(
        security=security,
        fact=fact,
        value=text_of(value)[:400],
        holds=holds,
        reason=reason.strip()[:300],
        decided_by_id=int(by.person_ref),
        decided_at=at,
    )


def _write_weights(security: Security, weights: Weights) -> None:
    ClassWeight.objects.filter(security=security).delete()
    ClassWeight.objects.bulk_create(
        ClassWeight(security=security, asset_class=asset_class, weight=weight)
        for asset_class, weight in weights.items()
    )


def _refuse_weights(weights: Weights) -> None:
    if any(not 0 < weight <= 1 for weight in weights.values()):
        raise BadInput("A class weighs more than 0 and at most 100 percent.", "Correct the percents.")
    if weights and (total := sum(weights.values(), Decimal(0))) != ONE:
        raise BadInput(
            f"The classes add up to {(total * 100).normalize():f} percent.", "Make them add up to 100."
        )


def _is_held(security: Security) -> bool:
    return (
        TaxLot.objects.filter(security=security, closed_on=None).exists()
        or Position.objects.filter(security=security).exclude(quantity=0).exists()
    )


def _refuse_silence(reason: str) -> None:
    if not reason.strip():
        raise BadInput("A decision about a security needs a reason.", "Say in a sentence why.")


def _refuse_others(by: Actor) -> None:
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed("Only compliance can decide about securities.", "Ask compliance to decide it.")
