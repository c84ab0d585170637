"""Asset classes: their names and order, and compliance's decision whether each counts as stocks.

A client's cap on stocks (rule PTC-15) can be checked only after this was decided for every class held. A
class's name is not enough: "emerging" are stocks, "stock_hedge" may not be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.models import AssetClass, ModelVersion, Policy
from clients.models.securities import CASH_CLASS
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed

ZERO = Decimal(0)


@transaction.atomic
def name(code: str, *, label: str, position: int, by: Actor, at: datetime) -> AssetClass:
    """Set a class's name and page order; a new class is added."""
    found, _ = AssetClass.objects.update_or_create(
        code=code, defaults={"name": label, "position": position, "decided_at": at}
    )
    audit.record(
        audit.Action.ASSET_CLASS_DECIDED,
        about=audit.Ref("assetclass", code),
        by=by,
        at=at,
        sealing=[("asset_class", found.pk)],
        name=label,
        position=position,
    )
    return found


def add(
    code: str, *, label: str, position: int, is_equity: bool, reason: str, by: Actor, at: datetime
) -> AssetClass:
    """Add a class with the decision whether it counts as stocks.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a name or reason, `Conflict` for a code
    that is taken.
    """
    _refuse_others(by)
    if AssetClass.objects.filter(code=code).exists():
        raise Conflict(f"The class {code} is on record already.", "Rename it instead.")
    if not label.strip():
        raise BadInput("A class needs a name.", "Write the name that pages show.")
    with transaction.atomic():
        return decide(
            name(code, label=label.strip(), position=position, by=by, at=at),
            is_equity=is_equity,
            reason=reason,
            by=by,
            at=at,
        )


def rename(asset_class: AssetClass, *, label: str, position: int, by: Actor, at: datetime) -> AssetClass:
    """Give a class another name or place on pages; its code, which files use, stays.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a name.
    """
    _refuse_others(by)
    if not label.strip():
        raise BadInput("A class needs a name.", "Write the name that pages show.")
    return name(asset_class.code, label=label.strip(), position=position, by=by, at=at)


def refusal_to_retire(asset_class: AssetClass) -> str | None:
    """Why a class cannot be retired; None where it can."""
    if asset_class.code == CASH_CLASS:
        return "Cash is always needed."
    if asset_class.retired_on is not None:
        return f"{asset_class} is retired already."
    policies = Policy.objects.filter(
        state__in=(Policy.State.ADOPTED, Policy.State.DRAFT), targets__asset_class=asset_class
    )
    if policy := policies.select_related("household").first():
        return f"The policy of {policy.household} has a target for {asset_class}."
    versions = ModelVersion.objects.filter(
        state__in=(ModelVersion.State.DRAFT, ModelVersion.State.PUBLISHED), classes__asset_class=asset_class
    )
    if version := versions.select_related("model").first():
        return f"{version.model} has a weight for {asset_class}."
    weights = asset_class.class_weights.filter(security__retired_on=None)
    if weight := weights.select_related("security").first():
        return f"{weight.security} belongs to {asset_class}. Put it into another class first."
    return None


def retire(asset_class: AssetClass, *, reason: str, on: date, by: Actor, at: datetime) -> AssetClass:
    """Retire a class that no policy, model or security uses: it is no longer offered.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a reason, `Conflict` while it is used.
    """
    _refuse_others(by)
    if not reason.strip():
        raise BadInput("This decision needs a reason.", "Say in a sentence why.")
    with transaction.atomic():
        locked = AssetClass.objects.select_for_update().get(pk=asset_class.pk)
        if refusal := refusal_to_retire(locked):
            raise Conflict(refusal)
        locked.retired_on, locked.decided_at = on, at
        locked.save(update_fields=["retired_on", "decided_at"])
        audit.record(
            audit.Action.ASSET_CLASS_RETIRED,
            about=audit.Ref("assetclass", locked.code),
            by=by,
            at=at,
            sealing=[("asset_class", locked.pk)],
            reason=reason.strip(),
        )
    return locked


def _refuse_others(by: Actor) -> None:
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed("Only compliance can change asset classes.", "Ask compliance to change it.")


