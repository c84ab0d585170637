"""Whether an account's lots add up to its positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from clients.holdings import bulk
from clients.holdings.positions import Shares
from clients.models import Account, Security
from compliance.audit_trail import audit
from compliance.people.actors import Actor

ZERO = Decimal(0)
# Custodians round fractional shares; anything larger than this is a difference.
SHARES_TOLERANCE = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result of comparing an account's lots with its positions."""

    account: Account
    state: str
    on: date
    note: str


def reconcile(
    account: Account,
    *,
    lots: Mapping[int, Decimal],
    positions: Mapping[int, Shares],
    securities: Mapping[int, Security],
    as_of_on: date,
    by: Actor,
    at: datetime,
) -> Reconciled:
    """Compare the sum of open lots with each position, and record what differs on the trail.

    An account that differs is not traded: the note says where, so that a person can correct it. What is never
    traded needs no lots: money market sweeps, options, shorts, bonds and whatever is frozen are compared only
    where the custodian reports lots for them. `write` puts the result on the account.
    """
    held = {
        key: one.quantity or ZERO
        for key, one in positions.items()
        if key in lots or not (one.held_out or needs_no_lots(securities[key]))
    }
    apart = {
        securities[key].symbol: (lots.get(key, ZERO), held.get(key, ZERO))
        for key in lots.keys() | held.keys()
        if abs(lots.get(key, ZERO) - held.get(key, ZERO)) > SHARES_TOLERANCE
    }
    differences = [
        f"{symbol}: lots {of_lots.normalize():f}, position {of_position.normalize():f}"
        for symbol, (of_lots, of_position) in sorted(apart.items())
    ]
    states = Account.Reconciliation
    state = states.BROKEN if differences else states.RECONCILED
    if account.reconciliation != state and (differences or account.reconciliation == states.BROKEN):
        action = audit.Action.ACCOUNT_UNRECONCILED if differences else audit.Action.ACCOUNT_RECONCILED
        audit.record(action, about=account, by=by, at=at, as_of=as_of_on, differences=differences)
    return Reconciled(account, str(state.value), as_of_on, "; ".join(differences))


def write(results: Iterable[Reconciled]) -> None:
    """Put the results of comparisons on their accounts."""
    results = list(results)
    bulk.update(
        Account,
        ("reconciliation", "reconciled_on", "reconciliation_note"),
        [(one.account.pk, one.state, one.on, one.note) for one in results],
    )


def needs_no_lots(security: Security) -> bool:
    """Whether a security is never sold by lot, so that a missing lot is not a difference."""
    return (
        security.kind in {Security.Kind.MONEY_MARKET, Security.Kind.BOND}
        or security.trading == Security.Trading.FROZEN
    )
