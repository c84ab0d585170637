"""The kill switch: one person stops sending at once, for the firm, a custodian or an account; two people lift it.

A stop holds back what has not left. What a broker has is canceled block by block, where its route allows it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from clients.models import Account
from compliance.audit_trail import audit
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing.models import Block, TradingStop

STOPPERS = (Role.TRADER, Role.COMPLIANCE, Role.ADMINISTRATOR)
Scope = TradingStop.Scope


def place(
    scope: str, *, custodian: str = "", account: Account | None = None, reason: str, by: Actor, at: datetime
) -> TradingStop:
    """Stop sending at once.

    Raises `NotAllowed` for whoever is neither trader, compliance nor administrator, `BadInput` where it does not say
    what it stops, and `Conflict` where that is stopped already.
    """
    if not any(people.behind(by).has_role(role) for role in STOPPERS):
        raise NotAllowed("Only a trader, compliance or an administrator stops trading.")
    named = {Scope.FIRM: True, Scope.CUSTODIAN: bool(custodian), Scope.ACCOUNT: account is not None}
    if not named[Scope(scope)] or not reason.strip():
        raise BadInput("Say what is stopped, and why.")
    kept = {
        "scope": scope,
        "custodian": custodian if scope == Scope.CUSTODIAN else "",
        "account": account if scope == Scope.ACCOUNT else None,
    }
    with transaction.atomic():
        try:
            with transaction.atomic():
                stop = TradingStop.objects.create(
                    **kept, reason=reason.strip(), placed_at=at, placed_by_id=int(by.person_ref)
                )
        except IntegrityError:
            # The database's word: of two at the same moment one is in force, and the other is told so.
            raise Conflict("That is stopped already.", "See the stops in force on the blotter.") from None
        audit.record(
            audit.Action.TRADING_STOPPED,
            about=stop,
            by=by,
            at=at,
            sealing=[("trading_stop", stop.pk)],
            scope=str(stop.scope),
            what=what(stop),
            reason=stop.reason,
        )
    return stop


def lift(stop: TradingStop, *, reason: str, by: Actor, at: datetime) -> TradingStop:
    """Lift a stop, after a second person agreed (see the door). Raises `Conflict` where it is lifted already."""
    with transaction.atomic():
        stop = TradingStop.objects.select_for_update(of=("self",)).get(pk=stop.pk)
        if stop.lifted_at is not None:
            raise Conflict("This stop is lifted already.")
        stop.lifted_at, stop.lifted_by_id, stop.lift_reason = at, int(by.person_ref), reason.strip()
        stop.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        audit.record(
            audit.Action.TRADING_RESUMED,
            about=stop,
            by=by,
            at=at,
            sealing=[("trading_stop_lifted", stop.pk)],
            what=what(stop),
            reason=stop.lift_reason,
        )
    return stop


def in_force() -> QuerySet[TradingStop]:
    """The stops that hold, newest first."""
    return TradingStop.objects.filter(lifted_at=None).select_related("account", "placed_by")


def of_accounts(accounts: Collection[Account]) -> TradingStop | None:
    """A stop that holds back any of these accounts; None where nothing does."""
    return (
        in_force()
        .filter(
            Q(scope=Scope.FIRM)
            | Q(scope=Scope.CUSTODIAN, custodian__in={one.custodian for one in accounts})
            | Q(scope=Scope.ACCOUNT, account__in=[one.pk for one in accounts])
        )
        .first()
    )


def of_block(block: Block) -> TradingStop | None:
    """A stop that holds back a block: it waits as a whole, since its statement is of all its accounts."""
    return (
        in_force()
        .filter(
            Q(scope=Scope.FIRM)
            | Q(scope=Scope.CUSTODIAN, custodian=block.custodian)
            | Q(scope=Scope.ACCOUNT, account__in=block.orders.values("account"))
        )
        .first()
    )


def held_back(references: Collection[str]) -> set[str]:
    """Which of these blocks a stop holds back, by their references: asked again for what waits to be sent."""
    stops = list(TradingStop.objects.filter(lifted_at=None))
    if any(stop.scope == Scope.FIRM for stop in stops):
        return set(references)
    if not stops:
        return set()
    return set(
        Block.objects.filter(
            Q(custodian__in={stop.custodian for stop in stops if stop.scope == Scope.CUSTODIAN})
            | Q(orders__account__in={stop.account_id for stop in stops if stop.scope == Scope.ACCOUNT}),
            reference__in=references,
        ).values_list("reference", flat=True)
    )


def what(stop: TradingStop) -> str:
    """What a stop stops, in words."""
    return str(stop)