def decide(asset_class: AssetClass, *, is_equity: bool, reason: str, by: Actor, at: datetime) -> AssetClass:
    """Decide whether a class counts as stocks for a client's risk cap.

    Raises `NotAllowed` for anybody but compliance, `BadInput` without a reason, for cash called stocks, and
    where the targets of a policy in force would then exceed its cap.
    """
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed("Only compliance can decide what counts as stocks.", "Ask compliance to decide it.")
    if not reason.strip():
        raise BadInput("This decision needs a reason.", "Say in a sentence why.")
    if asset_class.code == CASH_CLASS and is_equity:
        raise BadInput("Cash does not count as stocks.", "No decision is needed for cash.")
    with transaction.atomic():
        locked = AssetClass.objects.select_for_update().get(pk=asset_class.pk)
        before = locked.is_equity
        locked.is_equity, locked.decided_at = is_equity, at
        locked.save(update_fields=["is_equity", "decided_at"])
        above = [
            policy
            for policy in Policy.objects.filter(state=Policy.State.ADOPTED, targets__asset_class=locked)
            .exclude(equity_cap=None)
            .select_related("household")
            .prefetch_related("targets__asset_class")
            if refusal_of_cap(
                policy.equity_cap, ((t.asset_class, t.weight_target) for t in policy.targets.all())
            )
        ]
        if is_equity and above:
            named = ", ".join(str(policy.household) for policy in above[:5])
            more = f" and {len(above) - 5} more" if len(above) > 5 else ""
            raise BadInput(
                f"With {locked} counted as stocks, the targets of these policies exceed their own cap: {named}{more}.",
                "Adopt new versions of these policies first.",
            )
        audit.record(
            audit.Action.ASSET_CLASS_DECIDED,
            about=audit.Ref("assetclass", locked.code),
            by=by,
            at=at,
            sealing=[("asset_class", locked.pk)],
            is_equity=is_equity,
            is_equity_before=before,
            reason=reason.strip(),
        )
    return locked


def assume(
    asset_class: AssetClass,
    *,
    volatility: Decimal | None,
    market_correlation: Decimal | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> AssetClass:
    """Enter the firm's assumptions of how much a class moves, alone and with world stocks; both, or neither.

    They scale bands of later drafts; versions that are drafted keep what was assumed then. Raises `NotAllowed` for
    anybody but compliance.
    """
    if Role.COMPLIANCE not in by.roles:
        raise NotAllowed(
            "Only compliance can enter assumptions about classes.", "Ask compliance to enter them."
        )
    if (volatility is None) != (market_correlation is None):
        raise BadInput("Volatility and correlation come together.", "Give both, or neither.")
    with transaction.atomic():
        locked = AssetClass.objects.select_for_update().get(pk=asset_class.pk)
        before = (locked.volatility, locked.market_correlation)
        locked.volatility, locked.market_correlation = volatility, market_correlation
        locked.decided_at = at
        locked.save(update_fields=["volatility", "market_correlation", "decided_at"])
        audit.record(
            audit.Action.ASSET_CLASS_ASSUMED,
            about=audit.Ref("assetclass", locked.code),
            by=by,
            at=at,
            sealing=[("asset_class", locked.pk)],
            changed={
                "volatility": {"before": before[0], "after": volatility},
                "market_correlation": {"before": before[1], "after": market_correlation},
            },
            reason=reason.strip(),
        )
    return locked


def refusal_of_cap(cap: Decimal | None, targets: Iterable[tuple[AssetClass, Decimal]]) -> str | None:
    """Why a policy with these targets cannot have this cap on stocks; None where it can."""
    if cap is None:
        return None
    aimed = [(asset_class, weight) for asset_class, weight in targets if weight > ZERO]
    unsaid = sorted(str(asset_class) for asset_class, _ in aimed if asset_class.is_equity is None)
    if unsaid:
        return f"It has not been decided whether these classes count as stocks: {', '.join(unsaid)}."
    stocks = sum((weight for asset_class, weight in aimed if asset_class.is_equity), ZERO)
    if stocks > cap:
        return f"The targets hold {stocks * 100:f}% in stocks, and the policy's own cap is {cap * 100:f}%."
    return None
